#include "sim/spec/diurnal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sim/spec/decoder.hpp"

namespace twinvoice::spec {

double DiurnalShape::mean_per_s() const { return mean ? mean->per_s : per_day.value_or(0.0) / 86'400.0; }
void DiurnalShape::describe(Fields& f) {
  f.optional("per_day", per_day, "requests a day", Range{0.0, 86'400e9, true});
  f.optional("mean", mean, "mean rate, instead of per_day", kLoadRate);
  f.optional("shape", shape, "24 factors, one per hour from 0 h; scaled to mean 1", kNotNegative);
  f.optional("amplitude", amplitude, "of a cosine around the mean, when there is no shape", Range{0.0, 1.0});
  f.optional("peak_at", peak_at, "time of day of the cosine's peak", Range{0.0, 86'400.0});
  f.rule("per_day", per_day.has_value() != mean.has_value(), "need exactly one of \"per_day\" and \"mean\"");
  f.rule("shape", shape.empty() || shape.size() == 24, "need 24 factors, one per hour");
  const auto positive = [](double x) { return x > 0.0; };
  f.rule("shape", shape.empty() || std::any_of(shape.begin(), shape.end(), positive), "all factors are 0");
  f.rule("amplitude", shape.empty() || amplitude == 0.0, "\"shape\" and \"amplitude\" are alternatives");
}

namespace {

constexpr double kMostPerDay = 86'400e9;
constexpr std::array<std::pair<std::string_view, double>, 4> kTimesADay{
    {{"day", 1.0}, {"hour", 24.0}, {"minute", 1'440.0}, {"second", 86'400.0}}};

/// Requests a day of "N per UNIT"; nothing when it is none.
std::optional<double> per_day_of(std::string_view text) {
  double count = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, times] : kTimesADay) {
    if (rest == fmt::format(" per {}", unit)) return count * times;
  }
  return std::nullopt;
}

}  // namespace

void Codec<VolumeSpec>::decode(Decoder& d, const Node& node, VolumeSpec& v, const Range&) {
  if (node.kind == NodeKind::kObject) return d.object(node, [&v](Fields& f) { v.shape.describe(f); });
  const auto per_day = node.kind == NodeKind::kString ? per_day_of(node.text) : std::nullopt;
  if (!per_day)
    return d.error(
        node,
        R"(need a volume ("500000 per day", or per hour, minute, second) or a diurnal shape {"per_day": n, ...})");
  if (!(*per_day >= 0.0 && *per_day <= kMostPerDay))
    return d.error(node, "need a volume of at most 1000000000 per second, not negative");
  v.shape.per_day = *per_day;
}
Type Codec<VolumeSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "volume");
  t.parts.push_back(detail::plain(Type::Kind::kText, "volume"));
  t.parts.back().pattern = "^[0-9.eE+]+ per (day|hour|minute|second)$";
  t.parts.push_back(detail::plain(Type::Kind::kObject, "diurnal shape"));
  t.parts.back().describe = [](Fields& f) { DiurnalShape{}.describe(f); };
  return t;
}
std::string Codec<VolumeSpec>::text(const VolumeSpec&) { return {}; }

}  // namespace twinvoice::spec
