// Direct get (ADR-31): messages of a stream as messages, without JSON around them, on
// $JS.API.DIRECT.GET.<stream>[.<subject>], for streams with allow_direct.
//
// A reply is one message, or a batch that ends with "204 EOB"; what went wrong is a status line.
#pragma once

#include <string_view>

#include "core/pubsub/mailbox.h"

namespace myelin {

class JetStream;

inline constexpr std::string_view kDirectGetPrefix = "$JS.API.DIRECT.GET.";

void answer_direct_get(JetStream& jetstream, const Mail& mail);

}  // namespace myelin
