#include "sim/report/incident_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/chart.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kShown = 5;

std::string length_text(Nanos ns) { return seconds_text(to_seconds(ns)); }

std::string length_of(const measure::Interruption& i, Nanos run_end_ns) {
  const std::string low = length_text(std::max<Nanos>(0, i.end_low_ns - i.begin_high_ns));
  if (!i.end_ns) return "more than " + low + ", not restored by " + format_clock(run_end_ns);
  std::string text = length_text(*i.end_ns - i.begin_ns);
  if (i.end_high_ns)
    text += fmt::format(" [{}, {}]", low, length_text(*i.end_high_ns - i.begin_low_ns.value_or(0)));
  return text;
}

std::string owners_text(const measure::FaultIndices& owners, const Scenario& s) {
  std::string text;
  for (const std::size_t f : owners) text += (text.empty() ? "" : " + ") + s.faults[f].name;
  return text.empty() ? "no fault" : text;
}

/// Median, 90th percentile and worst of the incidents; each as far as it is known.
std::string incidents_text(const IncidentFigure& f, std::string (*text)(double)) {
  const auto told = [&](double v, bool is_end) {
    return std::isinf(v) ? std::string("not restored") : (is_end ? "up to " : "") + text(v);
  };
  const std::string worst = told(f.worst, f.worst_is_end);
  if (f.incidents == 1) return worst;
  return fmt::format("median {}, p90 {}, worst {}", told(f.median, f.median_is_end),
                     told(f.p90, f.p90_is_end), worst);
}

std::string loss_text(const DisruptionResult& r) {
  return r.rpo_s.worst > 0.0 || r.acknowledged_lost.worst > 0.0 ? incidents_text(r.rpo_s, seconds_text)
                                                                : "none";
}

std::string loss_end(double v) { return std::isinf(v) ? "all" : number_text(v); }

}  // namespace

std::string interruptions_text(const ResultDocument& d, std::size_t index, const Style& style,
                               std::size_t width, bool all) {
  const OperationResult& op = d.operations[index];
  std::size_t count = 0;
  std::size_t runs = 0;
  std::size_t before = 0;
  std::vector<TextColumn> table(5);
  const char* titles[] = {"run", "from", "length", "requests", "whose"};
  for (std::size_t c = 0; c < table.size(); ++c) table[c].title = titles[c];
  for (const RunAccount& run : d.accounts.runs) {
    runs += run.interruptions[index].empty() ? 0U : 1U;
    for (const OwnedInterruption& one : run.interruptions[index]) {
      before += one.interruption.before_measured ? 1U : 0U;
      if (++count > kShown && !all) continue;
      const measure::Interruption& i = one.interruption;
      table[0].texts.push_back(std::to_string(run.replication));
      table[1].texts.push_back(format_clock(i.begin_ns));
      table[2].texts.push_back(length_of(i, run.end_ns));
      table[3].texts.push_back(i.late > 0 ? fmt::format("{} bad, {} late", i.bad, i.late)
                                          : fmt::format("{} bad", i.bad));
      table[4].texts.push_back(shortened(owners_text(one.owners, d.scenario), width - 30));
    }
  }
  const bool more = op.interruptions_if_all_fail != count || op.bad_time_if_all_fail_s != op.bad_time_s;
  const std::string at_worst =
      more
          ? fmt::format("; were all open requests bad: {} interruption{}, the longest {}, bad time {} a run",
                        op.interruptions_if_all_fail, op.interruptions_if_all_fail == 1 ? "" : "s",
                        seconds_text(op.longest_interruption_if_all_fail_s),
                        seconds_text(op.bad_time_if_all_fail_s / static_cast<double>(d.accounts.runs.size())))
          : std::string();
  if (count == 0) {
    const std::string none = "no interruption" + at_worst;
    return "  " + (more ? wrapped(none, width, "    ") : style.green(none)) + "\n";
  }
  std::string text =
      fmt::format("interrupted {} time{} in {} of {} run{}, the longest {}; bad time {} a run", count,
                  count == 1 ? "" : "s", runs, d.accounts.runs.size(), d.accounts.runs.size() == 1 ? "" : "s",
                  seconds_text(op.longest_interruption_s),
                  seconds_text(op.bad_time_s / static_cast<double>(d.accounts.runs.size()))) +
      at_worst;
  if (before > 0)
    text += fmt::format("; {} of them begin{} in the warm-up, before the measured time", before,
                        before == 1 ? "s" : "");
  text = "  " + wrapped(text, width, "    ") + "\n";
  text += text_table_in_parts(table, 2, width, style);
  if (count > kShown && !all)
    text +=
        style.dim(fmt::format("  … and {} more (--verbose, or interruptions.csv)", count - kShown)) + "\n";
  return text;
}

