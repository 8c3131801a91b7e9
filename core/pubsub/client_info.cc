#include "core/pubsub/client_info.h"

#include "core/base/rfc3339.h"
#include "core/pubsub/client.h"

namespace myelin {

void Client::write_info(JsonWriter& json, std::string_view service) const {
  json.field("start", rfc3339(start_));
  json.field("host", peer_.address);
  json.field("id", id_);
  json.field("acc", account_->name());
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  text("svc", service);
  if (connect_) {
    text("user", user_ != nullptr && user_->identity ? user_->nkey : connect_->user);
    text("name", connect_->name);
    text("lang", connect_->lang);
    text("ver", connect_->version);
  }
  if (rtt_ > Duration::zero()) json.field("rtt", static_cast<int64_t>(rtt_.count()));
  json.field("server", context_.server_name);
  json.field("kind", "Client");
  json.field("client_type", peer_.websocket ? "websocket" : "nats");
}

ClientFacts Client::facts() const {
  const Now now = context_.now;
  ClientFacts facts{.id = id_,
                    .is_websocket = peer_.websocket != nullptr,
                    .address = peer_.address,
                    .port = peer_.port,
                    .start = start_,
                    .last_active = {now.wall.unix_ns - (now.mono - last_active_).count()},
                    .uptime = now.mono - opened_,
                    .rtt = rtt_,
                    .pending = outbound_.pending(),
                    .in_msgs = in_msgs_,
                    .in_bytes = in_bytes_,
                    .out_msgs = out_msgs_,
                    .out_bytes = out_bytes_,
                    .stalls = stalls_,
                    .subscriptions = subscriptions_.size(),
                    .account = account_->name(),
                    .tls = tls_.get(),
                    .is_tls_first = tls_ != nullptr && peer_.waits_for_tls_first};
  if (proxy_key_) facts.proxy_key = *proxy_key_;
  // Of one that is closed, too.
  const User* const own = personal_user_ ? personal_user_->user.get() : nullptr;
  const bool has_jwt = own != nullptr && own->identity;
  if (has_jwt) {
    facts.user_name = own->identity->name_tag;
    facts.issuer_key = own->identity->issuer;
    facts.tags = &own->identity->tags;
    // Differs: a bearer's is in no event either.
    if (connect_ && !own->identity->is_bearer) facts.jwt = connect_->jwt;
  }
  if (user_ != nullptr) facts.expires = user_->expires;
  if (connect_) {
    facts.name = connect_->name;
    facts.lang = connect_->lang;
    facts.version = connect_->version;
    if (!connect_->nkey.empty()) {
      facts.user = connect_->nkey;
    } else if (!connect_->user.empty()) {
      facts.user = connect_->user;
    } else if (has_jwt && !own->is_from_service) {
      facts.user = own->nkey;
    } else if (!connect_->auth_token.empty()) {
      facts.user = "[REDACTED]";
    }
  }
  return facts;
}

std::string client_info_json(const Context& context, uint64_t client) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (const Client* from = context.find(client)) from->write_info(json);
  json.end_object();
  return text;
}

}  // namespace myelin
