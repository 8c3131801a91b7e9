#include "core/base/result.h"

#include <catch2/catch.hpp>
#include <memory>

namespace myelin {
namespace {

Status refuse_odd(int number) {
  if (number % 2 != 0) return Error{Errc::kInvalid, "odd"};
  return kOk;
}

Result<int> half_of(int number) {
  TRY(refuse_odd(number));
  return number / 2;
}

TEST_CASE("Result: holds the value or the reason there is none") {
  CHECK(half_of(8).value() == 4);
  const Result<int> refused = half_of(7);
  CHECK_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::kInvalid);
  CHECK(refused.error().context == "odd");
}

TEST_CASE("Result: a value that can only be moved is moved out") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(result.value());
  CHECK(*taken == 3);
}

}  // namespace
}  // namespace myelin
