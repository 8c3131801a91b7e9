#include "core/base/password.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("password: a stored secret is bcrypt if it begins like it") {
  for (const char* stored : {"$2a$10$x", "$2b$04$x", "$2x$31$x", "$2y$99$x"}) {
    CHECK(is_bcrypt(stored));
  }
  for (const char* stored : {"", "$2a$", "$2a$1", "$2c$10$x", "$2a$1a$x", "$2a$100x", "2a$10$x",
                             " $2a$10$x", "$1a$10$x"}) {
    INFO(stored);
    CHECK(!is_bcrypt(stored));
  }
}

TEST_CASE("password: two are equal only if every byte and the size are") {
  using namespace std::string_view_literals;
  CHECK(equals_in_constant_time("", ""));
  CHECK(equals_in_constant_time("a\0b"sv, "a\0b"sv));
  CHECK(!equals_in_constant_time("a\0b"sv, "a\0c"sv));
  CHECK(!equals_in_constant_time("abc", "abcd"));
  CHECK(!equals_in_constant_time("xbc", "abc"));
  CHECK(!equals_in_constant_time("abc", "ab\xe3"));
}

}  // namespace myelin
