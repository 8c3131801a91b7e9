// The table of flags: how each is spelt, what it is for, and where its value goes. Who reads a
// command line, prints the help or writes completions for a shell takes it from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hosts/native/flags.h"

namespace myelin {

using FlagTarget =
    std::variant<bool Flags::*, std::string Flags::*, std::optional<bool> Flags::*,
                 std::optional<std::string> Flags::*, std::optional<int64_t> Flags::*,
                 std::optional<SignalRequest> Flags::*>;

// What a shell may offer for a value.
enum class FlagValue : uint8_t { kAny, kFile, kDirectory, kSignal };

struct KnownFlag {
  // As the help prints them: the names, and a placeholder of the value. A line that names a flag
  // twice over ("\n") continues with what stands in the same column.
  std::string_view spelling;
  std::string_view text;
  FlagTarget target;
  FlagValue value = FlagValue::kAny;

  // As `spelling` has them, "-p" and "--port".
  std::vector<std::string_view> words() const;
  // With any dashes: "-port" and "--port" are one.
  bool is_called(std::string_view name) const;
  // "<host>" as "host"; empty where the spelling has none.
  std::string_view placeholder() const;
  // Takes a value only after '='.
  bool is_boolean() const;
};

struct FlagGroup {
  std::string_view title;
  std::vector<KnownFlag> flags;
};

// In the help's order.
std::vector<FlagGroup> flag_groups();

// The words that --signal knows.
inline constexpr std::string_view kSignalWords[] = {"ldm",  "stop",   "quit",
                                                    "term", "reopen", "reload"};

}  // namespace myelin
