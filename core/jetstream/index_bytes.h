// IndexWriter and IndexReader: numbers and arrays of them, little-endian, as an index snapshot has
// them. The reader stops being ok() at the first that does not fit, and gives zeros from then on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace myelin {

class IndexWriter {
 public:
  template <class T>
  void put(T value) {
    static_assert(std::is_unsigned_v<T>);
    for (size_t i = 0; i < sizeof(T); ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  template <class T>
  void put_all(const std::vector<T>& values) {
    put(static_cast<uint64_t>(values.size()));
    for (const T value : values) put(value);
  }
  void put_text(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class IndexReader {
 public:
  explicit IndexReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return is_ok_; }
  bool at_end() const { return rest_.empty(); }
  // Marks what was read as nonsense.
  void expect(bool condition) { is_ok_ = is_ok_ && condition; }

  template <class T>
  T take() {
    static_assert(std::is_unsigned_v<T>);
    expect(rest_.size() >= sizeof(T));
    if (!is_ok_) return 0;
    T value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      const auto byte = static_cast<T>(static_cast<unsigned char>(rest_[i]));
      value = static_cast<T>(value | static_cast<T>(byte << (8 * i)));
    }
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> take_all() {
    const auto count = take<uint64_t>();
    expect(count <= rest_.size() / sizeof(T));
    std::vector<T> values;
    if (!is_ok_) return values;
    values.reserve(static_cast<size_t>(count));
    for (uint64_t i = 0; i < count; ++i) values.push_back(take<T>());
    return values;
  }
  std::string_view take_text() {
    const auto size = take<uint32_t>();
    expect(size <= rest_.size());
    if (!is_ok_) return {};
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
  bool is_ok_ = true;
};

}  // namespace myelin
