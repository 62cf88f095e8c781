// Sensors: the observables that procedures and expectations may read while the world runs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/plan/ids.hpp"

namespace twinvoice::plan {

/// The rows of vocabulary/sensors.def, which say what each means.
enum class SensorKind : std::uint8_t {
#define SENSOR(enumerator, word, target, dimension, stands_at, meaning) enumerator,
#include "sim/plan/vocabulary/sensors.def"
#undef SENSOR
};

/// What the id in Sensor::target is one of.
enum class SensorTarget : std::uint8_t { kOperation, kInstance, kPool, kStation, kLog, kPath };

/// Values come in base units: seconds, [0, 1], bytes.
enum class Dimension : std::uint8_t { kNumber, kDuration, kShare, kBytes, kFlag, kIdentity };

/// The place that must be reached to read a sensor.
enum class SensorPlace : std::uint8_t {
  kClients,            ///< where the operation's requests come from
  kInstanceOfPool,     ///< the location of its replica
  kInstanceOfStation,  ///< likewise
  kLocation,           ///< Sensor::location, which is where it is measured
  kLeader,             ///< of the log
  kAnywhere,           ///< the value itself is what a probe finds out, or it is configuration
};

struct SensorRow {
  SensorKind kind;
  std::string_view word;  ///< in JSON and listings
  SensorTarget target;
  Dimension dimension;
  SensorPlace stands_at;
  std::string_view meaning;
};
[[nodiscard]] const SensorRow& row_of(SensorKind kind);

struct Sensor {
  SensorKind kind = SensorKind::kArrived;
  std::uint32_t target = 0;
  LocationId location;
  std::uint32_t extra = 0;
  friend constexpr auto operator<=>(const Sensor&, const Sensor&) = default;
};

/// What a condition may name, made of one or more sensors (models/watch.hpp): rows of the same file.
enum class Watched : std::uint8_t {
#define WATCHED(enumerator, word, dimension, meaning) enumerator,
#include "sim/plan/vocabulary/sensors.def"
#undef WATCHED
};

struct WatchedRow {
  Watched watched;
  std::string_view word;
  Dimension dimension;  ///< of its value and of the thresholds it is compared with
  std::string_view meaning;
};
/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const WatchedRow> watched_rows();
[[nodiscard]] const WatchedRow& row_of(Watched watched);

}  // namespace twinvoice::plan
