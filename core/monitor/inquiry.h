// Inquiry: one monitoring request on its way to its answer, which comes in slices, one a turn, so
// that a long one holds up nobody. Made by the path of its URL, without a base path; what only
// messages may ask for has a name without a slash.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/host_facts.h"
#include "core/monitor/account_statistics.h"
#include "core/monitor/connz.h"
#include "core/monitor/jsz.h"
#include "core/monitor/metrics.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"
#include "core/monitor/subscriber_count.h"
#include "core/monitor/subsz.h"

namespace myelin {

class Inquiry {
 public:
  Inquiry(const Observed& server, std::string_view path, std::string_view parameters,
          const HostFacts& host);

  int status() const { return status_; }  // as HTTP means it
  std::string_view content_type() const { return content_type_; }

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  bool ask_for_list(const Observed& server, std::string_view path, Parameters& parameters);
  void ask_for_jetstream(const Observed& server, Parameters& parameters);
  void answer_at_once(const Observed& server, std::string_view path, Parameters& parameters,
                      const HostFacts& host);
  void answer_message(const Observed& server, std::string_view name, Parameters& parameters,
                      const HostFacts& host);
  void refuse(int status, std::string text);

  int status_ = 200;
  std::string_view content_type_;
  // At once, or in slices.
  std::variant<std::string, std::unique_ptr<ConnzReport>, std::unique_ptr<SubszReport>,
               std::unique_ptr<JszReport>, std::unique_ptr<MetricsReport>,
               std::unique_ptr<AccstatzReport>, std::unique_ptr<SubscriberCount>>
      answer_;
};

}  // namespace myelin
