#include "hosts/common/jwt_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/native/temporary_folder.h"

using namespace myelin;

namespace {

std::string account(char last) { return "A" + std::string(54, 'B') + last; }

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

Instant at(int64_t seconds_since) { return Instant{} + seconds(seconds_since); }

std::unique_ptr<JwtDirectory> open(JwtDirectoryOptions options) {
  auto directory = JwtDirectory::open(std::move(options), at(0));
  REQUIRE(directory.ok());
  return std::move(directory.value());
}

}  // namespace

TEST_CASE("JwtDirectory: what is stored is a file of its own, and loaded again") {
  const TemporaryFolder folder;
  const std::string path = folder.file("deep/jwt");
  auto directory = open({.path = path});
  CHECK(directory->load(account('C'), at(0)).value().empty());
  CHECK(directory->store(account('C'), "one", at(0)).value());
  CHECK_FALSE(directory->store(account('C'), "one", at(0)).value());
  CHECK(directory->store(account('C'), "two", at(0)).value());
  CHECK(content(path + "/" + account('C') + ".jwt") == "two");
  directory = open({.path = path});
  CHECK(directory->load(account('C'), at(0)).value() == "two");
}

TEST_CASE("JwtDirectory: no name leads out of the directory") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string()});
  for (const std::string& name : {std::string("../x"), std::string(), std::string(56, '.'),
                                  "U" + std::string(55, 'B'), "A" + std::string(54, 'B') + "/"}) {
    CHECK_FALSE(directory->load(name, at(0)).ok());
    CHECK_FALSE(directory->store(name, "x", at(0)).ok());
    CHECK_FALSE(directory->remove(name).ok());
  }
}

TEST_CASE(
    "JwtDirectory: what is deleted keeps its file under another name, unless it is to be gone") {
  const TemporaryFolder folder;
  const std::string file = folder.path().string() + "/" + account('C') + ".jwt";
  auto directory = open({.path = folder.path().string()});
  REQUIRE(directory->store(account('C'), "one", at(0)).ok());
  REQUIRE(directory->remove(account('C')).ok());
  CHECK_FALSE(exists(file));
  CHECK(content(file + ".deleted") == "one");
  CHECK(directory->remove(account('D')).ok());
  CHECK(directory->load(account('C'), at(0)).value().empty());

  directory =
      open({.path = folder.path().string(), .deletion = JwtDirectoryOptions::Deletion::kRemoved});
  REQUIRE(directory->store(account('E'), "two", at(0)).ok());
  REQUIRE(directory->remove(account('E')).ok());
  CHECK_FALSE(exists(folder.path().string() + "/" + account('E') + ".jwt.deleted"));
}

TEST_CASE("JwtDirectory: a full one takes no more, but changes what it has") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string(), .files_max = 1});
  REQUIRE(directory->store(account('C'), "one", at(0)).ok());
  const auto second = directory->store(account('D'), "two", at(0));
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().context == "jwt store is full");
  CHECK(directory->store(account('C'), "three", at(0)).ok());
}

TEST_CASE("JwtDirectory: a cache makes room by what was not asked for longest") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string(), .files_max = 2, .is_cache = true});
  REQUIRE(directory->store(account('C'), "one", at(0)).ok());
  REQUIRE(directory->store(account('D'), "two", at(1)).ok());
  REQUIRE(directory->load(account('C'), at(2)).ok());
  REQUIRE(directory->store(account('E'), "three", at(3)).ok());
  CHECK(directory->load(account('D'), at(4)).value().empty());
  CHECK(directory->load(account('C'), at(4)).value() == "one");
}

TEST_CASE("JwtDirectory: a cache forgets what nobody asked for in its time") {
  const TemporaryFolder folder;
  const auto directory =
      open({.path = folder.path().string(), .is_cache = true, .ttl = seconds(10)});
  REQUIRE(directory->store(account('C'), "one", at(0)).ok());
  CHECK(directory->load(account('C'), at(9)).value() == "one");
  CHECK(directory->load(account('C'), at(18)).value() == "one");
  CHECK(directory->load(account('C'), at(28)).value().empty());
  CHECK_FALSE(exists(folder.path().string() + "/" + account('C') + ".jwt"));
}

TEST_CASE("JwtDirectory: all of them come sorted, a line each") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string()});
  CHECK(directory->page("", 1000, at(0)).value().empty());
  REQUIRE(directory->store(account('D'), "two", at(0)).ok());
  REQUIRE(directory->store(account('C'), "one", at(0)).ok());
  std::ofstream(folder.file("readme.txt")) << "not ours";
  CHECK(directory->page("", 1000, at(0)).value() ==
        account('C') + "|one\n" + account('D') + "|two\n");
}

TEST_CASE("JwtDirectory: a page holds what has room, and one at least") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string()});
  for (const char name : {'C', 'D', 'E'}) REQUIRE(directory->store(account(name), "x", at(0)).ok());
  const size_t line = account('C').size() + 3;
  const auto page = [&](const std::string& after, size_t size_max) {
    return directory->page(after, size_max, at(0)).value();
  };
  CHECK(page("", 2 * line) == account('C') + "|x\n" + account('D') + "|x\n");
  CHECK(page(account('D'), 2 * line) == account('E') + "|x\n");
  CHECK(page(account('E'), 2 * line).empty());
  CHECK(page("", 1) == account('C') + "|x\n");
}

TEST_CASE("JwtDirectory: what is no file, or too large for a JWT, is not read") {
  const TemporaryFolder folder;
  const auto directory = open({.path = folder.path().string()});
  const std::string link = folder.path().string() + "/" + account('C') + ".jwt";
  REQUIRE(symlink("/etc/hostname", link.c_str()) == 0);
  CHECK_FALSE(directory->load(account('C'), at(0)).ok());
  const std::string pipe = folder.path().string() + "/" + account('D') + ".jwt";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_FALSE(directory->load(account('D'), at(0)).ok());
  std::ofstream(folder.path().string() + "/" + account('E') + ".jwt")
      << std::string(2 * 1024 * 1024, 'x');
  CHECK_FALSE(directory->load(account('E'), at(0)).ok());
  CHECK_FALSE(directory->store(account('E'), std::string(2 * 1024 * 1024, 'x'), at(0)).ok());
}
