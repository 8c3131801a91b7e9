#include "core/config/sharing.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/config/duration.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

// "50", "50%". Nothing for what is no number.
std::optional<int64_t> percentage(std::string_view text) {
  if (!text.empty() && text.back() == '%') text.remove_suffix(1);
  const bool is_negative = !text.empty() && text[0] == '-';
  if (is_negative) text.remove_prefix(1);
  const auto number = parse_decimal(text, 9);
  if (!number) return std::nullopt;
  return is_negative ? -static_cast<int64_t>(*number) : static_cast<int64_t>(*number);
}

struct LatencyDraft {
  LatencyOptions options;
  bool has_subject = false;
};

void read_sampling(ConfigReader& reader, const ConfigMember& member, LatencyDraft& to) {
  std::optional<int64_t> sample;
  if (member.value.is(Kind::kInt)) {
    sample = member.value.integer;
  } else if (!member.value.is(Kind::kString)) {
    reader.error(member.value, std::string("Expected latency sample to be a string or an integer, "
                                           "got ") +
                                   name_of(member.value.kind));
    return;
  } else if (lower_case(member.value.text) == "headers") {
    to.options.sampling = 0;
    return;
  } else {
    sample = percentage(member.value.text);
    if (!sample) {
      reader.error(member.value, "Failed to parse latency sample: " + quoted(member.value.text));
      return;
    }
  }
  if (*sample < 1 || *sample > 100) {
    reader.error(member.value, "bad sampling percentage, should be 1-100");
    return;
  }
  to.options.sampling = static_cast<uint8_t>(*sample);
}

constexpr KnownKey<LatencyDraft> kLatencyKeys[] = {
    {"sampling", read_sampling},
    {"subject",
     [](ConfigReader& reader, const ConfigMember& member, LatencyDraft& to) {
       to.has_subject = true;
       reader.read(member, to.options.subject);
     }},
};

std::optional<LatencyOptions> read_latency(ConfigReader& reader, const ConfigMember& member) {
  LatencyDraft draft;
  if (member.value.is(Kind::kString)) {
    draft.options.subject = member.value.text;
    return draft.options;
  }
  if (!member.value.is(Kind::kMap)) {
    reader.error(member.value, std::string("Expected latency entry to be a map or a string, got ") +
                                   name_of(member.value.kind));
    return std::nullopt;
  }
  read_map(reader, member.value, kLatencyKeys, draft);
  if (!draft.has_subject) reader.error(member.value, "Latency subject required, but missing");
  return draft.options;
}

// An entry of either list: what it is of is said by one of two keys.
enum class Shared { kNone, kStream, kService };

struct ExportDraft {
  ExportOptions options;
  Shared sort = Shared::kNone;
  // Where what only services have was said.
  const ConfigMember* response = nullptr;
  const ConfigMember* threshold = nullptr;
  const ConfigMember* latency = nullptr;
  const ConfigMember* trace = nullptr;
};

void read_stream_export(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  if (to.sort == Shared::kService) {
    reader.error(member.value,
                 "Detected stream " + quoted(member.value.text) + " but already saw a service");
    return;
  }
  to.sort = Shared::kStream;
  reader.read(member, to.options.subject);
}

void read_service_export(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  if (to.sort == Shared::kStream) {
    reader.error(member.value,
                 "Detected service " + quoted(member.value.text) + " but already saw a stream");
    return;
  }
  to.sort = Shared::kService;
  to.options.is_service = true;
  reader.read(member, to.options.subject);
}

void read_response_type(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  if (to.response != nullptr) {
    reader.error(member.value, "Duplicate response type definition");
    return;
  }
  to.response = &member;
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string type = lower_case(member.value.text);
  if (type == "stream") {
    to.options.response_type = ResponseType::kStream;
  } else if (type == "chunk" || type == "chunked") {
    to.options.response_type = ResponseType::kChunked;
  } else if (type != "single" && type != "singleton") {
    reader.error(member.value, "Unknown response type: " + quoted(member.value.text));
  }
}

