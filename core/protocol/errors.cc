#include "core/protocol/errors.h"

namespace myelin {

std::string_view text_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::kClientClosed:
      return "Client Closed";
    case CloseReason::kAuthenticationTimeout:
      return "Authentication Timeout";
    case CloseReason::kAuthenticationFailure:
      return "Authentication Failure";
    case CloseReason::kTlsHandshakeFailure:
      return "TLS Handshake Failure";
    case CloseReason::kSlowConsumerPendingBytes:
      return "Slow Consumer (Pending Bytes)";
    case CloseReason::kSlowConsumerWriteDeadline:
      return "Slow Consumer (Write Deadline)";
    case CloseReason::kWriteError:
      return "Write Error";
    case CloseReason::kReadError:
      return "Read Error";
    case CloseReason::kParseError:
      return "Parse Error";
    case CloseReason::kStaleConnection:
      return "Stale Connection";
    case CloseReason::kProtocolViolation:
      return "Protocol Violation";
    case CloseReason::kBadClientProtocolVersion:
      return "Bad Client Protocol Version";
    case CloseReason::kMaxConnectionsExceeded:
      return "Maximum Connections Exceeded";
    case CloseReason::kMaxAccountConnectionsExceeded:
      return "Maximum Account Connections Exceeded";
    case CloseReason::kMaxPayloadExceeded:
      return "Maximum Message Payload Exceeded";
    case CloseReason::kMaxControlLineExceeded:
      return "Maximum Control Line Exceeded";
    case CloseReason::kMaxSubscriptionsExceeded:
      return "Maximum Subscriptions Exceeded";
    case CloseReason::kServerShutdown:
      return "Server Shutdown";
    case CloseReason::kNoRespondersRequiresHeaders:
      return "No Responders Requires Headers";
    case CloseReason::kAuthenticationExpired:
      return "Authentication Expired";
    case CloseReason::kCredentialsRevoked:
      return "Credentials Revoked";
    case CloseReason::kProxyNotTrusted:
      return "Proxy Not Trusted";
    case CloseReason::kProxyRequired:
      return "Proxy Required";
    case CloseReason::kKicked:
      return "Kicked";
  }
  return {};
}

uint16_t close_code_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::kClientClosed:
      return 1000;
    case CloseReason::kWriteError:
    case CloseReason::kReadError:
    case CloseReason::kStaleConnection:
    case CloseReason::kServerShutdown:
      return 1001;
    case CloseReason::kParseError:
    case CloseReason::kProtocolViolation:
    case CloseReason::kBadClientProtocolVersion:
      return 1002;
    case CloseReason::kAuthenticationTimeout:
    case CloseReason::kAuthenticationFailure:
    case CloseReason::kAuthenticationExpired:
    case CloseReason::kCredentialsRevoked:
    case CloseReason::kSlowConsumerPendingBytes:
    case CloseReason::kSlowConsumerWriteDeadline:
    case CloseReason::kMaxConnectionsExceeded:
    case CloseReason::kMaxAccountConnectionsExceeded:
    case CloseReason::kMaxControlLineExceeded:
    case CloseReason::kMaxSubscriptionsExceeded:
      return 1008;
    case CloseReason::kMaxPayloadExceeded:
      return 1009;
    case CloseReason::kTlsHandshakeFailure:
      return 1015;
    case CloseReason::kNoRespondersRequiresHeaders:
    case CloseReason::kProxyNotTrusted:
    case CloseReason::kProxyRequired:
    case CloseReason::kKicked:
      return 1011;
  }
  return 1011;
}

}  // namespace myelin