std::string invoices_text(const ResultDocument& d, std::size_t index, const Style& style, std::size_t width) {
  const InvoiceTotals& i = d.operations[index].invoices;
  std::string more;
  const auto add = [&](std::uint64_t n, const char* what) {
    if (n > 0) more += fmt::format("{}{} {}", more.empty() ? "" : ", ", count_text(n), what);
  };
  add(i.acknowledged_lost, "acknowledged and lost");
  add(i.stranded, "of these stranded on a deposed place");
  add(i.out_of_reach, "out of reach at the end");
  add(i.reconciled, "merged back");
  add(i.voided, "void (told failed, yet written)");
  add(i.unacknowledged_durable, "written without an answer");
  add(i.duplicates_written, "written twice");
  add(i.lost_known_inside, "lost that only a caller inside knew");
  if (more.empty()) return {};
  const bool bad = i.acknowledged_lost + i.out_of_reach > 0;
  const std::string line = wrapped("invoices, all runs: " + more, width, "    ");
  return "  " + (bad ? style.red(line) : line) + "\n";
}

std::string recovery_line(const DisruptionResult& r) {
  if (r.rto_s.incidents == 0) return "no replication had it yet";
  std::string text =
      r.rto_s.worst > 0.0 ? "no interruption is known, as requests stayed open" : "no interruption";
  if (r.not_seen == r.rto_s.incidents)
    text = "not seen: no request met it";
  else if (r.interrupted)
    text = "recovery time " + incidents_text(r.rto_s, seconds_text);
  if (r.before_measured > 0) text += " (begun in the warm-up)";
  return text + "; data loss " + loss_text(r);
}

std::string recovery_text(const DisruptionResult& r, const Style& style, std::size_t width) {
  if (r.rto_s.incidents == 0) return style.dim("  no replication had it") + "\n";
  std::string text;
  const auto row = [&](const char* name, const std::string& what) {
    text += "  " + left(name, 15) + wrapped(what, width, std::string(17, ' ')) + "\n";
  };
  if (r.before_measured > 0)
    row("not measured",
        fmt::format("begun in the warm-up in {} of {} runs: recovery and loss are told and judged, "
                    "and no figure of requests has what lies before the measured time",
                    r.before_measured, r.rto_s.incidents));
  if (!r.interrupted && r.not_seen < r.rto_s.incidents) {
    row("recovery time", r.rto_s.worst > 0.0 ? "no interruption is known; were all open requests bad: " +
                                                   incidents_text(r.rto_s, seconds_text)
                                             : std::string("0 s, no interruption"));
  } else if (r.not_seen == r.rto_s.incidents) {
    row("recovery time", "not seen: no request met it; " + incidents_text(r.rto_s, seconds_text));
  } else {
    if (r.onset_s.incidents > 0) row("onset", incidents_text(r.onset_s, seconds_text));
    row("recovery time", incidents_text(r.rto_s, seconds_text));
    if (has_interval(r.rto_s.mean)) row("", "mean " + estimate_text(r.rto_s.mean, seconds_text));
    if (r.not_restored > 0)
      row("", fmt::format("not restored by the end in {} of {} runs", r.not_restored, r.rto_s.incidents));
  }
  std::string loss = loss_text(r);
  if (r.acknowledged_lost.worst > 0.0)
    loss += fmt::format(
        "; at worst {}{} acknowledged invoices",
        r.acknowledged_lost.worst_is_end && std::isfinite(r.acknowledged_lost.worst) ? "up to " : "",
        loss_end(r.acknowledged_lost.worst));
  row("data loss", loss);
  if (r.later > 0)
    row("later", fmt::format("{} more interruptions that its recovery does not reach", r.later));
  if (!r.shared_with.empty()) row("shared with", fmt::format("{}", fmt::join(r.shared_with, ", ")));
  if (r.phases.empty()) return text;
  text += "\n" +
          style.dim("  " + left("phases, means of the runs", width - 38) + "  " + left("after fault", 13) +
                    right("took", 10) + right("share", 7)) +
          "\n" + recovery_chart(r, style, width);
  if (!r.critical_path.empty())
    text += "\n  " + wrapped("critical path: " + r.critical_path, width, "  ") + "\n";
  return text;
}

}  // namespace twinvoice::report
