// Draws: words and uniforms as pure functions of their key.
//
// The generator is Threefry-2x64 with 13 rounds, the smallest number of rounds that passes BigCrush (J.
// Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): key = (run,
// purpose), counter = (frame, block). One block gives two words, so index i is word i mod 2 of block i div 2.
#pragma once

// Threefry needs neither vector instructions nor the streams that the library would bring into every file.
#define R123_USE_SSE 0
#define R123_USE_X86INTRIN_H 0
#include <Random123/threefry.h>

#include <array>
#include <cstdint>

#include "sim/random/keys.hpp"

namespace twinvoice::random {

/// Both words of one block.
[[nodiscard]] inline std::array<std::uint64_t, 2> block_bits(Key run, Key purpose, Key frame,
                                                             std::uint64_t block) noexcept {
  const threefry2x64_ctr_t counter{{frame, block}};
  const threefry2x64_key_t key{{run, purpose}};
  const threefry2x64_ctr_t words = threefry2x64_R(13, counter, key);
  return {words.v[0], words.v[1]};
}

/// 64 independent fair bits.
[[nodiscard]] inline std::uint64_t bits(Key run, Key purpose, Key frame, std::uint64_t index) noexcept {
  return block_bits(run, purpose, frame, index >> 1U)[index & 1U];
}

/// The uniform in the open interval (0, 1) that belongs to a word: an odd multiple of 2^-53, so it is exact,
/// never 0 or 1, and symmetric about one half.
[[nodiscard]] inline double to_uniform_open(std::uint64_t word) noexcept {
  return static_cast<double>(static_cast<std::int64_t>((word >> 11U) | 1U)) * 0x1p-53;
}

/// Uniform in the open interval (0, 1).
[[nodiscard]] inline double uniform_open(Key run, Key purpose, Key frame, std::uint64_t index) noexcept {
  return to_uniform_open(bits(run, purpose, frame, index));
}

/// Integer in [0, bound), bound >= 1, from one word (D. Lemire, "Fast random integer generation in an
/// interval", 2019, without its rejection step: the bias is below bound / 2^64).
[[nodiscard]] inline std::uint64_t to_integer_below(std::uint64_t word, std::uint64_t bound) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(word) * bound) >> 64U);
}

/// Cursor over the consecutive draws of one key, from `first_index` on. Cheap to make; it keeps the second
/// word of a block for the next call, so next_bits() returns bits(run, purpose, frame, i) for i =
/// first_index, first_index + 1, ...
class Draws {
 public:
  Draws(Stream stream, Key purpose, Key frame, std::uint64_t first_index = 0) noexcept
      : run_(stream.run_key), purpose_(purpose), frame_(frame), index_(first_index) {
    if ((first_index & 1U) != 0) {
      second_word_ = bits(run_, purpose_, frame_, first_index);
    }
  }

  [[nodiscard]] std::uint64_t next_bits() noexcept {
    const std::uint64_t index = index_++;
    if ((index & 1U) != 0) {
      return second_word_;
    }
    const auto words = block_bits(run_, purpose_, frame_, index >> 1U);
    second_word_ = words[1];
    return words[0];
  }

  /// Uniform in the open interval (0, 1).
  [[nodiscard]] double next_uniform() noexcept { return to_uniform_open(next_bits()); }

  /// Index of the next word: first_index plus the number of words taken.
  [[nodiscard]] std::uint64_t index() const noexcept { return index_; }

 private:
  Key run_;
  Key purpose_;
  Key frame_;
  std::uint64_t index_;
  std::uint64_t second_word_ = 0;
};

}  // namespace twinvoice::random
