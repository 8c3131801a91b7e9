#include "hosts/uv/tls_session.h"

#include <catch2/catch.hpp>
#include <string>

#include "hosts/uv/tls_context.h"
#include "tests/native/certificates.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

using State = TlsSession::State;

ChunkQueue queue_of(std::string_view text) {
  ChunkQueue queue;
  std::vector<Chunk> chunks;
  chunks.push_back({Buffer::copy_of(text), 0, static_cast<uint32_t>(text.size())});
  queue.push(std::move(chunks));
  return queue;
}

std::string seal(TlsSession& session, std::string_view plain) {
  ChunkQueue queue = queue_of(plain);
  queue.drop(session.seal(queue, plain.size()));
  REQUIRE(queue.is_empty());
  return std::string(session.take_output().text());
}

std::string open(TlsSession& session, std::string_view sealed) {
  std::string plain;
  char piece[1000];
  size_t size = sizeof piece;
  for (Bytes input = as_bytes(sealed); size == sizeof piece; input = {}) {
    size = session.open(input, piece);
    plain.append(piece, size);
  }
  return plain;
}

std::string output(TlsSession& session) {
  const Chunk chunk = session.take_output();
  return chunk.size == 0 ? std::string() : std::string(chunk.text());
}

// Both sides in one place, with certificates of a test's own.
struct Pair {
  TemporaryFolder folder;
  CertificateAuthority authority{folder.path(), "authority"};
  TlsOptions server_options{.certs = {authority.issue("server")}};
  TlsOptions client_options{.ca_file = authority.file()};
  std::unique_ptr<TlsContext> server_context;
  std::unique_ptr<TlsContext> client_context;
  std::unique_ptr<TlsSession> server;
  std::unique_ptr<TlsSession> client;

  void make() {
    auto made = TlsContext::for_server(server_options);
    REQUIRE((made.ok() ? "" : made.error().context) == "");
    server_context = std::move(made.value());
    auto dialling = TlsContext::for_client(client_options);
    REQUIRE((dialling.ok() ? "" : dialling.error().context) == "");
    client_context = std::move(dialling.value());
    begin();
  }

  void begin() {
    server = server_context->accept();
    client = client_context->connect("localhost");
  }

  // Until nobody has anything to say, `step` bytes at a time.
  void shake_hands(size_t step = 100'000) {
    client->handshake({});
    for (bool moved = true; moved;) {
      moved = pass(*client, *server, step);
      moved = pass(*server, *client, step) || moved;
    }
  }

  static bool pass(TlsSession& from, TlsSession& to, size_t step) {
    std::string bytes = output(from);
    const bool moved = !bytes.empty();
    for (; !bytes.empty(); bytes.erase(0, step)) {
      const std::string_view piece = std::string_view(bytes).substr(0, step);
      if (to.state() == State::kHandshake) {
        to.handshake(as_bytes(piece));
        if (to.state() == State::kReady) REQUIRE(open(to, {}).empty());
      } else {
        open(to, piece);
      }
    }
    return moved;
  }
};

TEST_CASE("TlsSession: two sides shake hands and exchange bytes") {
  Pair pair;
  pair.make();
  pair.shake_hands();
  REQUIRE(pair.server->state() == State::kReady);
  REQUIRE(pair.client->state() == State::kReady);
  REQUIRE(pair.server->facts().version == "1.3");
  REQUIRE(pair.server->facts().cipher.substr(0, 4) == "TLS_");
  REQUIRE(pair.server->facts().peer_certificates.empty());
  REQUIRE(pair.client->facts().peer_certificates.size() == 1);
  REQUIRE(open(*pair.server, seal(*pair.client, "PING\r\n")) == "PING\r\n");
  REQUIRE(open(*pair.client, seal(*pair.server, "PONG\r\n")) == "PONG\r\n");
}

TEST_CASE("TlsSession: a handshake and its first bytes may come one at a time") {
  for (const char* version : {"1.2", "1.3"}) {
    Pair pair;
    pair.server_options.min_version = version;
    pair.make();
    pair.shake_hands(1);
    REQUIRE(pair.server->state() == State::kReady);
    const std::string sealed = seal(*pair.client, "CONNECT {}\r\n");
    std::string plain;
    for (size_t at = 0; at < sealed.size(); ++at) {
      plain += open(*pair.server, std::string_view(sealed).substr(at, 1));
    }
    REQUIRE(plain == "CONNECT {}\r\n");
  }
}

