#include "sim/plan/causes.hpp"

#include <array>

namespace twinvoice::plan {
namespace {

struct Row {
  std::string_view name;
  std::uint8_t retry;
};

constexpr std::array<Row, kReasons> kRows{{{"none", 0},
                                           {"timeout", kOnTimeout},
                                           {"deadline", kOnTimeout},
                                           {"reset", kOnReset},
                                           {"refused", kOnReset},
                                           {"unreachable", kOnReset},
                                           {"lost", kOnReset},
                                           {"queue_full", kOnRejected},
                                           {"queue_dropped", kOnRejected},
                                           {"queue_wait", kOnRejected},
                                           {"pool_full", kOnRejected},
                                           {"pool_wait", kOnRejected},
                                           {"gate", kOnRejected},
                                           {"error", kOnError},
                                           {"breaker_open", kOnRejected},
                                           {"no_replica", kOnRejected},
                                           {"no_leader", kOnError},
                                           {"join", kOnError},
                                           {"cancelled", 0}}};

}  // namespace

std::string_view reason_name(Reason reason) { return kRows[static_cast<std::size_t>(reason)].name; }

std::uint8_t retry_class(Reason reason) { return kRows[static_cast<std::size_t>(reason)].retry; }

}  // namespace twinvoice::plan
