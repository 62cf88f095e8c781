#include "sim/spec/law_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace twinvoice::spec {
namespace {

constexpr Range kCv{0.0, 100.0, true};
constexpr Range kShape{0.01, 100.0, false};

/// The alternatives of a law, for the decoder and the writers.
struct LawObject {
  LawSpec::Variant law;
  void choices(Choices& c) {
    c.nested<ConstantLaw>("constant", law, "always this");
    c.nested<ExponentialLaw>("exponential", law, "memoryless, by its mean", kPositive);
    c.nested<LognormalLaw>("lognormal", law, "by mean and coefficient of variation");
    c.nested<GammaLaw>("gamma", law, "by mean and coefficient of variation");
    c.nested<ErlangLaw>("erlang", law, "sum of k exponentials");
    c.nested<HyperExponentialLaw>("hyper_exponential", law,
                                  "mixture of two exponentials with balanced means");
    c.nested<WeibullLaw>("weibull", law, "by shape and scale");
    c.nested<ParetoLaw>("pareto", law, "heavy tail: P(X > t) = (minimum / t)^shape");
    c.nested<UniformLaw>("uniform", law, "equally likely between low and high");
    c.nested<EmpiricalLaw>("empirical", law, "one of these samples, each as likely");
  }
};

std::string quoted_duration(Duration d) { return fmt::format("\"{}\"", format_quantity(d)); }

}  // namespace

// These wrap one duration or list: {"exponential": "12 ms"}.
template <>
struct Codec<ConstantLaw> {
  static void decode(Decoder& d, const Node& node, ConstantLaw& v, const Range& range) {
    Codec<Duration>::decode(d, node, v.value, range);
  }
  static Type type() { return Codec<Duration>::type(); }
  static std::string text(const ConstantLaw& v) { return Codec<Duration>::text(v.value); }
};
template <>
struct Codec<ExponentialLaw> {
  static void decode(Decoder& d, const Node& node, ExponentialLaw& v, const Range& range) {
    Codec<Duration>::decode(d, node, v.mean, range);
  }
  static Type type() { return Codec<Duration>::type(); }
  static std::string text(const ExponentialLaw& v) { return Codec<Duration>::text(v.mean); }
};
template <>
struct Codec<EmpiricalLaw> {
  static void decode(Decoder& d, const Node& node, EmpiricalLaw& v, const Range& range) {
    Codec<std::vector<Duration>>::decode(d, node, v.samples, range);
    if (node.kind == NodeKind::kArray && node.size == 0)
      d.error(node, "an empirical law needs at least one sample");
  }
  static Type type() { return Codec<std::vector<Duration>>::type(); }
  static std::string text(const EmpiricalLaw& v) { return Codec<std::vector<Duration>>::text(v.samples); }
};

void LognormalLaw::describe(Fields& f) {
  f.required("mean", mean, "mean of the law", kPositive);
  f.required("cv", cv, "standard deviation / mean", kCv);
}
void GammaLaw::describe(Fields& f) {
  f.required("mean", mean, "mean of the law", kPositive);
  f.required("cv", cv, "standard deviation / mean", kCv);
}
void ErlangLaw::describe(Fields& f) {
  f.required("k", k, "number of stages", Range{1, 1000});
  f.required("mean", mean, "mean of the sum", kPositive);
}
void HyperExponentialLaw::describe(Fields& f) {
  f.required("mean", mean, "mean of the law", kPositive);
  f.required("cv", cv, "standard deviation / mean", Range{1.0, 100.0});
}
void WeibullLaw::describe(Fields& f) {
  f.required("shape", shape, "below 1: early failures; above 1: wear", kShape);
  f.required("scale", scale, "63.2 % of the values are below", kPositive);
}
void ParetoLaw::describe(Fields& f) {
  f.required("shape", shape, "tail index; the mean is infinite at 1 and below", kShape);
  f.required("minimum", minimum, "smallest value", kPositive);
}
void UniformLaw::describe(Fields& f) {
  f.required("low", low, "smallest value");
  f.required("high", high, "largest value");
  f.rule("high", low <= high, "\"high\" must not be below \"low\"");
}

