#include "sim/base/time.hpp"

#include <fmt/format.h>

#include <array>

namespace twinvoice {

std::string format_duration(Nanos ns) {
  struct Unit {
    double ns;
    const char* name;
  };
  static constexpr std::array<Unit, 7> kUnits{
      {{86'400e9, "d"}, {3'600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1.0, "ns"}}};
  if (ns == kNever) return "never";
  const double magnitude = static_cast<double>(ns < 0 ? -ns : ns);
  if (ns == 0) return "0 s";
  for (const Unit& unit : kUnits) {
    const double value = magnitude / unit.ns;
    if (value < 1.0 && unit.ns > 1.0) continue;
    const char* sign = ns < 0 ? "-" : "";
    if (value >= 99.95) return fmt::format("{}{:.0f} {}", sign, value, unit.name);
    if (value >= 9.995) return fmt::format("{}{:.1f} {}", sign, value, unit.name);
    return fmt::format("{}{:.2f} {}", sign, value, unit.name);
  }
  return "0 s";
}

std::string format_clock(Nanos ns) {
  const Nanos total_ms = ns / 1'000'000;
  const Nanos ms = total_ms % 1000;
  const Nanos seconds = total_ms / 1000;
  const Nanos days = seconds / 86'400;
  std::string text = days > 0 ? fmt::format("{}d ", days) : std::string();
  text += fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  if (ms != 0) text += fmt::format(".{:03}", ms);
  return text;
}

}  // namespace twinvoice
