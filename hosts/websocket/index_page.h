// The page at the root of monitoring: a link to each report, for people. It loads nothing.
#pragma once

#include <string_view>

#include "hosts/websocket/http_answer.h"

namespace myelin {

// `base` is "" or "/monitor".
HttpAnswer index_page(std::string_view base, bool has_web);

}  // namespace myelin
