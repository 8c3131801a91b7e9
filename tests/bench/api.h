// JetStream's API as far as a bench needs it: one call at a time, as JSON. An answer that is an
// error throws Failure with the request it answers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tests/bench/client.h"

namespace bench {

class Api {
 public:
  explicit Api(uint16_t port);

  // `subject` without its "$JS.API.".
  nlohmann::json call(const std::string& subject, const nlohmann::json& request);

  void create_stream(const nlohmann::json& config);
  uint64_t message_count(const std::string& stream);

  // Returns the consumer's num_pending. Without an inactive threshold it lives on.
  uint64_t create_consumer(const std::string& stream, const nlohmann::json& config);
  nlohmann::json consumer_info(const std::string& stream, const std::string& consumer);
  void delete_consumer(const std::string& stream, const std::string& consumer);

 private:
  Client client_;
};

// "PUB subject reply size", and the payload.
void append_publication(std::string& to, std::string_view subject, std::string_view reply,
                        std::string_view payload);

// Throws Failure when the answer has an error in it.
nlohmann::json parse_answer(std::string_view payload, std::string_view request);

}  // namespace bench
