#include "core/config/feature_blocks.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

// A block whose listener is left closed.
struct ListenerBlock {
  bool listens = false;
};

void read_block_listen(ConfigReader& reader, const ConfigMember& member, ListenerBlock& to) {
  ListenAddress address;
  reader.read_listen(member, 0, address);
  to.listens = true;
}

void read_block_port(ConfigReader& reader, const ConfigMember& member, ListenerBlock& to) {
  int port = 0;
  reader.read_port(member, 0, port);
  to.listens = true;
}

void read_block_host(ConfigReader& reader, const ConfigMember& member, ListenerBlock&) {
  std::string host;
  reader.read(member, host);
}

// Servers to connect to: messages would be missing if these were ignored.
void refuse_peers(ConfigReader& reader, const ConfigMember& member, ListenerBlock&) {
  if (reader.has_kind(member, Kind::kArray) && !member.value.elements.empty()) {
    reader.refuse(member);
  }
}

constexpr KnownKey<ListenerBlock> kClusterKeys[] = {
    {"name"},
    {"listen", read_block_listen},
    {"host", read_block_host},
    {"net", read_block_host},
    {"port", read_block_port},
    {"authorization"},
    {"routes", refuse_peers},
    {"tls"},
    {"advertise"},
    {"cluster_advertise"},
    {"no_advertise"},
    {"connect_retries"},
    {"connect_backoff"},
    {"permissions"},
    {"pool_size"},
    {"accounts"},
    {"compression"},
    {"ping_interval"},
    {"ping_max"},
    {"write_deadline"},
    {"write_timeout"},
};

constexpr KnownKey<ListenerBlock> kLeafnodesKeys[] = {
    {"listen", read_block_listen},
    {"host", read_block_host},
    {"net", read_block_host},
    {"port", read_block_port},
    {"authorization"},
    {"remotes", refuse_peers},
    {"reconnect"},
    {"reconnect_delay"},
    {"reconnect_interval"},
    {"dial_timeout"},
    {"tls"},
    {"advertise"},
    {"leafnode_advertise"},
    {"no_advertise"},
    {"min_version"},
    {"minimum_version"},
    {"compression"},
    {"isolate_leafnode_interest"},
    {"isolate"},
    {"write_deadline"},
    {"write_timeout"},
};

void read_listener_block(ConfigReader& reader, const ConfigMember& block, const ListenerBlock& read,
                         const char* what) {
  if (!read.listens) return;
  reader.notice(not_supported(std::string(what) + " (" + block.key + ")") +
                ": its listener is not opened");
}

}  // namespace

void read_cluster(ConfigReader& reader, const ConfigMember& block) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  ListenerBlock read;
  read_map(reader, block.value, kClusterKeys, read);
  read_listener_block(reader, block, read, "Clustering");
}

void read_leafnodes(ConfigReader& reader, const ConfigMember& block) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  ListenerBlock read;
  read_map(reader, block.value, kLeafnodesKeys, read);
  read_listener_block(reader, block, read, "Leaf nodes");
}

void read_gateway(ConfigReader& reader, const ConfigMember& block) { reader.refuse(block); }
void read_mqtt(ConfigReader& reader, const ConfigMember& block) { reader.refuse(block); }

}  // namespace myelin
