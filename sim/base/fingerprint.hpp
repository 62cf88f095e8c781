// A 64-bit running hash over a sequence of integers: the fingerprint by which two runs are told apart.
#pragma once

#include <cstdint>
#include <string_view>

namespace twinvoice {

/// Order-sensitive hash of 64-bit words (multiply-xorshift rounds as in MurmurHash3's finaliser). Not cryptographic.
class Fingerprint {
 public:
  constexpr void add(std::uint64_t word) {
    state_ ^= word + 0x9e3779b97f4a7c15ULL;
    state_ *= 0xff51afd7ed558ccdULL;
    state_ ^= state_ >> 32;
  }
  constexpr void add_text(std::string_view text) {
    add(text.size());
    for (const char c : text) add(static_cast<unsigned char>(c));
  }
  [[nodiscard]] constexpr std::uint64_t value() const {
    std::uint64_t h = state_;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    h ^= h >> 33;
    return h;
  }

 private:
  std::uint64_t state_ = 0x2545f4914f6cdd1dULL;
};

}  // namespace twinvoice
