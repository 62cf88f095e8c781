#include "sim/plan/words.hpp"

#include <array>
#include <cstddef>

namespace twinvoice::plan {
namespace {

/// The word in the row of the enumerator; tables stand in the order of the enumeration.
template <class E, std::size_t N>
std::string_view pick(E value, const std::array<std::string_view, N>& words) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? words[index] : std::string_view("?");
}

using Words3 = std::array<std::string_view, 3>;
using Words4 = std::array<std::string_view, 4>;

constexpr std::array<std::string_view, kStepKinds> kSteps{
    "delay",  "hop",  "serve", "acquire", "release", "connect", "gate",   "branch",
    "update", "call", "fork",  "join",    "emit",    "commit",  "repeat", "return"};
constexpr std::array<std::string_view, 7> kBalances{"round_robin", "random",  "least_request", "power_of_two",
                                                    "weighted",    "nearest", "primary"};
constexpr std::array<std::string_view, 5> kDisciplines{"fifo", "lifo", "priority", "priority_preemptive",
                                                       "processor_sharing"};
constexpr std::array<std::string_view, kKnobs> kKnobWords{
    "station_speed", "station_servers", "station_cap",     "pool_cap",     "gate_probability",
    "link_latency",  "link_loss",       "link_down",       "path_blocked", "path_blocked_new",
    "location_down", "instance_down",   "instance_paused", "instance_out", "site_weight",
    "source_rate",   "log_paused",      "log_read_only"};
constexpr std::array<std::string_view, kImpulses> kImpulseWords{"reset", "restart", "flush",     "lead",
                                                                "fence", "apply",   "reconcile", "receive",
                                                                "hear",  "in_step", "destroy",   "reseed"};
constexpr std::array<std::string_view, 8> kRungs{"fault",    "repair",  "control", "deliver",
                                                 "complete", "timeout", "arrive",  "probe"};

}  // namespace

std::string_view word(StepKind kind) { return pick(kind, kSteps); }
std::string_view word(Balance balance) { return pick(balance, kBalances); }
std::string_view word(OnFailure on_failure) { return pick(on_failure, Words3{"fail", "fallback", "ignore"}); }
std::string_view word(Jitter jitter) { return pick(jitter, Words3{"none", "full", "equal"}); }
std::string_view word(Discipline discipline) { return pick(discipline, kDisciplines); }
std::string_view word(OnFull on_full) { return pick(on_full, Words3{"reject", "block", "drop_oldest"}); }
std::string_view word(GateKind kind) { return pick(kind, Words3{"probability", "rate_limit", "validity"}); }
std::string_view word(CommitMode mode) { return pick(mode, Words3{"async", "semi_sync", "sync"}); }
std::string_view word(SourceKind kind) {
  return pick(kind, Words4{"poisson", "deterministic", "trace", "closed"});
}
std::string_view word(Knob knob) { return pick(knob, kKnobWords); }
std::string_view word(Impulse impulse) { return pick(impulse, kImpulseWords); }
std::string_view word(TurnOp op) { return pick(op, Words3{"begin", "end", "impulse"}); }
std::string_view word(Rung rung) { return pick(rung, kRungs); }

}  // namespace twinvoice::plan
