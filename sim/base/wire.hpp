// A canonical byte encoding for records that cross a process boundary or are hashed: little-endian, fixed widths.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace twinvoice::wire {

/// Appends values to a byte buffer. Equal values give equal bytes on every platform.
class Writer {
 public:
  void u8(std::uint8_t v) { bytes_.push_back(static_cast<std::byte>(v)); }
  void u32(std::uint32_t v) { little_endian(v, 4); }
  void u64(std::uint64_t v) { little_endian(v, 8); }
  void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
  void f64(double v) { u64(std::bit_cast<std::uint64_t>(v)); }
  void boolean(bool v) { u8(v ? 1 : 0); }
  void string(std::string_view v) {
    u64(v.size());
    for (const char c : v) u8(static_cast<std::uint8_t>(c));
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void little_endian(std::uint64_t v, int width) {
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<std::byte>((v >> (8 * i)) & 0xff));
  }
  std::vector<std::byte> bytes_;
};

/// The record ends before the value that was asked for, or a length in it is impossible.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads what Writer wrote, in the same order. Throws Malformed past the end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)[0]); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t u64() { return little_endian(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  double f64() { return std::bit_cast<double>(u64()); }
  bool boolean() { return u8() != 0; }
  std::string string() {
    const auto raw = take(u64());
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  /// A count of items that each take at least `item_bytes`: refuses counts that cannot fit in what is left.
  std::size_t count(std::size_t item_bytes) {
    const std::uint64_t n = u64();
    if (item_bytes != 0 && n > remaining() / item_bytes) throw Malformed("record: impossible count");
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - at_; }

 private:
  std::span<const std::byte> take(std::uint64_t n) {
    if (n > remaining()) throw Malformed("record: truncated");
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(n));
    at_ += static_cast<std::size_t>(n);
    return part;
  }
  std::uint64_t little_endian(int width) {
    const auto raw = take(static_cast<std::uint64_t>(width));
    std::uint64_t v = 0;
    for (int i = 0; i < width; ++i)
      v |= static_cast<std::uint64_t>(raw[static_cast<std::size_t>(i)]) << (8 * i);
    return v;
  }
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace twinvoice::wire
