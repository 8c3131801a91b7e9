#include "core/monitor/links.h"

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/monitor/report_text.h"

namespace myelin {
namespace {

void check_subs(Parameters& parameters) {
  if (!equals_ignoring_case(parameters.text("subs"), "detail")) parameters.boolean("subs");
}

void write_empty_array(JsonWriter& json, std::string_view name) {
  json.name(name).begin_array();
  json.end_array();
}

}  // namespace

std::string routez_report(const Observed& server, Parameters& parameters) {
  check_subs(parameters);
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  json.field("server_id", server.context.server_id);
  json.field("server_name", server.context.server_name);
  json.field("now", rfc3339(server.context.now.wall));
  json.field("num_routes", 0);
  write_empty_array(json, "routes");
  json.end_object();
  return text;
}

std::string gatewayz_report(const Observed& server, Parameters& parameters) {
  check_subs(parameters);
  parameters.boolean("accs");
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  write_origin(json, server);
  for (const char* name : {"outbound_gateways", "inbound_gateways"}) {
    json.name(name).begin_object();
    json.end_object();
  }
  json.end_object();
  return text;
}

std::string leafz_report(const Observed& server, Parameters& parameters) {
  parameters.boolean("subs");
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  write_origin(json, server);
  json.field("leafnodes", 0);
  write_empty_array(json, "leafs");
  json.end_object();
  return text;
}

}  // namespace myelin
