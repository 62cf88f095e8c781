#include "sim/spec/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/spec/document.hpp"
#include "sim/spec/instant.hpp"

namespace twinvoice::spec {
namespace {

/// What can be wrong with a line.
enum class Mistake { kShape, kTime, kDate, kOrder, kValue, kOverlap };
constexpr std::size_t kMistakes = 6;

/// Walks over the lines that carry data and collects mistakes by kind.
class Lines {
 public:
  Lines(const std::string& file, std::string_view text, Issues& issues)
      : file_(file), rest_(text), issues_(issues) {
    if (rest_.substr(0, 3) == "\xEF\xBB\xBF") rest_.remove_prefix(3);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() {
    for (const Told& told : told_) {
      if (told.lines == 0) continue;
      std::string message = told.message;
      if (told.lines > 1) {
        message += told.lines == 2
                       ? fmt::format(" (so is line {})", told.last)
                       : fmt::format(" (so are {} more, the last in line {})", told.lines - 1, told.last);
      }
      issues_.error({file_, told.line, told.column, ""}, std::move(message));
    }
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
      seen_ = true;
      if (header &&
          line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_, 0123456789") ==
              std::string_view::npos)
        continue;
      return true;
    }
    return false;
  }

  void complain(Mistake mistake, std::size_t column, std::string_view message) {
    Told& told = told_[static_cast<std::size_t>(mistake)];
    if (++told.lines == 1)
      told = {static_cast<int>(number_), static_cast<int>(column), 1, 0, std::string(message)};
    told.last = number_;
  }
  [[nodiscard]] bool clean() const {
    return std::all_of(told_.begin(), told_.end(), [](const Told& told) { return told.lines == 0; });
  }
  /// Of the whole file.
  void refuse(std::string message) { issues_.error({file_, 0, 0, ""}, std::move(message)); }

 private:
  struct Told {
    int line = 0;
    int column = 0;
    std::size_t lines = 0;  ///< that make the mistake
    std::size_t last = 0;
    std::string message;
  };
  const std::string& file_;
  std::string_view rest_;
  Issues& issues_;
  std::size_t number_ = 0;
  bool seen_ = false;
  std::array<Told, kMistakes> told_{};
};

/// Times of a record on the clock of the run.
class Clock {
 public:
  Clock(const std::optional<RecordStart>& starts, Lines& lines) : starts_(starts), lines_(lines) {}

  /// Of the next line; may be before the begin of the run. Nothing when it is told to be wrong.
  std::optional<Nanos> read(std::string_view field) {
    if (!starts_ && looks_like_date(field)) {
      lines_.complain(
          Mistake::kDate, 1,
          fmt::format("{0} is a date: \"starts\" says which instant is the begin of the run, as in "
                      "\"starts\": {0}; \"starts\": \"first\" takes that of the first line",
                      quote(field)));
      return std::nullopt;
    }
    const Parsed<Nanos> time = starts_ ? parse_instant(field) : parse_seconds(field);
    if (!time.ok()) {
      lines_.complain(Mistake::kTime, 1, time.problem);
      return std::nullopt;
    }
    if (!origin_ns_) origin_ns_ = !starts_ ? 0 : starts_->first ? time.value : starts_->instant_ns;
    return time.value - *origin_ns_;
  }

 private:
  const std::optional<RecordStart>& starts_;
  Lines& lines_;
  std::optional<Nanos> origin_ns_;
};

/// One line of a record with a value.
struct Entry {
  Nanos at_ns = 0;
  double value = 0.0;
};

/// time,value lines in order. `what` is a value, for messages.
std::vector<Entry> parse_entries(Lines& lines, const std::optional<RecordStart>& starts,
                                 std::string_view columns, std::string_view what) {
  Clock clock(starts, lines);
  std::vector<Entry> out;
  std::string_view line;
  while (lines.next(line)) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
      lines.complain(Mistake::kShape, 1, fmt::format("{} is not {}", quote(line), columns));
      continue;
    }
    const std::string_view text = line.substr(comma + 1);
    const Parsed<Rate> value = parse_rate(std::string(text) + " /s");
    if (!value.ok())
      lines.complain(Mistake::kValue, comma + 2, fmt::format("{} is not {}", quote(text), what));
    const std::optional<Nanos> at_ns = clock.read(line.substr(0, comma));
    if (!at_ns) continue;
    if (!out.empty() && *at_ns <= out.back().at_ns) {
      lines.complain(Mistake::kOrder, 1,
                     "the time is not after that of the line above: sort the file by time");
    } else {
      out.push_back({*at_ns, value.value.per_s});
    }
  }
  return out;
}

/// The rate of each line until the next, from the begin of the run on, and 0 from `end_ns` on.
RateRecord from_the_begin(const std::vector<Entry>& rates, Nanos end_ns) {
  RateRecord record;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const Nanos until_ns = i + 1 < rates.size() ? rates[i + 1].at_ns : end_ns;
    if (until_ns > 0) record.points.push_back({std::max<Nanos>(rates[i].at_ns, 0), Rate{rates[i].value}});
  }
  if (!record.points.empty() && record.points.back().rate.per_s > 0.0)
    record.points.push_back({end_ns, Rate{0.0}});
  return record;
}

