#include "core/pubsub/client_info.h"

#include "core/base/rfc3339.h"
#include "core/pubsub/client.h"

namespace myelin {

void Client::write_info(JsonWriter& json) const {
  json.field("start", rfc3339(start_));
  json.field("host", peer_.address);
  json.field("id", id_);
  json.field("acc", account_.name());
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  if (connect_) {
    text("user", connect_->user);
    text("name", connect_->name);
    text("lang", connect_->lang);
    text("ver", connect_->version);
  }
  if (rtt_ > Duration::zero()) json.field("rtt", static_cast<int64_t>(rtt_.count()));
  json.field("server", context_.server_name);
  json.field("kind", "Client");
  json.field("client_type", "nats");
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
