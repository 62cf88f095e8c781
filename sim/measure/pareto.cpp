#include "sim/measure/pareto.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/measure/comparison.hpp"
#include "sim/measure/mean.hpp"

namespace twinvoice::measure {

namespace {

enum class Beside { kBetter, kWorse, kSame, kUnknown };

class Field {
 public:
  Field(std::span<const ParetoObjective> objectives, double confidence)
      : objectives_(objectives), designs_(objectives.empty() ? 0 : objectives.front().values.size()) {
    for (const ParetoObjective& o : objectives) {
      if (o.values.size() != designs_)
        throw std::invalid_argument("pareto: objectives with different numbers of designs");
      std::vector<double> of_one;
      for (const std::vector<double>& v : o.values) {
        const double mean = mean_of(v);
        of_one.push_back(o.minimise ? mean : -mean);
      }
      means_.push_back(std::move(of_one));
    }
    const auto k = static_cast<double>(designs_);
    const double statements = std::max(1.0, k * (k - 1.0) / 2.0 * static_cast<double>(objectives.size()));
    each_ = 1.0 - (1.0 - confidence) / statements;
  }

  [[nodiscard]] std::size_t designs() const { return designs_; }

  [[nodiscard]] bool observed(std::size_t i) const {
    return std::none_of(means_.begin(), means_.end(),
                        [i](const std::vector<double>& m) { return std::isnan(m[i]); });
  }
  /// Whether the means alone say that `l` dominates `i`.
  [[nodiscard]] bool dominates_by_means(std::size_t l, std::size_t i) const {
    bool better = false;
    for (const std::vector<double>& m : means_) {
      if (!(m[l] <= m[i])) return false;
      better = better || m[l] < m[i];
    }
    return better;
  }
  [[nodiscard]] bool surely_dominates(std::size_t l, std::size_t i) const {
    if (!dominates_by_means(l, i)) return false;
    bool better = false;
    for (const ParetoObjective& o : objectives_) {
      const Beside b = beside(o, l, i);
      if (b != Beside::kBetter && b != Beside::kSame) return false;
      better = better || b == Beside::kBetter;
    }
    return better;
  }
  [[nodiscard]] bool surely_not_dominates(std::size_t l, std::size_t i) const {
    bool all_same = true;
    for (const ParetoObjective& o : objectives_) {
      const Beside b = beside(o, l, i);
      if (b == Beside::kWorse) return true;
      all_same = all_same && b == Beside::kSame;
    }
    return all_same;
  }

 private:
  /// How `l` stands beside `i` in one objective.
  [[nodiscard]] Beside beside(const ParetoObjective& o, std::size_t l, std::size_t i) const {
    const std::size_t n = std::min(o.values[l].size(), o.values[i].size());
    switch (compare_pairs(std::span(o.values[i]).first(n), std::span(o.values[l]).first(n), each_).order) {
      case Order::kSame: return Beside::kSame;
      case Order::kLess: return o.minimise ? Beside::kBetter : Beside::kWorse;
      case Order::kGreater: return o.minimise ? Beside::kWorse : Beside::kBetter;
      case Order::kUndecided: break;
    }
    return Beside::kUnknown;
  }

  std::span<const ParetoObjective> objectives_;
  std::size_t designs_;
  std::vector<std::vector<double>> means_;  ///< [objective][design], smaller is better
  double each_ = 0.95;
};

ParetoDesign judge(const Field& field, std::size_t i) {
  ParetoDesign d;
  d.front_by_means = field.observed(i);
  bool surely_front = true;
  for (std::size_t l = 0; l < field.designs(); ++l) {
    if (l == i) continue;
    if (field.dominates_by_means(l, i)) d.front_by_means = false;
    if (!d.dominated_by && field.surely_dominates(l, i)) d.dominated_by = l;
    surely_front = surely_front && !d.dominated_by && field.surely_not_dominates(l, i);
  }
  if (d.dominated_by) {
    d.place = ParetoPlace::kDominated;
  } else if (surely_front) {
    d.place = ParetoPlace::kFront;
  }
  return d;
}

}  // namespace

std::vector<ParetoDesign> pareto_set(std::span<const ParetoObjective> objectives, double confidence) {
  const Field field(objectives, confidence);
  std::vector<ParetoDesign> designs;
  for (std::size_t i = 0; i < field.designs(); ++i) designs.push_back(judge(field, i));
  return designs;
}

}  // namespace twinvoice::measure
