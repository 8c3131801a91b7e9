// The configuration language, by example. Each text was given to nats-server 2.14.5's own parser,
// and the JSON beside it is what that made of it; kError where it refused.
#include "core/config/config_parser.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <map>
#include <string>

#include "core/base/checksum.h"
#include "core/config/config_digest.h"

namespace myelin {
namespace {

constexpr const char* kError = nullptr;

struct Sample {
  const char* text;
  const char* json;
};

// No file exists but those given; the environment has a few variables.
ConfigSources sources_with(std::map<std::string, std::string> files) {
  ConfigSources sources;
  sources.read_file = [files = std::move(files)](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) return Error{Errc::kNotFound, "open " + path + ": no such file"};
    return file->second;
  };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SAMPLE_PORT") return "5222";
    if (name == "SAMPLE_LIST") return "[a, b]";
    if (name == "SAMPLE_CHAIN") return "$SAMPLE_PORT";
    if (name == "SAMPLE_CYCLE") return "$SAMPLE_CYCLE";
    return std::nullopt;
  };
  return sources;
}

std::string digest_of(const std::string& json) { return "sha256:" + sha256_hex(json + "\n"); }

std::string error_of(std::string_view text) {
  const auto tree = parse_config_tree(text, "test.conf", sources_with({}));
  return tree ? "" : tree.error();
}

void check(std::initializer_list<Sample> samples) {
  for (const Sample& sample : samples) {
    INFO(sample.text);
    const auto tree = parse_config_tree(sample.text, "test.conf", sources_with({}));
    INFO((tree ? "" : tree.error()));
    CHECK(tree.ok() == (sample.json != kError));
    if (tree && sample.json != kError) {
      INFO(sample.json);
      CHECK(config_digest(tree.value().root) == digest_of(sample.json));
    }
  }
}

TEST_CASE("Configuration language: pairs end at a line break, a comma or a semicolon") {
  check({
      {"a=1\nb=2", R"({"a":1,"b":2})"},
      {"a=1,b=2", R"({"a":1,"b":2})"},
      {"a=1;b=2;", R"({"a":1,"b":2})"},
      {"a=1 b=2", kError},
  });
}

TEST_CASE("Configuration language: a key is parted from its value by =, : or a space") {
  check({
      {"a = x", R"({"a":"x"})"},
      {"a : x", R"({"a":"x"})"},
      {"a x", R"({"a":"x"})"},
      {"a=x", R"({"a":"x"})"},
      {"a [b]", R"({"a":["b"]})"},
      {"a := x", kError},
      {"= x", kError},
      {": x", kError},
  });
}

TEST_CASE("Configuration language: keys may be quoted, and keep their case") {
  check({
      {R"("a b": 1)", R"({"a b":1})"},
      {"'a b' 1", R"({"a b":1})"},
      {R"("a":1)", R"({"a":1})"},
      {"A=1\na=2", R"({"A":1,"a":2})"},
      {R"("a\n"=1)", R"({"a\\n":1})"},
      {R"("a)", kError},
  });
}

TEST_CASE("Configuration language: the last of equal keys wins") {
  check({
      {"a=1\na=2", R"({"a":2})"},
      {"a {b=1}\na {c=2}", R"({"a":{"c":2}})"},
  });
}

