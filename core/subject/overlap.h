// Overlap: the pattern of the subjects that two patterns have in common.
//
//     a.*.c   and   *.b.>   have   a.b.c
//     a.>     and   *.b     have   a.b
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// Of two valid subjects; nothing if no subject is matched by both.
std::optional<std::string> overlap(std::string_view a, std::string_view b);

}  // namespace myelin
