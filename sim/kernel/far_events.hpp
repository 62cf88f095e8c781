// Events of the later future when very many are pending: kept unsorted in buckets of time, each of which is sorted (in the
// event list's heap) when its time is near.
//
//   put(key):        into the bucket of its time, or to the rest behind the last bucket
//   next(take):      hands the events of the earliest bucket over; the boundary to the heap moves to that bucket's end
//   spread:          all buckets used up, the rest is spread over new ones, as wide as a sample of it asks for
//
// Why: in a heap of 100 000 events every push and pop walks through cold memory, and what an event touches is cold too. A
// bucket of a few dozen events is handed over at once, so that the memory of all of them can be fetched side by side.
// Source of the idea: the ladder queue (W. T. Tang, R. S. M. Goh, I. L. Thng, ACM TOMACS 15(3), 2005), with one rung.
//
// Failure policy: none of it can fail; memory is in chunks that are used again, so it grows with the largest number pending.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/event_key.hpp"

namespace twinvoice::kernel {

class FarEvents {
 public:
  FarEvents();

  /// From when on events belong here; kNever while there are none.
  [[nodiscard]] Nanos begin_ns() const { return begin_ns_; }

  /// Adds an event at or after begin_ns().
  void put(EventKey key) {
    const std::uint64_t bucket = static_cast<std::uint64_t>(time_of(key) - origin_ns_) >> shift_;
    append(bucket < kBuckets ? buckets_[bucket] : rest_, key);
    ++count_;
  }

  /// While there are none here: adds an event of any time. open() must follow.
  void hold(EventKey key) {
    append(rest_, key);
    ++count_;
  }
  /// Spreads what is held; from now on begin_ns() is the time of the earliest.
  void open();

  /// Calls take(key) for the events of the earliest bucket that has any, in no order.
  template <class Take>
  void next(const Take& take) {
    Chain bucket = take_earliest();
    while (bucket.newest != kNoChunk) {
      Chunk& chunk = chunks_[bucket.newest];
      for (std::uint32_t i = 0; i < chunk.used; ++i) take(chunk.keys[i]);
      count_ -= chunk.used;
      give_back(bucket);
    }
    if (count_ == 0) begin_ns_ = kNever;
  }

 private:
  static constexpr std::uint32_t kNoChunk = ~0U;
  static constexpr std::size_t kBuckets = 4096;
  static constexpr std::size_t kPerBucket = 64;  ///< aimed at: their frames fit into the second-level cache
  static constexpr std::size_t kSample = 512;

  struct Chunk {
    std::array<EventKey, 15> keys;
    std::uint32_t used = 0;
    std::uint32_t next = kNoChunk;
  };
  /// A list of chunks, the newest first; all but the newest are full.
  struct Chain {
    std::uint32_t newest = kNoChunk;
  };

  void append(Chain& chain, EventKey key) {
    if (chain.newest == kNoChunk || chunks_[chain.newest].used == chunks_[chain.newest].keys.size())
      add_chunk(chain);
    Chunk& chunk = chunks_[chain.newest];
    chunk.keys[chunk.used++] = key;
  }
  void add_chunk(Chain& chain);
  void give_back(Chain& chain);
  [[nodiscard]] Chain take_earliest();
  void spread();

  Nanos begin_ns_ = kNever;
  Nanos origin_ns_ = 0;    ///< where bucket 0 begins
  int shift_ = 0;          ///< a bucket is 2^shift_ ns wide
  std::size_t at_ = 0;     ///< buckets before it are used up
  std::size_t count_ = 0;  ///< events here
  std::vector<Chain> buckets_;
  Chain rest_;  ///< events behind the last bucket
  std::vector<Chunk> chunks_;
  std::uint32_t free_chunks_ = kNoChunk;
  std::vector<Nanos> sample_;  ///< scratch of spread
};

}  // namespace twinvoice::kernel
