#include "sim/report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kLabel = 12;            ///< columns of the label left of a chart
constexpr std::size_t kScale = 10;            ///< columns of the scale right of it
constexpr std::uint64_t kFewestForBands = 5;  ///< replications; fewer have no tenths

/// The share at the top of each row of a picture of success, the topmost first. Each row is one nine.
constexpr std::array<const char*, 4> kNines{"99.99 %", "99.9 %", "99 %", "90 %"};

/// Heights of shares of success: 90 % is one row of kNines, 99 % two, 99.9 % three, 99.99 % and what is above it all of them.
std::vector<double> in_nines(const std::vector<double>& shares) {
  std::vector<double> heights;
  for (const double share : shares) {
    if (share < 0.0) {
      heights.push_back(share);
      continue;
    }
    // A share such as 99.9 % is a little less as a double, and so are its nines.
    const double nines = share < 1.0 ? -std::log10(1.0 - share) + 1e-9 : static_cast<double>(kNines.size());
    heights.push_back(std::min(nines / static_cast<double>(kNines.size()), 1.0));
  }
  return heights;
}

std::size_t column_of(Nanos at_ns, Nanos horizon_ns, std::size_t columns) {
  const double share = static_cast<double>(at_ns) / static_cast<double>(horizon_ns);
  return std::min(static_cast<std::size_t>(share * static_cast<double>(columns)), columns - 1);
}

/// Cells of one column each, so that a marker row can be drawn over blanks.
class Row {
 public:
  explicit Row(std::size_t columns) : cells_(columns, " ") {}
  void put(std::size_t at, const std::string& cell) {
    if (at < cells_.size()) cells_[at] = cell;
  }
  /// Writes a text when its place and one column on each side are free.
  bool write(std::size_t at, const std::string& text, const Style& style, const char* code) {
    if (at + text.size() > cells_.size()) {
      if (text.size() > cells_.size()) return false;
      at = cells_.size() - text.size();
    }
    for (std::size_t i = at == 0 ? 0 : at - 1; i < std::min(at + text.size() + 1, cells_.size()); ++i) {
      if (cells_[i] != " ") return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) cells_[at + i] = style.wrap(code, text.substr(i, 1));
    return true;
  }
  [[nodiscard]] std::string text() const {
    std::string joined;
    for (const std::string& cell : cells_) joined += cell;
    while (!joined.empty() && joined.back() == ' ') joined.pop_back();
    return joined;
  }
  [[nodiscard]] bool empty() const {
    return std::all_of(cells_.begin(), cells_.end(), [](const std::string& c) { return c == " "; });
  }

 private:
  std::vector<std::string> cells_;
};

std::string labelled(const std::string& label, const std::string& body, const std::string& scale,
                     const Style& style) {
  return "  " + style.dim(left(label, kLabel - 2)) + body + (scale.empty() ? "" : " " + style.dim(scale)) +
         "\n";
}

std::string axis(Nanos horizon_ns, std::size_t columns, const Style& style) {
  std::string line(kLabel, ' ');
  const std::string from = format_clock(0);
  const std::string middle = format_clock(horizon_ns / 2);
  const std::string to = format_clock(horizon_ns);
  const std::size_t gap = columns - std::min(columns, from.size() + middle.size() + to.size());
  return line + style.dim(from + std::string(gap / 2, ' ') + middle + std::string(gap - gap / 2, ' ') + to) +
         "\n";
}

/// One row for each fault: where it begins, how long it lasts, its name.
std::string fault_rows(const ResultDocument& document, const Style& style, std::size_t columns) {
  std::string text;
  const Nanos horizon = document.end_ns;
  std::size_t shown = 0;
  for (const FaultInfo& fault : document.scenario.faults) {
    if (fault.at_ns >= horizon) continue;
    if (++shown > 6) {
      text += std::string(kLabel, ' ') +
              style.dim(fmt::format("… and {} more faults", document.scenario.faults.size() - 6)) + "\n";
      break;
    }
    Row row(columns);
    constexpr const char* code = "31";
    const std::size_t from = column_of(fault.at_ns, horizon, columns);
    const std::size_t to =
        fault.until_ns >= horizon ? columns - 1 : column_of(fault.until_ns, horizon, columns);
    for (std::size_t i = from; i <= to; ++i)
      row.put(i, style.wrap(code, i == from ? "▲" : i == to ? "┘" : "─"));
    // Cells are single bytes: a cut name gets no ellipsis.
    const std::string name = fault.name.substr(0, columns / 2);
    if (!row.write(to + 2, name, style, code) && from > name.size() + 1) {
      row.write(from - name.size() - 1, name, style, code);
    }
    text += labelled("fault", row.text(), "", style);
  }
  return text;
}

