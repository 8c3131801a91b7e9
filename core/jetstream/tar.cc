#include "core/jetstream/tar.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kTarBlockSize = 512;
constexpr uint64_t kOctalSizeMax = (uint64_t{1} << 33) - 1;  // eleven octal digits
constexpr uint64_t kPaxSizeMax = 1024 * 1024;

struct Field {
  size_t offset;
  size_t size;
};
constexpr Field kNameField{0, 100};
constexpr Field kModeField{100, 8};
constexpr Field kUserField{108, 8};
constexpr Field kGroupField{116, 8};
constexpr Field kSizeField{124, 12};
constexpr Field kTimeField{136, 12};
constexpr Field kChecksumField{148, 8};
constexpr Field kTypeField{156, 1};
constexpr Field kMagicField{257, 8};
constexpr Field kUserNameField{265, 32};
constexpr Field kGroupNameField{297, 32};
constexpr Field kPrefixField{345, 155};

constexpr char kPlainFile = '0';
constexpr char kOldPlainFile = '\0';
constexpr char kPaxHeader = 'x';
constexpr std::string_view kUstar("ustar\0", 6);

using Header = std::array<char, kTarBlockSize>;

// Writing -------------------------------------------------------------------------------------

void put(Header& header, Field field, std::string_view text) {
  std::memcpy(&header[field.offset], text.data(), std::min(text.size(), field.size));
}

void put_octal(Header& header, Field field, uint64_t number) {
  for (size_t at = field.offset + field.size - 1; at > field.offset; --at, number >>= 3) {
    header[at - 1] = static_cast<char>('0' + (number & 7));
  }
}

uint64_t checksum_of(std::string_view header) {
  uint64_t sum = 0;
  for (size_t at = 0; at < header.size(); ++at) {
    const bool is_checksum = at - kChecksumField.offset < kChecksumField.size;
    sum += is_checksum ? ' ' : static_cast<unsigned char>(header[at]);
  }
  return sum;
}

void append_header(std::string& to, char type, std::string_view name, uint64_t size,
                   WallTime time) {
  Header header{};
  put(header, kNameField, name);
  put_octal(header, kModeField, 0600);
  put_octal(header, kUserField, 0);
  put_octal(header, kGroupField, 0);
  put_octal(header, kSizeField, std::min(size, kOctalSizeMax));
  put_octal(header, kTimeField,
            static_cast<uint64_t>(std::max<int64_t>(time.unix_ns, 0)) / 1000000000);
  header[kTypeField.offset] = type;
  put(header, kMagicField, std::string_view("ustar\00000", 8));
  put(header, kUserNameField, "nats");
  put(header, kGroupNameField, "nats");
  const std::string_view text(header.data(), header.size());
  put_octal(header, {kChecksumField.offset, kChecksumField.size - 1}, checksum_of(text));
  header[kChecksumField.offset + kChecksumField.size - 1] = ' ';
  to += text;
}

// A record says its own length, the length's digits included.
void append_pax_record(std::string& to, std::string_view name, std::string_view value) {
  const size_t rest = name.size() + value.size() + 3;
  size_t size = rest;
  for (size_t before = 0; before != size;) {
    before = size;
    size = rest + decimal(static_cast<int64_t>(before)).size();
  }
  append_decimal(to, size);
  to.append(1, ' ').append(name).append(1, '=').append(value).append(1, '\n');
}

// Reading -------------------------------------------------------------------------------------

Error invalid_header() { return {Errc::kCorrupt, "archive/tar: invalid tar header"}; }

std::string_view text_of(std::string_view header, Field field) {
  const std::string_view text = header.substr(field.offset, field.size);
  return text.substr(0, text.find('\0'));
}

std::optional<uint64_t> octal_of(std::string_view header, Field field) {
  std::string_view text = text_of(header, field);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  uint64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') return std::nullopt;
    number = number << 3 | static_cast<uint64_t>(digit - '0');
  }
  return number;
}

uint64_t padding_of(uint64_t size) {
  return (kTarBlockSize - size % kTarBlockSize) % kTarBlockSize;
}

}  // namespace

void append_tar_header(std::string& to, std::string_view name, uint64_t size, WallTime time) {
  std::string records;
  if (name.size() > kNameField.size) append_pax_record(records, "path", name);
  if (size > kOctalSizeMax) {
    append_pax_record(records, "size", decimal(static_cast<int64_t>(size)));
  }
  if (!records.empty()) {
    append_header(to, kPaxHeader, "PaxHeaders.0/file", records.size(), time);
    to += records;
    append_tar_padding(to, records.size());
  }
  append_header(to, kPlainFile, name, size, time);
}

