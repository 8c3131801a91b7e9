// What a create request may change of a consumer that exists, judged between two configs.
#pragma once

#include <optional>

#include "core/jetstream/api_error.h"
#include "core/jetstream/consumer_config.h"

namespace myelin {

// `updated` (its defaults applied) against what is there: what may not change is 10012.
// `is_delivering`: somebody listens on the old deliver_subject, which then may not change (10013).
// pause_until stays what it was: pausing has its own request. `updated` is then what is kept.
std::optional<ApiError> check_update(const ConsumerConfig& old, ConsumerConfig& updated,
                                     bool is_delivering);

// Whether a request asks for nothing but what is there: creating it again is then no error. The
// levels their metadata tell of do not count, nor does pause_until.
bool is_same(const ConsumerConfig& asked, const ConsumerConfig& existing);

}  // namespace myelin
