#include "tests/bench/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/usage.hpp"

namespace twinvoice::bench {

double cpu_s() { return usage_of_this_process().cpu_s; }

double cpu_with_children_s() { return cpu_s() + usage_of_children().cpu_s; }

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
  return {median, values.front(), values.back()};
}

Spread ratio_of(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i)
    ratios.push_back(first[i] / second[i]);
  return spread_of(ratios);
}

std::string text(const Spread& spread, int decimals) {
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", spread.median, decimals, spread.least, decimals,
                     spread.most, decimals);
}

}  // namespace twinvoice::bench
