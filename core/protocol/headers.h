// Message headers (ADR-4): the block "NATS/1.0[ status[ description]]" CR LF, then "Key: Value" CR
// LF lines, then an empty line. The server looks things up in blocks that clients wrote, and never
// validates one; it adds to those that go from one account into another.
//
// A block may be any bytes: what is no header is passed over, and nothing is read beyond the view.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// The value of the first header named exactly `name` (case counts), blanks before it skipped, up to
// its CR LF.
std::optional<std::string_view> find_header(std::string_view block, std::string_view name);

// The block, empty or not, with this header at its end and no other of that name.
std::string block_with_header(std::string_view block, std::string_view name,
                              std::string_view value);

// The block of a status reply that names a subject: 503, no responders.
std::string no_responders_block(std::string_view subject);

}  // namespace myelin
