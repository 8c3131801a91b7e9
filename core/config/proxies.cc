#include "core/config/proxies.h"

#include <utility>

#include "core/identity/nkey.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;
using Keys = std::vector<std::string>;

void read_key(ConfigReader& reader, const ConfigMember& member, std::string& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  to = member.value.text;
  if (!decode_nkey(to)) reader.error(member.value, "invalid proxy key " + quoted_key(to));
}

constexpr KnownKey<std::string> kProxyKeys[] = {{"key", read_key}, {"public_key", read_key}};

void read_trusted(ConfigReader& reader, const ConfigMember& member, Keys& to) {
  if (!reader.has_kind(member, Kind::kArray)) return;
  for (const ConfigValue& entry : member.value.elements) {
    if (!entry.is(Kind::kMap)) {
      reader.error(entry, std::string("expected proxies' trusted entry to be a map, got ") +
                              name_of(entry.kind));
      continue;
    }
    std::string key;
    const size_t errors = reader.errors().size();
    read_map(reader, entry, kProxyKeys, key);
    if (key.empty() && reader.errors().size() == errors) {
      reader.error(entry, "proxy trusted key \"\" is invalid");
    }
    to.push_back(std::move(key));
  }
}

constexpr KnownKey<Keys> kProxiesKeys[] = {{"trusted", read_trusted}};

}  // namespace

void read_proxies(ConfigReader& reader, const ConfigMember& block, std::vector<std::string>& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  Keys keys;
  read_map(reader, block.value, kProxiesKeys, keys);
  to = std::move(keys);
}

}  // namespace myelin
