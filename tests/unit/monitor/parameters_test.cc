#include "core/monitor/parameters.h"

#include <catch2/catch.hpp>
#include <string>

namespace myelin {
namespace {

std::string error_of_bool(std::string_view query) {
  Parameters parameters(query);
  parameters.boolean("b");
  return parameters.error();
}

std::string error_of_int(std::string_view query) {
  Parameters parameters(query);
  parameters.integer("i");
  return parameters.error();
}

}  // namespace

TEST_CASE("Parameters: the first value of a name counts, decoded") {
  const Parameters parameters("a=1&b=x%20y+z&a=2&c&%64=%2B&&=e");
  CHECK(parameters.text("a") == "1");
  CHECK(parameters.text("b") == "x y z");
  CHECK(parameters.text("c").empty());
  CHECK(parameters.text("d") == "+");
  CHECK(parameters.text("nothing").empty());
}

TEST_CASE("Parameters: what cannot be decoded is not there") {
  CHECK(Parameters("a=%zz&a=2").text("a") == "2");
  CHECK(Parameters("a=%4").text("a").empty());
  CHECK(Parameters("a=1;b=2").text("a").empty());
}

TEST_CASE("Parameters: truth is what Go's ParseBool takes for it") {
  Parameters parameters("b=1&c=TRUE&d=F&e=&f=tRuE");
  CHECK(parameters.boolean("b"));
  CHECK(parameters.boolean("c"));
  CHECK_FALSE(parameters.boolean("d"));
  CHECK_FALSE(parameters.boolean("e"));
  CHECK_FALSE(parameters.boolean("nothing"));
  CHECK_FALSE(parameters.has_error());
  CHECK(error_of_bool("b=tRuE") ==
        "Error decoding boolean for 'b': strconv.ParseBool: parsing \"tRuE\": invalid syntax");
  CHECK(error_of_bool("b=%22x%0a") ==
        R"(Error decoding boolean for 'b': strconv.ParseBool: parsing "\"x\n": invalid syntax)");
}

TEST_CASE("Parameters: numbers are decimal, signed, and of 64 bits") {
  Parameters parameters(
      "i=-9223372036854775808&j=9223372036854775807&k=18446744073709551615&l=%2B5");
  CHECK(parameters.integer("i") == INT64_MIN);
  CHECK(parameters.integer("j") == INT64_MAX);
  CHECK(parameters.number("k") == UINT64_MAX);
  CHECK(parameters.integer("l") == 5);
  CHECK_FALSE(parameters.has_error());
  CHECK(error_of_int("i=1_000") ==
        "Error decoding int for 'i': strconv.Atoi: parsing \"1_000\": invalid syntax");
  CHECK(error_of_int("i=9223372036854775808") ==
        "Error decoding int for 'i': strconv.Atoi: parsing \"9223372036854775808\": value out of "
        "range");
  CHECK(error_of_int("i=-") ==
        "Error decoding int for 'i': strconv.Atoi: parsing \"-\": invalid syntax");
  Parameters cid("cid=-1");
  cid.number("cid");
  CHECK(cid.error() ==
        "Error decoding uint64 for 'cid': strconv.ParseUint: parsing \"-1\": invalid syntax");
}

TEST_CASE("Parameters: the first error is the one that is told") {
  Parameters parameters("a=x&b=y");
  parameters.boolean("a");
  parameters.boolean("b");
  CHECK(parameters.error().find("'a'") != std::string::npos);
}

}  // namespace myelin
