#include "sim/random/keys.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace twinvoice::random {
namespace {

TEST(Keys, are_pinned) {
  EXPECT_EQ(hash_name(""), 0xf52a15e9a9b5e89bULL);
  EXPECT_EQ(hash_name("mysql"), 0xc1010f1eed8fbe2cULL);
  EXPECT_EQ(mix(1, 2), 0xdc67cc91bc13a5f2ULL);
  EXPECT_EQ(purpose_of("mysql", "demand"), 0xab32f4d294daaad6ULL);
  EXPECT_EQ(root_frame(hash_name("clients"), 7), 0x0bf0ba78fcddab57ULL);
  EXPECT_EQ(child_frame(1, hash_name("call"), 2), 0x271548a3afe2b00cULL);
  EXPECT_EQ(Stream::of(1, 2, 3).run_key, 0x20eb4dab9bbee421ULL);
}

TEST(Keys, depend_on_the_order_of_their_parts) {
  constexpr Key kPurpose = purpose_of("a", "b");  // keys are compile-time constants
  EXPECT_NE(kPurpose, purpose_of("b", "a"));
  EXPECT_NE(hash_name("ab"), hash_name("ba"));
  EXPECT_NE(mix(1, 2), mix(2, 1));
}

TEST(Keys, of_nearby_frames_all_differ) {
  std::set<Key> keys;
  std::size_t made = 0;
  for (std::uint64_t ordinal = 0; ordinal < 2000; ++ordinal) {
    const Key root = root_frame(hash_name("clients"), ordinal);
    keys.insert(root);
    ++made;
    for (const char* call : {"mysql", "cache"}) {
      for (std::uint64_t attempt = 0; attempt < 3; ++attempt) {
        const Key child = child_frame(root, hash_name(call), attempt);
        keys.insert(child);
        keys.insert(child_frame(child, hash_name(call), attempt));
        made += 2;
      }
    }
  }
  EXPECT_EQ(keys.size(), made);
}

TEST(Keys, of_runs_differ_in_seed_replication_and_branch) {
  std::set<Key> keys;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t replication = 0; replication < 10; ++replication) {
      for (std::uint64_t branch = 0; branch < 10; ++branch) {
        keys.insert(Stream::of(seed, replication, branch).run_key);
      }
    }
  }
  EXPECT_EQ(keys.size(), 1000U);
}

// Each of 64 x 64 (input bit, output bit) pairs flips in about half of n = 4000 trials; the bound of 6 standard deviations of a
// share has a false-alarm rate of 4096 * 2e-9 = 8e-6 per argument.
TEST(Keys, mix_flips_each_output_bit_with_each_input_bit) {
  constexpr int kTrials = 4000;
  for (const bool first_argument : {true, false}) {
    for (unsigned input = 0; input < 64; ++input) {
      int flips[64] = {};
      for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
        const Key flipped = trial ^ (1ULL << input);
        const Key change = first_argument ? mix(trial, 5) ^ mix(flipped, 5) : mix(5, trial) ^ mix(5, flipped);
        for (unsigned output = 0; output < 64; ++output) {
          flips[output] += static_cast<int>((change >> output) & 1U);
        }
      }
      for (unsigned output = 0; output < 64; ++output) {
        EXPECT_NEAR(flips[output], kTrials / 2, 6 * 0.5 * 63.25)
            << "input bit " << input << " output bit " << output;
      }
    }
  }
}

}  // namespace
}  // namespace twinvoice::random
