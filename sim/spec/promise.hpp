// A promise for each incident, as the owner of an operation states it: a bound, and the share of the incidents that keep it.
#pragma once

#include <string>
#include <string_view>

#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

/// Of the incidents that have to keep a promise where nothing else is said.
inline constexpr double kUsualShare = 0.95;
inline constexpr std::string_view kShareMeaning = "of the incidents that have to keep it; absent: 95 %";
inline constexpr std::string_view kShareRule =
    "that all incidents keep a promise no number of runs can show: need less than 100 %";
inline constexpr Range kShareRange{0.0, 1.0, true};

/// "25 min", or {"bound": "25 min", "share": "99 %"}.
struct PromiseSpec {
  Duration bound;
  Probability share{kUsualShare};
  Place place;
  void describe(Fields& f);
};
template <>
struct Codec<PromiseSpec> {
  static void decode(Decoder& d, const Node& node, PromiseSpec& v, const Range& range);
  static Type type();
  static std::string text(const PromiseSpec& v);
};

}  // namespace twinvoice::spec