TEST_CASE("TlsSession: many chunks become full records") {
  Pair pair;
  pair.make();
  pair.shake_hands();
  ChunkQueue queue;
  std::string whole;
  for (int i = 0; i < 5000; ++i) {
    const std::string piece(static_cast<size_t>(i % 37), static_cast<char>('a' + i % 26));
    whole += piece;
    std::vector<Chunk> chunks;
    chunks.push_back({Buffer::copy_of(piece), 0, static_cast<uint32_t>(piece.size())});
    queue.push(std::move(chunks));
  }
  REQUIRE(queue.size() == whole.size());
  const uint64_t taken = pair.server->seal(queue, 40'000);
  REQUIRE(taken == 40'000);
  queue.drop(taken);
  const std::string first = output(*pair.server);
  REQUIRE(first.size() < 40'000 + 3 * 64);
  REQUIRE(open(*pair.client, first) == whole.substr(0, 40'000));
  queue.drop(pair.server->seal(queue, whole.size()));
  REQUIRE(queue.is_empty());
  REQUIRE(open(*pair.client, output(*pair.server)) == whole.substr(40'000));
}

TEST_CASE("TlsSession: the end is said, and heard") {
  Pair pair;
  pair.make();
  pair.shake_hands();
  const std::string last = seal(*pair.client, "last");
  pair.client->close();
  REQUIRE(open(*pair.server, last + output(*pair.client)) == "last");
  REQUIRE(pair.server->state() == State::kClosed);
  REQUIRE(open(*pair.client, seal(*pair.server, "answer")) == "answer");
}

TEST_CASE("TlsSession: what is no TLS is a probe") {
  Pair pair;
  pair.make();
  REQUIRE(pair.server->handshake(as_bytes("CONNECT {\"verbose\":false}\r\n")) == State::kFailed);
  REQUIRE(pair.server->failure().is_probe);
  REQUIRE(pair.server->failure().text == "tls: first record does not look like a TLS handshake");
  REQUIRE(output(*pair.server).empty());
}

TEST_CASE("TlsSession: a record changed on its way ends the session") {
  Pair pair;
  pair.make();
  pair.shake_hands();
  std::string sealed = seal(*pair.client, "PING\r\n");
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  REQUIRE(open(*pair.server, sealed).empty());
  REQUIRE(pair.server->state() == State::kFailed);
  REQUIRE(open(*pair.server, sealed).empty());
}

TEST_CASE("TlsSession: who must show a certificate and does not is refused") {
  Pair pair;
  pair.server_options.verify = true;
  pair.server_options.ca_file = pair.authority.file();
  pair.make();
  pair.shake_hands();
  REQUIRE(pair.server->state() == State::kFailed);
  REQUIRE(pair.server->failure().text == "tls: client didn't provide a certificate");
}

TEST_CASE("TlsSession: a client's certificate is judged, and told") {
  Pair pair;
  pair.server_options.verify = true;
  pair.server_options.ca_file = pair.authority.file();
  SECTION("of a known authority") {
    pair.client_options.certs = {pair.authority.issue("client", {.common_name = "ann"})};
    pair.make();
    pair.shake_hands();
    REQUIRE(pair.server->state() == State::kReady);
    REQUIRE(pair.server->facts().peer_certificates.size() == 1);
    REQUIRE(pair.server->facts().peer_certificates[0].subject == "CN=ann");
    REQUIRE(pair.server->facts().names == std::vector<std::string>{"localhost"});
  }
  SECTION("of another authority") {
    CertificateAuthority other(pair.folder.path(), "other");
    pair.client_options.certs = {other.issue("client", {.common_name = "eve"})};
    pair.make();
    pair.shake_hands();
    REQUIRE(pair.server->state() == State::kFailed);
    const std::string text = pair.server->failure().text;
    REQUIRE(text.find("tls: failed to verify certificate: x509: certificate signed by unknown "
                      "authority (CN=eve SHA-256: ") == 0);
  }
  SECTION("too old") {
    pair.client_options.certs = {
        pair.authority.issue("client", {.common_name = "old", .days = -1})};
    pair.make();
    pair.shake_hands();
    REQUIRE(pair.server->state() == State::kFailed);
    REQUIRE(pair.server->failure().text.find("certificate has expired") != std::string::npos);
  }
}

TEST_CASE("TlsSession: a pinned key is asked for") {
  Pair pair;
  pair.server_options.verify = true;
  pair.server_options.ca_file = pair.authority.file();
  const CertificateFiles known = pair.authority.issue("known");
  const CertificateFiles unknown = pair.authority.issue("unknown");
  pair.server_options.pinned_certs = {public_key_hash(known.cert_file)};
  SECTION("and shown") {
    pair.client_options.certs = {known};
    pair.make();
    pair.shake_hands();
    REQUIRE(pair.server->state() == State::kReady);
  }
  SECTION("and not shown") {
    pair.client_options.certs = {unknown};
    pair.make();
    pair.shake_hands();
    REQUIRE(pair.server->state() == State::kFailed);
    REQUIRE(pair.server->failure().text == "certificate not pinned");
  }
}

TEST_CASE("TlsSession: a client that does not trust the server says so") {
  Pair pair;
  CertificateAuthority other(pair.folder.path(), "other");
  pair.client_options.ca_file = other.file();
  pair.make();
  pair.shake_hands();
  REQUIRE(pair.client->state() == State::kFailed);
  REQUIRE(pair.server->state() == State::kFailed);
  REQUIRE(pair.server->failure().text == "remote error: tls: unknown certificate authority");
}

}  // namespace
}  // namespace myelin
