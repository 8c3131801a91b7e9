#include "core/protocol/handshake.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/limits.h"
#include "core/version.h"

namespace myelin {

std::string info_line(const Info& info) {
  std::string line = "INFO ";
  JsonWriter json(line);
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  const auto flag = [&json](std::string_view name, bool value) {
    if (value) json.field(name, true);
  };
  json.begin_object();
  json.field("server_id", info.server_id);
  json.field("server_name", info.server_name);
  json.field("version", kNatsVersion);
  json.field("proto", 1);
  // Some clients want to see a Go version; what runs here is said by the last two fields.
  json.field("go", "none");
  json.field("host", info.host);
  json.field("port", info.port);
  json.field("headers", info.headers);
  flag("auth_required", info.auth_required);
  flag("tls_required", info.tls_required);
  flag("tls_verify", info.tls_verify);
  flag("tls_available", info.tls_available);
  json.field("max_payload", info.max_payload);
  flag("jetstream", info.jetstream);
  if (info.client_id != 0) json.field("client_id", info.client_id);
  text("client_ip", info.client_ip);
  text("nonce", info.nonce);
  flag("ldm", info.ldm);
  flag("connect_info", info.connect_info);
  text("remote_account", info.remote_account);
  flag("acc_is_sys", info.acc_is_sys);
  if (info.api_level > 0) json.field("api_lvl", info.api_level);
  text("xkey", info.xkey);
  json.field("myelin", true);
  json.field("myelin_version", kMyelinVersion);
  json.end_object();
  line += " \r\n";
  return line;
}

namespace {

// Copies a member into `to` if it is there; false if it is of another type. null counts as absent.
bool read_member(JsonView object, std::string_view name, bool& to) {
  const JsonView member = object.find(name);
  if (!member.is_present() || member.is_null()) return true;
  const std::optional<bool> value = member.as_bool();
  if (value) to = *value;
  return value.has_value();
}

bool read_member(JsonView object, std::string_view name, std::string& to) {
  const JsonView member = object.find(name);
  if (!member.is_present() || member.is_null()) return true;
  const std::optional<std::string_view> value = member.as_string();
  if (value) to = *value;
  return value.has_value();
}

bool read_member(JsonView object, std::string_view name, int64_t& to) {
  const JsonView member = object.find(name);
  if (!member.is_present() || member.is_null()) return true;
  const std::optional<int64_t> value = member.as_int();
  if (value) to = *value;
  return value.has_value();
}

// Fields that only links between servers use: their values are not kept, their types must be right.
bool is_list_of_strings(JsonView list) {
  if (!list.is_present() || list.is_null()) return true;
  if (!list.is_array()) return false;
  for (size_t index = 0; index < list.size(); ++index) {
    const JsonView element = list.at(index);
    if (!element.is_null() && !element.as_string()) return false;
  }
  return true;
}

bool is_permission(JsonView member) {
  if (!member.is_present() || member.is_null()) return true;
  return member.is_object() && is_list_of_strings(member.find("allow")) &&
         is_list_of_strings(member.find("deny"));
}

}  // namespace

Status read_connect(std::string_view json, ConnectOptions& options) {
  const std::optional<JsonDocument> document = JsonDocument::parse(json, kJsonDepthMax);
  if (!document) return Error{Errc::kInvalid, "CONNECT is not JSON"};
  const JsonView root = document->root();
  if (root.is_null()) return kOk;
  if (!root.is_object()) return Error{Errc::kInvalid, "CONNECT is not a JSON object"};

  bool tls_required = false;
  bool new_account = false;
  std::string account;
  std::string unused;
  const bool ok =
      read_member(root, "verbose", options.verbose) &&
      read_member(root, "pedantic", options.pedantic) && read_member(root, "echo", options.echo) &&
      read_member(root, "headers", options.headers) &&
      read_member(root, "no_responders", options.no_responders) &&
      read_member(root, "observer", options.observer) &&
      read_member(root, "protocol", options.protocol) && read_member(root, "name", options.name) &&
      read_member(root, "lang", options.lang) && read_member(root, "version", options.version) &&
      read_member(root, "user", options.user) && read_member(root, "pass", options.pass) &&
      read_member(root, "auth_token", options.auth_token) &&
      read_member(root, "nkey", options.nkey) && read_member(root, "sig", options.sig) &&
      read_member(root, "jwt", options.jwt) && read_member(root, "account", account) &&
      read_member(root, "new_account", new_account) &&
      read_member(root, "tls_required", tls_required) &&
      read_member(root, "remote_account", unused) &&
      read_member(root, "proxy_sig", options.proxy_sig) && is_permission(root.find("import")) &&
      is_permission(root.find("export"));
  if (!ok) return Error{Errc::kInvalid, "a field of CONNECT has the wrong type"};
  if (new_account || !account.empty()) options.asks_for_account = true;
  return kOk;
}

namespace {

// Behind the closing quote of the JSON string whose opening one is at `begin`, or the end of the
// text.
size_t end_of_string(std::string_view text, size_t begin) {
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

bool is_secret(std::string_view quoted_name) {
  std::string name;
  for (const char c : quoted_name) {
    if (c == '\\') return true;  // a name that hides what it is
    if (c != '"') name += ascii_lower(c);
  }
  if (name.starts_with("pass") || name.starts_with("auth_token")) return true;
  return name == "sig" || name == "proxy_sig" || name == "nkey" || name == "jwt";
}

}  // namespace

// Goes by the shape of strings alone, so that malformed JSON is redacted as well.
std::string redact_connect(std::string_view argument) {
  std::string shown;
  for (size_t at = 0; at < argument.size();) {
    if (argument[at] != '"') {
      shown += argument[at++];
      continue;
    }
    const size_t name_end = end_of_string(argument, at);
    const std::string_view name = argument.substr(at, name_end - at);
    shown += name;
    at = name_end;
    const size_t value = std::min(argument.find_first_not_of(" \t:", at), argument.size());
    const bool names_a_value = argument.substr(at, value - at).find(':') != std::string_view::npos;
    if (!names_a_value || !is_secret(name)) continue;
    shown += argument.substr(at, value - at);
    const bool is_string = value < argument.size() && argument[value] == '"';
    shown += is_string ? "\"[REDACTED]\"" : "[REDACTED]";
    at = is_string ? end_of_string(argument, value)
                   : std::min(argument.find_first_of(",}", value), argument.size());
  }
  return shown;
}

}  // namespace myelin
