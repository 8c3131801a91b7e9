// Api: the requests on $JS.API.>. A table says, per subject, who answers, which response type it
// has, and what is checked before: required API level, emptiness of the body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/jetstream/api_error.h"
#include "core/pubsub/mailbox.h"

namespace myelin {

class JetStream;

// One request on its way through its handler. A handler reads it, and answers by fail() once, or by
// beginning an answer, writing fields and ending it. Not answering at all is possible too.
class ApiCall {
 public:
  ApiCall(JetStream& jetstream, const Mail& mail, std::string_view response_type);

  JetStream& jetstream() { return jetstream_; }
  // Of the subject, behind "$JS.API.": token(0) is "STREAM", token(2) a name...
  std::string_view token(size_t index) const;
  size_t token_count() const { return tokens_.size(); }
  // From that token to the end of the subject.
  std::string_view tokens_from(size_t index) const;
  std::string_view body() const { return mail_.payload(); }
  std::string_view headers() const { return mail_.headers(); }
  std::string_view subject() const { return mail_.subject; }
  std::string_view reply() const { return mail_.reply; }
  uint64_t client() const { return mail_.client; }
  bool strict() const;

  // {"type":"...","error":{...}} with `rest` (",\"total\":0") behind the error.
  void fail(const ApiError& error, std::string_view rest = {});
  // begin(): {"type":"..." is written, and the object open; what follows are the handler's fields.
  JsonWriter& begin();
  // Answers at once.
  void end();
  // Answers when what the stream `stream_id` (0: the meta log alone) has done is on the disk.
  void end_durable(uint64_t stream_id);

 private:
  JetStream& jetstream_;
  const Mail& mail_;
  std::string_view response_type_;
  std::vector<std::string_view> tokens_;
  std::string text_;
  JsonWriter json_{text_};
};

using ApiHandler = void (*)(ApiCall& call);

// The handlers, by file: api_streams.cc, api_messages.cc, api_consumers.cc, api_account.cc.
namespace api {
void consumer_create(ApiCall& call);          // CONSUMER.CREATE.S[.C[.filter]]
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
