// ApiAnswer: what an actor wants to know of JetStream's answers: PubAcks, and those of its API.
#pragma once

#include <cstdint>
#include <string_view>

namespace myelin::sim {

struct ApiAnswer {
  bool is_ok = false;  // JSON without an error
  int err_code = 0;
  uint64_t seq = 0;
};

inline constexpr int kErrWrongLastSequence = 10071;
inline constexpr int kErrStreamNameInUse = 10058;
inline constexpr int kErrStreamNotFound = 10059;

ApiAnswer read_answer(std::string_view payload);
// The digits that `text` begins with; 0 for none.
uint64_t leading_number(std::string_view text);

}  // namespace myelin::sim