TEST_CASE(
    "Configuration language: comments begin with # or // where a key or the end of a value is "
    "expected") {
  check({
      {"# x\na=1 # y\n// z\nb=2 // w", R"({"a":1,"b":2})"},
      {"a=1 #", R"({"a":1})"},
      {"a = # x", kError},
      {"a = x#y", R"({"a":"x#y"})"},
      {"a = http://x", R"({"a":"http://x"})"},
      {"a=1 / b", kError},
      {"a=1 /\nb=2", R"({"a":1,"b":2})"},
      {"/a=1", kError},
  });
}

TEST_CASE(
    "Configuration language: a value at the top level begins on its line, unless no sign parts it "
    "from its key") {
  check({
      {"a\n{b=1}", R"({"a":{"b":1}})"},
      {"a\n1", R"({"a":1})"},
      {"a:\n1", kError},
      {"a\n:1", R"({"a":1})"},
      {"a {b:\n1}", R"({"a":{"b":1}})"},
      {"a {b\n:\n1}", R"({"a":{"b":1}})"},
  });
}

TEST_CASE("Configuration language: an empty value is an empty string") {
  check({
      {"a:", R"({"a":""})"},
      {"a: ;b=1", R"({"a":"","b":1})"},
      {"a=,b=1", R"({"a":"","b":1})"},
      {"a {b=;c=1}", R"({"a":{"b":"","c":1}})"},
  });
}

TEST_CASE("Configuration language: a key needs a value") {
  check({
      {"a", kError},
      {"a ", kError},
      {"a=1\nb", kError},
      {"}", R"({})"},
      {"a=1 }", R"({"a":1})"},
      {"a=1 }}\nb", R"({"a":1,"}":"b"})"},
  });
}

TEST_CASE("Configuration language: a whole text may stand in braces") {
  check({
      {"{a=1}", R"({"a":1})"},
      {"{a=1\n}", R"({"a":1})"},
      {"{a=1\n", R"({"a":1})"},
      {"{a=1", kError},
      {"{ {a=1}, b=2}", R"({"a":1,"b":2})"},
      {"{ {a=1} b=2}", kError},
      {"{a=1} b=2", R"({"a":1,"b":2})"},
      {R"({"a": 1, "b": [true, null]})", R"({"a":1,"b":[true,"null"]})"},
  });
}

TEST_CASE("Configuration language: booleans") {
  check({
      {"a=true\nb=YES\nc=On\nd=false\ne=no\nf=oFF",
       R"({"a":true,"b":true,"c":true,"d":false,"e":false,"f":false})"},
      {R"(a="true")", R"({"a":"true"})"},
      {"a=true'", R"({"a":"true"})"},
      {"a=truex", R"({"a":"truex"})"},
  });
}

TEST_CASE("Configuration language: integers") {
  check({
      {"a=0\nb=-1\nc=007", R"({"a":0,"b":-1,"c":7})"},
      {"a=9223372036854775807", R"({"a":9223372036854775807})"},
      {"a=9223372036854775808", kError},
      {"a=-9223372036854775808", R"({"a":-9223372036854775808})"},
      {"a=-", kError},
      {"a=-x", kError},
      {"a=1-", kError},
      {"a=+1", R"({"a":"+1"})"},
  });
}

TEST_CASE("Configuration language: suffixes of integers") {
  check({
      {"a=1k\nb=1K\nc=1kb\nd=1Ki\ne=1kiB", R"({"a":1000,"b":1000,"c":1024,"d":1024,"e":1024})"},
      {"a=1m\nb=1mb\nc=2g\nd=2gib", R"({"a":1000000,"b":1048576,"c":2000000000,"d":2147483648})"},
      {"a=1t\nb=1tb\nc=1p", R"({"a":1000000000000,"b":1099511627776,"c":1000000000000000})"},
      {"a=1pib\nb=1e", R"({"a":1125899906842624,"b":1000000000000000000})"},
      {"a=1eb", R"({"a":1152921504606846976})"},
      {"a=-2k", R"({"a":-2000})"},
      {"a=1kx", R"({"a":"1kx"})"},
      {"a=1k5", kError},
      {"a=10s", R"({"a":"10s"})"},
      {"a=5x", R"({"a":"5x"})"},
      {"a=1_000", R"({"a":"1_000"})"},
  });
}

TEST_CASE("Configuration language: floats") {
  check({
      {"a=1.5\nb=-0.25\nc=10.0", R"({"a":1.5,"b":-0.25,"c":10})"},
      {"a=1.", kError},
      {"a=.5", kError},
      {"a=-.5", kError},
      {"a=1.5s", kError},
      {"a=1.5k", kError},
      {"a=0.0000001", R"({"a":1e-7})"},
      {"a=1234567890.12345", R"({"a":1234567890.12345})"},
      {"a=123456789012345678901234.5", R"({"a":1.2345678901234569e+23})"},
      {"a=1.5 ]", kError},
  });
}

TEST_CASE("Configuration language: addresses are strings") {
  check({
      {"a=127.0.0.1:4222\nb=1.2.3", R"({"a":"127.0.0.1:4222","b":"1.2.3"})"},
      {"a=0.0.0.0:-1", R"({"a":"0.0.0.0:-1"})"},
      {"a=127.0.0.1x", kError},
      {"a=1.2:3", kError},
      {"a=1:2", R"({"a":"1:2"})"},
      {"a=localhost:4222\nb=:4222", R"({"a":"localhost:4222","b":":4222"})"},
  });
}

TEST_CASE("Configuration language: dates") {
  check({
      {"a=2016-05-04T18:53:41Z", R"({"a":"2016-05-04T18:53:41Z"})"},
      {"a=2016-13-04T18:53:41Z", kError},
      {"a=2015-02-29T00:00:00Z", kError},
      {"a=2016-05-04", kError},
      {"a=20160-05", kError},
  });
}

TEST_CASE("Configuration language: double quotes know escapes, single quotes do not") {
  check({
      {R"(a="x\ty\n\"\\\x41")", R"({"a":"x\ty\n\"\\A"})"},
      {R"(a="\q")", kError},
      {R"(a="\x4")", kError},
      {R"(a="\x4g")", kError},
      {R"(a='x\ty')", R"({"a":"x\\ty"})"},
      {R"(a='x"y')", R"({"a":"x\"y"})"},
      {R"(a="x'y")", R"({"a":"x'y"})"},
      {"a=\"x\ny\"", R"({"a":"x\ny"})"},
      {"a='x\ny'", R"({"a":"x\ny"})"},
      {R"(a="x)", kError},
      {R"(a="x"y)", kError},
      {"a='x'y", kError},
  });
}

TEST_CASE("Configuration language: unquoted strings") {
  check({
      {"a=x.y/z$1", R"({"a":"x.y/z$1"})"},
      {R"(a=x"y")", R"({"a":"x\"y\""})"},
      {R"(a=x\ty\x41)", R"({"a":"x\tyA"})"},
      {R"(a=C:\foo)", kError},
      {"a=x'", R"({"a":"x"})"},
      {"a=x'y", kError},
      {"a=x{y", R"({"a":"x{y"})"},
      {"a=x(y)", R"json({"a":"x(y)"})json"},
      {"a=x[y]", kError},
      {"a=x]", kError},
      {"a=x}\nb=1", R"({"a":"x","b":1})"},
      {"a=\u00e9\u4e16", R"({"a":"é世"})"},
  });
}

TEST_CASE("Configuration language: white space is what Unicode calls so between pairs") {
  check({
      {"a\u00a0=\u00a01", R"({"a":" 1"})"},
      {"\u2028a=1", R"({"a":1})"},
      {"a=x\u00a0y", R"({"a":"x y"})"},
  });
}

TEST_CASE("Configuration language: blocks") {
  check({
      {"a=(\nx\n y )\n)\nb=1", R"({"a":"\nx\n y )\n","b":1})"},
      {"a=( x\n)\nb=1", R"({"a":" x\n","b":1})"},
      {"a=(x)\n", kError},
      {"a=(\nx\n) \n)\n", R"({"a":"\nx\n) \n"})"},
  });
}

