#include "hosts/native/flag_documents.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/config/tls_names.h"
#include "hosts/native/flag_table.h"

namespace myelin {

namespace {

constexpr size_t kIndent = 4;
constexpr size_t kTextColumn = 37;

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string result;
  for (size_t at = 0;;) {
    const size_t next = text.find(what, at);
    result += text.substr(at, next - at);
    if (next == std::string_view::npos) return result;
    result += with;
    at = next + what.size();
  }
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

template <typename Words>
std::string joined(const Words& words, std::string_view separator) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string usage_line(const KnownFlag& flag) {
  const std::string indent(kIndent, ' ');
  std::string line = indent + replaced(flag.spelling, "\n", "\n" + indent);
  const size_t width = line.size() - (line.rfind('\n') + 1);
  line.append(kTextColumn - std::min(width, kTextColumn), ' ');
  return line + replaced(flag.text, "\n", "\n" + std::string(kTextColumn, ' ')) + "\n";
}

std::vector<KnownFlag> all_flags() {
  std::vector<KnownFlag> flags;
  for (FlagGroup& group : flag_groups()) {
    for (KnownFlag& flag : group.flags) flags.push_back(std::move(flag));
  }
  return flags;
}

std::string signal_words() { return joined(kSignalWords, " "); }

// The patterns of a bash `case` for all flags that take such a value, with one dash and with two.
std::string bash_pattern(FlagValue value) {
  std::vector<std::string> patterns;
  for (const KnownFlag& flag : all_flags()) {
    if (flag.is_boolean() || flag.value != value) continue;
    for (const std::string_view word : flag.words()) {
      const std::string name(word.substr(word.find_first_not_of('-')));
      patterns.push_back("-" + name);
      patterns.push_back("--" + name);
    }
  }
  return joined(patterns, " | ");
}

std::string zsh_quoted(std::string_view text) {
  std::string quoted = first_line(text);
  for (const std::string_view special : {"\\", "[", "]", ":"}) {
    quoted = replaced(quoted, special, "\\" + std::string(special));
  }
  return replaced(quoted, "'", "'\\''");
}

std::string zsh_value(const KnownFlag& flag) {
  if (flag.is_boolean()) return "";
  const std::string what = ":" + zsh_quoted(flag.placeholder()) + ":";
  switch (flag.value) {
    case FlagValue::kFile:
      return what + "_files";
    case FlagValue::kDirectory:
      return what + "_files -/";
    case FlagValue::kSignal:
      return what + "(" + signal_words() + ")";
    case FlagValue::kAny:
      break;
  }
  return what;
}

std::string fish_value(const KnownFlag& flag) {
  if (flag.is_boolean()) return "";
  switch (flag.value) {
    case FlagValue::kFile:
      return " -r -F";
    case FlagValue::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case FlagValue::kSignal:
      return " -x -a '" + signal_words() + "'";
    case FlagValue::kAny:
      break;
  }
  return " -x";
}

std::string manual_quoted(std::string_view text) {
  std::string quoted = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  return replaced(quoted, "\n", " ");
}

}  // namespace

std::string usage_text() {
  std::string text = "\nUsage: nats-server [options]\n";
  for (const FlagGroup& group : flag_groups()) {
    text += "\n" + std::string(group.title) + ":\n";
    for (const KnownFlag& flag : group.flags) text += usage_line(flag);
  }
  return text + "\n";
}

std::string bash_completion() {
  std::vector<std::string_view> words;
  for (const KnownFlag& flag : all_flags()) {
    for (const std::string_view word : flag.words()) words.push_back(word);
  }
  return "# bash completion for myelin-server\n"
         "_myelin_server() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "  COMPREPLY=()\n"
         "  case $previous in\n"
         "    " +
         bash_pattern(FlagValue::kFile) +
         ")\n"
         "      compopt -o filenames\n"
         "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "      return ;;\n"
         "    " +
         bash_pattern(FlagValue::kDirectory) +
         ")\n"
         "      compopt -o filenames\n"
         "      mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
         "      return ;;\n"
         "    " +
         bash_pattern(FlagValue::kSignal) +
         ")\n"
         "      mapfile -t COMPREPLY < <(compgen -W '" +
         signal_words() +
         "' -- \"$current\")\n"
         "      return ;;\n"
         "    " +
         bash_pattern(FlagValue::kAny) +
         ")\n"
         "      return ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W '" +
         joined(words, " ") +
         "' -- \"$current\")\n"
         "}\n"
         "complete -F _myelin_server myelin-server\n";
}

std::string zsh_completion() {
  std::string text = "#compdef myelin-server\n\n_arguments";
  for (const KnownFlag& flag : all_flags()) {
    const std::vector<std::string_view> words = flag.words();
    const std::string rest = "'[" + zsh_quoted(flag.text) + "]" + zsh_value(flag) + "'";
    text += " \\\n  ";
    if (words.size() == 1) {
      text += std::string(words.front()) + rest;
    } else {
      text += "'(" + joined(words, " ") + ")'{" + joined(words, ",") + "}" + rest;
    }
  }
  return text + "\n";
}

std::string fish_completion() {
  std::string text = "# fish completion for myelin-server\ncomplete -c myelin-server -f\n";
  for (const KnownFlag& flag : all_flags()) {
    text += "complete -c myelin-server";
    for (const std::string_view word : flag.words()) {
      const bool is_long = word.starts_with("--");
      text += is_long ? " -l " : word.size() == 2 ? " -s " : " -o ";
      text += word.substr(is_long ? 2 : 1);
    }
    text += fish_value(flag) + " -d '" + replaced(first_line(flag.text), "'", "\\'") + "'\n";
  }
  return text;
}

std::string manual_options() {
  std::string text;
  for (const FlagGroup& group : flag_groups()) {
    text += ".SS " + std::string(group.title) + "\n";
    for (const KnownFlag& flag : group.flags) {
      std::vector<std::string> names;
      for (const std::string_view word : flag.words()) {
        names.push_back("\\fB" + manual_quoted(word) + "\\fR");
      }
      text += ".TP\n" + joined(names, ", ");
      const std::string_view value = flag.placeholder();
      if (!value.empty()) text += " \\fI" + manual_quoted(value) + "\\fR";
      text += "\n" + manual_quoted(flag.text) + "\n";
    }
  }
  return text;
}

std::string tls_help_text() {
  std::string text = R"(
TLS between clients and this server
    --tls with --tlscert and --tlskey makes every client speak TLS. --tlsverify also demands of each
    client a certificate that an authority in --tlscacert has signed. In a configuration file:

        tls {
            cert_file: "server-cert.pem"
            key_file:  "server-key.pem"
            ca_file:   "ca.pem"
            verify:    true
            timeout:   2
        }

    Several certificates are a list, certs: [{cert_file: ..., key_file: ...}, ...]. Ciphers and
    curves have Go's names, in cipher_suites and curve_preferences. The curves are X25519MLKEM768,
    X25519, CurveP256, CurveP384 and CurveP521. These are the cipher suites; what is marked needs
    allow_insecure_cipher_suites: true.

)";
  for (const CipherSuiteName& suite : kCipherSuites) {
    text += "        " + std::string(suite.name) + (suite.is_insecure ? "  (insecure)\n" : "\n");
  }
  return text + "\n";
}

}  // namespace myelin
