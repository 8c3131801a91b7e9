// MonitorSite: what stands at which path of the monitoring listeners. It decides what is answered;
// reports are the Server's, and bytes the connection's.
//
//     <base>/            a page of links       <base>/varz, /connz, ...   reports, to any method
//     <base>/web/...     files of a folder     everything else            404
//
// <base> is http_base_path. As nats-server's, it is exact: "/monitor" is the page where the base is
// "monitor", and "/monitor/" is nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hosts/websocket/http_answer.h"
#include "hosts/websocket/request_reader.h"
#include "hosts/websocket/static_folder.h"

namespace myelin {

struct Endpoint {
  std::string_view path;
  std::string_view counted_as;  // in http_req_stats; empty: it is not counted
  std::string_view title;       // on the page of links; empty: it is not there
  std::string_view note;
};

std::span<const Endpoint> endpoints();

class MonitorSite {
 public:
  // `base_path` as configured; `web` is the folder of static files, empty for none.
  MonitorSite(std::string_view base_path, const std::string& web);

  HttpAnswer answer(const HttpRequest& request);
  // How often each path was asked for, as nats-server counts: only those that were, sorted.
  std::vector<std::pair<std::string, uint64_t>> request_counts() const;
  void set_web(const std::string& folder);

 private:
  HttpAnswer answer_at(const HttpRequest& request, std::string_view path, std::string query);

  std::string base_;  // "" or "/monitor"
  std::optional<StaticFolder> web_;
  std::map<std::string_view, uint64_t> counts_;
};

}  // namespace myelin
