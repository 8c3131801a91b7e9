#include "core/jetstream/services.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/text.h"

namespace myelin {

Services::Services(SharedServices& all, Account& whose, std::string whose_folder)
    : shared(all),
      account(whose),
      number(++all.last_number),
      folder(std::move(whose_folder)),
      advisories(all.context, whose),
      meta(all.storage, folder + "meta", all.context.random.next(),
           {.changed = &all.changed, .number = number}),
      context(all.context),
      storage(all.storage),
      codec(all.codec),
      options(all.options),
      gate(all.gate) {}

namespace {

constexpr std::string_view kFlat;  // the tier of all streams, where there is only one

}  // namespace

std::string tier_name(int64_t replicas) { return "R" + decimal(std::max<int64_t>(replicas, 1)); }

const JetStreamAccountLimits* Services::limits(int64_t replicas) const {
  const std::optional<JetStreamAccountOptions>& mine = account.options().jetstream;
  if (!mine) return nullptr;
  for (const auto& [name, limits] : mine->tiers) {
    if (name == kFlat || name == tier_name(replicas)) return &limits;
  }
  return nullptr;
}

bool Services::has_tiers() const {
  const std::optional<JetStreamAccountOptions>& mine = account.options().jetstream;
  return mine && std::none_of(mine->tiers.begin(), mine->tiers.end(),
                              [](const auto& tier) { return tier.first == kFlat; });
}

void Services::use(bool is_file, int64_t bytes) {
  usage.used(is_file) += static_cast<uint64_t>(bytes);
  shared.usage.used(is_file) += static_cast<uint64_t>(bytes);
}

void Services::reserve(bool is_file, int64_t bytes) {
  usage.reserved(is_file) += static_cast<uint64_t>(bytes);
  shared.usage.reserved(is_file) += static_cast<uint64_t>(bytes);
}

}  // namespace myelin
