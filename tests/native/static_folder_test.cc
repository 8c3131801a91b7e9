#include "hosts/websocket/static_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "hosts/websocket/static_answer.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

// A folder with pages, and a secret beside it.
struct Site {
  TemporaryFolder outside;
  fs::path root = outside.file("web");
  StaticFolder folder{root.string()};

  Site() {
    write_file(outside.file("secret"), "secret");
    write_file(root / "index.html", "<p>hello</p>");
    write_file(root / "sub/index.html", "sub");
    write_file(root / "sub/app.js", "let a");
    write_file(root / ".hidden", "no");
    write_file(root / ".git/config", "no");
    fs::create_directories(root / "empty");
  }
  FileLookup find(std::string_view name) const {
    OpenFile file;
    return folder.open(name, file);
  }
  HttpAnswer get(std::string_view name, HttpRequest request = {}) const {
    if (request.method.empty()) request.method = "GET";
    return static_answer(folder, request, "/web/" + std::string(name), name);
  }
};

std::string field(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.fields) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("StaticFolder: files are found, and directories by their index") {
  const Site site;
  CHECK(site.find("") == FileLookup::kFound);
  CHECK(site.find("index.html") == FileLookup::kFound);
  CHECK(site.find("sub/app.js") == FileLookup::kFound);
  CHECK(site.find("sub/") == FileLookup::kFound);
  CHECK(site.find("sub") == FileLookup::kIsDirectory);
  CHECK(site.find("empty") == FileLookup::kNotFound);
  CHECK(site.find("empty/") == FileLookup::kNotFound);
  CHECK(site.find("none") == FileLookup::kNotFound);
  CHECK(site.find("index.html/") == FileLookup::kNotFound);
}

TEST_CASE("StaticFolder: no name leads out, to a dotfile, or to what is no file") {
  const Site site;
  const std::string root = site.root.string();
  fs::create_symlink("../secret", site.root / "up");
  fs::create_symlink(site.outside.file("secret"), site.root / "absolute");
  fs::create_symlink("..", site.root / "parent");
  fs::create_symlink("/proc/self/root", site.root / "magic");
  REQUIRE(mkfifo((root + "/fifo").c_str(), 0600) == 0);
  for (const std::string& name :
       {std::string("../secret"), std::string("sub/../../secret"), std::string("/etc/passwd"),
        std::string("//etc/passwd"), std::string("."), std::string(".."),
        std::string("./index.html"), std::string(".hidden"), std::string(".git/config"),
        std::string("sub//app.js"), std::string("up"), std::string("absolute"),
        std::string("parent/secret"), std::string("magic/etc/passwd"), std::string("fifo"),
        std::string("index.html\0x", 12), std::string(StaticFolder::kNameSizeMax + 1, 'x'),
        std::string(500, '/')}) {
    INFO(name);
    CHECK(site.find(name) == FileLookup::kNotFound);
  }
}

TEST_CASE("StaticFolder: a folder that is not there has no files, and says why") {
  const StaticFolder none("/no/such/folder");
  OpenFile file;
  CHECK(none.open("index.html", file) == FileLookup::kNotFound);
  CHECK(none.check().error().context == "open /no/such/folder: no such file or directory");
}

TEST_CASE("StaticAnswer: a file comes with its type, its ETag and a policy") {
  const Site site;
  const HttpAnswer answer = site.get("sub/app.js");
  CHECK(answer.status == 200);
  REQUIRE(answer.file);
  CHECK(answer.file->part == ByteRange{0, 5});
  CHECK(field(answer, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(field(answer, "Content-Security-Policy").starts_with("default-src 'self'; "));
  CHECK(field(answer, "Cross-Origin-Embedder-Policy") == "require-corp");
  CHECK(field(site.get(""), "Content-Type") == "text/html; charset=utf-8");
  CHECK(site.get("none").status == 404);
  CHECK(field(site.get("sub"), "Location") == "/web/sub/");
  CHECK(site.get("", {.method = "POST"}).status == 405);
}

TEST_CASE("StaticAnswer: what a page is built of has its type") {
  const Site site;
  for (const auto& [name, type] : {
           std::pair("engine.wasm", "application/wasm"),
           {"app.webmanifest", "application/manifest+json"},
           {"icon.svg", "image/svg+xml"},
           {"index-B2x_9aQz.js", "text/javascript; charset=utf-8"},
           {"module.mjs", "text/javascript; charset=utf-8"},
           {"module.mjs.map", "application/json"},
       }) {
    write_file(site.root / name, "x");
    CHECK(field(site.get(name), "Content-Type") == type);
  }
}

TEST_CASE("StaticAnswer: no page runs scripts that are inline, evaluated or of another host") {
  const Site site;
  const std::string policy = field(site.get(""), "Content-Security-Policy");
  const size_t begin = policy.find("script-src ");
  REQUIRE(begin != std::string::npos);
  CHECK(policy.substr(begin, policy.find(';', begin) - begin) ==
        "script-src 'self' 'wasm-unsafe-eval' blob:");
}

TEST_CASE("StaticAnswer: a browser asks before it uses its copy of a file") {
  const Site site;
  CHECK(field(site.get("sub/app.js"), "Cache-Control") == "no-cache");
}

TEST_CASE("StaticAnswer: who has the file already is told so") {
  const Site site;
  const std::string etag = field(site.get("index.html"), "ETag");
  CHECK(site.get("index.html", {.if_none_match = etag}).status == 304);
  CHECK(site.get("index.html", {.if_none_match = "\"other\""}).status == 200);
  const std::string date = field(site.get("index.html"), "Last-Modified");
  CHECK(site.get("index.html", {.if_modified_since = date}).status == 304);
  CHECK(site.get("index.html", {.if_none_match = "\"other\"", .if_modified_since = date}).status ==
        200);
  write_file(site.root / "index.html", "another text");
  CHECK(site.get("index.html", {.if_none_match = etag}).status == 200);
}

TEST_CASE("StaticAnswer: a part of a file, if it still is that file") {
  const Site site;
  HttpAnswer part = site.get("index.html", {.range = "bytes=3-7"});
  CHECK(part.status == 206);
  CHECK(part.file->part == ByteRange{3, 5});
  CHECK(field(part, "Content-Range") == "bytes 3-7/12");
  const std::string etag = field(part, "ETag");
  CHECK(site.get("index.html", {.if_range = etag, .range = "bytes=3-7"}).status == 206);
  CHECK(site.get("index.html", {.if_range = "\"other\"", .range = "bytes=3-7"}).status == 200);
  const HttpAnswer beyond = site.get("index.html", {.range = "bytes=12-"});
  CHECK(beyond.status == 416);
  CHECK(field(beyond, "Content-Range") == "bytes */12");
}

}  // namespace myelin
