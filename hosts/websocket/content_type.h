// What a file's name says of its content, for those kinds that a browser asks for. What is not
// known is "application/octet-stream": a browser saves it and runs nothing.
#pragma once

#include <string_view>

namespace myelin {

std::string_view content_type_of(std::string_view path);

}  // namespace myelin
