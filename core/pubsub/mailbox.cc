#include "core/pubsub/mailbox.h"

#include "core/pubsub/client.h"

namespace myelin {

void Mailbox::put(InternalTaker& taker, const Message& message, std::string_view to) {
  has_mail_ = true;
  is_undecided_ = is_undecided_ || taker.decides_later;
  Entry& entry = mails_.emplace_back();
  Mail& mail = entry.mail;
  mail = {.taker = &taker,
          .subject = message.subject,
          .to = to,
          .reply = message.reply,
          .content = message.content,
          .header_size = message.header_size,
          .client = message.publisher == nullptr ? 0 : message.publisher->id(),
          .passage = message.passage,
          .trace = message.trace};
  if (message.publisher != nullptr) return;
  entry.owned.reserve(mail.subject.size() + to.size() + mail.reply.size() + mail.content.size());
  for (std::string_view* part : {&mail.subject, &mail.to, &mail.reply, &mail.content}) {
    const size_t begin = entry.owned.size();
    entry.owned.append(*part);
    *part = {entry.owned.data() + begin, part->size()};
  }
}

std::optional<Mail> Mailbox::next() {
  while (next_ < mails_.size()) {
    const Mail& mail = mails_[next_++].mail;
    if (mail.taker != nullptr) return mail;
  }
  mails_.clear();
  next_ = 0;
  has_mail_ = !arrivals_.empty();
  is_undecided_ = false;
  return std::nullopt;
}

void Mailbox::forget(const InternalTaker& taker) {
  for (Entry& entry : mails_) {
    if (entry.mail.taker == &taker) entry.mail.taker = nullptr;
  }
}

}  // namespace myelin
