#include "core/jetstream/backup_reader.h"

#include <catch2/catch.hpp>
#include <vector>

namespace myelin {
namespace {

// By nats-server 2.14.5 and `nats stream backup`: stream S with three messages, the first of them
// removed, and consumer c, to which one was delivered.
constexpr std::string_view kBackup =
    "ff06000053327354774f00b60500992a1991807854506178486561646572732e302f6d6574612e696e66"
    "00110115003e003009000000090704300009001508103030333600050009042400303131363434002078"
    "118715003e564d001c757374617200303015003d11431500a2743330206d74696d653d31373935323732"
    "3730382e3836343939313631340a15001d11251900b10071f315004732130210303030303679f03e0800"
    "6030373636003135333030333330303034003031323433310020719415005591000c6e6174731500147e"
    "200085bb1ddd664a00111a15007df0707b2243726561746564223a22323032362d31312d32315431343a"
    "35313a34382e3436333138323138315a222c226e616d65223a2253222c227375626a65637473223a5b22"
    "732e2a225d2c22726574656e74696f6e223a226c696d697473222c226d61785f636f6e73756d65727322"
    "3a2d310913086d73671d0e0c627974651d0f14616765223a301929105f7065725f0d7119261c6d73675f"
    "73697a650938f04564697363617264223a226f6c64222c2273746f72616765223a2266696c65222c226e"
    "756d5f7265706c69636173223a312c226475706c69636174655f77696e646f77223a31322dc530303030"
    "2c22636f6d707265737309d1806e6f6e65222c22616c6c6f775f646972656374223a747275652c226d69"
    "72726f7215153066616c73652c227365616c6564150f2864656e795f64656c6574653614000c70757267"
    "1913096028726f6c6c75705f68647273151a3145005f2d5b083a7b7d112f186d73675f74746c152b846d"
    "65746164617461223a7b225f6e6174732e7265712e6c6576656c223a2230227d7d59834600080873756d"
    "151e110915003625517d1b3a100052000800371900680271f31500423239047e00080830323015000904"
    "3430ee0008190026003c3330303832613063626363386131643736ba01110c1900d600106d7367732f32"
    "050810312e626c6b31f915003d3af00742000c4600100c32303233190063020873677371f3150043323f"
    "047e0008083234323e000808353735ee00081900260010240000000129ae0080090058000000004c04d0"
    "0ff92d8dd253d1282db97e3a000080020d1dc84247be420417ea180300732e62120000004e4154532f31"
    "2e300d0a413a20620d0a0d0a74776fad3d5dead7de040726000000030d3a0c1821284511003861746872"
    "6565681a676bdb19061a1e19844840a9e663410417ea180000e50d47658b08bbfd053d110519004d0046"
    "00081c696e6465782e6462150075083630371900670271f3150042323b047e0008083130353a00080c33"
    "33353719006200d00b04026002849df2ab88c18bea3103b084c1d288c18bea310203732e620101010373"
    "2e61010101010160020003ace7ce2600000001f19b1cdd91b1469a9a0aee190052003154150055106f62"
    "732f63360110ee131c15000dca001008363531ee001819002602890071f315004132bb047e0008043531"
    "3e001808333432ee002019004700343732373135343239315a222c224e09002c63222c2264757261626c"
    "655f1a13200063261e20051e60656c697665725f706f6c696379223a22616c6c222c2261636b19131c65"
    "78706c696369740d181877616974223a33cd2c12821f0c6d61785f0d4a16f71f147265706c6179194318"
    "696e7374616e741a67202c77616974696e67223a353132163d20057020656e64696e67223a3105543607"
    "2000308a2d1f502c2270617573655f756e74696c223a22303030312d0503285430303a30303a30305a22"
    "2a521f32fb02110d1500918900460008ee131c15000825cf46f81711184a002008323730ee0008190032"
    "0271f315003c32f8047e000804303215000a0034ee0018190027003c3039633831663866366261666461"
    "6439090011041900de004a0008106f2e646174510115003cede7f1f03e08004e000808313535ee001019"
    "002c0271f3150041323e04c60008043237ee00101900280034160200010102018ac08db00d01011ee61f"
    "11071900de04";

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
  }
  return bytes;
}

std::string framed(std::string_view archive) {
  S2Writer writer;
  std::string frames;
  writer.write(archive, frames);
  writer.finish(frames);
  return frames;
}

struct Told {
  std::vector<std::string> lines;
  std::string error;  // or "" at the end

  bool operator==(const Told& other) const { return lines == other.lines && error == other.error; }
};

Told read(std::string_view bytes, size_t piece = 1000000) {
  Told told;
  const auto note = [&](std::string line) {
    told.lines.push_back(std::move(line));
    return Status(kOk);
  };
  BackupReader reader(
      "S",
      {.stream = [&](std::string_view) { return note("stream"); },
       .record =
           [&](const BackupRecord& record) {
             if (record.kind == BackupRecord::Kind::kErased) {
               return note(std::to_string(record.sequence) + " is erased");
             }
             if (record.kind == BackupRecord::Kind::kTombstone) {
               return note(std::to_string(record.sequence) + " is gone");
             }
             return note(std::to_string(record.sequence) + " " + std::string(record.subject) + " " +
                         std::string(record.content.substr(record.header_size)));
           },
       .ends =
           [&](const BackupTaker::Ends& ends) {
             return note("from " + std::to_string(ends.first_sequence) + " to " +
                         std::to_string(ends.last_sequence));
           },
       .consumer = [&](std::string_view name,
                       std::string_view) { return note("consumer " + std::string(name)); },
       .consumer_state = [&](std::string_view name,
                             std::string_view) { return note("state " + std::string(name)); }});
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view input = bytes.substr(at, piece);
    for (;;) {
      const auto more = reader.take(input);
      if (!more.ok()) {
        told.error = more.error().context;
        return told;
      }
      if (!more.value()) break;
    }
  }
  const Status end = reader.finish();
  if (!end.ok()) told.error = end.error().context;
  return told;
}

TEST_CASE("BackupReader: a backup of nats-server's says what was in the stream") {
  const Told told = read(from_hex(kBackup));
  CHECK(told.error.empty());
  CHECK(told.lines == std::vector<std::string>{"stream", "1 is erased", "2 s.b two", "3 s.a three",
                                               "1 is gone", "from 2 to 3", "consumer c",
                                               "state c"});
  CHECK(read(from_hex(kBackup), 1) == told);
}

TEST_CASE("BackupReader: a backup that was cut is not taken for a whole one") {
  const std::string bytes = from_hex(kBackup);
  CHECK_FALSE(read("").error.empty());
  for (size_t size = 0; size + 1 < bytes.size(); size += 7) {
    INFO(size);
    CHECK_FALSE(read(std::string_view(bytes).substr(0, size)).error.empty());
  }
}

TEST_CASE("BackupReader: files that lead elsewhere, or come before the stream, are refused") {
  const auto error_of = [](std::string_view name) {
    std::string archive;
    append_tar_file(archive, name, "", {});
    append_tar_end(archive);
    return read(framed(archive)).error;
  };
  for (const auto* name : {"../meta.inf", "/etc/passwd", "msgs/../../x", "msgs/1.blk", "msgs/x.blk",
                           "obs/c/meta.inf", "obs/a.b/meta.inf", "obs/c"}) {
    INFO(name);
    CHECK(error_of(name) == "unexpected content");
  }
  CHECK(error_of("meta.inf").empty());
}

}  // namespace
}  // namespace myelin
