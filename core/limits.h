// Every bound of the core has its name here, with the reason for its size. What an operator may set
// is in Options.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"

namespace myelin {

// Output handed to the host for one link and not yet reported `written`. More stays in the
// Outbound, where a slow link can still be cut without the host holding its bytes.
inline constexpr uint64_t kLinkInFlightMax = 256 * 1024;

// Payloads from this size up are copied once into a Buffer that all takers share; smaller ones are
// cheaper to copy into each Outbound than to carry as a chunk of their own.
inline constexpr size_t kShareMin = 8 * 1024;

// The blocks an Outbound grows by: small for the connection that hears little, large under load.
inline constexpr uint32_t kOutboundBlockMin = 2 * 1024;
inline constexpr uint32_t kOutboundBlockMax = 64 * 1024;

// Numbers on a protocol line have at most so many digits (nats-server's parser).
inline constexpr size_t kSizeDigitsMax = 9;

// How many subscriptions of closed clients are removed in one turn (some 200 ns each): a client
// that leaves a million of them must not hold up the others.
inline constexpr uint32_t kWithdrawMax = 4096;

// Subjects remembered with who takes them, per account.
inline constexpr size_t kMatchCacheMax = 8192;

// A publish permission's verdict is remembered for so many subjects per user.
inline constexpr size_t kPermissionCacheMax = 1024;

// Replies that allow_responses has opened, per connection, before the used up and the older half
// are swept out.
inline constexpr size_t kReplyPermissionMax = 4096;

// A client's first PING comes so long after its CONNECT at the latest, plus up to a fifth
// (nats-server).
inline constexpr Duration kFirstPingInterval = seconds(2);

// How long a proxy may take to say who the client is (nats-server).
inline constexpr Duration kProxyHeaderTimeout = seconds(5);

// A round trip measured longer ago than this is measured again, busy or not.
inline constexpr Duration kRttInterval = minutes(60);

// How long a publisher is held back for each message to a taker that is three quarters full, for
// one that is full, and at most for one piece of input (nats-server's stall times).
inline constexpr Duration kStallMin = milliseconds(2);
inline constexpr Duration kStallFull = milliseconds(5);
inline constexpr Duration kStallTotalMax = milliseconds(10);

// Input of a client whose log-in is being verified, kept until the answer: more is a protocol
// violation of ours to accept, so the link is paused and this much may still arrive.
inline constexpr size_t kHeldInputMax = 1024 * 1024;

// Bytes read from the disk in one slice of recovery: about a millisecond's worth.
inline constexpr uint64_t kRecoverySlice = 1024 * 1024;

// Histograms: the smallest bound is 2 to the power of the shift, each of the others is twice the
// one before. Payloads: 16 bytes to 4 MiB; times, in nanoseconds: 16 us to 8.6 s.
inline constexpr unsigned kPublishSizeShift = 4;
inline constexpr size_t kPublishSizeBounds = 19;
inline constexpr unsigned kLatencyShift = 14;
inline constexpr size_t kLatencyBounds = 20;

// One slice of a report: some 100 us of work. It ends with the entry that fills it, and looks at so
// many connections, subscriptions or streams at most.
inline constexpr size_t kReportSliceSize = 32 * 1024;
inline constexpr size_t kReportSliceSteps = 1024;

// Streams and consumers that /metrics shows; the others are only counted.
inline constexpr size_t kMetricsStreamsMax = 1000;
inline constexpr size_t kMetricsConsumersMax = 1000;

// Answers of the system account that wait, for their turn or for the host: more are dropped. And
// reloads that were asked for by message.
inline constexpr size_t kSystemAnswersMax = 4096;
inline constexpr size_t kSystemReloadsMax = 64;
// The JSON of such a request.
inline constexpr size_t kSystemBodyMax = 64 * 1024;
// How often the number of an account's connections is told, changed or not (nats-server).
inline constexpr Duration kConnectionsInterval = seconds(30);

// Texts of the subscriptions that closed clients had, all together; and of one.
inline constexpr size_t kClosedSubscriptionsSizeMax = 16 * 1024 * 1024;
inline constexpr size_t kClosedSubscriptionsMax = 1024;
// And of each thing it said of itself.
inline constexpr size_t kClosedTextMax = 256;

// Accounts that an import may lead through, one after the other (nats-server).
inline constexpr size_t kImportDepthMax = 1024;

// Times that one message is handed on to another account, over all ways it takes, and the bytes of
// it that wait meanwhile: accounts that import from one another, or from themselves, under names
// that overlap could multiply it without end.
inline constexpr size_t kPassagesMax = 1024;
inline constexpr size_t kPassageBytesMax = 64 * 1024 * 1024;

// Requests from other accounts that one account has not answered yet; the oldest is given up.
inline constexpr size_t kResponsesMax = 256 * 1024;

// Accounts whose claims are asked for at a time; others wait for their turn. And, where claims are
// kept in memory, how many are read in one turn (some 100 us each: a signature is verified).
inline constexpr size_t kAccountFetchesMax = 1024;
inline constexpr size_t kAccountsTakenMax = 64;
// And of those that wait for their turn: a log-in to one more is refused.
inline constexpr size_t kAccountsWantedMax = 8 * 1024;
// Of those whose claims are looked at anew, for a start or a reload.
inline constexpr size_t kAccountRenewalsMax = 32;

// Claims that are kept are gone through in pages of this size, a turn for each.
inline constexpr size_t kAccountPageSize = 64 * 1024;

// Activation tokens of imports whose signature was good the last time.
inline constexpr size_t kActivationsMax = 16 * 1024;

// Subjects that a template's list makes for one user.
inline constexpr size_t kTemplateSubjectsMax = 4096;

// JSON from outside (CONNECT): deeper is refused.
inline constexpr int kJsonDepthMax = 32;

}  // namespace myelin
