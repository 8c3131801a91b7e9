#include "hosts/native/flags.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/text.h"
#include "core/config/config_reader.h"
#include "hosts/native/flag_table.h"

namespace myelin {

namespace {

using MaybeBool = std::optional<bool>;
using MaybeText = std::optional<std::string>;
using MaybeInt = std::optional<int64_t>;

// The words Go's ParseBool knows.
std::optional<bool> parse_bool(std::string_view text) {
  static constexpr std::string_view kTrue[] = {"1", "t", "T", "true", "TRUE", "True"};
  static constexpr std::string_view kFalse[] = {"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue)) return true;
  if (std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) return false;
  return std::nullopt;
}

// As Go's ParseInt with base 0: 0x, 0o, 0b and a leading 0 choose the base. The error is Go's.
Result<int64_t, std::string> parse_int(std::string_view text) {
  const bool is_negative = text.substr(0, 1) == "-";
  if (is_negative || text.substr(0, 1) == "+") text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char prefix = ascii_lower(text[1]);
    base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
    text.remove_prefix(prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1);
  }
  uint64_t magnitude = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, magnitude, base);
  if (text.empty() || parsed.ptr != end) return std::string("parse error");
  const uint64_t largest = static_cast<uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
  if (parsed.ec != std::errc() || magnitude > largest) return std::string("value out of range");
  return static_cast<int64_t>(is_negative ? 0 - magnitude : magnitude);
}

Result<SignalRequest, FlagError> parse_signal(const std::string& text) {
  SignalRequest request;
  const size_t equals = text.find('=');
  request.command = text.substr(0, equals);
  if (equals == std::string::npos) return request;
  std::string target = text.substr(equals + 1);
  if (const size_t more = target.find('='); more != std::string::npos) {
    std::string rest = target.substr(more + 1);
    std::replace(rest.begin(), rest.end(), '=', ' ');
    return FlagError{"invalid signal parameters: [" + rest + "]", false};
  }
  request.target = std::move(target);
  return request;
}

// Reads one command line, left to right.
class FlagParser {
 public:
  explicit FlagParser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<Flags, FlagError> parse();

 private:
  using Done = Result<Ok, FlagError>;

  Done flag(std::string_view name, std::optional<std::string_view> value);
  Done set(const KnownFlag& flag, std::string_view name, std::string_view value);
  Done boolean(const KnownFlag& flag, std::string_view name, std::optional<std::string_view> value);
  Done word(const std::string& word);

