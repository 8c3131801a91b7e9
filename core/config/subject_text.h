// Subjects in a configuration: whether a text can be one at all.
#pragma once

#include <string_view>

namespace myelin {

// With or without wildcards.
bool is_subject_text(std::string_view text);
// One that can be published to.
bool is_literal_subject_text(std::string_view text);

}  // namespace myelin
