// A tar archive of plain files, written and read by pieces (POSIX ustar, with pax headers where a
// name or a size needs one).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace myelin {

// Appends what stands before a file's bytes.
void append_tar_header(std::string& to, std::string_view name, uint64_t size, WallTime time);
// Appends what stands behind them.
void append_tar_padding(std::string& to, uint64_t size);
// Appends a whole file.
void append_tar_file(std::string& to, std::string_view name, std::string_view content,
                     WallTime time);
// Appends the end of the archive.
void append_tar_end(std::string& to);

class TarReader {
 public:
  struct Event {
    enum class Kind : uint8_t {
      kNone,     // the input is spent
      kFile,     // one begins: `text` is its name
      kData,     // `text` are the next of its bytes
      kFileEnd,  // it is complete
    };
    Kind kind = Kind::kNone;
    std::string_view text;
  };

  // Takes from the front of `input`. What it answers is good until the next call, and as long as
  // the input. What is no plain file is an error.
  Result<Event> next(std::string_view& input);
  // Whether the archive may end here.
  bool is_between_files() const;

 private:
  enum class State : uint8_t { kHeader, kFile, kPadding, kEnd };

  Result<Event> take_header();
  Status take_pax(std::string_view records);

  State state_ = State::kHeader;
  std::string header_;  // as far as it came
  bool is_pax_ = false;
  std::string pax_;
  std::string name_;
  std::string pax_name_;
  std::optional<uint64_t> pax_size_;
  uint64_t missing_ = 0;
  uint64_t padding_ = 0;
};

}  // namespace myelin