  const std::vector<std::string>& arguments_;
  const std::vector<FlagGroup> groups_ = flag_groups();
  size_t next_ = 0;
  Flags flags_;
};

Result<Flags, FlagError> FlagParser::parse() {
  while (next_ < arguments_.size()) {
    const std::string& argument = arguments_[next_];
    if (argument.size() < 2 || argument[0] != '-') break;
    ++next_;
    if (argument == "--") break;
    std::string_view name = argument;
    name.remove_prefix(argument[1] == '-' ? 2 : 1);
    if (name.empty() || name[0] == '-' || name[0] == '=') {
      return FlagError{"bad flag syntax: " + argument, true};
    }
    std::optional<std::string_view> value;
    if (const size_t equals = name.find('='); equals != std::string_view::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    TRY(flag(name, value));
  }
  const bool is_answered = flags_.version || flags_.help || flags_.help_tls;
  if (!is_answered && next_ < arguments_.size()) TRY(word(arguments_[next_]));
  return std::move(flags_);
}

FlagParser::Done FlagParser::flag(std::string_view name, std::optional<std::string_view> value) {
  const KnownFlag* found = nullptr;
  for (const FlagGroup& group : groups_) {
    for (const KnownFlag& known : group.flags) {
      if (known.is_called(name)) found = &known;
    }
  }
  if (found == nullptr) {
    return FlagError{"flag provided but not defined: -" + std::string(name), true};
  }
  if (found->is_boolean()) return boolean(*found, name, value);
  if (!value) {
    if (next_ == arguments_.size()) {
      return FlagError{"flag needs an argument: -" + std::string(name), true};
    }
    value = arguments_[next_++];
  }
  return set(*found, name, *value);
}

FlagParser::Done FlagParser::boolean(const KnownFlag& flag, std::string_view name,
                                     std::optional<std::string_view> value) {
  const auto truth = parse_bool(value.value_or("true"));
  if (!truth) {
    return FlagError{
        "invalid boolean value " + quoted(*value) + " for -" + std::string(name) + ": parse error",
        true};
  }
  if (const auto* plain = std::get_if<bool Flags::*>(&flag.target)) {
    flags_.** plain = *truth;
  } else if (const auto* explicit_value = std::get_if<MaybeBool Flags::*>(&flag.target)) {
    flags_.** explicit_value = *truth;
  }
  return kOk;
}

FlagParser::Done FlagParser::set(const KnownFlag& flag, std::string_view name,
                                 std::string_view value) {
  if (const auto* plain = std::get_if<std::string Flags::*>(&flag.target)) {
    flags_.** plain = std::string(value);
  } else if (const auto* text = std::get_if<MaybeText Flags::*>(&flag.target)) {
    flags_.** text = std::string(value);
  } else if (const auto* number = std::get_if<MaybeInt Flags::*>(&flag.target)) {
    const auto parsed = parse_int(value);
    if (!parsed) {
      return FlagError{"invalid value " + quoted(value) + " for flag -" + std::string(name) + ": " +
                           parsed.error(),
                       true};
    }
    flags_.** number = parsed.value();
  } else if (!value.empty()) {
    auto request = parse_signal(std::string(value));
    if (!request) return request.error();
    flags_.signal = std::move(request.value());
  }
  return kOk;
}

FlagParser::Done FlagParser::word(const std::string& word) {
  if (equals_ignoring_case(word, "version")) {
    flags_.version = true;
  } else if (equals_ignoring_case(word, "help")) {
    flags_.help = true;
  } else {
    return FlagError{"unrecognized command: " + quoted(word), false};
  }
  return kOk;
}

Status refusal(std::string text) { return Error{Errc::kUnsupported, std::move(text)}; }

// Port 0 is as if nothing was said, -1 any port.
Status apply_port(MaybeInt flag, int default_port, int& to) {
  if (!flag) return kOk;
  if (*flag < -1 || *flag > 65535) {
    return Error{Errc::kInvalid, "port " + decimal(*flag) + " is out of range"};
  }
  to = *flag == -1 ? 0 : *flag == 0 ? default_port : static_cast<int>(*flag);
  return kOk;
}

Status apply_monitor(MaybeInt flag, std::optional<ListenAddress>& to) {
  if (!flag) return kOk;
  constexpr int kNone = -1;
  ListenAddress address = to.value_or(ListenAddress{});
  TRY(apply_port(flag, kNone, address.port));
  to.reset();
  if (address.port != kNone) to = std::move(address);
  return kOk;
}

void apply_logging(const Flags& flags, Config& config) {
  Options& options = config.options;
  DaemonOptions& daemon = config.daemon;
  if (flags.log_file) daemon.log_file = *flags.log_file;
  if (flags.log_size_limit) {
    daemon.logfile_size_limit = std::max<int64_t>(0, *flags.log_size_limit);
  }
  if (flags.max_traced_msg_len) {
    options.max_traced_msg_len =
        static_cast<uint32_t>(std::clamp<int64_t>(*flags.max_traced_msg_len, 0, INT32_MAX));
  }
  if (flags.logtime) daemon.logtime = *flags.logtime;
  if (flags.logtime_utc) daemon.logtime_utc = *flags.logtime_utc;
  if (flags.syslog) daemon.syslog = *flags.syslog;
  if (flags.remote_syslog) daemon.remote_syslog = *flags.remote_syslog;
  if (flags.debug) options.debug = *flags.debug;
  if (flags.trace) options.trace = *flags.trace;
  // The flags of several letters come after the single ones, wherever they stand.
  if (flags.debug_trace) options.debug = options.trace = *flags.debug_trace;
  if (const MaybeBool verbose = flags.debug_trace_verbose) {
    options.debug = options.trace = daemon.trace_verbose = *verbose;
  }
  if (const MaybeBool verbose = flags.trace_verbose) {
    options.trace = daemon.trace_verbose = *verbose;
  }
}

// A list of users stands above a token, and that above a single user, whoever named them.
Status apply_authorization(const Flags& flags, AuthorizationOptions& to) {
  if (!flags.user && !flags.pass && !flags.auth) return kOk;
  if (!to.users.empty()) return kOk;
  if (flags.user) to.user = *flags.user;
  if (flags.pass) to.password = *flags.pass;
  if (flags.auth) to.token = *flags.auth;
  if (!to.token.empty()) {
    to.user.clear();
    to.password.clear();
  }
  if (to.user.empty() && !to.password.empty()) {
    return Error{Errc::kInvalid, "Cannot have a password without a user"};
  }
  return kOk;
}

// The flags stand in the place of a whole block, as far as it names files.
Status apply_tls(const Flags& flags, std::optional<TlsOptions>& to) {
  TlsOptions tls = to.value_or(TlsOptions{});
  CertificateFiles pair{.cert_file = flags.tlscert.value_or(""),
                        .key_file = flags.tlskey.value_or("")};
  if (pair.cert_file.empty()) {
    return refusal("TLS Server certificate must be present and valid");
  }
  if (pair.key_file.empty()) return refusal("TLS Server private key must be present and valid");
  tls.certs.assign(1, std::move(pair));
  tls.ca_file = flags.tlscacert.value_or("");
  tls.verify = flags.tlsverify.value_or(false);
  tls.verify_and_map = false;
  tls.min_version.clear();
  tls.cipher_suites.clear();
  tls.curve_preferences.clear();
  tls.place.clear();
  to = std::move(tls);
  return kOk;
}

Status apply_features(const Flags& flags, Config& config) {
  if (flags.jetstream && *flags.jetstream != config.options.jetstream.has_value()) {
    config.enable_jetstream(*flags.jetstream);
  }
  const bool names_tls_files = flags.tlsverify || flags.tlscert || flags.tlskey || flags.tlscacert;
  if (flags.tls.value_or(names_tls_files)) {
    TRY(apply_tls(flags, config.daemon.tls));
  } else if (flags.tls) {
    config.daemon.tls.reset();
  }
  const bool has_cluster = !flags.cluster.value_or("").empty();
  if (!flags.routes.value_or("").empty()) {
    if (!has_cluster) {
      return refusal("solicited routes require cluster capabilities, e.g. --cluster");
    }
    return refusal(not_supported("Clustering (--routes)"));
  }
  if (has_cluster) {
    config.notices.push_back(not_supported("Clustering (--cluster)") +
                             ": its listener is not opened");
  }
  return kOk;
}

}  // namespace

Result<Flags, FlagError> parse_flags(const std::vector<std::string>& arguments) {
  return FlagParser(arguments).parse();
}

Status apply(const Flags& flags, Config& config) {
  DaemonOptions& daemon = config.daemon;
  if (flags.addr) daemon.client.host = *flags.addr;
  TRY(apply_port(flags.port, DaemonOptions{}.client.port, daemon.client.port));
  TRY(apply_monitor(flags.http_port, daemon.http));
  TRY(apply_monitor(flags.https_port, daemon.https));
  TRY(apply_port(flags.profile, 0, daemon.prof_port));
  if (flags.server_name) config.options.server_name = *flags.server_name;
  if (flags.client_advertise) daemon.client_advertise = *flags.client_advertise;
  if (flags.pid_file) daemon.pid_file = *flags.pid_file;
  if (flags.ports_file_dir) daemon.ports_file_dir = *flags.ports_file_dir;
  if (flags.store_dir) daemon.store_dir = *flags.store_dir;
  apply_logging(flags, config);
  TRY(apply_authorization(flags, config.options.authorization));
  return apply_features(flags, config);
}

}  // namespace myelin
