// The part of Client that traces messages: where a trace begins, and what it says of a delivery.
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/protocol/writer.h"
#include "core/pubsub/client.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/stream_imports.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

bool says_only(std::string_view value) {
  const std::string text = lower_case(value);
  return text == "1" || text == "true" || text == "on";
}

}  // namespace

// False: the message goes no further. It cannot be traced, and wants nothing else, or its publisher
// may not publish where the trace goes.
bool Client::start_trace(const Op& op) {
  const std::optional<MessageTraceOptions>& external = account_->options().message_trace;
  std::optional<TraceHeaders> headers =
      read_trace_headers(op.content.substr(0, op.header_size), external.has_value());
  if (!headers) return true;
  const bool is_only = !headers->is_external && says_only(headers->first("Nats-Trace-Only"));
  const std::string_view legacy = headers->first("Nats-Trace-Origin-Account");
  if (!legacy.empty()) {
    log(LogLevel::kError,
        "Message tracing disabled because of header \"Nats-Trace-Origin-Account\" with value=" +
            std::string(legacy));
    return !is_only;
  }
  std::string destination(headers->first(std::string(kTraceDestination)));
  if (headers->is_external) {
    destination = external->destination;
    if (destination.empty()) return true;
    if (external->sampling < 100 && context_.random.below(100) >= external->sampling) return true;
  }
  if (!is_valid_subject(destination) || !is_literal(destination)) {
    log(LogLevel::kError,
        "Destination " + go_quote(destination) + " is not valid, won't be able to trace events");
    return !is_only;
  }
  if (!may_publish(destination)) {
    send_error(publish_violation(destination));
    log(LogLevel::kError, "Publish Violation - Subject " + go_quote(destination));
    return false;
  }
  context_.trace = std::make_unique<MessageTrace>(*account_, std::move(destination), is_only,
                                                  std::move(*headers), op.content.size());
  context_.trace->arrived(*this, op.subject, context_.now.wall);
  context_.mailbox.wake();
  return true;
}

bool Client::deliver_traced(Subscription& subscription, const Message& message, bool& ended) {
  MessageTrace& trace = *message.trace;
  Message untraced = message;
  untraced.trace = nullptr;
  std::string_view subject = message.subject;
  std::string ours;
  const Shadow* const shadow = subscription.shadow();
  if (shadow != nullptr) {
    if (message.passage != nullptr) return false;
    ours = shadow->import->ours(message.subject);
    if (!message.keeps_subject) subject = ours;
    trace.exported(account_->name(), subject, context_.now.wall);
    if (!shadow->import->plan->options->allow_trace) {
      return trace.is_only() || deliver(subscription, untraced, ended);
    }
  }
  const Subscription& original = shadow == nullptr ? subscription : *shadow->original;
  std::string_view error;
  if (is_closing()) {  // and nobody any more: it has no permissions to look at
    error = "Not delivered because client is closed";
  } else if (message.publisher == this && connect_ && !connect_->echo) {
    error = "Not delivered because of no echo";
  } else if (original.is_filtered && !user_->permissions->may_deliver(subject, original.queue())) {
    error = "Not delivered because subscription denies this subject";
  } else if (!trace.is_only() && original.max > 0 && original.delivered >= original.max) {
    error = "Not delivered because auto-unsubscribe exceeded";
  } else if (!trace.is_only() && is_slow_ && context_.options.no_fast_producer_stall) {
    error = "Not delivered because fast producer not stalled and consumer is slow";
  }
  trace.delivered(*this, subscription, error, context_.now.wall);
  if (!error.empty()) return false;
  return trace.is_only() || deliver(subscription, untraced, ended);
}

}  // namespace myelin