void read_threshold(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  if (to.threshold != nullptr) {
    reader.error(member.value, "Duplicate response threshold detected");
    return;
  }
  to.threshold = &member;
  std::optional<Duration> threshold;
  if (member.value.is(Kind::kString)) threshold = parse_duration(member.value.text);
  // Differs: nats-server takes negative ones, and then answers nobody.
  if (!threshold || *threshold < Duration::zero()) {
    reader.error(member.value,
                 "Expected response threshold to be a parseable time duration, got " +
                     (member.value.is(Kind::kString) ? quoted(member.value.text)
                                                     : std::string(name_of(member.value.kind))));
    return;
  }
  if (*threshold > Duration::zero()) to.options.response_threshold = *threshold;
}

void read_export_latency(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  to.latency = &member;
  to.options.latency = read_latency(reader, member);
}

void read_export_trace(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  to.trace = &member;
  reader.read(member, to.options.allow_trace);
}

void read_export_accounts(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  if (reader.has_kind(member, Kind::kArray)) reader.read(member, to.options.accounts);
}

void read_token_position(ConfigReader& reader, const ConfigMember& member, ExportDraft& to) {
  int64_t position = 0;
  if (!reader.read(member, 0, UINT32_MAX, position)) return;
  to.options.account_token_position = static_cast<uint32_t>(position);
}

constexpr KnownKey<ExportDraft> kExportKeys[] = {
    {"stream", read_stream_export},        {"service", read_service_export},
    {"accounts", read_export_accounts},    {"account_token_position", read_token_position},
    {"response", read_response_type},      {"response_type", read_response_type},
    {"threshold", read_threshold},         {"response_threshold", read_threshold},
    {"response_max_time", read_threshold}, {"response_time", read_threshold},
    {"latency", read_export_latency},      {"allow_trace", read_export_trace},
};

void check_stream_export(ConfigReader& reader, const ExportDraft& draft) {
  const auto refuse = [&](const ConfigMember* at, const char* what) {
    if (at == nullptr) return;
    reader.error(at->value, std::string("Detected ") + what + " directive on non-service");
  };
  refuse(draft.response, "response");
  refuse(draft.threshold, "response");
  refuse(draft.latency, "latency");
  refuse(draft.trace, "allow_trace");
}

struct ImportDraft {
  ImportOptions options;
  Shared sort = Shared::kNone;
  const ConfigMember* prefix = nullptr;
  const ConfigMember* to = nullptr;
  const ConfigMember* share = nullptr;
  const ConfigMember* trace = nullptr;
};

constexpr KnownKey<ImportOptions> kSourceKeys[] = {
    {"account", [](ConfigReader& reader, const ConfigMember& member,
                   ImportOptions& to) { reader.read(member, to.account); }},
    {"subject", [](ConfigReader& reader, const ConfigMember& member,
                   ImportOptions& to) { reader.read(member, to.subject); }},
};

void read_source(ConfigReader& reader, const ConfigMember& member, ImportOptions& to) {
  if (!member.value.is(Kind::kMap)) {
    reader.error(member.value, std::string(to.is_service ? "Service" : "Stream") +
                                   " entry should be an account map, got " +
                                   name_of(member.value.kind));
    return;
  }
  const size_t errors = reader.errors().size();
  read_map(reader, member.value, kSourceKeys, to);
  if ((to.account.empty() || to.subject.empty()) && reader.errors().size() == errors) {
    reader.error(member.value, "Expect an account name and a subject");
  }
}

void read_stream_import(ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
  if (to.sort == Shared::kService) {
    reader.error(member.value, "Detected stream but already saw a service");
    return;
  }
  to.sort = Shared::kStream;
  read_source(reader, member, to.options);
}

void read_service_import(ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
  if (to.sort == Shared::kStream) {
    reader.error(member.value, "Detected service but already saw a stream");
    return;
  }
  to.sort = Shared::kService;
  to.options.is_service = true;
  read_source(reader, member, to.options);
}

