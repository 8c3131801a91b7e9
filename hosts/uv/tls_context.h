// TlsContext: the keys, certificates and choices of one `tls` block, read once, for the sessions of
// one listener. A session outlives it: after a reload, old connections go on with what they began.
//
// The curve X25519MLKEM768 is nats-server's first choice, and left out where the OpenSSL at hand
// does not know it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/config/daemon_options.h"
#include "hosts/uv/tls_session.h"

struct ssl_ctx_st;

namespace myelin {

class TlsContext {
 public:
  // Reads the files. The error is in nats-server's words where it has them.
  static Result<std::unique_ptr<TlsContext>> for_server(const TlsOptions& options);
  // For who connects: the CAs judge the server, unless `insecure`.
  static Result<std::unique_ptr<TlsContext>> for_client(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  std::unique_ptr<TlsSession> accept();
  // `host` is the name the server's certificate must have; empty: any.
  std::unique_ptr<TlsSession> connect(const std::string& host);

  // Of all that the files held, in hex: whether a reload found something new.
  const std::string& digest() const { return digest_; }
  // When its first certificate ends; nothing without one.
  std::optional<WallTime> not_after() const { return not_after_; }
  // What was asked for and is not to be had, for the log.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  class Pairs;

  explicit TlsContext(ssl_ctx_st* context);
  Status load(const TlsOptions& options, bool judges_peers);
  Status load_pairs(const TlsOptions& options);
  Status load_authorities(const TlsOptions& options, bool judges_peers);
  Status choose_ciphers(const TlsOptions& options);
  Status choose_curves(const TlsOptions& options);

  ssl_ctx_st* context_;
  std::vector<std::string> pins_;
  std::string digest_;
  std::optional<WallTime> not_after_;
  std::vector<std::string> notices_;
};

}  // namespace myelin
