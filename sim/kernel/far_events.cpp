#include "sim/kernel/far_events.hpp"

#include <algorithm>
#include <bit>

namespace twinvoice::kernel {
namespace {

__extension__ using Wide = __int128;

}  // namespace

FarEvents::FarEvents() : buckets_(kBuckets) { sample_.reserve(kSample); }

void FarEvents::open() {
  spread();
  begin_ns_ = origin_ns_;
}

void FarEvents::add_chunk(Chain& chain) {
  std::uint32_t c = free_chunks_;
  if (c != kNoChunk) {
    free_chunks_ = chunks_[c].next;
  } else {
    c = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
  }
  chunks_[c].used = 0;
  chunks_[c].next = chain.newest;
  chain.newest = c;
}

/// Puts the newest chunk of a list among the free ones.
void FarEvents::give_back(Chain& chain) {
  const std::uint32_t c = chain.newest;
  chain.newest = chunks_[c].next;
  chunks_[c].next = free_chunks_;
  free_chunks_ = c;
}

FarEvents::Chain FarEvents::take_earliest() {
  for (;;) {
    while (at_ < kBuckets && buckets_[at_].newest == kNoChunk) ++at_;
    if (at_ < kBuckets) break;
    if (rest_.newest == kNoChunk) return {};
    spread();
  }
  const Chain bucket = buckets_[at_];
  buckets_[at_] = {};
  ++at_;
  const Wide end_ns = origin_ns_ + (static_cast<Wide>(at_) << shift_);
  begin_ns_ = end_ns < kNever ? static_cast<Nanos>(end_ns) : kNever;  // then no bucket behind it has events
  return bucket;
}

/// Spreads the rest over new buckets. Their width is such that three quarters of the events have about kPerBucket
/// neighbours each; what lies far behind stays in the rest.
void FarEvents::spread() {
  Nanos earliest = kNever;
  const std::size_t stride = std::max<std::size_t>(1, count_ / kSample);
  std::size_t number = 0;
  sample_.clear();
  for (std::uint32_t c = rest_.newest; c != kNoChunk; c = chunks_[c].next) {
    for (std::uint32_t i = 0; i < chunks_[c].used; ++i) {
      const Nanos at_ns = time_of(chunks_[c].keys[i]);
      earliest = std::min(earliest, at_ns);
      if (number++ % stride == 0 && sample_.size() < kSample) sample_.push_back(at_ns);
    }
  }
  const auto quartile = sample_.begin() + static_cast<std::ptrdiff_t>(sample_.size() * 3 / 4);
  std::nth_element(sample_.begin(), quartile, sample_.end());
  const std::size_t wanted = std::clamp<std::size_t>(count_ * 3 / 4 / kPerBucket, 1, kBuckets);
  const std::uint64_t width_ns = static_cast<std::uint64_t>(*quartile - earliest) / wanted + 1;
  origin_ns_ = earliest;
  shift_ = static_cast<int>(std::bit_width(width_ns - 1));
  at_ = 0;
  Chain old = rest_;
  rest_ = {};
  while (old.newest != kNoChunk) {
    const std::uint32_t used = chunks_[old.newest].used;
    for (std::uint32_t i = 0; i < used; ++i) {
      const EventKey key = chunks_[old.newest].keys[i];
      --count_;
      put(key);
    }
    give_back(old);
  }
}

}  // namespace twinvoice::kernel
