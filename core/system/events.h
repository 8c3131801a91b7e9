// SystemEvents: what happens in the server, told in the system account: who came, who left and why,
// how many an account has. An event is written only where somebody listens for it. Who was not let
// in, the account that was asked hears, too.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/protocol/errors.h"
#include "core/pubsub/context.h"
#include "core/system/server_info.h"

namespace myelin {

class Account;
class Client;

class SystemEvents {
 public:
  SystemEvents(Context& context, ServerInfo& server) : context_(context), server_(server) {}

  void connected(const Client& client);
  // It is closed; so is one whose log-in was refused, which is told before.
  void disconnected(const Client& client);
  // The number of an account's connections has changed, or it is time to say it again.
  void connections(Account& account);
  void lame_duck();
  void shut_down();

  // What `connections` says, as an object of its own.
  std::string connections_json(const Account& account);

 private:
  bool is_wanted(std::string_view subject) const;
  void send(std::string_view subject, std::string_view text);
  void begin(JsonWriter& json, std::string_view type);
  void refused(const Client& client);
  void tell_account(const Client& client);
  // Of the account it is in, if none is said.
  std::string disconnect_json(const Client& client, std::string_view account,
                              std::string_view reason);
  void tell_of_server(std::string_view event);

  Context& context_;
  ServerInfo& server_;
};

}  // namespace myelin
