// The reader of backups, fed in pieces: what S2, tar and blocks say is not to be trusted. The first
// byte chooses how the rest is understood: as it is; as plain bytes to be framed, so that the
// fuzzer reaches the tar without knowing checksums; or as what files of a tar hold.
//
// Whatever comes, reading ends, and what it gives was checked: records fit their subject and
// headers, and the same bytes in other pieces give the same.
#include <string>

#include "core/jetstream/backup_consumer.h"
#include "core/jetstream/backup_reader.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

constexpr Now kNow{.mono = {1'000'000'000'000}, .wall = {1'700'000'000'000'000'000}};

// What was told, in order.
std::string read(std::string_view bytes, size_t piece) {
  std::string told;
  const auto note = [&](std::string_view what, std::string_view name, std::string_view text) {
    told.append(what).append(1, ' ').append(name).append(1, ' ').append(text).append(1, '\n');
    return Status(kOk);
  };
  BackupReader reader(
      "S",
      {.stream = [&](std::string_view meta) { return note("stream", {}, meta); },
       .record =
           [&](const BackupRecord& record) {
             REQUIRE_THAT(record.header_size <= record.content.size());
             return note("record", record.subject, record.content);
           },
       .ends = [&](const BackupTaker::Ends&) { return note("ends", {}, {}); },
       .consumer = [&](std::string_view name,
                       std::string_view meta) { return note("consumer", name, meta); },
       .consumer_state =
           [&](std::string_view name, std::string_view state) {
             ConsumerState to(true);
             if (decode_backup_consumer(state, kNow, to)) {
               ConsumerState again(true);
               REQUIRE_THAT(decode_backup_consumer(encode_backup_consumer(to, kNow), kNow, again));
             }
             return note("state", name, state);
           }});
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view input = bytes.substr(at, piece);
    for (;;) {
      const auto more = reader.take(input);
      if (!more.ok()) return told + "error";
      if (!more.value()) break;
    }
  }
  return told + (reader.finish().ok() ? "end" : "cut");
}

std::string framed(std::string_view plain) {
  S2Writer writer;
  std::string frames;
  writer.write(plain, frames);
  writer.finish(frames);
  return frames;
}

std::string archived(Input& input) {
  std::string archive;
  append_tar_file(archive, "meta.inf", "{}", {});
  while (!input.is_empty()) {
    constexpr std::string_view kNames[] = {"msgs/1.blk", "msgs/index.db", "obs/c/meta.inf",
                                           "obs/c/o.dat"};
    const std::string_view name = kNames[input.below(4)];
    std::string content(input.take(input.byte()));
    if (name == kNames[0]) {
      // Records whose checksums hold.
      const std::string_view subject = input.take(input.byte());
      std::string record;
      BackupBlockWriter("S", 1).write(
          {.sequence = input.byte(),
           .subject = subject,
           .content = content,
           .header_size = static_cast<uint32_t>(input.below(content.size() + 1))},
          record);
      content = record;
    }
    append_tar_file(archive, name, content, {});
  }
  append_tar_end(archive);
  return archive;
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const size_t how = input.below(3);
  const std::string bytes = how == 0   ? std::string(input.rest())
                            : how == 1 ? framed(input.rest())
                                       : framed(archived(input));
  const std::string told = read(bytes, bytes.size() + 1);
  if (bytes.size() < 10000) REQUIRE_THAT(read(bytes, 7) == told);
  return 0;
}
