// Result<T, E>: either a value or the reason there is none. Marked [[nodiscard]], passed on with
// TRY.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "core/base/check.h"

namespace myelin {

// What the world outside the core can do to it (style, "Errors": the third kind).
enum class Errc { kIo, kFull, kNotFound, kCorrupt, kInvalid, kUnsupported };

struct Error {
  Errc code = Errc::kInvalid;
  std::string context;
};

inline Error invalid(std::string why) { return {Errc::kInvalid, std::move(why)}; }

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() {
    INVARIANT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    INVARIANT(ok());
    return *std::get_if<0>(&state_);
  }
  const E& error() const {
    INVARIANT(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

// The value of a Result that carries none: `return kOk;`
struct Ok {};
inline constexpr Ok kOk{};
using Status = Result<Ok>;

}  // namespace myelin

// Returns the error of `expression` from the enclosing function, if it has one.
#define TRY(expression)                                \
  do {                                                 \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) return try_result_.error(); \
  } while (false)
