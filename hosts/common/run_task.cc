#include "hosts/common/run_task.h"

#include "hosts/common/bcrypt.h"

namespace myelin {
namespace {

TaskAnswer answer(const VerifyBcrypt& work) {
  const Result<bool> matches = matches_bcrypt(work.hash, work.password);
  if (!matches.ok()) return matches.error();
  return std::string(matches.value() ? "1" : "");
}

TaskAnswer answer(const VerifyEd25519&) {
  return Error{Errc::kUnsupported, "this host verifies no signatures"};
}

// Who keeps accounts' claims does these himself.
template <class Work>
TaskAnswer answer(const Work&) {
  return Error{Errc::kUnsupported, "this host keeps no accounts"};
}

}  // namespace

TaskAnswer run_task(const Task& task) {
  return std::visit([](const auto& work) { return answer(work); }, task.work);
}

}  // namespace myelin
