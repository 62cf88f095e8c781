#include "sim/random/draw.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/unit/random/sampling.hpp"

namespace twinvoice::random {
namespace {

using namespace testing;

TEST(Draw, is_threefry_2x64_with_13_rounds) {
  // Known answers of the Random123 distribution (kat_vectors).
  EXPECT_EQ(block_bits(0, 0, 0, 0),
            (std::array<std::uint64_t, 2>{0xf167b032c3b480bdULL, 0xe91f9fee4b7a6fb5ULL}));
  constexpr Key kOnes = ~0ULL;
  EXPECT_EQ(block_bits(kOnes, kOnes, kOnes, kOnes),
            (std::array<std::uint64_t, 2>{0xccdec5c917a874b1ULL, 0x4df53abca26ceb01ULL}));
  EXPECT_EQ(
      block_bits(0xa4093822299f31d0ULL, 0x082efa98ec4e6c89ULL, 0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL),
      (std::array<std::uint64_t, 2>{0xc3aac71561042993ULL, 0x3fe7ae8801aff316ULL}));
}

TEST(Draw, words_are_pinned) {
  const Key run = Stream::of(1, 2, 3).run_key;
  const Key purpose = purpose_of("mysql", "demand");
  const Key frame = root_frame(hash_name("clients"), 7);
  EXPECT_EQ(bits(run, purpose, frame, 0), 0xb6b5c1e8408187ddULL);
  EXPECT_EQ(bits(run, purpose, frame, 1), 0xdf9905134a1acbecULL);
  EXPECT_EQ(bits(run, purpose, frame, 2), 0x1e34d1ffa64a4686ULL);
  EXPECT_EQ(uniform_open(run, purpose, frame, 0), 0x1.6d6b83d081031p-1);
}

TEST(Draw, uniform_is_never_zero_or_one) {
  EXPECT_EQ(to_uniform_open(0), 0x1p-53);
  EXPECT_EQ(to_uniform_open(~0ULL), 1.0 - 0x1p-53);
  EXPECT_EQ(to_uniform_open(~0ULL) + to_uniform_open(0), 1.0);
}

TEST(Draw, cursor_takes_consecutive_indices_of_one_key) {
  const Stream stream = Stream::of(4, 5);
  for (const std::uint64_t first : {0U, 1U, 2U, 7U}) {
    Draws draws(stream, 11, 12, first);
    for (std::uint64_t index = first; index < first + 9; ++index) {
      EXPECT_EQ(draws.index(), index);
      EXPECT_EQ(draws.next_bits(), bits(stream.run_key, 11, 12, index));
    }
  }
}

TEST(Draw, integer_below_reaches_each_value_and_no_more) {
  EXPECT_EQ(to_integer_below(0, 6), 0U);
  EXPECT_EQ(to_integer_below(~0ULL, 6), 5U);
  std::array<int, 6> counts{};
  Draws draws = draws_at(0);
  for (int i = 0; i < 60000; ++i) {
    ++counts[to_integer_below(draws.next_bits(), 6)];
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10000, kNormalCritical * std::sqrt(60000 * (1.0 / 6) * (5.0 / 6)));
  }
}

// Sequences of words that differ in one part of the key only, as the engine would walk them.
struct Walk {
  const char* name;
  std::function<std::uint64_t(std::uint64_t)> word;
};

std::vector<Walk> walks() {
  const Key run = Stream::of(kSeed, 0).run_key;
  const Key source = hash_name("source");
  return {
      {"indices", [=](std::uint64_t i) { return bits(run, kPurpose, 1, i); }},
      {"arrivals", [=](std::uint64_t i) { return bits(run, kPurpose, root_frame(source, i), 0); }},
      {"plain frames", [=](std::uint64_t i) { return bits(run, kPurpose, i, 0); }},
      {"plain purposes", [=](std::uint64_t i) { return bits(run, i, 1, 0); }},
      {"attempts", [=](std::uint64_t i) { return bits(run, kPurpose, child_frame(1, source, i), 0); }},
      {"replications", [=](std::uint64_t i) { return bits(Stream::of(kSeed, i).run_key, kPurpose, 1, 0); }},
      {"seeds", [=](std::uint64_t i) { return bits(Stream::of(i, 0).run_key, kPurpose, 1, 0); }},
      {"branches", [=](std::uint64_t i) { return bits(Stream::of(kSeed, 0, i).run_key, kPurpose, 1, 0); }},
  };
}

constexpr std::uint64_t kWords = 200000;

// False-alarm rate 1e-6 for each of 8 walks.
TEST(Draw, each_walk_through_keys_is_uniform) {
  for (const Walk& walk : walks()) {
    std::vector<double> values;
    for (std::uint64_t i = 0; i < kWords; ++i) {
      values.push_back(to_uniform_open(walk.word(i)));
    }
    EXPECT_LT(kolmogorov_distance(values, [](double x) { return x; }), kKolmogorovCritical) << walk.name;
  }
}

// Correlation at lags 1, 2, 3, 16 of the uniforms: sqrt(n) r is standard normal. 32 comparisons at 1e-6.
TEST(Draw, each_walk_is_free_of_serial_correlation) {
  for (const Walk& walk : walks()) {
    std::vector<double> values;
    for (std::uint64_t i = 0; i < kWords; ++i) {
      values.push_back(to_uniform_open(walk.word(i)) - 0.5);
    }
    for (const std::size_t lag : {1U, 2U, 3U, 16U}) {
      double sum = 0.0;
      for (std::size_t i = lag; i < values.size(); ++i) {
        sum += values[i] * values[i - lag];
      }
      EXPECT_LT(std::abs(12.0 * sum / std::sqrt(static_cast<double>(kWords))), kNormalCritical)
          << walk.name << " lag " << lag;
    }
  }
}

// Pairs of neighbours in a 64 x 64 grid: chi^2 with 4095 degrees of freedom is about normal. 8 comparisons at 1e-6 (one side).
TEST(Draw, pairs_of_neighbours_fill_the_square_evenly) {
  for (const Walk& walk : walks()) {
    std::vector<int> cells(4096);
    for (std::uint64_t i = 0; i < kWords; ++i) {
      ++cells[((walk.word(2 * i) >> 58U) << 6U) | (walk.word(2 * i + 1) >> 58U)];
    }
    const double expected = static_cast<double>(kWords) / 4096;
    double chi2 = 0.0;
    for (const int count : cells) {
      chi2 += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT((chi2 - 4095) / std::sqrt(2.0 * 4095), 5.2) << walk.name;
  }
}

// Each bit of a word and the change of each bit between neighbours is fair: 8 * 64 * 2 comparisons at 2e-9 (6 deviations).
TEST(Draw, bits_are_fair_and_neighbours_differ_in_half_of_them) {
  constexpr std::uint64_t kTrials = 20000;
  for (const Walk& walk : walks()) {
    std::array<int, 64> set{};
    std::array<int, 64> changed{};
    std::uint64_t before = walk.word(kTrials);
    for (std::uint64_t i = 0; i < kTrials; ++i) {
      const std::uint64_t word = walk.word(i);
      for (unsigned bit = 0; bit < 64; ++bit) {
        set[bit] += static_cast<int>((word >> bit) & 1U);
        changed[bit] += static_cast<int>(((word ^ before) >> bit) & 1U);
      }
      before = word;
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
      EXPECT_NEAR(set[bit], kTrials / 2.0, 6 * 0.5 * std::sqrt(kTrials)) << walk.name << " bit " << bit;
      EXPECT_NEAR(changed[bit], kTrials / 2.0, 6 * 0.5 * std::sqrt(kTrials)) << walk.name << " bit " << bit;
    }
  }
}

// Streams of two components, two replications, a parent and its child: 4 comparisons at 1e-6.
TEST(Draw, streams_of_different_keys_are_uncorrelated) {
  const Key run = Stream::of(kSeed, 0).run_key;
  const Key other_run = Stream::of(kSeed, 1).run_key;
  const Key other_purpose = purpose_of("test", "other");
  std::array<double, 4> sums{};
  for (std::uint64_t i = 0; i < kWords; ++i) {
    const Key frame = root_frame(hash_name("source"), i);
    const double value = uniform_open(run, kPurpose, frame, 0) - 0.5;
    sums[0] += value * (uniform_open(run, other_purpose, frame, 0) - 0.5);
    sums[1] += value * (uniform_open(other_run, kPurpose, frame, 0) - 0.5);
    sums[2] += value * (uniform_open(run, kPurpose, child_frame(frame, hash_name("call"), 0), 0) - 0.5);
    sums[3] += value * (uniform_open(run, kPurpose, frame, 1) - 0.5);
  }
  for (const double sum : sums) {
    EXPECT_LT(std::abs(12.0 * sum / std::sqrt(static_cast<double>(kWords))), kNormalCritical);
  }
}

TEST(Draw, taking_draws_for_another_purpose_changes_nothing) {
  const Law law = Law::lognormal(0.012, 0.8);
  const LawTables tables;
  for (std::uint64_t i = 0; i < 100; ++i) {
    Draws alone = draws_at(i);
    const double expected = sample(law, tables, alone);
    Draws first = draws_at(i);
    Draws unrelated = draws_at(i, purpose_of("newcomer", "demand"));
    (void)sample(Law::gamma(1.0, 2.0), tables, unrelated);
    (void)unrelated.next_bits();
    EXPECT_EQ(sample(law, tables, first), expected);
  }
}

}  // namespace
}  // namespace twinvoice::random
