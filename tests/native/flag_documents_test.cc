#include "hosts/native/flag_documents.h"

#include <catch2/catch.hpp>
#include <set>

#include "hosts/native/flag_table.h"

namespace myelin {
namespace {

TEST_CASE("KnownFlag: its spelling says how it is called and what it takes") {
  const KnownFlag flag{"-n, --name\n    --server_name <server_name>", "", &Flags::server_name};
  CHECK(flag.words() == std::vector<std::string_view>{"-n", "--name", "--server_name"});
  CHECK(flag.is_called("n"));
  CHECK(flag.is_called("server_name"));
  CHECK_FALSE(flag.is_called("server"));
  CHECK_FALSE(flag.is_called(""));
  CHECK(flag.placeholder() == "server_name");
  CHECK_FALSE(flag.is_boolean());
}

TEST_CASE("KnownFlag: a comma needs no space, a placeholder may have dashes") {
  const KnownFlag close{"-sl,--signal <signal>[=<pid>]", "", &Flags::signal};
  CHECK(close.words() == std::vector<std::string_view>{"-sl", "--signal"});
  const KnownFlag dashes{"    --routes <rurl-1, rurl-2>", "", &Flags::routes};
  CHECK(dashes.words() == std::vector<std::string_view>{"--routes"});
}

TEST_CASE("Flag table: no two flags are called alike") {
  std::set<std::string> names;
  for (const FlagGroup& group : flag_groups()) {
    for (const KnownFlag& flag : group.flags) {
      for (const std::string_view word : flag.words()) {
        CAPTURE(word);
        CHECK(names.emplace(word.substr(word.find_first_not_of('-'))).second);
      }
    }
  }
  CHECK(names.size() > 60);
}

TEST_CASE("Flag documents: each of them has every flag") {
  const std::string manual = manual_options();
  for (const FlagGroup& group : flag_groups()) {
    for (const KnownFlag& flag : group.flags) {
      for (const std::string_view word : flag.words()) {
        CAPTURE(word);
        CHECK(usage_text().find(word) != std::string::npos);
        CHECK(bash_completion().find(word) != std::string::npos);
        CHECK(zsh_completion().find(word) != std::string::npos);
        CHECK(fish_completion().find(word.substr(word.find_first_not_of('-'))) !=
              std::string::npos);
      }
    }
  }
  CHECK(manual.find("\\fB\\-p\\fR, \\fB\\-\\-port\\fR \\fIport\\fR\n") != std::string::npos);
}

TEST_CASE("Help: texts begin in one column") {
  CHECK(usage_text().find("\n    -t                               Test configuration and exit\n") !=
        std::string::npos);
  CHECK(usage_text().find("\n    -n, --name\n        --server_name <server_name>  Server name") !=
        std::string::npos);
}

}  // namespace
}  // namespace myelin
