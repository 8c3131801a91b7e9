#include "hosts/websocket/monitor_site.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

HttpAnswer get(MonitorSite& site, std::string target, std::string method = "GET") {
  return site.answer({.method = std::move(method), .target = std::move(target)});
}
std::string asked(const HttpAnswer& answer) {
  if (!answer.question) return "";
  return std::string(answer.question->path) + "?" + answer.question->parameters;
}
std::string location(const HttpAnswer& answer) {
  for (const auto& [name, value] : answer.fields) {
    if (name == "Location") return value;
  }
  return "";
}

}  // namespace

TEST_CASE("MonitorSite: a known path is a question, whatever the method") {
  MonitorSite site("", "");
  CHECK(asked(get(site, "/connz?subs=1")) == "/connz?subs=1");
  CHECK(asked(get(site, "/%76arz", "POST")) == "/varz?");
  CHECK(asked(get(site, "/metrics", "OPTIONS")) == "/metrics?");
  for (const char* wrong : {"/none", "/varz/", "/VARZ", "/web/", "/web", "/debug"}) {
    INFO(wrong);
    CHECK(get(site, wrong).status == 404);
  }
  CHECK(get(site, "/%zz").status == 400);
  CHECK(get(site, "varz").status == 400);
  CHECK(get(site, "*", "OPTIONS").status == 200);
}

TEST_CASE("MonitorSite: an unclean path is redirected, never elsewhere") {
  MonitorSite site("", "");
  CHECK(location(get(site, "//varz?a=b")) == "/varz?a=b");
  CHECK(location(get(site, "/x/../varz")) == "/varz");
  CHECK(location(get(site, "//evil.example/../%0d%0aX:y")) == "/%0d%0aX:y");
  CHECK(location(get(site, "////evil.example")) == "/evil.example");
  CHECK(location(get(site, "/./\\evil.example")) == "/%5Cevil.example");
  CHECK(get(site, "/x/%2e%2e/varz").status == 404);
}

TEST_CASE("MonitorSite: the base path stands before all others") {
  for (const char* base : {"monitor", "/monitor", "/monitor/", "//x/../monitor"}) {
    MonitorSite site(base, "");
    CHECK(asked(get(site, "/monitor/varz")) == "/varz?");
    CHECK(get(site, "/monitor").body.find("href=\"/monitor/connz\"") != std::string::npos);
    for (const char* wrong : {"/", "/varz", "/monitor/", "/monitorvarz"}) {
      INFO(wrong);
      CHECK(get(site, wrong).status == 404);
    }
  }
}

TEST_CASE("MonitorSite: requests are counted by path, as nats-server does") {
  MonitorSite site("", "");
  for (const char* target : {"/", "/varz", "/varz", "/subscriptionsz", "/raftz", "/none"}) {
    get(site, target);
  }
  using Counts = std::vector<std::pair<std::string, uint64_t>>;
  CHECK(site.request_counts() == Counts{{"/", 1}, {"/subsz", 1}, {"/varz", 2}});
}

TEST_CASE("MonitorSite: files are served only where there is a folder") {
  MonitorSite site("m", "/no/such/folder");
  CHECK(location(get(site, "/m/web")) == "/m/web/");
  CHECK(get(site, "/m/web/").status == 404);
  CHECK(get(site, "/m/web/", "POST").status == 405);
  CHECK(get(site, "/m").body.find("href=\"/m/web/\"") != std::string::npos);
  site.set_web("");
  CHECK(get(site, "/m/web/", "POST").status == 404);
}

}  // namespace myelin
