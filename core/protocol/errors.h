// Every -ERR a client can be sent, and whether it closes the connection. The texts are
// nats-server's, letter for letter: client libraries search for them. Those that quote a subject
// are built by the Client, and never close.
#pragma once

#include <cstdint>
#include <string_view>

namespace myelin {

// Why a connection was closed; the texts are what monitoring and debug logs of nats-server show.
enum class CloseReason : uint8_t {
  kClientClosed,
  kAuthenticationTimeout,
  kAuthenticationFailure,
  kTlsHandshakeFailure,
  kSlowConsumerPendingBytes,
  kSlowConsumerWriteDeadline,
  kWriteError,
  kReadError,
  kParseError,
  kStaleConnection,
  kProtocolViolation,
  kBadClientProtocolVersion,
  kMaxConnectionsExceeded,
  kMaxAccountConnectionsExceeded,
  kMaxPayloadExceeded,
  kMaxControlLineExceeded,
  kMaxSubscriptionsExceeded,
  kServerShutdown,
  kNoRespondersRequiresHeaders,
  kAuthenticationExpired,
  kCredentialsRevoked,
  kProxyNotTrusted,
  kProxyRequired,
  kKicked,
};

std::string_view text_of(CloseReason reason);
// The same as a WebSocket's close frame has it (RFC 6455, 7.4.1), by nats-server's choice.
uint16_t close_code_of(CloseReason reason);

enum class Fault : uint8_t {
  kUnknownOperation,
  kMaxControlLine,
  kMaxPayload,
  kAuthorizationViolation,
  kAuthenticationTimeout,
  kMaxConnections,
  kMaxAccountConnections,
  kThrottled,
  kMaxSubscriptions,
  kStaleConnection,
  kBadClientProtocol,
  kNoRespondersRequiresHeaders,
  kTlsRequired,
  kInvalidPublishSubject,
  kInvalidSubject,
  kUserExpired,
  kAccountExpired,
  kUserRevoked,
  kProxyNotTrusted,
  kProxyRequired,
  kBadArguments,  // closes without a word, as nats-server does
};

struct FaultRow {
  std::string_view text;  // between the quotes of -ERR; empty: nothing is sent
  bool closes;
  CloseReason reason;  // where it closes
};

inline constexpr FaultRow row_of(Fault fault) {
  using enum CloseReason;
  switch (fault) {
    case Fault::kUnknownOperation:
      return {"Unknown Protocol Operation", true, kProtocolViolation};
    case Fault::kMaxControlLine:
      return {"maximum control line exceeded", true, kMaxControlLineExceeded};
    case Fault::kMaxPayload:
      return {"Maximum Payload Violation", true, kMaxPayloadExceeded};
    case Fault::kAuthorizationViolation:
      return {"Authorization Violation", true, kAuthenticationFailure};
    case Fault::kAuthenticationTimeout:
      return {"Authentication Timeout", true, CloseReason::kAuthenticationTimeout};
    case Fault::kMaxConnections:
      return {"maximum connections exceeded", true, kMaxConnectionsExceeded};
    case Fault::kMaxAccountConnections:
      return {"maximum account active connections exceeded", true, kMaxAccountConnectionsExceeded};
    case Fault::kThrottled:
      return {"Connection throttling is active. Please try again later.", true,
              kMaxConnectionsExceeded};
    case Fault::kMaxSubscriptions:
      return {"maximum subscriptions exceeded", false, kMaxSubscriptionsExceeded};
    case Fault::kStaleConnection:
      return {"Stale Connection", true, CloseReason::kStaleConnection};
    case Fault::kBadClientProtocol:
      return {"invalid client protocol", true, kBadClientProtocolVersion};
    case Fault::kNoRespondersRequiresHeaders:
      return {"no responders requires headers support", true,
              CloseReason::kNoRespondersRequiresHeaders};
    case Fault::kTlsRequired:
      return {"Secure Connection - TLS Required", true, kTlsHandshakeFailure};
    case Fault::kInvalidPublishSubject:
      return {"Invalid Publish Subject", false, kProtocolViolation};
    case Fault::kInvalidSubject:
      return {"Invalid Subject", false, kProtocolViolation};
    case Fault::kUserExpired:
      return {"User Authentication Expired", true, kAuthenticationExpired};
    case Fault::kAccountExpired:
      return {"Account Authentication Expired", true, kAuthenticationExpired};
    case Fault::kUserRevoked:
      return {"User Authentication Revoked", true, kCredentialsRevoked};
    // The client is told no more than of any other refusal.
    case Fault::kProxyNotTrusted:
      return {"Authorization Violation", true, CloseReason::kProxyNotTrusted};
    case Fault::kProxyRequired:
      return {"Authorization Violation", true, CloseReason::kProxyRequired};
    case Fault::kBadArguments:
      return {"", true, kProtocolViolation};
  }
  return {};
}

}  // namespace myelin