std::string phase_rows(const ResultDocument& document, const Style& style, std::size_t columns) {
  std::vector<Row> rows(3, Row(columns));
  const double horizon_s = to_seconds(document.end_ns);
  for (const DisruptionResult& disruption : document.disruptions) {
    for (const PhaseResult& phase : disruption.phases) {
      if (phase.at_s >= horizon_s) continue;
      const std::size_t at = column_of(from_seconds(phase.at_s), document.end_ns, columns);
      const char* code = phase.name == "restored" ? "32" : "36";
      for (Row& row : rows) {
        if (row.write(at, "^" + phase.name, style, code)) break;
      }
    }
  }
  std::string text;
  for (const Row& row : rows) {
    if (!row.empty()) text += labelled(text.empty() ? "recovery" : "", row.text(), "", style);
  }
  return text;
}

}  // namespace

std::vector<ChartCell> chart_cells(const OperationResult& operation, const Scenario& scenario, Nanos end_ns,
                                   std::size_t columns, std::uint64_t replications) {
  struct Sums {
    std::uint64_t arrived = 0, succeeded = 0, failed = 0;
    double latency_s = 0.0, in_flight = 0.0;
    std::uint64_t points = 0;
    double worst_tenth = 0.0, median = 0.0, best_tenth = 0.0;
    std::uint64_t bands = 0;
  };
  const auto windows = static_cast<std::size_t>((end_ns + scenario.window_ns - 1) / scenario.window_ns);
  columns = std::min(columns, std::max<std::size_t>(windows, 1));
  std::vector<Sums> sums(columns);
  for (const TimelinePoint& point : operation.timeline) {
    if (point.start_ns >= end_ns) break;
    Sums& sum = sums[column_of(point.start_ns, end_ns, columns)];
    sum.arrived += point.arrived;
    sum.succeeded += point.succeeded;
    sum.failed += point.failed;
    sum.latency_s += point.latency_sum_s;
    sum.in_flight += point.in_flight;
    ++sum.points;
    if (point.success.replications == 0) continue;
    sum.worst_tenth += point.success.worst_tenth;
    sum.median += point.success.median;
    sum.best_tenth += point.success.best_tenth;
    ++sum.bands;
  }
  std::vector<ChartCell> cells;
  for (const Sums& sum : sums) {
    ChartCell cell;
    const double runs = static_cast<double>(std::max<std::uint64_t>(replications, 1));
    const double observed_s = static_cast<double>(sum.points) * to_seconds(scenario.window_ns) * runs;
    if (observed_s > 0.0) cell.arrived_per_s = static_cast<double>(sum.arrived) / observed_s;
    const auto decided = static_cast<double>(sum.succeeded + sum.failed);
    if (decided > 0.0) cell.success = static_cast<double>(sum.succeeded) / decided;
    if (sum.succeeded > 0) cell.latency_s = sum.latency_s / static_cast<double>(sum.succeeded);
    if (sum.bands > 0) {
      const auto bands = static_cast<double>(sum.bands);
      cell.worst_tenth = sum.worst_tenth / bands;
      cell.median = sum.median / bands;
      cell.best_tenth = sum.best_tenth / bands;
    }
    if (sum.points > 0) cell.in_flight = sum.in_flight / static_cast<double>(sum.points);
    cells.push_back(cell);
  }
  return cells;
}

std::string timeline_chart(const ResultDocument& document, std::size_t operation, const Style& style,
                           std::size_t width) {
  const OperationResult& op = document.operations[operation];
  const Nanos horizon = document.end_ns;
  const std::vector<ChartCell> raw =
      chart_cells(op, document.scenario, horizon, width - kLabel - kScale, document.replications);
  // A short timeline is stretched to a whole number of columns for each of its cells.
  const std::size_t each = std::max<std::size_t>((width - kLabel - kScale) / raw.size(), 1);
  std::vector<ChartCell> cells;
  for (const ChartCell& cell : raw) cells.insert(cells.end(), each, cell);

  double highest_latency = 0.0;
  double highest_rate = 0.0;
  for (const ChartCell& cell : cells) {
    highest_latency = std::max(highest_latency, cell.latency_s);
    highest_rate = std::max(highest_rate, cell.arrived_per_s);
  }
  const bool banded = document.replications >= kFewestForBands;
  std::vector<double> success, best, worst, latency, rate;
  for (const ChartCell& cell : cells) {
    success.push_back(banded ? cell.median : cell.success);
    best.push_back(cell.best_tenth);
    worst.push_back(cell.worst_tenth);
    latency.push_back(cell.latency_s < 0.0 ? -1.0 : cell.latency_s / std::max(highest_latency, 1e-12));
    rate.push_back(cell.arrived_per_s > 0.0 ? cell.arrived_per_s / std::max(highest_rate, 1e-12) : -1.0);
  }
  const auto coloured = [&op](const std::vector<double>& shares) {
    return [&](std::size_t i) {
      if (shares[i] >= op.info.availability) return "32";
      return shares[i] >= 0.9 ? "33" : "31";
    };
  };
  std::string text;
  const auto draw = [&](const std::string& label, const std::vector<double>& heights, std::size_t rows,
                        const std::string& top, auto colour) {
    const std::vector<std::string> lines = bars(heights, rows, style, colour);
    for (std::size_t row = 0; row < rows; ++row) {
      text += labelled(row + 1 == rows ? label : "", lines[row], row == 0 ? top : "", style);
    }
  };
  const auto draw_nines = [&](const std::string& label, const std::vector<double>& shares) {
    const std::vector<std::string> lines = bars(in_nines(shares), kNines.size(), style, coloured(shares));
    for (std::size_t row = 0; row < kNines.size(); ++row)
      text += labelled(row + 1 == kNines.size() ? label : "", lines[row], kNines[row], style);
  };
  draw("arriving", rate, 1,
       fmt::format("{}/s",
                   number_text(highest_rate < 1.0 ? highest_rate : std::round(highest_rate * 10.0) / 10.0)),
       [](std::size_t) { return "34"; });
  if (banded) draw("best 10%", in_nines(best), 1, "of runs", coloured(best));
  draw_nines(banded ? "median" : "success", success);
  if (banded) draw("worst 10%", in_nines(worst), 1, "of runs", coloured(worst));
  draw("latency", latency, 3, seconds_text(highest_latency), [](std::size_t) { return "35"; });
  text += axis(horizon, cells.size(), style);
  text += fault_rows(document, style, cells.size());
  text += phase_rows(document, style, cells.size());
  return text;
}