constexpr KnownKey<ImportDraft> kImportKeys[] = {
    {"stream", read_stream_import},
    {"service", read_service_import},
    {"prefix",
     [](ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
       to.prefix = &member;
       reader.read(member, to.options.prefix);
     }},
    {"to",
     [](ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
       to.to = &member;
       reader.read(member, to.options.to);
     }},
    {"share",
     [](ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
       to.share = &member;
       reader.read(member, to.options.share);
     }},
    {"allow_trace",
     [](ConfigReader& reader, const ConfigMember& member, ImportDraft& to) {
       to.trace = &member;
       reader.read(member, to.options.allow_trace);
     }},
};

void check_stream_import(ConfigReader& reader, const ImportDraft& draft) {
  if (!draft.options.prefix.empty() && !draft.options.to.empty()) {
    reader.error(draft.to->value, "Stream import can not have a 'prefix' and a 'to' property");
  }
  if (draft.share != nullptr) reader.notice("\"share\" has no effect on a stream import");
}

void check_service_import(ConfigReader& reader, const ImportDraft& draft) {
  if (draft.trace != nullptr) {
    reader.error(draft.trace->value, "Detected allow_trace directive on a non-stream");
  }
  if (draft.prefix != nullptr) reader.notice("\"prefix\" has no effect on a service import");
}

const std::string& local_name(const ImportOptions& import) {
  return import.to.empty() ? import.subject : import.to;
}

// One name of its own for two services of one exporter.
const ImportOptions* same_service(const std::vector<ImportOptions>& imports,
                                  const ImportOptions& wanted) {
  const auto found = std::find_if(imports.begin(), imports.end(), [&](const ImportOptions& each) {
    return each.is_service && each.account == wanted.account &&
           local_name(each) == local_name(wanted);
  });
  return found == imports.end() ? nullptr : &*found;
}

void add_import(ConfigReader& reader, const ConfigValue& at, ImportOptions import,
                std::vector<ImportOptions>& to) {
  const ImportOptions* twin = import.is_service ? same_service(to, import) : nullptr;
  if (twin == nullptr) return to.push_back(std::move(import));
  reader.error(at, "Duplicate service import subject " + quoted(local_name(import)) +
                       ", previously used in import for account " + quoted(twin->account) +
                       ", subject " + quoted(twin->subject));
}

}  // namespace

void read_exports(ConfigReader& reader, const ConfigMember& member,
                  std::vector<ExportOptions>& to) {
  to.clear();
  if (!member.value.is(Kind::kArray)) {
    reader.error(member.value,
                 std::string("Exports should be an array, got ") + name_of(member.value.kind));
    return;
  }
  for (const ConfigValue& entry : member.value.elements) {
    ExportDraft draft;
    if (entry.is(Kind::kMap)) read_map(reader, entry, kExportKeys, draft);
    // Differs: nats-server passes over a map that has neither.
    if (draft.sort == Shared::kNone) {
      reader.error(entry, std::string("Export Items should be a map with type entry, got ") +
                              name_of(entry.kind));
      continue;
    }
    if (draft.sort == Shared::kStream) check_stream_export(reader, draft);
    to.push_back(std::move(draft.options));
  }
}

void read_imports(ConfigReader& reader, const ConfigMember& member,
                  std::vector<ImportOptions>& to) {
  to.clear();
  if (!member.value.is(Kind::kArray)) {
    reader.error(member.value,
                 std::string("Imports should be an array, got ") + name_of(member.value.kind));
    return;
  }
  for (const ConfigValue& entry : member.value.elements) {
    ImportDraft draft;
    if (entry.is(Kind::kMap)) read_map(reader, entry, kImportKeys, draft);
    // Differs: nats-server passes over a map that has neither.
    if (draft.sort == Shared::kNone) {
      reader.error(entry, std::string("Import Items should be a map with type entry, got ") +
                              name_of(entry.kind));
      continue;
    }
    if (draft.sort == Shared::kStream) check_stream_import(reader, draft);
    if (draft.sort == Shared::kService) check_service_import(reader, draft);
    add_import(reader, entry, std::move(draft.options), to);
  }
}

}  // namespace myelin
