#include "tests/conformance/runner/case_list.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace myelin::conformance {

std::vector<Transcript> read_cases(const std::filesystem::path& folder, std::string_view filter) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".nats") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Transcript> cases;
  for (const auto& file : files) {
    std::string name = std::filesystem::relative(file, folder).replace_extension().generic_string();
    if (name.find(filter) == std::string::npos) continue;
    std::ifstream stream(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    cases.push_back(parse_transcript(std::move(name), text));
  }
  return cases;
}

std::set<std::string> read_known_failures(const std::filesystem::path& file,
                                          std::string_view door) {
  std::set<std::string> names;
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string its_door;
    std::string name;
    std::string more;
    if (!(words >> its_door)) continue;
    if (!(words >> name) || (words >> more)) throw TranscriptError("known failures: " + line);
    if (its_door == door) names.insert(name);
  }
  return names;
}

}  // namespace myelin::conformance
