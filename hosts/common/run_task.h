// Does one Task of a Server, here and now. In a thread of a TaskPool, or inline where a host has no
// threads or wants none.
#pragma once

#include "core/server.h"

namespace myelin {

TaskAnswer run_task(const Task& task);

// Whether it is for who keeps accounts' claims.
bool is_about_accounts(const Task& task);

}  // namespace myelin
