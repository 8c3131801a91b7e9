// What an account's connections have sent and received, as /accstatz, system requests and events
// say it; and AccstatzReport: that of all accounts, or of some, in slices.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

// What its operator calls it; without one, its name.
std::string_view name_tag(const Account& account);

// Fields of an object that is open.
void write_account_statistics(JsonWriter& json, const Account& account);

class AccstatzReport {
 public:
  // `parameters` says what was wrong. With "acc", as often as there are accounts: those, in that
  // order.
  explicit AccstatzReport(Parameters& parameters);
  AccstatzReport(const AccstatzReport&) = delete;
  AccstatzReport& operator=(const AccstatzReport&) = delete;

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  const Account* next_account(const Observed& server);

  bool shows_unused_ = false;
  bool has_names_ = false;
  std::vector<std::string> names_;
  size_t next_name_ = 0;
  std::string last_;  // of all, the one looked at last
  bool has_last_ = false;
  bool is_at_end_ = false;
  bool has_head_ = false;
  std::string text_;
  std::optional<JsonWriter> json_;
};

}  // namespace myelin
