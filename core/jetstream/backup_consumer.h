// How far a consumer came, as a backup has it (obs/<consumer>/o.dat) in nats-server's encoding:
//
//     22  2  floor  delivered  pending  [base time  (sequence  delivery  age)...]
//            redelivered  (sequence  times)...
//
// Varints; floor and delivered are pairs of a consumer's and a stream's sequence, sequences count
// from the floor, ages are whole seconds before the base time. Bytes that say something else are
// refused: what is read may say anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/jetstream/consumer_state.h"

namespace myelin {

std::string encode_backup_consumer(const ConsumerState& state, const Now& now);

// False if the bytes are no such state; then nothing has changed.
bool decode_backup_consumer(std::string_view bytes, const Now& now, ConsumerState& to);

}  // namespace myelin
