// The blocks of features this version does not have: clusters, gateways, leaf nodes, MQTT. Their
// keys are known, so that a misspelt one is still an error; what they would open is noticed and
// left closed, what must not be ignored is refused.
#pragma once

#include "core/config/config_reader.h"

namespace myelin {

void read_cluster(ConfigReader& reader, const ConfigMember& block);
void read_gateway(ConfigReader& reader, const ConfigMember& block);
void read_leafnodes(ConfigReader& reader, const ConfigMember& block);
void read_mqtt(ConfigReader& reader, const ConfigMember& block);

}  // namespace myelin