TEST_CASE("Configuration language: maps") {
  check({
      {"a {}", R"({"a":{}})"},
      {"a { b=1, c=2 }", R"({"a":{"b":1,"c":2}})"},
      {"a { b=1\nc=2; d=3,}", R"({"a":{"b":1,"c":2,"d":3}})"},
      {"a {\n# x\nb=1 # y\n// z\n}", R"({"a":{"b":1}})"},
      {"a {b {c {d=1}}}", R"({"a":{"b":{"c":{"d":1}}}})"},
      {"a {b=1 c=2}", kError},
      {"a {b=1", kError},
      {"a {b", kError},
      {"a {", kError},
      {"a {]}", kError},
      {"a {=1}", kError},
      {"a {,b=1}", R"({"a":{",b":1}})"},
      {R"(a {"b":1})", R"({"a":{"b":1}})"},
      {"a {'b' 1}", R"({"a":{"b":1}})"},
      {"a {b=1 /c=2}", R"({"a":{"b":1,"c":2}})"},
      {"a {/b=1}", R"({"a":{"b":1}})"},
      {"a {b=,c=1}", kError},
  });
}

TEST_CASE("Configuration language: arrays") {
  check({
      {"a=[]", R"({"a":[]})"},
      {"a=[1,2 ]", R"({"a":[1,2]})"},
      {"a=[1,2]", kError},
      {"a=[x,y]", R"({"a":["x","y"]})"},
      {"a=[x,y,]", R"({"a":["x","y"]})"},
      {"a=[\nx\ny\n]", R"({"a":["x","y"]})"},
      {"a=[x y]", kError},
      {"a=[,x]", kError},
      {"a=[x,,y]", kError},
      {"a=[x # c\n// d\ny]", R"({"a":["x","y"]})"},
      {"a=[[x],[1 ]]", R"({"a":[["x"],[1]]})"},
      {"a=[{b=1},{b=2}]", R"({"a":[{"b":1},{"b":2}]})"},
      {"a=[1k]", R"({"a":["1k"]})"},
      {"a=[-1]", R"({"a":[-1]})"},
      {"a=[1.5]", R"({"a":[1.5]})"},
      {"a=[true]", R"({"a":[true]})"},
      {R"(a=["x"])", R"({"a":["x"]})"},
      {"a=[/x]", kError},
      {"a=[x", kError},
      {"a=[(\nx\n)\n]", R"({"a":["\nx\n"]})"},
  });
}

