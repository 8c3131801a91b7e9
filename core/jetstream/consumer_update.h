// What a create request may change of a consumer that exists, judged between two configs.
#pragma once

#include <optional>

#include "core/jetstream/api_error.h"
#include "core/jetstream/consumer_config.h"

namespace myelin {

// `updated` (its defaults applied) against what is there: what may not change is 10012.
// `is_delivering`: somebody listens on the old deliver_subject, which then may not change (10013).
// pause_until stays what it was: pausing has its own request.
std::optional<ApiError> check_update(const ConsumerConfig& old, ConsumerConfig& updated,
                                     bool is_delivering);

// Whether two configs ask for the same consumer, whatever levels their metadata tell of.
bool is_same(const ConsumerConfig& a, const ConsumerConfig& b);

}  // namespace myelin
