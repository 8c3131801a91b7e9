// INVARIANT: what must hold if this program is right. Stays on in release builds. Nothing that
// comes from outside (a peer, a file, a host's timing) may ever reach one.
#pragma once

namespace myelin {

[[noreturn]] inline void invariant_failed() { __builtin_trap(); }

}  // namespace myelin

#define INVARIANT(condition)        \
  do {                              \
    if (!(condition)) [[unlikely]]  \
      ::myelin::invariant_failed(); \
  } while (false)
