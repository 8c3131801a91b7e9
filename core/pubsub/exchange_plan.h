// ExchangePlan: what accounts offer one another and who takes it, as their options say, checked.
// Pure bookkeeping: nothing is subscribed to or sent here.
//
//     options --set--> exports of an account --plan--> its imports, each with the export that
//                                                      grants it; or a fault, in nats-server's
//                                                      words
//
// Used twice: a configuration is judged by it before a Server sees it, and the Exchange acts on it.
// It borrows the options, and the names in them, for as long as an account is known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"
#include "core/subject/renaming.h"

namespace myelin {

class ExchangePlan {
 public:
  // What an account offers under one subject.
  struct Export {
    uint64_t number = 0;                     // of all there ever were: tells one from another
    std::vector<std::string_view> accounts;  // who may import it; none: see is_public
    std::vector<const std::pair<std::string, int64_t>*> revocations;
    bool token_required = false;
    uint32_t account_token_position = 0;
    ResponseType response_type = ResponseType::kSingleton;
    Duration response_threshold = minutes(2);
    const LatencyOptions* latency = nullptr;
    bool allow_trace = false;

    bool is_public() const {
      return accounts.empty() && !token_required && account_token_position == 0;
    }
  };
  using Exports = std::map<std::string, Export, std::less<>>;

  // What an account takes of another.
  struct Import {
    const ImportOptions* options = nullptr;
    std::string ours;                       // a pattern: our name for `options->subject`
    bool keeps_subject = false;             // wildcards on both sides, and the names are the same
    std::unique_ptr<const Renaming> names;  // wildcards on both sides, and they differ
  };

  struct Party {
    std::string_view name;
    const AccountOptions* options = nullptr;
    Exports streams;
    Exports services;
    std::vector<Import> imports;
    std::vector<std::string> exporters;  // whom its options name
  };

  // Whether an activation lets `importer` import: asked where an export wants a token.
  using Activated = std::function<bool(std::string_view importer, const ImportOptions& import,
                                       std::string_view exporter, const Export& granted)>;
  struct Fault {
    std::string_view account;  // whose option it is
    std::string text;          // as a configuration's
    std::string reason;        // the last part of it
  };

  // Without a system account nobody measures latency.
  explicit ExchangePlan(bool has_system_account, Activated activated = {});

  void set_system_account(bool has_one) { has_system_account_ = has_one; }
  // An account is new, or its options are. Its imports are planned by plan().
  void set(const AccountOptions& options);
  void forget(std::string_view account);
  // Plans the imports of an account anew.
  void plan(std::string_view account);

  const Party* find(std::string_view account) const;
  // Who imports from an account, or would if it could; sorted.
  std::vector<std::string> importers_of(std::string_view account) const;
  // The export of `subject`, or the narrowest pattern over it.
  static const Export* find_export(const Exports& exports, std::string_view subject);
  // Of the last set() and plan() of each account; taken, not kept.
  std::vector<Fault> take_faults();

 private:
  using Parties = std::map<std::string, Party, std::less<>>;
  using Path = std::vector<std::string_view>;

  void unlink(const Party& party);
  void add_export(Party& party, const ExportOptions& options);
  std::optional<std::string> grant(Export& to, const ExportOptions& options) const;
  std::optional<std::string> track(const Party& party, Export& to, const LatencyOptions& latency);
  void add_import(Party& party, const ImportOptions& options);
  std::optional<std::string> add_stream(Party& party, const ImportOptions& options,
                                        const Party& exporter);
  std::optional<std::string> add_service(Party& party, const ImportOptions& options,
                                         const Party& exporter);
  bool is_authorized(const Party& importer, const ImportOptions& options,
                     const Party& exporter) const;
  std::optional<std::string> stream_cycle(const Party& at, std::string_view ours,
                                          Path& visited) const;
  std::optional<std::string> service_cycle(const Party& at, std::string_view ours,
                                           Path& visited) const;
  void fault(const Party& party, std::string text, std::string reason);

  bool has_system_account_;
  Activated activated_;
  Parties parties_;
  std::map<std::string, std::set<std::string>, std::less<>> importers_;  // by exporter
  uint64_t last_export_ = 0;
  std::vector<Fault> faults_;
};

// What is wrong with what accounts export and import, in nats-server's words: for whoever makes
// Options.
std::vector<std::string> check_exchange(const Options& options);

}  // namespace myelin