void refuse_fast(Lines& lines, const RateRecord& record) {
  for (const RatePoint& point : record.points) {
    if (point.rate.per_s <= kLoadRate.high) continue;
    return lines.refuse("more than 1e9 arrivals per second");
  }
}

}  // namespace

void Codec<RecordStart>::decode(Decoder& d, const Node& node, RecordStart& v, const Range&) {
  if (!d.is(node, NodeKind::kString, "an instant such as \"2025-06-18T00:00:00Z\", or \"first\"")) return;
  v.first = node.text == "first";
  if (v.first) return;
  const Parsed<Nanos> instant = parse_instant(node.text);
  if (!instant.ok()) {
    d.error(node, fmt::format("{} is neither \"first\" nor an instant such as \"2025-06-18T00:00:00Z\" or "
                              "\"1750204800\" (Unix time in seconds)",
                              quote(node.text)));
  }
  v.instant_ns = instant.value;
}
Type Codec<RecordStart>::type() { return detail::text_type("instant or \"first\"", "^(first|[0-9].*)$"); }
std::string Codec<RecordStart>::text(const RecordStart&) { return {}; }

ArrivalRecord parse_arrivals(const std::string& file, std::string_view text,
                             const std::optional<RecordStart>& starts, Issues& issues) {
  Lines lines(file, text, issues);
  Clock clock(starts, lines);
  ArrivalRecord out;
  std::optional<Nanos> last_ns;
  std::string_view line;
  while (lines.next(line)) {
    if (line.find(',') != std::string_view::npos) {
      lines.complain(Mistake::kShape, 1,
                     fmt::format("{} is not one time: a trace has no comma", quote(line)));
      continue;
    }
    const std::optional<Nanos> at_ns = clock.read(line);
    if (!at_ns) continue;
    if (last_ns && *at_ns < *last_ns) {
      lines.complain(Mistake::kOrder, 1,
                     fmt::format("the time {} is before that of the line above: sort the file", line));
      continue;
    }
    if (last_ns) out.longest_gap_ns = std::max(out.longest_gap_ns, *at_ns - *last_ns);
    last_ns = at_ns;
    if (*at_ns < 0) {
      ++out.before;
    } else {
      out.at_ns.push_back(*at_ns);
    }
  }
  if (!last_ns && lines.clean()) lines.refuse("the trace has no arrival");
  return out;
}

RateRecord parse_rates(const std::string& file, std::string_view text,
                       const std::optional<RecordStart>& starts, Issues& issues) {
  Lines lines(file, text, issues);
  const std::vector<Entry> rates = parse_entries(lines, starts, "time_s,rate_per_s", "a rate per second");
  if (!lines.clean()) return {};
  if (rates.empty()) {
    lines.refuse("the trace has no rate");
    return {};
  }
  Nanos end_ns = rates.back().at_ns;
  if (rates.back().value > 0.0) {
    if (rates.size() == 1) {
      lines.refuse("one line does not say how long its rate holds: add the time of its end with the rate 0");
      return {};
    }
    end_ns += rates.back().at_ns - rates[rates.size() - 2].at_ns;
  }
  RateRecord record = from_the_begin(rates, end_ns);
  refuse_fast(lines, record);
  return record;
}

RateRecord parse_counts(const std::string& file, std::string_view text,
                        const std::optional<RecordStart>& starts, std::optional<Duration> bin,
                        Issues& issues) {
  Lines lines(file, text, issues);
  const std::vector<Entry> counts = parse_entries(lines, starts, "time,count", "a count of arrivals");
  if (!lines.clean()) return {};
  if (counts.empty()) {
    lines.refuse("the trace has no count");
    return {};
  }
  if (counts.size() == 1 && !bin) {
    lines.refuse("one line does not say how long its bin lasts: say it with \"bin\"");
    return {};
  }
  std::vector<Entry> rates;
  Nanos width_ns = 0;
  Nanos end_ns = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Nanos at_ns = counts[i].at_ns;
    const bool last = i + 1 == counts.size();
    const Nanos to_next_ns = last ? width_ns : counts[i + 1].at_ns - at_ns;
    width_ns = bin ? bin->ns : to_next_ns;
    if (!last && width_ns > to_next_ns) {
      lines.refuse(fmt::format(
          "the bin of {} that begins {} after the begin of the run is not over at the next "
          "line: its lines are {} apart",
          format_quantity(*bin), format_quantity(Duration{at_ns}), format_quantity(Duration{to_next_ns})));
      return {};
    }
    rates.push_back({at_ns, counts[i].value / to_seconds(width_ns)});
    end_ns = at_ns + width_ns;
    if (!last && width_ns < to_next_ns) rates.push_back({end_ns, 0.0});
  }
  RateRecord record = from_the_begin(rates, end_ns);
  refuse_fast(lines, record);
  return record;
}

}  // namespace twinvoice::spec
