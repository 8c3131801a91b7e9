#include "hosts/native/jetstream_store.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

std::string refusal(const std::string& directory) {
  const auto store = open_jetstream_store(directory);
  REQUIRE_FALSE(store.ok());
  return store.error().context;
}

TEST_CASE("JetStream store: it is a folder of the store directory") {
  CHECK(jetstream_directory("/data") == "/data/jetstream");
  CHECK(jetstream_directory("data/") == "data/jetstream");
  CHECK(jetstream_directory("").ends_with("/nats/jetstream"));
}

TEST_CASE("JetStream store: missing folders are made") {
  const TemporaryFolder folder;
  const std::string directory = folder.file("a/b/jetstream");
  CHECK(open_jetstream_store(directory).ok());
  CHECK(open_jetstream_store(directory).ok());
}

TEST_CASE("JetStream store: what cannot be one is refused in nats-server's words") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "x";
  CHECK(refusal(folder.file("file")) == "storage directory is not a directory");
  CHECK(refusal(folder.file("file") + "/jetstream") == "storage directory is not a directory");
  CHECK(refusal("/proc/nothing/jetstream") ==
        "could not create storage directory - mkdir /proc/nothing: no such file or directory");
}

TEST_CASE("JetStream store: nats-server's own files are refused and left alone") {
  const TemporaryFolder folder;
  const std::filesystem::path streams = folder.path() / "jetstream/$G/streams/ORDERS";
  std::filesystem::create_directories(streams);
  CHECK(refusal(folder.file("jetstream")).find("nats stream backup") != std::string::npos);
  CHECK(std::filesystem::exists(streams));
}

TEST_CASE("JetStream store: the machine's sizes stand for those below zero") {
  const TemporaryFolder folder;
  const MachineSizes sizes = machine_sizes(folder.path().string());
  CHECK(sizes.memory > 0);
  CHECK(sizes.store > 0);
  JetStreamOptions options{.max_memory_store = 0};
  resolve(sizes, options);
  CHECK(options.max_memory_store == 0);
  CHECK(options.max_file_store == sizes.store);
}

}  // namespace
}  // namespace myelin