TEST_CASE(
    "Configuration language: variables are looked up from the inner map to the outer, then in the "
    "environment") {
  check({
      {"a=1\nb=$a", R"({"a":1,"b":1})"},
      {"a=1\nb {c=$a}", R"({"a":1,"b":{"c":1}})"},
      {"a=1\nb {a=2, c=$a}", R"({"a":1,"b":{"a":2,"c":2}})"},
      {"a=1\nb=[$a]", R"({"a":1,"b":[1]})"},
      {"b {a=1}\nc=$a", kError},
      {"a {x=1}\nb=$a", R"({"a":{"x":1},"b":{"x":1}})"},
      {"a=$b\nb=1", kError},
      {"a=$a", kError},
      {"p=$SAMPLE_PORT\nl=$SAMPLE_LIST\nc=$SAMPLE_CHAIN", R"({"c":5222,"l":["a","b"],"p":5222})"},
      {"a=$SAMPLE_CYCLE", kError},
      {"a=$", kError},
      {R"(a="$x")", R"({"a":"$x"})"},
      {"a='$x'", R"({"a":"$x"})"},
      {"a=x$a", R"({"a":"x$a"})"},
      {"a={$b:1}\n", R"({"a":{"$b":1}})"},
  });
}

TEST_CASE("Configuration language: a bcrypt hash needs no quotes") {
  check({
      {"a=$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG",
       R"({"a":"$2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG"})"},
      {"a=$2b$11$x", kError},
  });
}

TEST_CASE("Configuration language: include is a word only before a space") {
  check({
      {"include=x", R"({"include":"x"})"},
      {"include:x", R"({"include":"x"})"},
      {R"("include" x)", R"({"include":"x"})"},
      {"include nosuchfile", kError},
      {"include\n", kError},
      {"include 5", kError},
      {"include [x]", kError},
      {R"(include "x)", kError},
  });
}
TEST_CASE("Configuration language: where nats-server guesses, a mistake is an error") {
  CHECK(error_of("a {b }") == "Parse error on line 1: 'expected a value, found '}''");
  CHECK(error_of("a {b= }") != "");
  CHECK(error_of("a=1\n\"") == "Parse error on line 2: 'the quoted key has no end'");
  CHECK(error_of("a=10e") == "Parse error on line 1: 'the integer '10e' is out of range'");
  CHECK(error_of("a=1kbb") == "Parse error on line 1: 'unknown unit 'kbb' after an integer'");
  CHECK(error_of(std::string_view("a=1\0b=2", 7)) == "the text contains a NUL byte");
}

TEST_CASE("Configuration language: a byte order mark is no part of the first key") {
  check(
      {{"\xef\xbb\xbf"
        "a=1",
        R"({"a":1})"}});
}

