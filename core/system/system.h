// System: what a server says of itself by messages, and does when it is told to: the requests on
// $SYS.REQ.> in the system account, what every other account imports of them without being told,
// and the events.
//
//     take: a request is read      settle: reports are written,     send: the answer is a message
//     and, if it is short, done    a bit each turn                  like any other
//
// It is only another subscriber. What it is asked for may be much: answers wait in line, each gets
// its turn, and nobody else waits for them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/timers.h"
#include "core/host_facts.h"
#include "core/monitor/inquiry.h"
#include "core/pubsub/account.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/subscription.h"
#include "core/system/account_services.h"
#include "core/system/encoding.h"
#include "core/system/events.h"
#include "core/system/report_request.h"
#include "core/system/server_info.h"

namespace myelin {

// A request that is being taken; what it points to is good until that is done.
struct SystemRequest {
  Account& account;  // where it was asked, and where the reply goes
  std::string_view subject;
  std::string_view reply;  // empty: none is wanted
  std::string_view headers;
  std::string_view body;
  uint64_t client = 0;  // 0: the server itself

  // The subject's token of that number; empty: it has none.
  std::string_view token(size_t index) const;
};

inline bool is_of_system(uint8_t kind) { return kind >= kSystemKinds && kind < kJetStreamKinds; }

class System {
 public:
  explicit System(Context& context);
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // The context's options and accounts are new; before retired accounts are let go.
  void apply();

  // Who answers what, in the system account. Kept for the next one, if that changes.
  using Handler = void (*)(void* owner, const SystemRequest& request);
  void serve(std::string subject, Handler handler, void* owner);

  void take(const Mail& mail);
  void on_timer(const Timer& timer);
  // Writes a bounded part of what is to be answered.
  void settle(const Observed& server);
  bool is_settled() const { return answers_.empty(); }

  // What happens to clients. One that came is in its account; one that left is closed.
  void came(const Client& client);
  void left(const Client& client);
  void lame_duck() { events_.lame_duck(); }
  void shut_down() { events_.shut_down(); }

  // What it wants of the host, told once, and the host's answer.
  bool take_wish_for_host_facts();
  void host_observed(const HostFacts& facts);
  bool take_wish_for_reload();
  void reload_done(std::string_view error);

  // Answers {"server":{...},"data":...}; `data` is JSON; empty: there is none.
  void answer(const SystemRequest& request, std::string_view data);
  // {"server":{...},"error":{"code":..,"description":".."}}
  void refuse(const SystemRequest& request, int code, std::string_view description);
  // This server, as every message of the system account has it.
  void write_server(JsonWriter& json) { server_.write(json); }
  // The same, of which all is known: `error` is JSON.
  void answer_error(const SystemRequest& request, std::string_view error);
  // What has no envelope.
  void reply(const SystemRequest& request, std::string_view text);

 private:
  struct Service;
  // A report on its way; it may outlive its request, and its account.
  struct Answer {
    std::string account;
    std::string to;
    Encoding encoding = Encoding::kNone;
    bool is_bare = false;   // without an envelope
    std::string_view path;  // of static storage
    std::string parameters;
    std::unique_ptr<Inquiry> inquiry;
    bool has_envelope = false;
    std::string text;
  };
  struct Asker {
    std::string account;
    std::string reply;
  };

  void serve_requests();
  void serve_reports();
  void subscribe(Service& service, Account& account);
  void leave_account();
  void apply_accounts();
  void open_account(Account& account);
  static SystemRequest request_of(Account& account, const Mail& mail);

  void put(Answer answer, bool shows_host);
  bool write(Answer& answer, const Observed& server);
  void begin(Answer& answer);
  void send(std::string_view account, std::string_view to, const Encoded& what);
  std::string error_text(int code, std::string_view description, bool has_data);

  // False: it is not for this server, or was refused.
  bool is_for_us(const SystemRequest& request, const EventFilter& filter,
                 const std::optional<std::string>& error);
  // Of one account, unless that is empty.
  void report(const SystemRequest& request, const ReportRow& row, std::string_view account);
  void account_statistics(const SystemRequest& request, std::string_view account);
  void identify(const SystemRequest& request);
  void statistics(const SystemRequest& request);
  void user_info(const SystemRequest& request);
  void kick(const SystemRequest& request);
  void send_lame_duck(const SystemRequest& request);
  // False: it cannot be read, which is logged, or is not for this server.
  bool read_client(const SystemRequest& request, std::string_view type, uint64_t& client);
  void count_subscribers(const SystemRequest& request);
  void count_subscribers_of(const SystemRequest& request);
  void connections_of(const SystemRequest& request);
  void reload(const SystemRequest& request);

  std::string statistics_subject() const { return "$SYS.SERVER." + context_.server_id + ".STATSZ"; }
  void follow_statistics(const Observed& server);
  void set_statistics_timer();
  void tell_statistics();
  void tell_connections();

  static constexpr uint8_t kServiceKind = kSystemKinds;
  static constexpr uint8_t kAccountServiceKind = kSystemKinds + 1;
  static constexpr uint8_t kStatisticsKind = kSystemKinds + 2;
  static constexpr uint8_t kConnectionsKind = kSystemKinds + 3;

  Context& context_;
  ServerInfo server_;
  SystemEvents events_;
  Account* account_ = nullptr;    // where it serves; nullptr: nowhere
  std::deque<Service> services_;  // of the system account
  std::map<std::string, std::unique_ptr<AccountServices>, std::less<>> opened_;  // by account
  std::deque<Answer> answers_;   // the next to be written first
  std::deque<Answer> waiting_;   // for host_observed()
  std::deque<Asker> reloading_;  // the first is the host's
  HostFacts host_;
  bool wants_host_ = false;
  bool has_asked_host_ = false;
  bool wants_reload_ = false;
  Instant start_{};
  std::string told_of_;              // the last account, of those whose connections are being told
  uint64_t subscriptions_seen_ = 0;  // how many there had ever been in its account
  Timer statistics_timer_{kStatisticsKind, this};
  Timer connections_timer_{kConnectionsKind, this};
};

}  // namespace myelin
