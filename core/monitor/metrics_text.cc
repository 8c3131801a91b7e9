#include "core/monitor/metrics_text.h"

namespace myelin {
namespace {

// Label values are UTF-8, with three bytes escaped; what is none is shown as a question mark.
void append_label_value(std::string& to, std::string_view value) {
  while (!value.empty()) {
    const char c = value.front();
    const size_t size = utf8_size(value);
    if (c == '\\' || c == '"') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (size == 0) {
      to += '?';
    } else {
      to.append(value.substr(0, size));
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
}

void append_name(std::string& to, std::string_view name,
                 std::initializer_list<MetricLabel> labels) {
  to += name;
  char before = '{';
  for (const MetricLabel& label : labels) {
    to += before;
    to += label.name;
    to += "=\"";
    append_label_value(to, label.value);
    to += '"';
    before = ',';
  }
  if (labels.size() > 0) to += '}';
  to += ' ';
}

}  // namespace

void append_family(std::string& to, const MetricFamily& family) {
  to.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
  to.append("# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
}

void append_sample(std::string& to, std::string_view name,
                   std::initializer_list<MetricLabel> labels, double value) {
  append_name(to, name, labels);
  JsonWriter(to).value(value);
  to += '\n';
}

void append_sample(std::string& to, std::string_view name,
                   std::initializer_list<MetricLabel> labels, uint64_t value) {
  append_name(to, name, labels);
  append_decimal(to, value);
  to += '\n';
}

}  // namespace myelin
