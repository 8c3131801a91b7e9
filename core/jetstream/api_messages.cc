// Requests about single messages of a stream: STREAM.MSG.GET and STREAM.MSG.DELETE.

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/message_wish.h"

namespace myelin::api {
namespace {

struct GetRequest : MessageWish {
  int64_t batch = 0;
  int64_t max_bytes = 0;
  bool no_headers = false;

  bool is_possible() const {
    const bool has_last = !last_by_subject.empty();
    if (batch > 0 || max_bytes > 0) return false;
    if (is_empty()) return false;
    if (sequence > 0 && (has_last || start_time)) return false;
    return !(has_last && (start_time || !next_by_subject.empty()));
  }
};

Result<GetRequest, ApiError> read_get(ApiCall& call) {
  if (call.has_empty_body()) return api_error(ApiErrc::kBadRequest);
  GetRequest request;
  const auto error =
      read_json(call.body(), call.strictness(), "JSApiMsgGetRequest", [&](JsonFields& fields) {
        fields.read("seq", request.sequence);
        fields.read("last_by_subj", request.last_by_subject);
        fields.read("next_by_subj", request.next_by_subject);
        fields.read("batch", request.batch, "int");
        fields.read("max_bytes", request.max_bytes, "int");
        fields.read("start_time", request.start_time);
        fields.read("no_hdr", request.no_headers);
      });
  if (error) return *error;
  if (!request.is_possible()) return api_error(ApiErrc::kBadRequest);
  return request;
}

}  // namespace

void message_get(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  const Result<GetRequest, ApiError> request = read_get(call);
  if (!request.ok()) return call.fail(request.error());
  Stream* stream = call.jetstream().find(call.token(3));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  const std::optional<StoredMessage> message = find_message(*stream, request.value());
  if (!message) return call.fail(api_error(ApiErrc::kNoMessageFound));
  JsonWriter& json = call.begin();
  json.name("message");
  json.begin_object();
  json.field("subject", message->subject);
  json.field("seq", message->sequence);
  if (message->header_size > 0 && !request.value().no_headers) {
    json.field("hdrs", base64(message->headers()));
  }
  if (!message->payload().empty()) json.field("data", base64(message->payload()));
  json.field("time", rfc3339(message->time));
  json.end_object();
  call.do_not_count();
  call.end();
}

void message_delete(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  if (call.has_empty_body()) return call.fail(api_error(ApiErrc::kBadRequest));
  uint64_t sequence = 0;
  bool no_erase = false;
  const auto error =
      read_json(call.body(), call.strictness(), "JSApiMsgDeleteRequest", [&](JsonFields& fields) {
        fields.read("seq", sequence);
        fields.read("no_erase", no_erase);
      });
  if (error) return call.fail(*error);
  Stream* stream = call.jetstream().find(call.token(3));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  if (stream->config().sealed) return call.fail(api_error(ApiErrc::kStreamSealed));
  if (stream->config().deny_delete) {
    return call.fail(api_error(ApiErrc::kStreamMsgDeleteFailed, "message delete not permitted"));
  }
  const StoreState& state = stream->store().state();
  if (stream->is_file() && (sequence == 0 || sequence < state.first_sequence)) {
    return call.fail(api_error(ApiErrc::kStreamMsgDeleteFailed, "no message found"));
  }
  if (stream->is_file() && sequence > state.last_sequence) {
    return call.fail(api_error(ApiErrc::kStreamMsgDeleteFailed, "stream store EOF"));
  }
  uint64_t erasure = 0;
  bool is_there = false;
  if (no_erase || !stream->is_file()) {
    const Result<bool> removed = stream->remove_message(sequence);
    if (!removed.ok()) {
      return call.fail(api_error(ApiErrc::kStreamMsgDeleteFailed, removed.error().context));
    }
    is_there = removed.value();
  } else {
    const Result<uint64_t> erased = stream->erase_message(sequence);
    if (!erased.ok()) {
      return call.fail(api_error(ApiErrc::kStreamMsgDeleteFailed, erased.error().context));
    }
    erasure = erased.value();
    is_there = erasure != 0;
  }
  if (!is_there) {
    return call.fail(
        api_error(ApiErrc::kSequenceNotFound, decimal(static_cast<int64_t>(sequence))));
  }
  call.begin().field("success", true);
  if (erasure == 0) return call.end_durable(stream);
  call.end_erased(*stream, erasure);
}

}  // namespace myelin::api
