#include "core/jetstream/direct_get.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/message_wish.h"

namespace myelin {
namespace {

constexpr size_t kMultiMax = 1024;

struct Request : MessageWish {
  int64_t batch = 0;
  int64_t max_bytes = 0;
  std::vector<std::string> multi_last;
  uint64_t up_to_sequence = 0;
  std::optional<WallTime> up_to_time;
  bool no_headers = false;

  bool asks_for_nothing() const { return is_empty() && multi_last.empty(); }
  bool contradicts_itself() const {
    const bool has_last = !last_by_subject.empty();
    const bool has_next = !next_by_subject.empty();
    const bool has_multi = !multi_last.empty();
    return (sequence > 0 && (has_last || start_time)) ||
           (has_last && (start_time || has_next || batch > 0 || has_multi)) ||
           (has_next && has_multi) || (up_to_sequence > 0 && up_to_time);
  }
};

std::optional<ApiError> read_request(std::string_view body, Request& to) {
  return read_json(body, JsonStrictness::kLenient, "JSApiMsgGetRequest", [&](JsonFields& fields) {
    fields.read("seq", to.sequence);
    fields.read("last_by_subj", to.last_by_subject);
    fields.read("next_by_subj", to.next_by_subject);
    fields.read("batch", to.batch, "int");
    fields.read("max_bytes", to.max_bytes, "int");
    fields.read("start_time", to.start_time);
    fields.read("multi_last", to.multi_last);
    fields.read("up_to_seq", to.up_to_sequence);
    fields.read("up_to_time", to.up_to_time);
    fields.read("no_hdr", to.no_headers);
  });
}

// One request's answers.
class DirectGet {
 public:
  DirectGet(JetStream& jetstream, Stream& stream, const Mail& mail, Request request)
      : services_(jetstream.services()),
        stream_(stream),
        store_(stream.store()),
        reply_(mail.reply),
        request_(std::move(request)) {}

  void answer() {
    if (!request_.multi_last.empty()) return answer_multi();
    if (request_.batch > 0) return answer_batch();
    answer_one();
  }

  static void send_status(Services& services, std::string_view reply, std::string_view status,
                          std::string_view headers = {}) {
    std::string block = "NATS/1.0 ";
    block.append(status).append("\r\n").append(headers).append("\r\n");
    services.account.send(services.context,
                          {.to = reply, .content = block, .header_size = block.size()});
  }

 private:
  struct Batch {
    uint64_t pending = 0;
    uint64_t last_sequence = 0;  // of the message before in this batch
  };

  void status(std::string_view text) { send_status(services_, reply_, text); }
  void answer_one();
  void answer_batch();
  void answer_multi();
  void finish_batch(const Batch& batch, std::optional<uint64_t> up_to);
  size_t send(const StoredMessage& message, const Batch* batch, bool no_headers);
  uint64_t bytes_max() const {
    return request_.max_bytes > 0 ? static_cast<uint64_t>(request_.max_bytes)
                                  : services_.context.options.max_pending;
  }
  // More than a client may have waiting would never reach it.
  bool is_enough(uint64_t sent) const {
    return sent > bytes_max() || written_ > services_.context.options.max_pending || !is_heard_;
  }

