#include "tests/bench/relay.h"

#include <sys/socket.h>

#include <utility>
#include <vector>

#include "tests/bench/file_descriptor.h"
#include "tests/bench/listener.h"

namespace bench {
namespace {

void copy_until_closed(int from, int to, size_t piece_size) {
  std::vector<char> piece(piece_size);
  for (;;) {
    const ssize_t size = ::recv(from, piece.data(), piece.size(), MSG_WAITALL);
    if (size <= 0) return;
    for (ssize_t done = 0; done < size;) {
      const ssize_t sent =
          ::send(to, piece.data() + done, static_cast<size_t>(size - done), MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += sent;
    }
  }
}

}  // namespace

Relay::Relay(size_t piece_size) {
  Listener listener;
  source_.emplace(listener.port());
  const FileDescriptor from = listener.accept();
  sink_.emplace(listener.port());
  const FileDescriptor to = listener.accept();
  process_ = ChildProcess([&] { copy_until_closed(from.get(), to.get(), piece_size); });
}

Link Relay::take_source() { return std::move(source_.value()); }

Link Relay::take_sink() { return std::move(sink_.value()); }

}  // namespace bench
