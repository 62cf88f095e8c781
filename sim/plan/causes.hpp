// Why a frame, and in the end a request, failed: one closed list of reasons, and the place where it happened.
#pragma once

#include <cstdint>
#include <string_view>

namespace twinvoice::plan {

/// Classes of reasons that a retry policy can name (`retries.on`), as bits.
enum RetryOn : std::uint8_t { kNotRetried = 0, kOnTimeout = 1, kOnReset = 2, kOnRejected = 4, kOnError = 8 };

/// The reason that ended a frame: the rows of vocabulary/reasons.def, which say what each means.
enum class Reason : std::uint8_t {
#define REASON(enumerator, word, retried_by, text) enumerator,
#include "sim/plan/vocabulary/reasons.def"
#undef REASON
};
inline constexpr int kReasons = 0
#define REASON(enumerator, word, retried_by, text) +1
#include "sim/plan/vocabulary/reasons.def"
#undef REASON
    ;

[[nodiscard]] std::string_view reason_name(Reason reason);
/// For people: "waited longer for a pool token than allowed".
[[nodiscard]] std::string_view reason_text(Reason reason);
/// The retry class of a reason; kNotRetried when there is none (cancelled).
[[nodiscard]] std::uint8_t retry_class(Reason reason);

/// Reason and place in one word. `where` is a component id, or for Reason::kGate a gate id.
struct Cause {
  std::uint32_t packed = 0;

  constexpr Cause() = default;
  constexpr Cause(Reason reason, std::uint32_t where)
      : packed((static_cast<std::uint32_t>(reason) << 24) | (where & 0xffffffU)) {}
  /// The cause whose one word is `packed`, as records keep it.
  [[nodiscard]] static constexpr Cause of_packed(std::uint32_t packed) {
    Cause cause;
    cause.packed = packed;
    return cause;
  }
  [[nodiscard]] constexpr Reason reason() const { return static_cast<Reason>(packed >> 24); }
  [[nodiscard]] constexpr std::uint32_t where() const { return packed & 0xffffffU; }
  [[nodiscard]] constexpr bool none() const { return packed == 0; }
  friend constexpr auto operator<=>(Cause, Cause) = default;
};

}  // namespace twinvoice::plan
