#include "tests/access/house.h"

#include <utility>

#include "core/server.h"

namespace myelin::access {
namespace {

// Longer than anybody has to say who they are.
constexpr Duration kPatience = seconds(6);

ConfigSources no_files() {
  ConfigSources sources;
  sources.check_mapping = Server::check_mapping;
  sources.check_accounts = Server::check_accounts;
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return Error{Errc::kNotFound, path};
  };
  sources.environment = [](const std::string&) { return std::nullopt; };
  return sources;
}

Result<Config> read(const std::string& text) {
  auto config = parse_config_text(text, "f.conf", no_files());
  if (!config.ok()) return Error{Errc::kInvalid, to_string(config.error())};
  TRY(complete(config.value()));
  return std::move(config.value());
}

}  // namespace

std::optional<Config> understand(const std::string& text) {
  auto config = read(text);
  if (!config.ok()) return std::nullopt;
  return std::move(config.value());
}

std::string refusal_of(const std::string& text) {
  const auto config = read(text);
  return config.ok() ? "" : config.error().context;
}

class House::Diary : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

House::House(const Config& config)
    : diary_(std::make_unique<Diary>()), world_(config.options, *diary_, 1) {}
House::~House() = default;

void House::pass_time() {
  const Instant end = world_.now().mono + kPatience;
  while (world_.step(end)) {
  }
}

std::string House::answers_to(const Visitor& visitor) {
  const uint64_t link = world_.open(visitor.kind);
  if (!visitor.connect.empty()) world_.send(link, "CONNECT " + visitor.connect + "\r\n");
  world_.send(link, visitor.deed + "PING\r\n");
  pass_time();
  std::string answers = world_.take(link);
  if (!world_.is_closed(link)) world_.close(link);
  return answers;
}

bool House::lets_in(const Visitor& visitor) {
  const std::string answers = answers_to(visitor);
  return answers.find("PONG\r\n") != std::string::npos && answers.find("-ERR") == std::string::npos;
}

bool House::carries(const std::string& talker, const std::string& listener) {
  const uint64_t ear = world_.open(LinkKind::kTcp);
  world_.send(ear, "CONNECT " + listener + "\r\nSUB > 1\r\nPING\r\n");
  const uint64_t mouth = world_.open(LinkKind::kTcp);
  world_.send(mouth, "CONNECT " + talker + "\r\nPUB secret 4\r\ntell\r\nPING\r\n");
  pass_time();
  const bool is_heard = world_.take(ear).find("MSG secret") != std::string::npos;
  for (const uint64_t link : {ear, mouth}) {
    if (!world_.is_closed(link)) world_.close(link);
  }
  return is_heard;
}

}  // namespace myelin::access
