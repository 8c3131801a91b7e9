#include "core/pubsub/stream_imports.h"

#include <algorithm>
#include <tuple>

#include "core/pubsub/account.h"
#include "core/pubsub/client.h"
#include "core/subject/overlap.h"
#include "core/subject/subject.h"

namespace myelin {

std::string StreamImport::ours(std::string_view theirs) const {
  if (plan->names) return plan->names->to_ours(theirs);
  return std::string(plan->keeps_subject ? theirs : std::string_view(plan->ours));
}

std::string StreamImport::theirs(std::string_view pattern) const {
  if (plan->names) return plan->names->to_theirs(pattern);
  return plan->keeps_subject ? std::string(pattern) : plan->options->subject;
}

void StreamImports::add(Account& importer, Account& exporter, const ExchangePlan::Import& plan) {
  imports_.push_back(std::make_unique<const StreamImport>(
      StreamImport{.importer = &importer, .exporter = &exporter, .plan = &plan}));
}

void StreamImports::clear() {
  std::vector<Subscription*> originals;
  originals.reserve(shadows_.size());
  for (const auto& [address, shadows] : shadows_) originals.push_back(shadows.front()->original);
  const auto place = [](const Subscription* each) {
    const Client* client = each->client();
    return std::tuple(client == nullptr ? 0 : client->id(), client == nullptr ? each->number() : 0,
                      each->sid());
  };
  std::sort(originals.begin(), originals.end(),
            [&place](const auto* one, const auto* other) { return place(one) < place(other); });
  for (Subscription* original : originals) unshadow(*original);
  imports_.clear();
}

void StreamImports::shadow(Subscription& original) {
  for (const std::unique_ptr<const StreamImport>& import : imports_) {
    const std::optional<std::string> common = overlap(original.subject(), import->plan->ours);
    if (!common) continue;
    auto shadow = std::make_unique<Shadow>();
    shadow->import = import.get();
    shadow->original = &original;
    shadow->subscription = Subscription::create_shadow(*shadow, import->theirs(*common));
    if (import->exporter->shadow(*shadow->subscription)) {
      shadows_[&original].push_back(std::move(shadow));
    }
  }
}

void StreamImports::unshadow(Subscription& original) {
  const auto found = shadows_.find(&original);
  if (found == shadows_.end()) return;
  for (const std::unique_ptr<Shadow>& shadow : found->second) {
    shadow->import->exporter->unshadow(*shadow->subscription);
  }
  shadows_.erase(found);
}

}  // namespace myelin
