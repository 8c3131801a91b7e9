#include "core/jetstream/api_error.h"

#include <catch2/catch.hpp>

using namespace myelin;

TEST_CASE("ApiError: a row has its code and its text") {
  const ApiError error = api_error(ApiErrc::kStreamNotFound);
  CHECK(error.code == 404);
  CHECK(static_cast<int>(error.err_code) == 10059);
  CHECK(error.description == "stream not found");
}

TEST_CASE("ApiError: the word in a text is filled in") {
  CHECK(api_error(ApiErrc::kSequenceNotFound, "7").description == "sequence 7 not found");
  CHECK(api_error(ApiErrc::kStreamInvalidConfig, "{x}").description == "{x}");
}

TEST_CASE("ApiError: is written as responses have it") {
  std::string text;
  JsonWriter json(text);
  write(json, api_error(ApiErrc::kInvalidJson, "\"<\""));
  CHECK(text == R"({"code":400,"err_code":10025,"description":"invalid JSON: \"\u003c\""})");
}

TEST_CASE("ApiError: inside another one it shows its err_code") {
  CHECK(nested_text(api_error(ApiErrc::kStreamNotFound)) == "stream not found (10059)");
}
