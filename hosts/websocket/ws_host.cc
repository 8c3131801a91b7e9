#include "hosts/websocket/ws_host.h"

#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

#include "hosts/uv/uv_handle.h"
#include "hosts/websocket/ws_link.h"

namespace myelin {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
// Differs: without a handshake_timeout, nats-server waits for ever.
constexpr uint64_t kPatienceMs = 10'000;

}  // namespace

class WsHost::State final : private WsLink::Owner {
 public:
  State(Loop& loop, Completions& completions, Log& log, const WebSocketListenOptions& options,
        uint64_t message_max)
      : shared_{.loop = loop,
                .completions = completions,
                .log = log,
                .rules = UpgradeRules(options),
                .message_max = message_max,
                .scratch = std::vector<char>(Loop::kReadBufferSize)},
        patience_ms_(options.handshake_timeout == Duration{}
                         ? kPatienceMs
                         : static_cast<uint64_t>(options.handshake_timeout.count() / kNsPerMs) + 1),
        timer_(new uv_timer_t) {
    uv_timer_init(&loop.uv(), timer_.get());
    timer_->data = this;
  }
  ~State() {
    while (!opening_.empty()) opening_.front().link->give_up();
  }

  void use_tls(std::unique_ptr<TlsContext> context) { tls_ = std::move(context); }

  void set_message_max(uint64_t size) { shared_.message_max = size; }

  void adopt(AcceptedSocket socket) {
    const uint64_t due_ms = uv_now(&shared_.loop.uv()) + patience_ms_;
    opening_.push_back(
        {std::make_unique<WsLink>(shared_, static_cast<WsLink::Owner&>(*this)), due_ms});
    WsLink& link = *opening_.back().link;
    places_[&link] = std::prev(opening_.end());
    if (opening_.size() == 1) arm();
    link.begin(std::move(socket), tls_.get());
  }

 private:
  struct Opening {
    std::unique_ptr<WsLink> link;
    uint64_t due_ms;
  };

  // All have the same patience, so who came first is due first.
  void arm() {
    if (opening_.empty()) {
      uv_timer_stop(timer_.get());
      return;
    }
    const uint64_t now_ms = uv_now(&shared_.loop.uv());
    const uint64_t due_ms = opening_.front().due_ms;
    uv_timer_start(
        timer_.get(), [](uv_timer_t* timer) { static_cast<State*>(timer->data)->let_go_of_slow(); },
        due_ms > now_ms ? due_ms - now_ms : 0, 0);
  }

  void let_go_of_slow() {
    const uint64_t now_ms = uv_now(&shared_.loop.uv());
    while (!opening_.empty() && opening_.front().due_ms <= now_ms) opening_.front().link->give_up();
    arm();
  }

  std::unique_ptr<WsLink> release(WsLink& link) override {
    const auto place = places_.find(&link);
    std::unique_ptr<WsLink> released = std::move(place->second->link);
    opening_.erase(place->second);
    places_.erase(place);
    return released;
  }

  WsLink::Shared shared_;
  const uint64_t patience_ms_;
  std::unique_ptr<TlsContext> tls_;
  std::list<Opening> opening_;
  std::unordered_map<const WsLink*, std::list<Opening>::iterator> places_;
  UvHandle<uv_timer_t> timer_;
};

WsHost::WsHost(Loop& loop, Completions& completions, Log& log,
               const WebSocketListenOptions& options, uint64_t message_max)
    : state_(std::make_unique<State>(loop, completions, log, options, message_max)) {}

WsHost::~WsHost() = default;

void WsHost::use_tls(std::unique_ptr<TlsContext> context) { state_->use_tls(std::move(context)); }

void WsHost::set_message_max(uint64_t size) { state_->set_message_max(size); }

void WsHost::adopt(AcceptedSocket socket) { state_->adopt(std::move(socket)); }

}  // namespace myelin
