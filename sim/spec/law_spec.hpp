// Probability laws of durations as written in the input. sim/compile turns them into samplers of sim/random.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

/// {"exponential": D}, mean > 0.
struct ExponentialLaw {
  Duration mean;
};
/// {"constant": D} or just "D".
struct ConstantLaw {
  Duration value;
};
/// {"lognormal": {"mean": D, "cv": x}}: mean > 0; cv = standard deviation / mean in (0, 100].
struct LognormalLaw {
  Duration mean;
  double cv = 0.0;
  void describe(Fields& f);
};
/// {"gamma": {"mean": D, "cv": x}}.
struct GammaLaw {
  Duration mean;
  double cv = 0.0;
  void describe(Fields& f);
};
/// {"erlang": {"k": n, "mean": D}}: sum of k exponentials.
struct ErlangLaw {
  std::int64_t k = 1;
  Duration mean;
  void describe(Fields& f);
};
/// {"hyper_exponential": {"mean": D, "cv": x}}: two exponentials with balanced means; cv >= 1.
struct HyperExponentialLaw {
  Duration mean;
  double cv = 1.0;
  void describe(Fields& f);
};
/// {"weibull": {"shape": x, "scale": D}}.
struct WeibullLaw {
  double shape = 1.0;
  Duration scale;
  void describe(Fields& f);
};
/// {"pareto": {"shape": x, "minimum": D}}: P(X > t) = (minimum / t)^shape.
struct ParetoLaw {
  double shape = 1.0;
  Duration minimum;
  void describe(Fields& f);
};
/// {"uniform": {"low": D, "high": D}}, low <= high.
struct UniformLaw {
  Duration low;
  Duration high;
  void describe(Fields& f);
};
/// {"empirical": [D, ...]}: each sample with the same probability; at least one.
struct EmpiricalLaw {
  std::vector<Duration> samples;
};

/// A law of a non-negative duration. Initially the constant 0.
struct LawSpec {
  static constexpr std::string_view kDefinition = "Law";
  using Variant = std::variant<ConstantLaw, ExponentialLaw, LognormalLaw, GammaLaw, ErlangLaw,
                               HyperExponentialLaw, WeibullLaw, ParetoLaw, UniformLaw, EmpiricalLaw>;
  Variant law;
  Place place;

  LawSpec() = default;
  explicit LawSpec(Duration constant) : law(ConstantLaw{constant}) {}

  /// True for a constant of 0: no delay and no draw at all.
  [[nodiscard]] bool is_zero() const;
};

/// The least and the greatest that a law can give.
struct LawRange {
  Duration low;
  Duration high;  ///< kNever: without bound
  [[nodiscard]] bool one_value() const { return low == high; }
};
[[nodiscard]] LawRange range_of(const LawSpec& law);

/// Text as the user would write it: "12 ms", {"lognormal": {"mean": "12 ms", "cv": 0.8}}.
[[nodiscard]] std::string format_law(const LawSpec& law);

template <>
struct Codec<LawSpec> {
  static void decode(Decoder& d, const Node& node, LawSpec& v, const Range& range);
  static Type type();
  static std::string text(const LawSpec& v);
};

}  // namespace twinvoice::spec
