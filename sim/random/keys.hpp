// Keys of random draws.
//
// A draw is a pure function of (run, purpose, frame, index); nothing is ever "the next number of a
// generator". Two designs that share a component therefore see the same draws in it (common random numbers),
// whatever else differs, and a retry, having a frame of its own, does not repeat the fate of the attempt
// before it.
//
//   run      (seed, replication, branch)                       see Stream
//   purpose  (declared name of the component, drawn quantity)  never a step index, never a replica
//   frame    path of the activation: root = (source name, arrival ordinal), child = (parent, call name,
//   attempt number) index    0, 1, 2 ... for a sampler that needs several words (draw.hpp)
//
// All functions here are constexpr and cannot fail.
#pragma once

#include <cstdint>
#include <string_view>

namespace twinvoice::random {

/// A 64-bit key. Keys are hashes: equal content gives equal keys in every build, and among n keys the chance
/// that any two collide is about n^2 / 2^65 (1e-7 for two million). Colliding frames only share their draws.
using Key = std::uint64_t;

/// Bijective finaliser of 64 bits in which each input bit flips each output bit with a chance near one half.
/// Source: D. Stafford, "Better bit mixing", 2011, variant 13, the finaliser of SplitMix64 (Steele, Lea,
/// Flood, OOPSLA 2014).
[[nodiscard, gnu::always_inline]] constexpr Key finalise(Key x) noexcept {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebULL;
  x ^= x >> 31U;
  return x;
}

/// Combines two keys; the order matters. With one argument fixed it is a bijection of the other, so siblings
/// never collide. The two inner finalisers run side by side, which keeps it at about the latency of two.
[[nodiscard, gnu::always_inline]] constexpr Key mix(Key a, Key b) noexcept {
  return finalise(finalise(a + 0x9e3779b97f4a7c15ULL) + finalise(b + 0xd1b54a32d192ed03ULL) * 5U);
}

/// Key of a declared name: FNV-1a over the bytes (Fowler, Noll, Vo), then the finaliser, which FNV's weak
/// high bits need.
[[nodiscard]] constexpr Key hash_name(std::string_view name) noexcept {
  Key hash = 0xcbf29ce484222325ULL;
  for (const char letter : name) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3ULL;
  }
  return finalise(hash);
}

/// Key of what is drawn, for example purpose_of("mysql", "demand").
[[nodiscard]] constexpr Key purpose_of(std::string_view component, std::string_view quantity) noexcept {
  return mix(hash_name(component), hash_name(quantity));
}

/// Frame of the root of a request: `source` is the hash of the source's name, `ordinal` counts its arrivals
/// from 0. Background draws (lives, repairs, people) use the component's name and the ordinal of the draw in
/// the same way.
[[nodiscard]] constexpr Key root_frame(Key source, std::uint64_t ordinal) noexcept {
  return mix(source, ordinal);
}

/// Frame of a child: `name` is the hash of the call's or fork's name, `number` that of the attempt or branch,
/// from 0.
[[nodiscard, gnu::always_inline]] constexpr Key child_frame(Key parent, Key name,
                                                            std::uint64_t number) noexcept {
  return mix(parent, mix(name, number));
}

/// The randomness of one run. Runs that differ in any of seed, replication and branch are independent;
/// `branch` is 0 until a run is forked into a fresh future.
struct Stream {
  Key run_key = 0;

  [[nodiscard]] static constexpr Stream of(std::uint64_t seed, std::uint64_t replication,
                                           std::uint64_t branch = 0) noexcept {
    return Stream{mix(mix(seed, replication), branch)};
  }
};

}  // namespace twinvoice::random
