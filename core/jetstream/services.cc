#include "core/jetstream/services.h"

#include <utility>

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

void Services::use(bool is_file, int64_t bytes) {
  usage.used(is_file) += static_cast<uint64_t>(bytes);
  shared.usage.used(is_file) += static_cast<uint64_t>(bytes);
}

void Services::reserve(bool is_file, int64_t bytes) {
  usage.reserved(is_file) += static_cast<uint64_t>(bytes);
  shared.usage.reserved(is_file) += static_cast<uint64_t>(bytes);
}

}  // namespace myelin