  Services& services_;
  Stream& stream_;
  MessageStore& store_;
  std::string_view reply_;
  Request request_;
  bool is_heard_ = true;  // the last answer reached somebody
  uint64_t written_ = 0;
};

// Returns how much of the reply's bytes it counts for.
size_t DirectGet::send(const StoredMessage& message, const Batch* batch, bool no_headers) {
  const size_t size = message.subject.size() + message.content.size();
  written_ += size;
  if (no_headers) {
    is_heard_ =
        services_.account.send(services_.context, {.to = reply_, .content = message.payload()}) > 0;
    return size;
  }
  constexpr std::string_view kEmpty = "NATS/1.0\r\n\r\n";
  std::string_view headers = message.header_size > 0 ? message.headers() : kEmpty;
  std::string content;
  content.reserve(message.content.size() + 256);
  content += headers.substr(0, headers.size() - 2);
  content.append("Nats-Stream: ").append(stream_.name()).append("\r\n");
  content.append("Nats-Subject: ").append(message.subject).append("\r\nNats-Sequence: ");
  append_decimal(content, message.sequence);
  content.append("\r\nNats-Time-Stamp: ").append(rfc3339(message.time)).append("\r\n");
  if (batch != nullptr) {
    content += "Nats-Num-Pending: ";
    append_decimal(content, batch->pending);
    content += "\r\nNats-Last-Sequence: ";
    append_decimal(content, batch->last_sequence);
    content += "\r\n";
  }
  content += "\r\n";
  const size_t header_size = content.size();
  content += message.payload();
  written_ += header_size;
  const Account::Sent answer{.to = reply_, .content = content, .header_size = header_size};
  is_heard_ = services_.account.send(services_.context, answer) > 0;
  return size;
}

void DirectGet::answer_one() {
  const std::optional<StoredMessage> message = find_message(stream_, request_);
  if (!message) return status("404 Message Not Found");
  send(*message, nullptr, request_.no_headers);
}

void DirectGet::answer_batch() {
  const uint64_t released = stream_.released();
  const SubjectFilter filter = request_.next_by_subject.empty()
                                   ? SubjectFilter()
                                   : SubjectFilter({request_.next_by_subject});
  uint64_t from = std::max<uint64_t>(request_.sequence, 1);
  if (request_.start_time) from = store_.sequence_at(*request_.start_time);
  Batch batch{.pending = store_.count(filter, from, released)};
  if (batch.pending == 0) return status("404 Message Not Found");
  uint64_t sent = 0;
  for (int64_t count = 0; count < request_.batch && batch.pending > 0; ++count) {
    const std::optional<StoredMessage> message = store_.next(filter, from, released);
    if (!message) break;
    --batch.pending;
    sent += send(*message, &batch, request_.no_headers);
    batch.last_sequence = message->sequence;
    from = message->sequence + 1;
    if (is_enough(sent)) break;
  }
  finish_batch(batch, std::nullopt);
}

void DirectGet::finish_batch(const Batch& batch, std::optional<uint64_t> up_to) {
  std::string headers = "Nats-Num-Pending: ";
  append_decimal(headers, batch.pending);
  headers += "\r\nNats-Last-Sequence: ";
  append_decimal(headers, batch.last_sequence);
  headers += "\r\n";
  if (up_to) {
    headers += "Nats-UpTo-Sequence: ";
    append_decimal(headers, *up_to);
    headers += "\r\n";
  }
  send_status(services_, reply_, "204 EOB", headers);
}

void DirectGet::answer_multi() {
  uint64_t up_to = stream_.released();
  if (request_.up_to_sequence > 0) up_to = std::min(up_to, request_.up_to_sequence);
  if (request_.up_to_time) {
    const uint64_t after = store_.sequence_at(*request_.up_to_time);
    if (after <= store_.first_sequence()) return status("404 No Results");
    up_to = std::min(up_to, after - 1);
  }
  std::vector<uint64_t> sequences;
  std::vector<std::string> later;  // subjects whose newest message is beyond up_to
  store_.for_each_subject(SubjectFilter(request_.multi_last), {},
                          [&](std::string_view subject, const SubjectSummary& summary) {
                            if (summary.last_sequence <= up_to) {
                              sequences.push_back(summary.last_sequence);
                            } else if (summary.first_sequence <= up_to) {
                              later.emplace_back(subject);
                            }
                            return sequences.size() + later.size() <= kMultiMax;
                          });
  if (sequences.size() + later.size() > kMultiMax) return status("413 Too Many Results");
  for (const std::string& subject : later) {
    const std::optional<StoredMessage> last = store_.last(SubjectFilter({subject}), up_to);
    if (last) sequences.push_back(last->sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  const auto first = std::lower_bound(sequences.begin(), sequences.end(), request_.sequence);
  sequences.erase(sequences.begin(), first);
  if (sequences.empty()) return status("404 No Results");
  Batch batch{.pending = sequences.size()};
  uint64_t sent = 0;
  size_t count = 0;
  for (const uint64_t sequence : sequences) {
    const std::optional<StoredMessage> message = store_.load(sequence);
    if (!message) continue;
    --batch.pending;
    sent += send(*message, &batch, false);
    batch.last_sequence = sequence;
    ++count;
    if (request_.batch > 0 && count >= static_cast<uint64_t>(request_.batch)) break;
    if (is_enough(sent)) break;
  }
  finish_batch(batch, up_to);
}

}  // namespace

void answer_direct_get(JetStream& jetstream, const Mail& mail) {
  if (mail.reply.empty()) return;
  Services& services = jetstream.services();
  const auto refuse = [&](std::string_view status) {
    DirectGet::send_status(services, mail.reply, status);
  };
  std::string_view name = mail.subject.substr(kDirectGetPrefix.size());
  const size_t dot = name.find('.');
  const std::string_view subject =
      dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  name = name.substr(0, dot);
  Stream* stream = jetstream.find(name);
  if (stream == nullptr) return;
  if (requires_too_much(mail.headers())) return refuse("412 Required Api Level");
  Request request;
  if (!mail.payload().empty()) {
    if (read_request(mail.payload(), request)) return refuse("408 Malformed Request");
  }
  if (dot != std::string_view::npos) {
    if (subject.empty() || !request.asks_for_nothing() || request.batch > 0 ||
        request.up_to_sequence > 0 || request.up_to_time) {
      return refuse("408 Bad Request");
    }
    request.last_by_subject = std::string(subject);
  } else {
    if (mail.payload().empty() || request.asks_for_nothing()) return refuse("408 Empty Request");
    if (request.contradicts_itself()) return refuse("408 Bad Request");
  }
  DirectGet(jetstream, *stream, mail, std::move(request)).answer();
}

}  // namespace myelin
