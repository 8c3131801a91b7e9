#include "core/system/claims_service.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/checksum.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/identity/nkey.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/context.h"

namespace myelin {
namespace {

constexpr std::string_view kUpdateSubjects[] = {"$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE",
                                                "$SYS.ACCOUNT.*.CLAIMS.UPDATE"};
constexpr size_t kClaimsAccountToken = 3;     // of $SYS.REQ.ACCOUNT.*.CLAIMS.X
constexpr size_t kOldClaimsAccountToken = 2;  // of $SYS.ACCOUNT.*.CLAIMS.X
constexpr int kSucceeded = 200;
constexpr int kFailed = 500;

std::string_view account_of(const SystemRequest& request) {
  const bool is_old = request.subject.starts_with("$SYS.ACCOUNT.");
  return request.token(is_old ? kOldClaimsAccountToken : kClaimsAccountToken);
}

// A line of what is kept.
struct Kept {
  std::string_view account;
  std::string_view jwt;
};

std::vector<Kept> kept_of(std::string_view lines) {
  std::vector<Kept> all;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const size_t bar = line.find('|');
    if (bar == std::string_view::npos || bar + 1 == line.size()) continue;
    all.push_back({line.substr(0, bar), line.substr(bar + 1)});
  }
  return all;
}

// Nobody has signed for what is only looked at.
bool is_expired(std::string_view jwt, WallTime now) {
  const auto decoded = decode_jwt(jwt);
  if (!decoded.ok()) return false;
  const int64_t exp = decoded.value().common().exp;
  return exp > 0 && exp < now.unix_ns / kNsPerSecond;
}

// Of what is kept, in whatever order: by it servers tell whether they keep the same.
void add_digest(std::array<uint8_t, 32>& sum, std::string_view jwt) {
  Sha256 hash;
  hash.update(jwt);
  const auto digest = hash.finish();
  for (size_t index = 0; index < sum.size(); ++index) {
    sum[index] = static_cast<uint8_t>(sum[index] ^ digest[index]);
  }
}

// As Go prints a list of errors.
std::string blocking_of(const ClaimsIssues& issues) {
  std::string text;
  for (const ClaimsIssue& issue : issues) {
    if (!issue.is_blocking || issue.is_of_time) continue;
    if (!text.empty()) text += ' ';
    text += issue.description;
  }
  return "[" + text + "]";
}

}  // namespace

template <void (ClaimsService::*handle)(const SystemRequest&)>
void ClaimsService::serve(std::string subject) {
  system_.serve(
      std::move(subject),
      [](void* self, const SystemRequest& request) {
        (static_cast<ClaimsService*>(self)->*handle)(request);
      },
      this);
}

void ClaimsService::serve() {
  const ResolverKind kind = resolver_.kind();
  if (kind != ResolverKind::kFull && kind != ResolverKind::kCache) {
    for (const std::string_view subject : kUpdateSubjects) {
      serve<&ClaimsService::update_known>(std::string(subject));
    }
    return;
  }
  for (const std::string_view subject : kUpdateSubjects) {
    serve<&ClaimsService::update_of_account>(std::string(subject));
  }
  serve<&ClaimsService::update>("$SYS.REQ.CLAIMS.UPDATE");
  serve<&ClaimsService::list>("$SYS.REQ.CLAIMS.LIST");
  serve<&ClaimsService::erase>("$SYS.REQ.CLAIMS.DELETE");
  if (kind == ResolverKind::kCache) return;
  serve<&ClaimsService::lookup>("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP");
  serve<&ClaimsService::pack>("$SYS.REQ.CLAIMS.PACK");
}

// Updates ---------------------------------------------------------------------------------------

// Where nothing is kept but in memory, or by somebody else: accounts that are in use hear of it.
void ClaimsService::update_known(const SystemRequest& request) {
  const Asker asker{std::string(request.reply)};
  const std::string account(account_of(request));
  if (request.body.empty()) {
    return fail(asker, account, "jwt update error", "request body is empty");
  }
  const auto claims = read_claims<AccountClaims>(codecs_, request.body);
  if (!claims.ok()) {
    return fail(asker, account, "jwt update resulted in error", claims.error().context);
  }
  if (claims.value().sub != account) {
    return fail(asker, account, "jwt update resulted in error",
                "subject does not match jwt content");
  }
  if (resolver_.find(account) == nullptr) return succeed(asker, account, "jwt update skipped");
  const Status renewed = resolver_.renew(account, std::string(request.body));
  if (!renewed.ok()) {
    return fail(asker, account, "jwt update resulted in error", renewed.error().context);
  }
  succeed(asker, account, "jwt updated");
}

const ClaimsService::Words& ClaimsService::words() const {
  static constexpr Words kFull{.updated = "jwt updated",
                               .failed = "jwt update resulted in error",
                               .invalid = "jwt validation failed",
                               .skipped = ""};
  static constexpr Words kCache{.updated = "jwt updated cache",
                                .failed = "jwt update cache resulted in error",
                                .invalid = "jwt update cache validation failed",
                                .skipped = "jwt update cache skipped"};
  return resolver_.kind() == ResolverKind::kCache ? kCache : kFull;
}

