#include "hosts/websocket/index_page.h"

#include "core/version.h"
#include "hosts/websocket/monitor_site.h"
#include "hosts/websocket/request_target.h"

namespace myelin {
namespace {

constexpr char kStyle[] = R"(
:root { color-scheme: light dark; --line: #8884; --soft: #777; --accent: #2563b0; }
@media (prefers-color-scheme: dark) { :root { --soft: #999; --accent: #7db4f5; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; }
p { color: var(--soft); margin: .2rem 0 1.6rem; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li { border-bottom: 1px solid var(--line); }
a { display: grid; grid-template-columns: 11rem 1fr auto; gap: 1rem; padding: .55rem .3rem;
    color: inherit; text-decoration: none; }
a:hover, a:focus-visible { background: #8881; }
b { color: var(--accent); font-weight: 600; }
span, code { color: var(--soft); font-size: .9rem; align-self: center; }
@media (max-width: 34rem) { a { grid-template-columns: 1fr auto; } span { display: none; } }
)";

void add_link(std::string& page, std::string_view base, std::string_view path,
              std::string_view title, std::string_view note) {
  page.append("<li><a href=\"").append(escape_html(escape_path(base))).append(path);
  page.append("\"><b>").append(title).append("</b><span>").append(note);
  page.append("</span><code>").append(path).append("</code></a></li>\n");
}

}  // namespace

HttpAnswer index_page(std::string_view base, bool has_web) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Myelin</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>";
  page.append(kStyle).append("</style>\n</head>\n<body>\n<h1>Myelin</h1>\n<p>Version ");
  page.append(kMyelinVersion).append(", as nats-server ").append(kNatsVersion);
  page += "</p>\n<ul>\n";
  for (const Endpoint& each : endpoints()) {
    if (!each.title.empty()) add_link(page, base, each.path, each.title, each.note);
  }
  if (has_web) add_link(page, base, "/web/", "Pages", "files of this server's folder");
  page += "</ul>\n</body>\n</html>\n";
  return {.fields = {{"Content-Type", "text/html; charset=utf-8"},
                     {"Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                     {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(page)};
}

}  // namespace myelin
