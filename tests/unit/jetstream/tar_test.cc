#include "core/jetstream/tar.h"

#include <catch2/catch.hpp>
#include <map>

namespace myelin {
namespace {

using Files = std::map<std::string, std::string>;
using Kind = TarReader::Event::Kind;

Result<Files> read(std::string_view archive, size_t piece) {
  TarReader reader;
  Files files;
  std::string name;
  for (size_t at = 0; at < archive.size(); at += piece) {
    std::string_view input = archive.substr(at, piece);
    for (;;) {
      const auto event = reader.next(input);
      if (!event.ok()) return event.error();
      if (event.value().kind == Kind::kNone) break;
      if (event.value().kind == Kind::kFile) name = event.value().text;
      if (event.value().kind == Kind::kFile) files[name];
      if (event.value().kind == Kind::kData) files[name] += event.value().text;
    }
  }
  if (!reader.is_between_files()) return Error{Errc::kCorrupt, "cut"};
  return files;
}

TEST_CASE("TarReader: files come out as they were put in, in pieces of any size") {
  const Files files = {{"meta.inf", "{}"},
                       {"empty", ""},
                       {"block", std::string(512, 'b')},
                       {"obs/" + std::string(250, 'c') + "/o.dat", std::string(1000, 'd')}};
  std::string archive;
  for (const auto& [name, content] : files) append_tar_file(archive, name, content, {1});
  append_tar_end(archive);
  CHECK(archive.size() % 512 == 0);
  for (const size_t piece : {1u, 100u, 512u, 100000u}) {
    const auto again = read(archive, piece);
    REQUIRE(again.ok());
    CHECK(again.value() == files);
  }
  CHECK_FALSE(read(archive.substr(0, archive.size() - 1024 - 512), 512).ok());
}

TEST_CASE("TarReader: damage, and what is no plain file, are errors") {
  std::string archive;
  append_tar_file(archive, "name", "content", {1});
  std::string damaged = archive;
  damaged[0] = 'm';
  CHECK(read(damaged, 512).error().context == "archive/tar: invalid tar header");
  std::string folder = archive;
  folder[156] = '5';
  folder[153] = static_cast<char>(folder[153] + 5);  // the checksum's last digit
  CHECK_FALSE(read(folder, 512).ok());
  CHECK_FALSE(read(std::string(512, 'x'), 512).ok());
}

}  // namespace
}  // namespace myelin
