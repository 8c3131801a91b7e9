#include "tests/bench/flow.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/failure.h"
#include "tests/bench/listener.h"

namespace bench {
namespace {

// A flow whose server is the test: it takes one batch from the publisher and delivers what it
// likes.
class FalseServer {
 public:
  FalseServer(Delivery delivery, size_t receiver_count)
      : batch_(publications({"a", "b"}, 16)), flow_(make_flow(delivery, receiver_count)) {
    while (flow_.published() == 0) flow_.push(true);
  }

  // The message of this index as a server delivers it.
  std::string message(uint32_t index) const {
    const size_t size = batch_.bytes.size() / batch_.message_count;
    const std::string_view publication = std::string_view(batch_.bytes).substr(index * size, size);
    return "MSG a 1 16" + std::string(publication.substr(publication.find("\r\n")));
  }

  void deliver(size_t receiver, const std::string& bytes) {
    REQUIRE(::send(servers_[receiver].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    for (End* end : flow_.ends()) end->is_readable = true;
    while (flow_.pull()) continue;
  }

  Flow& flow() { return flow_; }
  uint32_t message_count() const { return batch_.message_count; }

 private:
  Flow make_flow(Delivery delivery, size_t receiver_count) {
    Client publisher = make_client();
    publisher_server_ = std::move(servers_.back());
    servers_.clear();
    std::vector<Client> receivers;
    for (size_t i = 0; i < receiver_count; ++i) receivers.push_back(make_client());
    return Flow(delivery, batch_, std::move(publisher), std::move(receivers));
  }

  Client make_client() {
    Link link(listener_.port());
    servers_.push_back(listener_.accept());
    return Client(std::move(link), Inbound::kLarge);
  }

  Listener listener_;
  std::vector<FileDescriptor> servers_;
  FileDescriptor publisher_server_;
  Batch batch_;
  Flow flow_;
};

TEST_CASE("Flow: a message each and in order settles the flow") {
  FalseServer server(Delivery::kEach, 2);
  for (uint32_t i = 0; i < server.message_count(); ++i) server.deliver(0, server.message(i));
  CHECK_FALSE(server.flow().is_settled());
  for (uint32_t i = 0; i < server.message_count(); ++i) server.deliver(1, server.message(i));
  CHECK(server.flow().is_settled());
}

TEST_CASE("Flow: a message lost, doubled or damaged is a failure") {
  FalseServer server(Delivery::kEach, 1);
  server.deliver(0, server.message(0));
  CHECK_THROWS_AS(server.deliver(0, server.message(2)), Failure);

  FalseServer doubling(Delivery::kEach, 1);
  doubling.deliver(0, doubling.message(0));
  CHECK_THROWS_AS(doubling.deliver(0, doubling.message(0)), Failure);

  FalseServer damaging(Delivery::kEach, 1);
  std::string damaged = damaging.message(0);
  damaged[damaged.size() - 3] = '?';
  CHECK_THROWS_AS(damaging.deliver(0, damaged), Failure);
}

TEST_CASE("Flow: a queue group shares the messages, each once") {
  FalseServer server(Delivery::kOne, 2);
  for (uint32_t i = 0; i < server.message_count(); ++i) {
    CHECK_FALSE(server.flow().is_settled());
    server.deliver(i % 2, server.message(i));
  }
  CHECK(server.flow().is_settled());
  CHECK_THROWS_AS(server.deliver(0, server.message(0)), Failure);
}

TEST_CASE("Flow: nobody can be sent more than the window") {
  FalseServer server(Delivery::kEach, 1);
  const uint64_t batches_max = 1000;
  uint64_t batches = 1;
  while (batches < batches_max && server.flow().push(true)) ++batches;
  CHECK(batches < batches_max);
}

}  // namespace
}  // namespace bench
