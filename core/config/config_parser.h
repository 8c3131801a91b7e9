// The configuration language's grammar: text in, a tree out, or the first thing that is wrong.
//
// Variables are looked up in the enclosing maps, inner to outer, then in the environment; included
// files are merged where they are named. Bounded against hostile text: nesting, includes, and the
// size of the tree after variables are filled in.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/config/config_value.h"

namespace myelin {

inline constexpr int kConfigDepthMax = 200;          // maps and arrays in one another
inline constexpr int kConfigIncludeDepthMax = 32;    // files, or environment variables, in a chain
inline constexpr size_t kConfigFilesMax = 1000;      // read in all
inline constexpr size_t kConfigTextMax = 64u << 20;  // bytes read in all, or copied by variables
inline constexpr size_t kConfigValuesMax = 1'000'000;  // in the tree, variables filled in

// The error's text is whole: "Parse error on line 3: '...'".
Result<ConfigTree, std::string> parse_config_tree(std::string_view text, const std::string& path,
                                                  const ConfigSources& sources);

}  // namespace myelin
