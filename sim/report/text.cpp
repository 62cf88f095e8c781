#include "sim/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/time.hpp"

namespace twinvoice::report {

std::string seconds_text(double seconds) {
  if (std::isnan(seconds)) return "-";
  if (std::isinf(seconds)) return seconds > 0 ? "unbounded" : "-";
  if (seconds < 0.0) return "-" + seconds_text(-seconds);
  return format_duration(from_seconds(seconds));
}

std::string share_text(double share) {
  if (std::isnan(share)) return "-";
  if (std::isinf(share)) return "unbounded";
  const double away = std::min(std::abs(1.0 - share), std::abs(share)) * 100.0;
  int digits = 2;
  for (double unit = 0.1; digits < 8 && away > 0.0 && away < unit; unit /= 10.0) ++digits;
  return away == 0.0 ? fmt::format("{:.0f} %", share * 100.0)
                     : fmt::format("{:.{}f} %", share * 100.0, digits);
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

std::string whole_text(double count) {
  if (std::isnan(count)) return "-";
  return count < 1e18 ? count_text(static_cast<std::uint64_t>(std::max(count, 0.0) + 0.5)) : "unbounded";
}

std::string a_run_text(std::uint64_t sum, std::uint64_t runs) {
  const double count = static_cast<double>(sum) / static_cast<double>(std::max<std::uint64_t>(1, runs));
  return count > 0.0 && count < 10.0 && count != std::floor(count)
             ? fmt::format("{:.2g}", count)
             : count_text(static_cast<std::uint64_t>(count + 0.5));
}

std::vector<std::uint64_t> parts_of_a_run(std::span<const std::uint64_t> totals, std::uint64_t runs) {
  std::vector<std::uint64_t> parts;
  std::uint64_t sum = 0;
  std::uint64_t told = 0;
  for (const std::uint64_t total : totals) {
    sum += total;
    const std::uint64_t up_to = (sum + runs / 2) / runs;
    parts.push_back(up_to - told);
    told = up_to;
  }
  parts.push_back(told);
  return parts;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return "unbounded";
  if (std::abs(value) < 1e15 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

bool has_interval(const measure::Estimate& e) {
  return e.samples > 0 && e.method != "single run" && e.method != "none";
}

std::string estimate_text(const measure::Estimate& e, std::string (*text)(double)) {
  if (e.samples == 0) return "-";
  if (!has_interval(e)) return text(e.value);
  return fmt::format("{} [{}, {}]", text(e.value), text(e.low), text(e.high));
}

}  // namespace twinvoice::report
