// Config: a configuration file, understood. Text in; Options for the core and DaemonOptions for the
// host out, or every error of the file at once.
//
// Nothing here touches a file or the environment: the host hands both in as functions. Every key of
// nats-server is known. A key that asks for a feature this version does not have is an error if
// ignoring it could leave the server open or a message undelivered, else a notice.
//
//     auto config = parse_config("nats.conf", sources);    errors: print to_string(errors), exit 1
//     apply(flags, config.value());                        the command line wins (hosts/native)
//     complete(config.value());                            checks what only the whole can show
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/key_codecs.h"
#include "core/base/result.h"
#include "core/config/daemon_options.h"
#include "core/config/diagnostic.h"
#include "core/identity/claims.h"
#include "core/options.h"

namespace myelin {

struct ConfigSources {
  // A file's whole text; an error's context is shown to the user ("open x: no such file ...").
  std::function<Result<std::string>(const std::string& path)> read_file;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // Why a mapping cannot be used, or nothing. The core's transforms know; may be left empty.
  std::function<std::optional<std::string>(const MappingOptions&)> check_mapping;
  // Why accounts cannot share what they export and import, or nothing; the same.
  std::function<std::optional<std::string>(const Options&)> check_accounts;
  // To check signatures with.
  KeyCodecs keys;
  // What holds where the text says nothing, and what a zero asks for: a host may have less to give
  // than nats-server has.
  Options defaults;
};

// What a host keeps of it for as long as it runs; the Options are the Server's from the start on.
struct HostConfig {
  DaemonOptions daemon;
  std::string path;    // of the file; empty without one
  std::string digest;  // "sha256:" and 64 hex digits; empty without a file
  // The jetstream block, also where it is off: a flag may switch it on. What it asks for that this
  // version lacks counts only when it is on.
  JetStreamOptions jetstream;
  std::vector<Diagnostic> jetstream_refusals;
  std::vector<std::string> jetstream_notices;
  // Of OperatorOptions::jwts and its default_sentinel, verified.
  std::vector<OperatorClaims> operators;
  std::optional<UserClaims> sentinel;
  // What nats-server warns about too: printed before the start, fatal under -t.
  std::vector<Diagnostic> warnings;
  // Known keys that have no effect in this version: for the log, never fatal.
  std::vector<std::string> notices;
};

struct Config : HostConfig {
  Options options;

  void enable_jetstream(bool is_enabled) {
    options.jetstream.reset();
    if (is_enabled) options.jetstream = jetstream;
  }
};

struct ConfigErrors {
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
};
// Warnings first, then errors, one per line.
std::string to_string(const ConfigErrors& errors);

// Reads the file at `path` and all it includes.
Result<Config, ConfigErrors> parse_config(const std::string& path, const ConfigSources& sources);
// The same from a text; `path` names it in messages and is what includes are relative to.
Result<Config, ConfigErrors> parse_config_text(std::string_view text, const std::string& path,
                                               const ConfigSources& sources);

// After flags: gives defaults to what is zero, as nats-server does, and refuses contradictions.
Status complete(Config& config);

// Puts what INFO tells clients to connect to into the options: client_advertise, else the listener.
// complete() does; once more when the kernel has chosen the listener's port.
Status announce(Config& config);

// Some password is written in the clear ("Plaintext passwords detected, use nkeys or bcrypt").
bool has_plain_passwords(const AuthorizationOptions& authorization);

}  // namespace myelin
