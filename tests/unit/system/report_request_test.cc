#include "core/system/report_request.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/limits.h"

namespace myelin {
namespace {

const ReportRow& row_of(std::string_view name) {
  for (const ReportRow& row : server_reports()) {
    if (row.name == name) return row;
  }
  FAIL("no such report");
  return server_reports().front();
}

struct Read {
  explicit Read(std::string_view name, std::string_view body)
      : error(read_report_request(row_of(name), body, filter, parameters).value_or("")) {}

  EventFilter filter;
  std::string parameters;
  std::string error;
};

}  // namespace

TEST_CASE("ReportRequest: a body's fields are a URL's parameters") {
  CHECK(Read("CONNZ", "").parameters.empty());
  CHECK(Read("CONNZ", R"({"sort":"subs","auth":true,"limit":-1,"cid":7,"state":1})").parameters ==
        "sort=subs&auth=1&limit=-1&cid=7&state=closed");
  CHECK(Read("CONNZ", R"({"subscriptions":true,"subscriptions_detail":true})").parameters ==
        "subs=detail&subs=1&state=open");
  CHECK(Read("JSZ", R"({"account":"A&B = \u00e9","streams":false})").parameters ==
        "acc=A%26B%20%3D%20%C3%A9");
}

TEST_CASE("ReportRequest: the filter is read beside the options") {
  const Read read("VARZ", R"({"server_name":"a","tags":["x","y"],"exact_match":true,"other":[]})");
  CHECK(read.error.empty());
  CHECK(read.filter.server_name == "a");
  CHECK(read.filter.tags == std::vector<std::string>{"x", "y"});
  CHECK(read.filter.exact_match);
}

TEST_CASE("ReportRequest: what is wrong is said in Go's words") {
  CHECK(Read("CONNZ", R"({"offset":"1"})").error ==
        "json: cannot unmarshal string into Go struct field "
        "ConnzEventOptions.ConnzOptions.offset of type int");
  CHECK(Read("JSZ", R"({"accounts":1})").error ==
        "json: cannot unmarshal number into Go struct field "
        "JszEventOptions.JSzOptions.accounts of type bool");
  CHECK(Read("VARZ", "[1]").error ==
        "json: cannot unmarshal array into Go value of type server.VarzEventOptions");
  CHECK(Read("VARZ", "{").error == "unexpected end of JSON input");
  CHECK(Read("VARZ", "{}x").error == "invalid character 'x' after top-level value");
}

TEST_CASE("ReportRequest: a body has a bound, and so has its depth") {
  CHECK(Read("VARZ", std::string(kSystemBodyMax + 1, ' ')).error == "request is too large");
  CHECK_FALSE(Read("VARZ", std::string(200, '[')).error.empty());
}

}  // namespace myelin
