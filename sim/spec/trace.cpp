#include "sim/spec/trace.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "sim/spec/document.hpp"
#include "sim/spec/shape.hpp"

namespace twinvoice::spec {
namespace {

/// Walks over the lines that carry data and collects complaints.
class Lines {
 public:
  Lines(const std::string& file, std::string_view text, Issues& issues)
      : file_(file), rest_(text), issues_(issues) {
    if (rest_.substr(0, 3) == "\xEF\xBB\xBF") rest_.remove_prefix(3);
  }

  bool next(std::string_view& line) {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      const bool header = !seen_ && line.front() != '-' && line.find_first_of("0123456789") != 0;
      if (header &&
          line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_, 0123456789") ==
              std::string_view::npos) {
        seen_ = true;
        continue;
      }
      seen_ = true;
      return true;
    }
    return false;
  }

  /// False once so many lines are wrong that the rest is not worth telling.
  bool complain(std::size_t column, std::string message) {
    if (++complaints_ > kMaxIssues) return false;
    issues_.error({file_, static_cast<int>(number_), static_cast<int>(column), ""}, std::move(message));
    return true;
  }
  [[nodiscard]] std::size_t complaints() const { return complaints_; }

 private:
  const std::string& file_;
  std::string_view rest_;
  Issues& issues_;
  std::size_t number_ = 0;
  std::size_t complaints_ = 0;
  bool seen_ = false;
};

/// "12.5": seconds to exact nanoseconds.
Parsed<Duration> parse_time(std::string_view field) {
  const bool plain = !field.empty() && field.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
  if (!plain) return {{}, fmt::format("{} is not a time in seconds", quote(field))};
  auto parsed = parse_duration(std::string(field) + " s");
  if (!parsed.ok())
    return {{}, fmt::format("{} is not a time in seconds: 0, or a nanosecond to 100 years", quote(field))};
  return parsed;
}

}  // namespace

std::vector<Nanos> parse_arrivals(const std::string& file, std::string_view text, Issues& issues) {
  Lines lines(file, text, issues);
  std::vector<Nanos> out;
  std::string_view line;
  while (lines.next(line)) {
    const Parsed<Duration> time = parse_time(line);
    if (!time.ok()) {
      const std::string_view hint =
          line.find(',') != std::string_view::npos ? "; one time per line, without a comma" : "";
      if (!lines.complain(1, time.problem + std::string(hint))) break;
    } else if (!out.empty() && time.value.ns < out.back()) {
      if (!lines.complain(1, fmt::format("the time {} is before that of the line above", line))) break;
    } else {
      out.push_back(time.value.ns);
    }
  }
  if (out.empty() && lines.complaints() == 0) issues.error({file, 0, 0, ""}, "the trace has no arrival");
  return out;
}

std::vector<RatePoint> parse_rates(const std::string& file, std::string_view text, Issues& issues) {
  Lines lines(file, text, issues);
  std::vector<RatePoint> out;
  std::string_view line;
  while (lines.next(line)) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
      if (!lines.complain(1, fmt::format("{} is not time_s,rate_per_s", quote(line)))) break;
      continue;
    }
    const Parsed<Duration> time = parse_time(line.substr(0, comma));
    const std::string_view rate_text = line.substr(comma + 1);
    const Parsed<Rate> rate = parse_rate(std::string(rate_text) + " /s");
    bool go_on = true;
    if (!time.ok()) go_on = lines.complain(1, time.problem);
    if (!rate.ok())
      go_on =
          go_on && lines.complain(comma + 2, fmt::format("{} is not a rate per second", quote(rate_text)));
    if (rate.ok() && rate.value.per_s > kLoadRate.high)
      go_on = go_on && lines.complain(comma + 2, "more than 1e9 arrivals per second");
    const bool in_order = out.empty() || time.value.ns > out.back().at_ns;
    if (time.ok() && !in_order)
      go_on = go_on && lines.complain(1, "the time is not after that of the line above");
    if (time.ok() && rate.ok() && in_order) out.push_back({time.value.ns, rate.value});
    if (!go_on) break;
  }
  if (out.empty() && lines.complaints() == 0) issues.error({file, 0, 0, ""}, "the trace has no rate");
  return out;
}

}  // namespace twinvoice::spec