TEST_CASE("Configuration language: errors name the line") {
  CHECK(error_of("a=1\nb=[x y]") ==
        "Parse error on line 2: 'expected ',', a line break or ']' in an array, found 'y''");
  CHECK(error_of("a=1\nb=$x") == "variable reference for 'x' on line 2 can not be found");
  CHECK(
      error_of("a=\"\n\n\\q\"") ==
      "Parse error on line 3: 'only \\xHH \\t \\n \\r \\\" and \\\\ are escapes, found a backslash "
      "and 'q''");
}

TEST_CASE("Configuration language: an included file's keys stand where it is named") {
  const auto sources = sources_with({{"conf/one", "b=2\ninclude two"}, {"conf/two", "c=3"}});
  const auto tree = parse_config_tree("a=1\nx {include './one'}\nd=4", "conf/main", sources);
  REQUIRE(tree);
  CHECK(config_digest(tree.value().root) == digest_of(R"({"a":1,"d":4,"x":{"b":2,"c":3}})"));
}

TEST_CASE("Configuration language: an error in an included file names the file") {
  const auto sources = sources_with({{"one", "b=["}});
  const auto tree = parse_config_tree("include one", "main", sources);
  REQUIRE_FALSE(tree);
  CHECK(tree.error() ==
        "error parsing include file 'one', Parse error on line 1: 'expected ',', a line break or "
        "']' in an array, found the end of the text'");
}

TEST_CASE("Configuration language: a file that includes itself is an error") {
  const auto sources = sources_with({{"main", "include main"}});
  const auto tree = parse_config_tree("include main", "main", sources);
  REQUIRE_FALSE(tree);
  CHECK(tree.error().find("nested too deep") != std::string::npos);
}

TEST_CASE("Configuration language: files that include each other twice end soon") {
  const auto sources = sources_with({{"main", "include main\ninclude main"}});
  CHECK_FALSE(parse_config_tree("include main", "main", sources));
}

TEST_CASE("Configuration language: nesting is bounded") {
  CHECK(error_of("a=" + std::string(10'000, '[')) == "Parse error on line 1: 'nested too deep'");
  CHECK(error_of(std::string(10'000, '{')) == "Parse error on line 1: 'nested too deep'");
  CHECK(error_of("a " + std::string(150, '{') + std::string(150, '}')) != "");
}

TEST_CASE("Configuration language: variables that double each other are bounded") {
  std::string text = "a0=[x,x]\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "$a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + "=[" + before + "," + before + "]\n";
  }
  CHECK(error_of(text) == "the configuration is too large");
}

TEST_CASE("Configuration language: environment variables that double each other are bounded") {
  ConfigSources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    return "[$" + name + "x,$" + name + "y]";
  };
  CHECK_FALSE(parse_config_tree("a=$v", "main", sources));
}

TEST_CASE("Configuration language: a value remembers where its key stood") {
  const auto tree = parse_config_tree("a=1\n  b: x\nc {\n d=2 }", "main", sources_with({}));
  REQUIRE(tree);
  const auto& members = tree.value().root.members;
  REQUIRE(members.size() == 3);
  CHECK(members[0].value.line == 1);
  CHECK(members[0].value.pos == 0);
  CHECK(members[1].value.line == 2);
  CHECK(members[1].value.pos == 3);
  CHECK(members[2].value.members[0].value.line == 4);
  CHECK(members[2].value.members[0].value.pos == 2);
}

TEST_CASE("Configuration language: a value used as a variable is marked, its copy is not") {
  const auto tree = parse_config_tree("a=1\nb=$a", "main", sources_with({}));
  REQUIRE(tree);
  CHECK(tree.value().root.members[0].value.is_used_as_variable);
  CHECK_FALSE(tree.value().root.members[1].value.is_used_as_variable);
}

TEST_CASE("Configuration language: maps keep the order of the text") {
  const auto tree = parse_config_tree("z=1\na=2\nz=3\nm=4", "main", sources_with({}));
  REQUIRE(tree);
  const auto& members = tree.value().root.members;
  REQUIRE(members.size() == 3);
  CHECK(members[0].key == "z");
  CHECK(members[0].value.integer == 3);
  CHECK(members[2].key == "m");
}

}  // namespace
}  // namespace myelin
