// describe-flags: writes what is installed beside the daemon and made from its table of flags.
//
//   describe-flags bash|zsh|fish        the completions of a shell
//   describe-flags manual PAGE VERSION  the manual page PAGE, its @OPTIONS@ and @VERSION@ filled in
#include <cstdio>
#include <string>

#include "hosts/native/file.h"
#include "hosts/native/flag_documents.h"

namespace myelin {
namespace {

void replace(std::string& text, const std::string& mark, const std::string& with) {
  const size_t at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), with);
}

int run(int count, char** words) {
  const std::string what = count > 1 ? words[1] : "";
  std::string text;
  if (what == "bash") text = bash_completion();
  if (what == "zsh") text = zsh_completion();
  if (what == "fish") text = fish_completion();
  if (what == "manual" && count == 4) {
    const Result<std::string> page = read_whole_file(words[2]);
    if (!page.ok()) {
      std::fprintf(stderr, "describe-flags: %s\n", page.error().context.c_str());
      return 1;
    }
    text = page.value();
    replace(text, "@VERSION@", words[3]);
    replace(text, "@OPTIONS@\n", manual_options());
  }
  if (text.empty()) {
    std::fputs("usage: describe-flags bash|zsh|fish|manual PAGE VERSION\n", stderr);
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace myelin

int main(int count, char** words) { return myelin::run(count, words); }
