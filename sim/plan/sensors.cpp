#include "sim/plan/sensors.hpp"

#include <array>
#include <cstddef>

namespace twinvoice::plan {
namespace {

constexpr std::array kSensors{
#define SENSOR(enumerator, word, target, dimension, stands_at, meaning)                 \
  SensorRow{SensorKind::enumerator, word,   SensorTarget::target, Dimension::dimension, \
            SensorPlace::stands_at, meaning},
#include "sim/plan/vocabulary/sensors.def"
#undef SENSOR
};

constexpr std::array kWatched{
#define WATCHED(enumerator, word, dimension, meaning) \
  WatchedRow{Watched::enumerator, word, Dimension::dimension, meaning},
#include "sim/plan/vocabulary/sensors.def"
#undef WATCHED
};

}  // namespace

const SensorRow& row_of(SensorKind kind) { return kSensors[static_cast<std::size_t>(kind)]; }

std::span<const WatchedRow> watched_rows() { return kWatched; }
const WatchedRow& row_of(Watched watched) { return kWatched[static_cast<std::size_t>(watched)]; }

}  // namespace twinvoice::plan