std::string calls_chart(const ResultDocument& document, const Style& style, std::size_t width) {
  struct Kind {
    const char* label;
    std::uint64_t CallTotals::*count;
  };
  static constexpr Kind kKinds[] = {{"retries", &CallTotals::retries},     {"hedges", &CallTotals::hedges},
                                    {"ejections", &CallTotals::ejections}, {"opened", &CallTotals::openings},
                                    {"rejected", &CallTotals::rejections}, {"late", &CallTotals::late}};
  std::size_t windows = 0;
  for (const CallResult& call : document.calls) windows = std::max(windows, call.timeline.size());
  if (windows == 0 || document.end_ns == 0) return {};
  const std::size_t room = width - kLabel - kScale;
  const std::size_t cells = std::min(windows, room);
  const std::size_t each = std::max<std::size_t>(room / cells, 1);
  const auto runs = static_cast<double>(std::max<std::uint64_t>(document.replications, 1));
  std::string text;
  for (const Kind& kind : kKinds) {
    std::vector<double> counts(cells, 0.0);
    for (const CallResult& call : document.calls) {
      for (std::size_t w = 0; w < call.timeline.size(); ++w)
        counts[w * cells / windows] += static_cast<double>(call.timeline[w].*kind.count) / runs;
    }
    const double most = *std::max_element(counts.begin(), counts.end());
    if (!(most > 0.0)) continue;
    std::vector<double> heights;
    for (const double count : counts) heights.insert(heights.end(), each, count > 0.0 ? count / most : -1.0);
    const std::vector<std::string> lines = bars(heights, 1, style, [](std::size_t) { return "33"; });
    text += labelled(kind.label, lines[0], "max " + number_text(std::ceil(most)), style);
  }
  if (text.empty()) return text;
  return text + axis(document.end_ns, cells * each, style) + fault_rows(document, style, cells * each);
}

std::string recovery_chart(const DisruptionResult& disruption, const Style& style, std::size_t width) {
  constexpr std::size_t kName = 18;
  constexpr std::size_t kNumbers = 34;
  const std::size_t room = width - kName - kNumbers - 2;
  double last_s = 0.0;
  for (const PhaseResult& phase : disruption.phases) last_s = std::max(last_s, phase.at_s);
  std::string text;
  for (const PhaseResult& phase : disruption.phases) {
    const double end = phase.at_s;
    const double begin = end - phase.took_s;
    const auto cell = [&](double s) {
      return last_s > 0.0 ? static_cast<std::size_t>(s / last_s * static_cast<double>(room)) : 0;
    };
    const std::size_t from = std::min(cell(begin), room - 1);
    const std::size_t to = std::clamp(cell(end), from + 1, room);
    std::string bar;
    for (std::size_t i = 0; i < room; ++i) bar += i >= from && i < to ? "█" : "░";
    const char* code = phase.name == "restored" ? "32" : phase.share ? "36" : "34";
    std::string painted;
    if (from > 0) painted += style.dim(bar.substr(0, from * 3));
    painted += style.wrap(code, bar.substr(from * 3, (to - from) * 3));
    painted += style.dim(bar.substr(to * 3));
    const std::string share = phase.share ? fmt::format("{:.0f} %", *phase.share * 100.0) : "";
    text += "  " + left(phase.name, kName - 2) + painted + "  " + left(seconds_text(phase.at_s), 13) +
            right(seconds_text(phase.took_s), 10) + right(share, 7) + "\n";
  }
  return text;
}

}  // namespace twinvoice::report
