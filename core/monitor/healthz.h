// /healthz: whether the server can do what it is there for, in one line; with a stream or a
// consumer named, whether that is there.
#pragma once

#include <string>

#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

struct Health {
  int status = 200;  // 400 bad question, 404 no such account, stream or consumer, 503 unavailable
  std::string text;
};

// `parameters` says what was wrong with them.
Health healthz_report(const Observed& server, Parameters& parameters);

}  // namespace myelin
