// S2Writer and S2Reader: a stream of bytes as S2 frames it: a name, then chunks, each with the
// checksum (CRC-32C, masked) of what it holds.
//
//     ff 06 00 00 "S2sTwO"     00 size checksum block     01 size checksum bytes     ...
//
// Both work by pieces and keep at most one chunk. What is read may say anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace myelin {

class S2Writer {
 public:
  // What the stream is called: the content is Snappy's either way.
  enum class Name : uint8_t { kS2, kSnappy };
  explicit S2Writer(Name name = Name::kS2) : name_(name) {}

  // What is complete is appended to `to`.
  void write(std::string_view bytes, std::string& to);
  // The rest of it.
  void finish(std::string& to);

 private:
  void write_chunk(std::string_view bytes, std::string& to);

  Name name_;
  bool has_begun_ = false;
  std::string pending_;
  std::string block_;
};

class S2Reader {
 public:
  // Takes from the front of `input` until it has bytes to give, which are good until the next call;
  // empty: the input is spent.
  Result<std::string_view> next(std::string_view& input);
  // Whether the stream may end here.
  bool is_between_chunks() const { return head_.empty() && missing_ == 0; }

 private:
  static constexpr size_t kHeadSize = 4;

  Status begin_chunk();
  Result<bool> end_chunk();

  std::string head_;      // of a chunk, as far as it came
  uint64_t missing_ = 0;  // bytes of the chunk's body
  bool is_skipped_ = false;
  bool has_name_ = false;
  std::string body_;
  std::string plain_;
};

}  // namespace myelin