void ClaimsService::update_of_account(const SystemRequest& request) {
  take(request, account_of(request));
}

void ClaimsService::update(const SystemRequest& request) { take(request, {}); }

void ClaimsService::take(const SystemRequest& request, std::string_view account) {
  const Asker asker{std::string(request.reply)};
  const auto claims = read_claims<AccountClaims>(codecs_, request.body);
  if (!claims.ok()) return fail(asker, "n/a", words().failed, claims.error().context);
  const std::string& subject = claims.value().sub;
  if (!account.empty() && subject != account) {
    return fail(asker, account, words().failed, "subject does not match jwt content");
  }
  if (resolver_.operators().should_use_signing_key(claims.value().iss)) {
    return fail(asker, subject, words().failed, "operator requires issuer to be a signing key");
  }
  if (!words().skipped.empty() && resolver_.find(subject) == nullptr) {
    return succeed(asker, subject, words().skipped);
  }
  const ClaimsIssues issues = check(claims.value(), codecs_, context_.now.wall);
  if (is_blocking(issues, false)) {
    return fail(asker, subject, words().invalid, "validation errors: " + blocking_of(issues));
  }
  keep(asker, subject, std::string(request.body));
}

void ClaimsService::keep(const Asker& asker, const std::string& account, std::string jwt) {
  ResolverRequest request{.kind = ResolverRequest::Kind::kStore, .account = account, .jwt = jwt};
  resolver_.ask(std::move(request),
                [this, asker, account, jwt = std::move(jwt)](const Resolver::Answer& stored) {
                  if (!stored.ok())
                    return fail(asker, account, words().failed, stored.error().context);
                  if (!stored.value().empty() && resolver_.find(account) != nullptr) {
                    const Status renewed = resolver_.renew(account, jwt);
                    if (!renewed.ok()) {
                      context_.log.write(LogLevel::kError,
                                         "DirResolver - Update for account " + go_quote(account) +
                                             " resulted in error " + renewed.error().context);
                    }
                  }
                  succeed(asker, account, words().updated);
                });
}

// What is kept ----------------------------------------------------------------------------------

void ClaimsService::lookup(const SystemRequest& request) {
  if (request.reply.empty()) return;
  const Asker asker{std::string(request.reply)};
  std::string account(account_of(request));
  if (!is_nkey(account, NkeyKind::kAccount)) return;
  resolver_.ask({.kind = ResolverRequest::Kind::kFetch, .account = std::move(account)},
                [this, asker](const Resolver::Answer& found) {
                  if (found.ok()) return reply(asker, found.value());
                  context_.log.write(LogLevel::kError, "DirResolver - Error looking up account: " +
                                                           found.error().context);
                });
}

void ClaimsService::pack(const SystemRequest& request) {
  if (request.reply.empty()) return;
  walk({.asker = {std::string(request.reply)},
        .aim = Walk::Aim::kCompare,
        .theirs = std::string(request.body)},
       {});
}

void ClaimsService::list(const SystemRequest& request) {
  if (request.reply.empty()) return;
  walk({.asker = {std::string(request.reply)}, .aim = Walk::Aim::kList}, {});
}

// Page by page, each in a turn of its own: there may be very many.
void ClaimsService::walk(Walk walk, std::string after) {
  walk.after = after;
  resolver_.ask({.kind = ResolverRequest::Kind::kList, .account = std::move(after)},
                [this, walk = std::move(walk)](const Resolver::Answer& lines) mutable {
                  take_page(std::move(walk), lines);
                });
}

void ClaimsService::take_page(Walk walk, const Resolver::Answer& lines) {
  const bool lists = walk.aim == Walk::Aim::kList;
  if (!lines.ok()) {
    const std::string_view what =
        lists ? "list request error: " : "DirResolver - Pack request error: ";
    return context_.log.write(LogLevel::kError, std::string(what) + lines.error().context);
  }
  const std::vector<Kept> page = kept_of(lines.value());
  // They are sorted: what leads back is no page.
  if (page.empty() || page.back().account <= walk.after) return end_walk(std::move(walk));
  for (const Kept& kept : page) look_at(walk, kept.account, kept.jwt);
  std::string last(page.back().account);
  this->walk(std::move(walk), std::move(last));
}

void ClaimsService::look_at(Walk& walk, std::string_view account, std::string_view jwt) {
  if (walk.aim == Walk::Aim::kCompare) return add_digest(walk.digest, jwt);
  if (is_expired(jwt, context_.now.wall)) return;
  if (walk.aim == Walk::Aim::kList) {
    walk.accounts.emplace_back(account);
  } else {
    reply(walk.asker, std::string(account) + "|" + std::string(jwt));
  }
}

