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

struct JetStreamBlock {
  bool is_enabled = true;
};

constexpr auto read_enabled = [](ConfigReader& reader, const ConfigMember& member,
                                 JetStreamBlock& to) { reader.read(member, to.is_enabled); };

constexpr KnownKey<JetStreamBlock> kJetStreamKeys[] = {
    {"enable", read_enabled},
    {"enabled", read_enabled},
    {"strict"},
    {"store"},
    {"store_dir"},
    {"storedir"},
    {"sync"},
    {"sync_interval"},
    {"max_memory_store"},
    {"max_mem_store"},
    {"max_mem"},
    {"max_file_store"},
    {"max_file"},
    {"domain"},
    {"key"},
    {"ek"},
    {"encryption_key"},
    {"prev_key"},
    {"prev_ek"},
    {"prev_encryption_key"},
    {"cipher"},
    {"extension_hint"},
    {"limits"},
    {"tpm"},
    {"unique_tag"},
    {"max_outstanding_catchup"},
    {"max_buffered_size"},
    {"max_buffered_msgs"},
    {"request_queue_limit"},
    {"info_queue_limit"},
    {"meta_compact"},
    {"meta_compact_size"},
    {"meta_compact_sync"},
    {"max_concurrent_io"},
};

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
void read_websocket(ConfigReader& reader, const ConfigMember& block) { reader.refuse(block); }
void read_mqtt(ConfigReader& reader, const ConfigMember& block) { reader.refuse(block); }

void read_jetstream(ConfigReader& reader, const ConfigMember& block) {
  JetStreamBlock read;
  if (block.value.is(Kind::kBool)) {
    read.is_enabled = block.value.boolean;
  } else if (block.value.is(Kind::kString)) {
    const std::string word = lower_case(block.value.text);
    read.is_enabled = word != "disabled" && word != "disable";
    if (read.is_enabled && word != "enabled" && word != "enable") {
      reader.error(block.value, "expected 'enabled' or 'disabled' for " + quoted(block.key) +
                                    ", got " + quoted(block.value.text));
      return;
    }
  } else if (reader.has_kind(block, Kind::kMap)) {
    read_map(reader, block.value, kJetStreamKeys, read);
  } else {
    return;
  }
  if (read.is_enabled) reader.refuse(block);
}

}  // namespace myelin
