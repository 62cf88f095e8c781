// How many requests a day, and when in the day: of a load, and of an operation's stated volume.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

/// The day's course: hourly factors, or a cosine around the mean.
struct DiurnalShape {
  std::optional<double> per_day;  ///< requests a day
  std::optional<Rate> mean;       ///< either this or per_day
  std::vector<double> shape;      ///< 24 factors >= 0, scaled to mean 1; empty: the cosine
  double amplitude = 0.0;         ///< of the cosine, in [0, 1]
  Duration peak_at{14LL * 3600 * kNanosPerSecond};
  /// Mean rate in requests per second.
  [[nodiscard]] double mean_per_s() const;
  void describe(Fields& f);
};
/// "500000 per day" (or second, minute, hour), or a diurnal shape: what an operation has to carry in ordinary times.
struct VolumeSpec {
  DiurnalShape shape;
};
template <>
struct Codec<VolumeSpec> {
  static void decode(Decoder& d, const Node& node, VolumeSpec& v, const Range& range);
  static Type type();
  static std::string text(const VolumeSpec& v);
};

}  // namespace twinvoice::spec