// Who keeps the same already is sent nothing but the end.
void ClaimsService::end_walk(Walk walk) {
  if (walk.aim == Walk::Aim::kList) {
    std::string text;
    JsonWriter json(text);
    json.begin_array();
    for (const std::string& account : walk.accounts) json.value(account);
    json.end_array();
    return answer(walk.asker, text);
  }
  const std::string ours(walk.digest.begin(), walk.digest.end());
  if (walk.aim == Walk::Aim::kPack || ours == walk.theirs) return reply(walk.asker, {});
  walk.aim = Walk::Aim::kPack;
  this->walk(std::move(walk), {});
}

// Deletion --------------------------------------------------------------------------------------

// Only the operator may, by a token of its own.
Result<std::vector<std::string>> ClaimsService::accounts_to_erase(std::string_view jwt,
                                                                  std::string& subject) const {
  const auto wrong = [](const char* why) { return Error{Errc::kInvalid, why}; };
  const auto claims = read_generic_claims(codecs_, jwt);
  if (!claims.ok()) return claims.error();
  subject = claims.value().sub;
  if (!context_.options.operators->may_delete) {
    return wrong("delete must be enabled in server config");
  }
  if (!claims.value().is_self_signed()) return wrong("not self signed");
  if (!resolver_.operators().leads(claims.value().iss)) return wrong("not trusted");
  const auto document = JsonDocument::parse(claims.value().nats, kJsonDepthMax);
  const JsonView list = document ? document->root().find("accounts") : JsonView();
  if (!list.is_array()) return wrong("malformed request");
  std::vector<std::string> accounts;
  for (size_t index = 0; index < list.size(); ++index) {
    const auto account = list.at(index).as_string();
    if (!account || !is_nkey(*account, NkeyKind::kAccount)) return wrong("malformed request");
    if (*account == context_.options.system_account) {
      return wrong("not allowed to delete system account");
    }
    accounts.emplace_back(*account);
  }
  return accounts;
}

void ClaimsService::erase(const SystemRequest& request) {
  const Asker asker{std::string(request.reply)};
  std::string subject;
  auto accounts = accounts_to_erase(request.body, subject);
  if (!accounts.ok()) {
    return fail(asker, {}, "delete accounts request by " + subject + " failed",
                accounts.error().context);
  }
  std::reverse(accounts.value().begin(), accounts.value().end());
  erase_next(asker, std::move(accounts.value()), 0, {});
}

// One after the other, the last of the list first.
void ClaimsService::erase_next(const Asker& asker, std::vector<std::string> accounts,
                               size_t deleted, std::vector<std::string> failures) {
  if (accounts.empty()) {
    const std::string message = "deleted " + decimal(static_cast<int64_t>(deleted)) + " accounts";
    if (failures.empty()) return succeed(asker, {}, message);
    std::string why;
    for (const std::string& failure : failures) why += (why.empty() ? "" : "\n") + failure;
    return fail(asker, {},
                message + ", failed for " + decimal(static_cast<int64_t>(failures.size())), why);
  }
  const std::string account = std::move(accounts.back());
  accounts.pop_back();
  resolver_.ask({.kind = ResolverRequest::Kind::kDelete, .account = account},
                [this, asker, account, accounts = std::move(accounts), deleted,
                 failures = std::move(failures)](const Resolver::Answer& erased) mutable {
                  if (erased.ok()) {
                    resolver_.remove(account);
                    ++deleted;
                  } else {
                    failures.push_back(erased.error().context);
                  }
                  erase_next(asker, std::move(accounts), deleted, std::move(failures));
                });
}

// Answers ---------------------------------------------------------------------------------------

void ClaimsService::succeed(const Asker& asker, std::string_view account,
                            std::string_view message) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (!account.empty()) json.field("account", account);
  json.field("code", kSucceeded);
  json.field("message", message);
  json.end_object();
  answer(asker, text);
}

void ClaimsService::fail(const Asker& asker, std::string_view account, std::string_view message,
                         std::string_view why) {
  const std::string description = std::string(message) + " - " + std::string(why);
  const std::string of_account = account.empty() ? "" : " - " + std::string(account);
  context_.log.write(LogLevel::kError,
                     std::string(message) + of_account + " - " + std::string(why));
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (!account.empty()) json.field("account", account);
  json.field("code", kFailed);
  json.field("description", description);
  json.end_object();
  if (Account* const system = context_.accounts->system()) {
    system_.answer_error({.account = *system, .reply = asker.reply}, text);
  }
}

void ClaimsService::answer(const Asker& asker, std::string_view data) {
  if (Account* const system = context_.accounts->system()) {
    system_.answer({.account = *system, .reply = asker.reply}, data);
  }
}

void ClaimsService::reply(const Asker& asker, std::string_view text) {
  if (Account* const system = context_.accounts->system()) {
    system_.reply({.account = *system, .reply = asker.reply}, text);
  }
}

}  // namespace myelin
