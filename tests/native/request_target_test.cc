#include "hosts/websocket/request_target.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("RequestTarget: a path is decoded, its query is not") {
  CHECK(parse_target("/connz?subs=1&a=%20") == RequestTarget{"/connz", "/connz", "subs=1&a=%20"});
  CHECK(parse_target("/web/a%20b%2Fc+d") == RequestTarget{"/web/a b/c+d", "/web/a%20b%2Fc+d", ""});
  CHECK(parse_target("/%68ealthz") == RequestTarget{"/healthz", "/%68ealthz", ""});
  CHECK(parse_target("http://host:1/varz?x") == RequestTarget{"/varz", "/varz", "x"});
  CHECK(parse_target("HTTP://host") == RequestTarget{"/", "/", ""});
}

TEST_CASE("RequestTarget: what is no path, a wrong escape and a NUL are none") {
  for (const char* wrong : {"", "*", "varz", "/a%", "/a%2", "/a%2g", "/a%00", "ftp://host/"}) {
    INFO(wrong);
    CHECK_FALSE(parse_target(wrong));
  }
}

TEST_CASE("RequestTarget: a path is cleaned as Go does") {
  CHECK(clean_path("") == "/");
  CHECK(clean_path("/") == "/");
  CHECK(clean_path("//varz") == "/varz");
  CHECK(clean_path("/a/./b/../c") == "/a/c");
  CHECK(clean_path("/../../x") == "/x");
  CHECK(clean_path("/a/b/") == "/a/b/");
  CHECK(clean_path("/a/b/..") == "/a");
  CHECK(clean_path("/..") == "/");
  CHECK(clean_path("/a/..b/.../") == "/a/..b/.../");
}

TEST_CASE("RequestTarget: what goes into a URL or a page is escaped") {
  CHECK(escape_path("/a b/\"%\n\xc3\xa4") == "/a%20b/%22%25%0A%C3%A4");
  CHECK(escape_html("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&#34;");
}

}  // namespace myelin
