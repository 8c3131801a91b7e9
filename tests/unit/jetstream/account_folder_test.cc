#include "core/jetstream/account_folder.h"

#include <catch2/catch.hpp>

#include "core/storage/memory_storage.h"

namespace myelin {
namespace {

TEST_CASE(
    "AccountFolder: the global account's files are where they were before there were others") {
  CHECK(account_folder("$G").empty());
  CHECK(account_of("") == "$G");
}

TEST_CASE("AccountFolder: a name becomes one part of a file's name, and is read from it again") {
  CHECK(account_folder("SALES") == "accounts/SALES/");
  CHECK(account_folder("eu.sales") == "accounts/eu%2Esales/");
  for (const char* name : {"a/b", "..", ".", "%41", "a%", "\xc3\xa9", "$SYS", "x\"y\\z", "a\tb"}) {
    const std::string folder = account_folder(name);
    CHECK(folder.find('/', 9) == folder.size() - 1);
    CHECK(account_of(folder) == name);
  }
}

TEST_CASE("AccountFolder: two names have two folders") {
  CHECK(account_folder("a%2E") != account_folder("a."));
  CHECK(account_folder("A") != account_folder("a"));
}

TEST_CASE("AccountFolder: a folder that nobody wrote is called something") {
  CHECK(account_of("accounts/a%2/") == "a%2");
  CHECK(account_of("accounts/%zz/") == "%zz");
}

TEST_CASE("AccountFolder: those of a store are listed once, whatever is in them") {
  MemoryStorage storage(1024 * 1024);
  for (const char* file : {"meta/1.log", "accounts/A/meta/1.log", "accounts/A/streams/1/x.log",
                           "accounts/B/streams/1/x.log", "accounts/stray"}) {
    REQUIRE(storage.open(file).ok());
  }
  const auto folders = account_folders(storage);
  REQUIRE(folders.ok());
  CHECK(folders.value() == std::set<std::string>{"accounts/A/", "accounts/B/"});
}

}  // namespace
}  // namespace myelin
