// ConfigReader: typed reading of a configuration tree's values, and the one place where what is
// wrong with them is collected. A read that fails says so in the report and leaves its target as it
// was; the reading goes on, so that all mistakes of a file are reported together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "core/config/config.h"
#include "core/config/config_value.h"

namespace myelin {

class ConfigReader {
 public:
  ConfigReader(const ConfigTree& tree, const ConfigSources& sources)
      : tree_(tree), sources_(sources) {}

  const ConfigSources& sources() const { return sources_; }

  void error(const ConfigValue& at, std::string text);
  // nats-server's form: invalid use of field "x": text.
  void warning(const ConfigMember& at, const std::string& text);
  void add_warning(Diagnostic warning) { warnings_.push_back(std::move(warning)); }
  void notice(const std::string& text);
  // An unknown key, unless it is there to be used as a variable.
  void unknown(const ConfigMember& member);
  // A known key of a feature that this version lacks and must not ignore.
  void refuse(const ConfigMember& member) { errors_.push_back(refusal(member)); }
  Diagnostic refusal(const ConfigMember& member) const;
  // "file:line:pos".
  std::string place_of(const ConfigMember& member) const;

  bool has_kind(const ConfigMember& member, ConfigValue::Kind kind);
  void read(const ConfigMember& member, bool& to);
  void read(const ConfigMember& member, std::string& to);
  // Within [least, most].
  bool read(const ConfigMember& member, int64_t least, int64_t most, int64_t& to);
  // A string in Go's notation, not negative.
  bool read(const ConfigMember& member, Duration& to);
  // The same, or an integer of seconds, which earns a warning. Zero: `fallback`.
  void read_lenient(const ConfigMember& member, Duration fallback, Duration& to);
  // Seconds as a number, or a string; not negative. Zero: `fallback`.
  bool read_timeout(const ConfigMember& member, Duration fallback, Duration& to);
  // "host:port", ":port" or a port. Port -1 becomes 0 (any), port 0 becomes `default_port`.
  void read_listen(const ConfigMember& member, int default_port, ListenAddress& to);
  void read_port(const ConfigMember& member, int default_port, int& to);
  // A string or an array of strings.
  bool read(const ConfigMember& member, std::vector<std::string>& to);

  std::vector<Diagnostic>& errors() { return errors_; }
  std::vector<Diagnostic>& warnings() { return warnings_; }
  std::vector<std::string>& notices() { return notices_; }

 private:
  Diagnostic place(const ConfigValue& at, std::string text) const;

  const ConfigTree& tree_;
  const ConfigSources& sources_;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
  std::vector<std::string> notices_;
};

// What to do with a key of a map, whose name is compared without case. No function: the key is
// known and has no effect.
template <class Target>
struct KnownKey {
  std::string_view name;
  void (*read)(ConfigReader&, const ConfigMember&, Target&) = nullptr;
};

// Reads a map by a table of its keys.
template <class Target, size_t size>
void read_map(ConfigReader& reader, const ConfigValue& map, const KnownKey<Target> (&keys)[size],
              Target& to) {
  for (const ConfigMember& member : map.members) {
    const std::string name = lower_case(member.key);
    const KnownKey<Target>* found = nullptr;
    for (const KnownKey<Target>& key : keys) {
      if (key.name == name) found = &key;
    }
    if (found == nullptr) {
      reader.unknown(member);
    } else if (found->read != nullptr) {
      found->read(reader, member, to);
    }
  }
}

// "host:port" taken apart as Go does, brackets around IPv6; false if it is not of that form.
bool split_host_port(std::string_view text, std::string& host, std::string& port);

// Go's quotes around what came from outside.
std::string quoted(std::string_view text);

// The same of a key in base32, unless it is (or begins as) a secret one.
std::string quoted_key(std::string_view text);

// `x is not supported yet by this version of myelin-server`: one wording, for keys and flags.
std::string not_supported(std::string_view what);

}  // namespace myelin
