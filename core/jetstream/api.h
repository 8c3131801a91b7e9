// Api: the requests on $JS.API.>. A table says, per subject, who answers and with which response
// type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/config_json.h"
#include "core/pubsub/mailbox.h"

namespace myelin {

class Account;
class JetStream;
class Stream;
struct Context;

// One request on its way through its handler. A handler reads it, and answers by fail() once, or by
// begin(), its fields, and one of the ends. Not answering at all is possible too.
class ApiCall {
 public:
  // Whose account has no JetStream, has no handler past refusal().
  ApiCall(Context& context, Account& account, JetStream* jetstream, const Mail& mail,
          std::string_view response_type);

  JetStream& jetstream() { return *jetstream_; }
  // What stands against any request: the account has no JetStream, or the request demands a level
  // that this server does not have. A handler asks first.
  std::optional<ApiError> refusal() const;
  // Of the subject, behind "$JS.API.": token(0) is "STREAM", token(2) a name...; "" beyond the end.
  std::string_view token(size_t index) const;
  size_t token_count() const { return tokens_.size(); }
  // From that token to the end of the subject.
  std::string_view tokens_from(size_t index) const;
  std::string_view body() const { return mail_.payload(); }
  std::string_view headers() const { return mail_.headers(); }
  std::string_view subject() const { return mail_.subject; }
  std::string_view reply() const { return mail_.reply; }
  uint64_t client() const { return mail_.client; }
  JsonStrictness strictness() const;

  // The body is nothing, or an object without fields.
  bool has_empty_body() const;
  // The body is JSON at all; some requests take anything else for nothing.
  bool has_json_body() const;

  // {"type":"...","error":{...}} with `rest` (",\"total\":0") behind the error.
  void fail(const ApiError& error, std::string_view rest = {});
  // The answer so far is {"type":"..."; what is written to json() are its further fields.
  JsonWriter& begin();
  // Answers at once.
  void end();
  // Answers when what was done is on the disk; `stream` nullptr: the meta log alone matters.
  void end_durable(const Stream* stream);
  // Answers when the stream's erasure of that number is done (MessageStore::erase).
  void end_erased(const Stream& stream, uint64_t erasure);
  // This answer is neither counted nor audited.
  void do_not_count() { is_counted_ = false; }

 private:
  void finish();

  Context& context_;
  Account& account_;
  JetStream* jetstream_;
  const Mail& mail_;
  std::string_view response_type_;
  std::vector<std::string_view> tokens_;
  std::string text_;
  JsonWriter json_{text_};
  bool is_counted_ = true;
};

// The request demands a level that this server does not have.
bool requires_too_much(std::string_view headers);

// What a list or names request asks for, and one page of it: [begin, end) of `total` entries.
struct Page {
  size_t begin = 0;
  size_t end = 0;
};
Page page_of(size_t total, int64_t offset, size_t limit);
// "total", "offset", "limit".
void write_paging(JsonWriter& json, size_t total, size_t offset, size_t limit);
inline constexpr size_t kNamesPageSize = 1024;
inline constexpr size_t kListPageSize = 256;
inline constexpr size_t kSubjectsPageSize = 100000;

// Finds who answers a request, and lets him; an unknown subject is nobody's.
void answer_api(JetStream& jetstream, const Mail& mail);
// The same for an account without JetStream: he refuses.
void refuse_api(Context& context, Account& account, const Mail& mail);

// The handlers.
namespace api {
void account_info(ApiCall& call);  // api_account.cc

void stream_create(ApiCall& call);  // api_streams.cc
void stream_update(ApiCall& call);
void stream_names(ApiCall& call);
void stream_list(ApiCall& call);
void stream_info(ApiCall& call);
void stream_delete(ApiCall& call);
void stream_purge(ApiCall& call);

void message_get(ApiCall& call);  // api_messages.cc
void message_delete(ApiCall& call);

void stream_snapshot(ApiCall& call);  // api_snapshots.cc
void stream_restore(ApiCall& call);

void cluster_required(ApiCall& call);  // api_account.cc: leaders and peers of a server alone

void consumer_create(ApiCall& call);          // api_consumers.cc: CONSUMER.CREATE.S[.C[.filter]]
void consumer_durable_create(ApiCall& call);  // CONSUMER.DURABLE.CREATE.S.C
void consumer_names(ApiCall& call);
void consumer_list(ApiCall& call);
void consumer_info(ApiCall& call);
void consumer_delete(ApiCall& call);
void consumer_pause(ApiCall& call);
void consumer_reset(ApiCall& call);
void consumer_unpin(ApiCall& call);
}  // namespace api

}  // namespace myelin
