#include "hosts/common/run_task.h"

#include "hosts/common/bcrypt.h"
#include "hosts/common/keys.h"

namespace myelin {
namespace {

TaskAnswer answer(const VerifyBcrypt& work) {
  const Result<bool> matches = matches_bcrypt(work.hash, work.password);
  if (!matches.ok()) return matches.error();
  return std::string(matches.value() ? "1" : "");
}

TaskAnswer answer(const VerifyEd25519& work) {
  const KeyCodecs codecs = key_codecs();
  if (!codecs.are_there()) {
    return Error{Errc::kUnsupported, "this host verifies no signatures"};
  }
  std::string good;
  for (const SignatureCheck& check : work.checks) {
    good += codecs.verify_ed25519(check.public_key, check.message, check.signature) ? '1' : '0';
  }
  return good;
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

bool is_about_accounts(const Task& task) {
  return std::holds_alternative<FetchAccountJwt>(task.work) ||
         std::holds_alternative<StoreAccountJwt>(task.work) ||
         std::holds_alternative<DeleteAccountJwt>(task.work) ||
         std::holds_alternative<ListAccountJwts>(task.work);
}

}  // namespace myelin
