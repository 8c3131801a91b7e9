// EventFilter: which servers a request is for; the others are silent. read_request: the JSON of a
// request's body, in Go's words where it is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/jetstream/config_json.h"
#include "core/pubsub/context.h"

namespace myelin {

struct EventFilter {
  std::string server_name;
  std::string cluster;
  std::string host;
  std::string domain;
  std::vector<std::string> tags;  // all of them
  bool exact_match = false;       // else a part of a name is enough

  bool matches(const Context& context) const;
};

// What is wrong with the body, if anything. `type` is what Go calls the request's options, without
// the package; `read_options` reads what the filter does not.
std::optional<std::string> read_request(std::string_view body, std::string_view type,
                                        EventFilter& filter,
                                        const JsonFields::Read& read_options = {});

}  // namespace myelin
