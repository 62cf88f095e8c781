// The key of an event: when it happens, in which order among simultaneous ones, and whom it concerns, in 128 bits.
#pragma once

#include <cstdint>

#include "sim/base/time.hpp"
#include "sim/plan/turns.hpp"

namespace twinvoice::kernel {

/// One integer comparison orders events: time above, then the same-time ladder of the model, then content.
///
///   time_ns 64 | rung 3 | component 13 | request sequence 22 | clock 2 | unused 2 | slot 22
///
/// Everything above the clock is content; two frames of one request at one component can share it, and then the kernel
/// orders them by frame hash (Engine::first_of_tied). The slot says which frame is meant and never decides an order.
__extension__ using EventKey = unsigned __int128;

/// Which of a frame's clocks rings.
enum class Clock : std::uint8_t {
  kPrimary,  ///< end of service, delay, transit, wait, backoff
  kTry,      ///< the caller's limit on this one attempt
  kCall,     ///< limit on the call that this frame is making
  kHedge,    ///< time to launch one more attempt
};

inline constexpr int kSlotBits = 22;
inline constexpr int kClockShift = 24;
inline constexpr int kSequenceShift = 26;
inline constexpr int kSequenceBits = 22;
inline constexpr int kComponentShift = 48;
inline constexpr int kComponentBits = 13;
inline constexpr int kRungShift = 61;
inline constexpr std::uint64_t kSlotMask = (1ULL << kSlotBits) - 1;

[[nodiscard]] constexpr EventKey make_key(Nanos at_ns, std::uint64_t low) {
  return (static_cast<EventKey>(static_cast<std::uint64_t>(at_ns)) << 64) | low;
}
[[nodiscard]] constexpr Nanos time_of(EventKey key) {
  return static_cast<Nanos>(static_cast<std::uint64_t>(key >> 64));
}
[[nodiscard]] constexpr std::int64_t upper_half(EventKey key) { return time_of(key); }
[[nodiscard]] constexpr std::uint64_t low_of(EventKey key) { return static_cast<std::uint64_t>(key); }
[[nodiscard]] constexpr plan::Rung rung_of(EventKey key) {
  return static_cast<plan::Rung>(low_of(key) >> kRungShift);
}
[[nodiscard]] constexpr std::uint32_t slot_of(EventKey key) {
  return static_cast<std::uint32_t>(low_of(key) & kSlotMask);
}
[[nodiscard]] constexpr Clock clock_of(EventKey key) {
  return static_cast<Clock>((low_of(key) >> kClockShift) & 3);
}
[[nodiscard]] constexpr std::uint32_t component_of(EventKey key) {
  return static_cast<std::uint32_t>((low_of(key) >> kComponentShift) & ((1U << kComponentBits) - 1));
}
[[nodiscard]] constexpr std::uint32_t sequence_of(EventKey key) {
  return static_cast<std::uint32_t>((low_of(key) >> kSequenceShift) & ((1U << kSequenceBits) - 1));
}
/// Time and content without clock and slot: equal for simultaneous events whose order the frame hash decides.
[[nodiscard]] constexpr EventKey content_of(EventKey key) { return key >> kSequenceShift; }

/// The part of a frame's keys that never changes: component, request sequence, slot.
[[nodiscard]] constexpr std::uint64_t frame_bits(std::uint32_t component, std::uint64_t sequence,
                                                 std::uint32_t slot) {
  return (static_cast<std::uint64_t>(component) << kComponentShift) |
         ((sequence & ((1ULL << kSequenceBits) - 1)) << kSequenceShift) | slot;
}
[[nodiscard]] constexpr std::uint64_t bits_of(Clock clock) {
  return static_cast<std::uint64_t>(clock) << kClockShift;
}
[[nodiscard]] constexpr std::uint64_t clock_bits(plan::Rung rung, Clock clock) {
  return (static_cast<std::uint64_t>(rung) << kRungShift) | bits_of(clock);
}
/// Whether the event is a frame's; all others are arrivals and background.
[[nodiscard]] constexpr bool concerns_frame(EventKey key) {
  const plan::Rung rung = rung_of(key);
  return rung == plan::Rung::kDeliver || rung == plan::Rung::kComplete || rung == plan::Rung::kTimeout;
}

/// Groups of background events on the rungs of faults, repairs, control and probes; on the rung of arrivals it is the
/// source.
inline constexpr std::uint32_t kTurnGroup = 0;  ///< timed turns of the Plan
inline constexpr std::uint32_t kLifeGroup = 1;  ///< failures and repairs that happen by themselves
/// Key bits of something that is not a frame (a source, a timed turn, a life): ordered by (group, index).
[[nodiscard]] constexpr std::uint64_t background_bits(plan::Rung rung, std::uint32_t group,
                                                      std::uint32_t index) {
  return (static_cast<std::uint64_t>(rung) << kRungShift) |
         (static_cast<std::uint64_t>(group) << kComponentShift) |
         (static_cast<std::uint64_t>(index) << kSequenceShift);
}

}  // namespace twinvoice::kernel
