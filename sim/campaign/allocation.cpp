#include "sim/campaign/allocation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/check.hpp"

namespace twinvoice::campaign {

Rule rule_of(const spec::ReplicationsSpec& spec) {
  Rule rule;
  rule.least = static_cast<std::uint64_t>(spec.least);
  rule.most = static_cast<std::uint64_t>(spec.most);
  rule.outages = static_cast<std::uint64_t>(spec.outages.value_or(0));
  for (const spec::PrecisionSpec& precision : spec.until) {
    Target target;
    target.figure = precision.figure.text;
    if (precision.relative) target.wanted.relative_half_width = precision.relative->value;
    if (precision.absolute) target.wanted.absolute_half_width = precision.absolute->base_value();
    rule.until.push_back(std::move(target));
  }
  return rule;
}

std::uint64_t first_look(const Rule& rule) { return std::max<std::uint64_t>(rule.least, 1); }

std::uint64_t next_look(const Rule& rule, std::uint64_t done) {
  return std::min(std::max(rule.most, done), done + std::max<std::uint64_t>(1, done / 4));
}

Decision decide(const Rule& rule, std::uint64_t done, std::span<const measure::Estimate> estimates,
                std::uint64_t outages) {
  ensure(estimates.size() == rule.until.size(), "allocation: not one estimate for each target");
  if (rule.is_fixed()) return done >= rule.least ? Decision::kFixed : Decision::kGoOn;
  bool precise = outages >= rule.outages;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    precise = precise && measure::should_stop(estimates[i], rule.until[i].wanted, done, rule.least,
                                              rule.most) == measure::Stop::precise;
  }
  if (precise && done >= rule.least) return Decision::kPrecise;
  return done >= rule.most ? Decision::kCap : Decision::kGoOn;
}

std::string reason_of(Decision decision) {
  switch (decision) {
    case Decision::kGoOn: break;
    case Decision::kFixed: return "fixed";
    case Decision::kPrecise: return "precise";
    case Decision::kCap: return "cap";
  }
  throw EngineError("allocation: a cell that goes on has no reason to stop");
}

double distance(const Rule& rule, std::span<const measure::Estimate> estimates) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  double farthest = 0.0;
  for (std::size_t i = 0; i < std::min(estimates.size(), rule.until.size()); ++i) {
    const measure::Precision& wanted = rule.until[i].wanted;
    double ratio = kFar;
    if (wanted.relative_half_width > 0.0)
      ratio = std::min(ratio, estimates[i].relative_half_width() / wanted.relative_half_width);
    if (wanted.absolute_half_width > 0.0)
      ratio = std::min(ratio, estimates[i].half_width() / wanted.absolute_half_width);
    farthest = std::max(farthest, std::isnan(ratio) ? kFar : ratio);
  }
  return farthest;
}

}  // namespace twinvoice::campaign
