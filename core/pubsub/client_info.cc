#include "core/pubsub/client_info.h"

#include "core/base/rfc3339.h"
#include "core/pubsub/client.h"

namespace myelin {

// Of one that is closed, too.
std::string_view Client::known_as() const {
  if (!connect_) return {};
  if (!connect_->nkey.empty()) return connect_->nkey;
  if (!connect_->user.empty()) return connect_->user;
  const User* const own = personal_user_ ? personal_user_->user.get() : nullptr;
  if (own != nullptr && own->identity && !own->is_from_service) return own->nkey;
  return connect_->auth_token.empty() ? "" : "[REDACTED]";
}

std::string_view Client::issuer_key() const {
  const User* const own = personal_user_ ? personal_user_->user.get() : nullptr;
  if (own != nullptr && own->identity) return own->identity->issuer;
  const bool has_key = own != nullptr || (is_authenticated_ && connect_ && !connect_->nkey.empty());
  return has_key ? std::string_view(account_->name()) : std::string_view();
}

std::string_view Client::shown_jwt() const {
  const User* const own = personal_user_ ? personal_user_->user.get() : nullptr;
  if (own == nullptr || !own->identity || own->identity->is_bearer || !connect_) return {};
  return connect_->jwt;
}

void Client::write_info(JsonWriter& json, std::string_view service, std::string_view jwt) const {
  json.field("start", rfc3339(start_));
  json.field("host", peer_.address);
  json.field("id", id_);
  json.field("acc", account_->name());
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  text("svc", service);
  text("user", known_as());
  if (connect_) {
    text("name", connect_->name);
    text("lang", connect_->lang);
    text("ver", connect_->version);
  }
  if (rtt_ > Duration::zero()) json.field("rtt", static_cast<int64_t>(rtt_.count()));
  json.field("server", context_.server_name);
  text("jwt", jwt);
  text("issuer_key", issuer_key());
  if (const UserIdentity* const identity = user_ != nullptr ? user_->identity.get() : nullptr) {
    text("name_tag", identity->name_tag);
    if (!identity->tags.empty()) {
      json.name("tags").begin_array();
      for (const std::string& tag : identity->tags) json.value(tag);
      json.end_array();
    }
  }
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
  if (own != nullptr && own->identity) {
    facts.user_name = own->identity->name_tag;
    facts.tags = &own->identity->tags;
  }
  // Differs: a bearer's is in no event either.
  facts.jwt = shown_jwt();
  facts.issuer_key = issuer_key();
  if (user_ != nullptr) facts.expires = user_->expires;
  facts.user = known_as();
  if (connect_) {
    facts.name = connect_->name;
    facts.lang = connect_->lang;
    facts.version = connect_->version;
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