void append_tar_padding(std::string& to, uint64_t size) {
  to.append(static_cast<size_t>(padding_of(size)), '\0');
}

void append_tar_file(std::string& to, std::string_view name, std::string_view content,
                     WallTime time) {
  append_tar_header(to, name, content.size(), time);
  to += content;
  append_tar_padding(to, content.size());
}

void append_tar_end(std::string& to) { to.append(2 * kTarBlockSize, '\0'); }

bool TarReader::is_between_files() const {
  return state_ == State::kEnd || (state_ == State::kHeader && header_.empty() && !is_pax_);
}

Result<TarReader::Event> TarReader::next(std::string_view& input) {
  for (;;) {
    switch (state_) {
      case State::kEnd:
        input = {};
        return Event{};
      case State::kHeader: {
        const size_t size = std::min(kTarBlockSize - header_.size(), input.size());
        header_ += input.substr(0, size);
        input.remove_prefix(size);
        if (header_.size() < kTarBlockSize) return Event{};
        const Result<Event> begun = take_header();
        header_.clear();
        if (!begun.ok() || begun.value().kind != Event::Kind::kNone) return begun;
        break;
      }
      case State::kFile: {
        if (missing_ == 0) {
          state_ = State::kPadding;
          if (!is_pax_) return Event{Event::Kind::kFileEnd, {}};
          TRY(take_pax(pax_));
          break;
        }
        if (input.empty()) return Event{};
        const auto size = static_cast<size_t>(std::min<uint64_t>(missing_, input.size()));
        const std::string_view data = input.substr(0, size);
        input.remove_prefix(size);
        missing_ -= size;
        if (!is_pax_) return Event{Event::Kind::kData, data};
        pax_ += data;
        break;
      }
      case State::kPadding: {
        const auto size = static_cast<size_t>(std::min<uint64_t>(padding_, input.size()));
        input.remove_prefix(size);
        padding_ -= size;
        if (padding_ > 0) return Event{};
        state_ = State::kHeader;
      }
    }
  }
}

// Answers the beginning of a file, if it is one's.
Result<TarReader::Event> TarReader::take_header() {
  const std::string_view header = header_;
  if (header.find_first_not_of('\0') == std::string_view::npos) {
    state_ = State::kEnd;
    return Event{};
  }
  const std::optional<uint64_t> checksum = octal_of(header, kChecksumField);
  std::optional<uint64_t> size = octal_of(header, kSizeField);
  if (!checksum || !size || *checksum != checksum_of(header)) return invalid_header();
  const char type = header[kTypeField.offset];
  state_ = State::kFile;
  is_pax_ = type == kPaxHeader;
  if (is_pax_) {
    if (*size > kPaxSizeMax) return invalid_header();
    pax_.clear();
  } else if (type != kPlainFile && type != kOldPlainFile) {
    return Error{Errc::kInvalid, "unexpected content"};
  } else if (pax_size_) {
    size = std::exchange(pax_size_, std::nullopt);
  }
  missing_ = *size;
  padding_ = padding_of(*size);
  if (is_pax_) return Event{};
  name_.clear();
  const bool is_ustar = header.substr(kMagicField.offset, kUstar.size()) == kUstar;
  if (!pax_name_.empty()) {
    name_ = std::exchange(pax_name_, {});
  } else {
    if (is_ustar && !text_of(header, kPrefixField).empty()) {
      name_.append(text_of(header, kPrefixField)).append(1, '/');
    }
    name_ += text_of(header, kNameField);
  }
  return Event{Event::Kind::kFile, name_};
}

Status TarReader::take_pax(std::string_view records) {
  while (!records.empty()) {
    const size_t blank = records.find(' ');
    if (blank == std::string_view::npos) return invalid_header();
    const std::optional<uint64_t> size = parse_decimal(records.substr(0, blank), 7);
    if (!size || *size < blank + 3 || *size > records.size()) return invalid_header();
    std::string_view record = records.substr(0, static_cast<size_t>(*size));
    records.remove_prefix(record.size());
    if (record.back() != '\n') return invalid_header();
    record = record.substr(blank + 1, record.size() - blank - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return invalid_header();
    const std::string_view value = record.substr(equals + 1);
    if (record.substr(0, equals) == "path") pax_name_ = value;
    if (record.substr(0, equals) == "size") {
      pax_size_ = parse_decimal(value, 18);
      if (!pax_size_) return invalid_header();
    }
  }
  return kOk;
}

}  // namespace myelin
