#include "core/config/mappings.h"

#include <set>

#include "core/base/text.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

struct DestinationDraft {
  MappingDestination destination;
  bool has_weight = false;
  bool is_for_cluster = false;
};

// An integer or a string like "75%".
void read_weight(ConfigReader& reader, const ConfigMember& member, DestinationDraft& to) {
  std::optional<uint64_t> weight;
  if (member.value.is(Kind::kInt)) {
    if (member.value.integer >= 0) weight = static_cast<uint64_t>(member.value.integer);
  } else if (reader.has_kind(member, Kind::kString)) {
    std::string_view text = member.value.text;
    if (!text.empty() && text.back() == '%') text.remove_suffix(1);
    weight = parse_decimal(text, 3);
  } else {
    return;
  }
  to.has_weight = true;
  if (!weight || *weight > 100) {
    reader.error(member.value, "Invalid weight for mapping destination, must be 0 to 100");
    return;
  }
  to.destination.weight = static_cast<uint8_t>(*weight);
}

constexpr auto read_destination_subject = [](ConfigReader& reader, const ConfigMember& member,
                                             DestinationDraft& to) {
  reader.read(member, to.destination.subject);
};

constexpr KnownKey<DestinationDraft> kDestinationKeys[] = {
    {"dest", read_destination_subject},
    {"destination", read_destination_subject},
    {"weight", read_weight},
    {"cluster",
     [](ConfigReader& reader, const ConfigMember& member, DestinationDraft& to) {
       std::string name;
       reader.read(member, name);
       to.is_for_cluster = !name.empty();
     }},
};

// False if nothing came of it.
bool read_destination(ConfigReader& reader, const ConfigValue& value, MappingOptions& to) {
  if (!value.is(Kind::kMap)) {
    reader.error(value, "expected a map for the mapping destination, got " +
                            std::string(name_of(value.kind)));
    return false;
  }
  DestinationDraft draft;
  read_map(reader, value, kDestinationKeys, draft);
  if (!draft.has_weight) {
    reader.error(value,
                 "Missing weight for mapping destination " + quoted(draft.destination.subject));
    return false;
  }
  if (draft.is_for_cluster) {
    reader.notice("A mapping of " + quoted(to.source) +
                  " that is for one cluster only has no effect: this server is in none");
    return false;
  }
  to.destinations.push_back(std::move(draft.destination));
  return true;
}

std::optional<std::string> mistake_in(const MappingOptions& mapping, const ConfigSources& sources) {
  std::set<std::string> seen;
  int weight = 0;
  for (const MappingDestination& destination : mapping.destinations) {
    if (!seen.insert(destination.subject).second) {
      return "duplicate entry for " + quoted(destination.subject);
    }
    weight += destination.weight;
  }
  if (weight > 100) return "total weight needs to be <= 100";
  return sources.check_mapping ? sources.check_mapping(mapping) : std::nullopt;
}

}  // namespace

void read_mappings(ConfigReader& reader, const ConfigMember& block,
                   std::vector<MappingOptions>& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  to.clear();
  for (const ConfigMember& member : block.value.members) {
    MappingOptions mapping{member.key, {}};
    if (member.value.is(Kind::kString)) {
      mapping.destinations.push_back({member.value.text, 100});
    } else if (member.value.is(Kind::kArray)) {
      for (const ConfigValue& entry : member.value.elements) {
        read_destination(reader, entry, mapping);
      }
    } else {
      read_destination(reader, member.value, mapping);
    }
    if (mapping.destinations.empty()) continue;
    if (const auto mistake = mistake_in(mapping, reader.sources())) {
      reader.error(member.value,
                   "Error adding mapping for " + quoted(mapping.source) + ": " + *mistake);
      continue;
    }
    to.push_back(std::move(mapping));
  }
}

}  // namespace myelin
