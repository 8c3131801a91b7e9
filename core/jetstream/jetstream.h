// JetStream: the streams of one account, as one more subscriber: everything it hears is mail,
// everything it says is a message.
//
//     take(mail) ...   settle: consumers deliver   commit: one sync for all   synced: answers leave
//
// The Server calls it; it calls nobody back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/jetstream/api.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {

class JetStream {
 public:
  JetStream(Context& context, Account& account, Storage& storage, MessageStore::Codec codec,
            const JetStreamOptions& options);
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  Services& services() { return services_; }
  Stream* find(std::string_view stream);
  using Streams = std::map<std::string, std::unique_ptr<Stream>, std::less<>>;
  const Streams& streams() const { return streams_; }

 private:
  Services services_;
  Streams streams_;
};

}  // namespace myelin
