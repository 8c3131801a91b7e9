#include "hosts/websocket/monitor_site.h"

#include "hosts/websocket/index_page.h"
#include "hosts/websocket/request_target.h"
#include "hosts/websocket/static_answer.h"

namespace myelin {
namespace {

constexpr Endpoint kEndpoints[] = {
    {"/varz", "/varz", "Server", "versions, limits, traffic, memory"},
    {"/connz", "/connz", "Connections", "who is connected, and what passes"},
    {"/subsz", "/subsz", "Subscriptions", "how interest is matched"},
    {"/subscriptionsz", "/subsz", "", ""},
    {"/jsz", "/jsz", "JetStream", "streams, consumers, what they store"},
    {"/accountz", "/accountz", "Accounts", "which there are"},
    {"/accstatz", "/accstatz", "Account statistics", "traffic by account"},
    {"/healthz", "/healthz", "Health", "whether all is well"},
    {"/metrics", "", "Metrics", "for Prometheus"},
    {"/routez", "/routez", "Routes", "other servers of the cluster"},
    {"/gatewayz", "/gatewayz", "Gateways", "other clusters"},
    {"/leafz", "/leafz", "Leaf nodes", "servers at the edge"},
    {"/raftz", "", "Raft groups", "who leads them"},
    {"/ipqueuesz", "", "Queues", "work that waits inside the server"},
    {"/stacksz", "", "Stacks", "what the server is doing"},
    {"/debug/vars", "", "Variables", "of the process"},
};

// "/monitor" for all of "monitor", "/monitor/" and "//x/../monitor".
std::string normalized_base(std::string_view base_path) {
  std::string base = clean_path("/" + std::string(base_path));
  if (base.ends_with('/')) base.pop_back();
  return base;
}

}  // namespace

std::span<const Endpoint> endpoints() { return kEndpoints; }

MonitorSite::MonitorSite(std::string_view base_path, const std::string& web)
    : base_(normalized_base(base_path)) {
  set_web(web);
}

void MonitorSite::set_web(const std::string& folder) {
  web_.reset();
  if (!folder.empty()) web_.emplace(folder);
}

HttpAnswer MonitorSite::answer(const HttpRequest& request) {
  if (request.target == "*" && request.method == "OPTIONS") return {};
  std::optional<RequestTarget> target = parse_target(request.target);
  if (!target) return text_answer(400, "400 Bad Request");
  std::string clean = clean_path(target->escaped);
  if (clean != target->escaped) {
    clean = escape_rest(clean);
    if (!target->query.empty()) clean.append("?").append(target->query);
    return redirect(std::move(clean));
  }
  std::string_view path = target->path;
  if (!base_.empty()) {
    if (path == base_ + "/" || !path.starts_with(base_)) return not_found();
    path.remove_prefix(base_.size());
    if (path.empty()) path = "/";
  }
  return answer_at(request, path, std::move(target->query));
}

HttpAnswer MonitorSite::answer_at(const HttpRequest& request, std::string_view path,
                                  std::string query) {
  constexpr std::string_view kWeb = "/web/";
  if (path == "/") {
    ++counts_["/"];
    return index_page(base_, web_.has_value());
  }
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path != path) continue;
    if (!endpoint.counted_as.empty()) ++counts_[endpoint.counted_as];
    return {.question = HttpAnswer::Question{endpoint.path, std::move(query)}};
  }
  if (!web_) return not_found();
  if (path == "/web") return redirect(escape_path(base_ + "/web/"));
  if (!path.starts_with(kWeb)) return not_found();
  return static_answer(*web_, request, base_ + std::string(path), path.substr(kWeb.size()));
}

std::vector<std::pair<std::string, uint64_t>> MonitorSite::request_counts() const {
  return {counts_.begin(), counts_.end()};
}

}  // namespace myelin
