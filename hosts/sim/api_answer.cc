#include "hosts/sim/api_answer.h"

#include <charconv>

#include "core/base/json.h"

namespace myelin::sim {

ApiAnswer read_answer(std::string_view payload) {
  ApiAnswer answer;
  const auto document = JsonDocument::parse(payload, 16);
  if (!document) return answer;
  const JsonView error = document->root().find("error");
  answer.is_ok = !error.is_present();
  answer.err_code = static_cast<int>(error.find("err_code").as_int().value_or(0));
  answer.seq = document->root().find("seq").as_uint().value_or(0);
  return answer;
}

uint64_t leading_number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace myelin::sim
