// libFuzzer: quantities with units and load traces. What is accepted is in range, and its exact text gives the same value again.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "sim/spec/trace.hpp"
#include "sim/spec/units.hpp"
#include "tests/support/hostile.hpp"

using namespace twinvoice;

namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

template <class T>
void round_trip(const spec::Parsed<T>& parsed, spec::Parsed<T> (*parse)(std::string_view)) {
  if (!parsed.ok()) return;
  const std::string text = spec::format_quantity(parsed.value);
  const auto again = parse(text);
  require(again.ok(), ("not accepted again: " + text).c_str());
  require(again.value == parsed.value, ("another value: " + text).c_str());
}

void quantities(std::string_view text) {
  const auto duration = spec::parse_duration(text);
  if (duration.ok())
    require(duration.value.ns >= 0 && duration.value.ns <= kLongestSpan, "a duration out of range");
  const auto rate = spec::parse_rate(text);
  if (rate.ok())
    require(rate.value.per_s >= 0.0 && rate.value.per_s <= spec::kFastestRate, "a rate out of range");
  const auto bytes = spec::parse_bytes(text);
  if (bytes.ok())
    require(bytes.value.count >= 0 && bytes.value.count <= spec::kMostBytes, "bytes out of range");
  const auto bandwidth = spec::parse_bandwidth(text);
  if (bandwidth.ok())
    require(bandwidth.value.bits_per_s >= 0.0 && bandwidth.value.bits_per_s <= spec::kWidestBandwidth,
            "a bandwidth out of range");
  const auto probability = spec::parse_probability(text);
  if (probability.ok())
    require(probability.value.value >= 0.0 && probability.value.value <= 1.0, "a probability out of range");
  round_trip(duration, &spec::parse_duration);
  round_trip(rate, &spec::parse_rate);
  round_trip(bytes, &spec::parse_bytes);
  round_trip(bandwidth, &spec::parse_bandwidth);
  round_trip(probability, &spec::parse_probability);
  const auto any = spec::parse_quantity(text);
  if (any.ok()) require(std::isfinite(any.value.base_value()), "a quantity that is not finite");
}

void rates(const spec::RateRecord& record) {
  for (const spec::RatePoint& point : record.points) {
    require(point.at_ns >= 0 && std::isfinite(point.rate.per_s) && point.rate.per_s >= 0.0,
            "a rate out of range");
  }
}

void traces(std::string_view text) {
  Issues issues;
  spec::RecordStart first;
  first.first = true;
  for (const std::optional<spec::RecordStart>& starts :
       {std::optional<spec::RecordStart>(), std::optional(first), std::optional(spec::RecordStart{})}) {
    Nanos last = 0;
    for (const Nanos at : spec::parse_arrivals("fuzz.csv", text, starts, issues).at_ns) {
      require(at >= last, "arrivals that go back in time");
      last = at;
    }
    rates(spec::parse_rates("fuzz.csv", text, starts, issues));
    rates(spec::parse_counts("fuzz.csv", text, starts, std::nullopt, issues));
    rates(spec::parse_counts("fuzz.csv", text, starts, Duration{60 * kNanosPerSecond}, issues));
  }
  for (const Issue& issue : issues.all()) require(!issue.message.empty(), "a complaint without words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  quantities(text.substr(0, 200));
  traces(text);
  return 0;
}
