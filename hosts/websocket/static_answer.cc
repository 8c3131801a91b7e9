#include "hosts/websocket/static_answer.h"

#include "core/base/text.h"
#include "hosts/websocket/content_type.h"
#include "hosts/websocket/http_date.h"
#include "hosts/websocket/request_target.h"

namespace myelin {
namespace {

// Each source beyond 'self' is for a page that is itself a program, as the playground is:
//   script-src   'wasm-unsafe-eval' compiles WebAssembly, not text; blob: is a module that its
//                reader has just edited, which is no file. No eval, nothing inline, no other host
//   worker-src   such a module runs in a worker of its own, where it can be stopped
//   connect-src  any NATS server over WebSocket, and its monitoring over HTTP
//   style-src    an editor computes its styles; browsers without constructed style sheets take them
//                inline. Styles run nothing
constexpr char kPolicy[] =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; "
    "connect-src 'self' ws: wss: http: https:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'";

// A copy is asked about before each use: an ETag costs one small answer, and a page, its service
// worker and what they import are never of two builds.
constexpr char kCaching[] = "no-cache";

void add_protection(HttpAnswer::Fields& fields) {
  fields.emplace_back("Content-Security-Policy", kPolicy);
  fields.emplace_back("X-Content-Type-Options", "nosniff");
  fields.emplace_back("Referrer-Policy", "no-referrer");
  fields.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  fields.emplace_back("Cross-Origin-Embedder-Policy", "require-corp");
  fields.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

// An ETag the asker names has the last word; a date counts only without one.
bool is_unchanged(const HttpRequest& request, const OpenFile& file, std::string_view etag) {
  if (!request.if_none_match.empty()) return etag_matches(request.if_none_match, etag);
  const auto since = parse_http_date(request.if_modified_since);
  return since && file.changed_seconds() <= *since;
}

// A part is of use only if the rest, which the asker has, is of the same file.
bool wants_part(const HttpRequest& request, const OpenFile& file, std::string_view etag) {
  if (request.range.empty()) return false;
  if (request.if_range.empty() || request.if_range == etag) return true;
  return parse_http_date(request.if_range) == file.changed_seconds();
}

std::string content_range(const std::string& part, uint64_t size) {
  std::string text = "bytes " + part + "/";
  append_decimal(text, size);
  return text;
}

std::string part_text(const ByteRange& part) {
  std::string text;
  append_decimal(text, part.begin);
  text += '-';
  append_decimal(text, part.begin + part.size - 1);
  return text;
}

}  // namespace

HttpAnswer static_answer(const StaticFolder& folder, const HttpRequest& request,
                         std::string_view path, std::string_view name) {
  if (request.method != "GET" && !request.is_head()) {
    HttpAnswer refused = text_answer(405, "405 method not allowed\n");
    refused.fields.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  OpenFile file;
  const FileLookup found = folder.open(name, file);
  if (found == FileLookup::kIsDirectory) return redirect(escape_path(path) + "/");
  if (found == FileLookup::kNotFound) return not_found();

  const std::string etag = file.etag();
  const uint64_t size = file.size();
  HttpAnswer answer;
  add_protection(answer.fields);
  answer.fields.emplace_back("ETag", etag);
  answer.fields.emplace_back("Last-Modified", http_date(file.changed_seconds()));
  answer.fields.emplace_back("Cache-Control", kCaching);
  if (is_unchanged(request, file, etag)) {
    answer.status = 304;
    return answer;
  }
  answer.fields.emplace_back("Accept-Ranges", "bytes");
  ByteRange part{0, size};
  if (wants_part(request, file, etag)) {
    const RangeAnswer range = parse_range(request.range, size, part);
    if (range == RangeAnswer::kUnsatisfiable) {
      HttpAnswer refused = text_answer(416, "416 range not satisfiable\n");
      refused.fields.emplace_back("Content-Range", content_range("*", size));
      return refused;
    }
    if (range == RangeAnswer::kPart) {
      answer.status = 206;
      answer.fields.emplace_back("Content-Range", content_range(part_text(part), size));
    }
  }
  const bool is_folder = name.empty() || name.ends_with('/');
  answer.fields.emplace_back("Content-Type",
                             std::string(content_type_of(is_folder ? "index.html" : name)));
  answer.file = HttpAnswer::FilePart{std::move(file), part};
  return answer;
}

}  // namespace myelin