void Codec<LawSpec>::decode(Decoder& d, const Node& node, LawSpec& v, const Range& range) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kObject) {
    LawObject object;
    d.choice(node, [&object](Choices& c) { object.choices(c); });
    v.law = std::move(object.law);
  } else if (node.kind == NodeKind::kString || node.kind == NodeKind::kNumber) {
    Duration constant;
    Codec<Duration>::decode(d, node, constant, range);
    v.law = ConstantLaw{constant};
  } else {
    d.error(node,
            fmt::format(
                "need a duration such as \"28 ms\" or a law such as {{\"exponential\": \"28 ms\"}}, found {}",
                kind_name(node.kind)));
  }
}

Type Codec<LawSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "law");
  t.definition = std::string(LawSpec::kDefinition);
  t.parts.push_back(Codec<Duration>::type());
  t.parts.push_back(Codec<LawObject>::type());
  return t;
}

std::string Codec<LawSpec>::text(const LawSpec& v) { return format_law(v); }

bool LawSpec::is_zero() const {
  const auto* constant = std::get_if<ConstantLaw>(&law);
  return constant != nullptr && constant->value.ns == 0;
}

LawRange range_of(const LawSpec& law) {
  return std::visit(
      [](const auto& v) -> LawRange {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, ConstantLaw>) {
          return {v.value, v.value};
        } else if constexpr (std::is_same_v<T, UniformLaw>) {
          return {v.low, v.high};
        } else if constexpr (std::is_same_v<T, ParetoLaw>) {
          return {v.minimum, Duration{kNever}};
        } else if constexpr (std::is_same_v<T, EmpiricalLaw>) {
          if (v.samples.empty()) return {};
          const auto [low, high] = std::minmax_element(v.samples.begin(), v.samples.end());
          return {*low, *high};
        } else {
          return {Duration{0}, Duration{kNever}};
        }
      },
      law.law);
}

std::string format_law(const LawSpec& law) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        const auto mean_cv = [](const char* name, const auto& x) {
          return fmt::format(R"({{"{}": {{"mean": {}, "cv": {}}}}})", name, quoted_duration(x.mean), x.cv);
        };
        if constexpr (std::is_same_v<T, ConstantLaw>) return quoted_duration(v.value);
        if constexpr (std::is_same_v<T, ExponentialLaw>)
          return fmt::format(R"({{"exponential": {}}})", quoted_duration(v.mean));
        if constexpr (std::is_same_v<T, LognormalLaw>) return mean_cv("lognormal", v);
        if constexpr (std::is_same_v<T, GammaLaw>) return mean_cv("gamma", v);
        if constexpr (std::is_same_v<T, HyperExponentialLaw>) return mean_cv("hyper_exponential", v);
        if constexpr (std::is_same_v<T, ErlangLaw>) {
          return fmt::format(R"({{"erlang": {{"k": {}, "mean": {}}}}})", v.k, quoted_duration(v.mean));
        }
        if constexpr (std::is_same_v<T, WeibullLaw>) {
          return fmt::format(R"({{"weibull": {{"shape": {}, "scale": {}}}}})", v.shape,
                             quoted_duration(v.scale));
        }
        if constexpr (std::is_same_v<T, ParetoLaw>) {
          return fmt::format(R"({{"pareto": {{"shape": {}, "minimum": {}}}}})", v.shape,
                             quoted_duration(v.minimum));
        }
        if constexpr (std::is_same_v<T, UniformLaw>) {
          return fmt::format(R"({{"uniform": {{"low": {}, "high": {}}}}})", quoted_duration(v.low),
                             quoted_duration(v.high));
        }
        if constexpr (std::is_same_v<T, EmpiricalLaw>) {
          return fmt::format(R"({{"empirical": {}}})", Codec<std::vector<Duration>>::text(v.samples));
        }
      },
      law.law);
}

}  // namespace twinvoice::spec
