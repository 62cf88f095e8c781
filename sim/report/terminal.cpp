// The report for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/measure/availability_minutes.hpp"
#include "sim/report/baseline_text.hpp"
#include "sim/report/build.hpp"
#include "sim/report/calls_text.hpp"
#include "sim/report/calm_text.hpp"
#include "sim/report/chart.hpp"
#include "sim/report/error_budget.hpp"
#include "sim/report/incident_text.hpp"
#include "sim/report/load_text.hpp"
#include "sim/report/render.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

using measure::Verdict;

class Terminal {
 public:
  Terminal(const ResultDocument& document, const TerminalOptions& options)
      : d_(document),
        o_(options),
        style_(options.colour),
        width_(std::clamp<std::size_t>(options.width, 80, 100)) {}

  std::string text() {
    header();
    expectations();
    baseline();
    for (std::size_t op = 0; op < d_.operations.size(); ++op) operation(op);
    recoveries();
    for (const DisruptionResult& change : d_.planned) recovery(change);
    calls();
    components();
    if (o_.verbose) audit();
    notes();
    footer();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void title(const std::string& text, const std::string& aside = {}) {
    line();
    const bool fits = columns(text) + 2 + columns(aside) <= width_;
    line(style_.bold(text) + (fits && !aside.empty() ? "  " + style_.dim(aside) : ""));
    if (!fits) paragraph(style_.dim(aside), "  ");
  }
  void paragraph(const std::string& text, const std::string& indent) {
    line(indent + wrapped(text, width_, indent));
  }

  void header() {
    const Scenario& s = d_.scenario;
    Verdict verdict = overall(d_);
    std::string badge;
    if (!d_.complete)
      badge = style_.badge("33", " INCOMPLETE ");
    else if (d_.expectations.empty())
      badge = "";
    else if (verdict == Verdict::met)
      badge = style_.badge("32", " MET ");
    else if (verdict == Verdict::undecided)
      badge = style_.badge("33", " UNDECIDED ");
    else
      badge = style_.badge("31", verdict == Verdict::missed ? " MISSED " : " NO SAMPLE ");
    const std::string name = shortened(s.name, width_ - columns(badge) - 2);
    line(left(style_.bold(name), width_ - columns(badge)) + badge);
    std::string facts = fmt::format(
        "{}{} of {}", d_.replications == s.replications ? "" : fmt::format("{} of ", d_.replications),
        s.replications == 1 ? "1 run" : fmt::format("{} replications", s.replications),
        format_duration(s.horizon_ns));
    if (s.warm_up_ns > 0) facts += fmt::format(", warm-up {}", format_duration(s.warm_up_ns));
    facts += fmt::format(", seed {}, {} engine, topology {}", s.seed, s.manifest.engine, s.topology);
    line(style_.dim(wrapped(facts, width_, "")));
    for (const std::string& stop : d_.stops) paragraph(stop, "  ");
    for (const std::string& error : s.errors) paragraph(error, "  ");
  }

  std::string mark(Verdict verdict) const {
    switch (verdict) {
      case Verdict::met: return style_.green("✔ met      ");
      case Verdict::missed: return style_.red("✘ missed   ");
      case Verdict::undecided: return style_.yellow("? undecided");
      case Verdict::no_sample: return style_.red("! no sample");
    }
    return {};
  }

  void expectations() {
    if (d_.expectations.empty()) return;
    title(d_.from_objectives ? "OBJECTIVES" : "EXPECTATIONS",
          d_.from_objectives ? "as the topology states them; the experiment expects nothing else" : "");
    for (const ExpectationResult& e : d_.expectations) verdict(e);
    if (d_.objectives.empty()) return;
    title("OBJECTIVES", "of the topology; they touch neither verdict nor exit code");
    for (const ExpectationResult& e : d_.objectives) verdict(e);
  }

  void baseline() {
    if (!d_.baseline) return;
    title("AGAINST THE BASELINE",
          fmt::format("{}, {}, seed {}", d_.baseline->path, d_.baseline->version, d_.baseline->seed));
    out_ += baseline_text(*d_.baseline, style_, width_);
  }

  void verdict(const ExpectationResult& e) {
    line("  " + mark(e.verdict) + "  " + style_.bold(wrapped(e.text, width_, "               ")));
    line("               " + style_.dim(wrapped(e.why, width_ - 1, "               ")));
  }

  static std::string minutes_text(double minutes) {
    return minutes < 1000.0 ? number_text(minutes) : whole_text(minutes);
  }
  void estimate_row(const std::string& label, const Estimate& e, std::string (*text)(double),
                    const std::string& aside = {}) {
    if (e.samples == 0) return;
    std::string row = "  " + left(label, 24) + right(text(e.value), 11);
    std::string rest = has_interval(e) ? fmt::format("  [{}, {}]", text(e.low), text(e.high)) : std::string();
    if (!aside.empty()) rest = left(rest, 28) + "  " + aside;
    line(row + style_.dim(shortened(rest, width_ - columns(row))));
  }

  void operation(std::size_t index) {
    const OperationResult& op = d_.operations[index];
    std::string aside = op.info.availability_stated
                            ? fmt::format("objective {}{}", share_text(op.info.availability),
                                          op.info.on_completion ? " on completion" : "")
                            : "";
    if (op.info.p99_ns != kNever)
      aside += fmt::format("{}p99 {}", aside.empty() ? "objective " : ", ", format_duration(op.info.p99_ns));
    title(fmt::format("OPERATION {}", op.info.name), aside);
    if (op.arrived == 0 || d_.end_ns == 0) {
      line(style_.dim("  no request arrived"));
      return;
    }
    out_ += timeline_chart(d_, index, style_, width_);
    line();
    counts(op);
    yardstick(index);
    out_ += interruptions_text(d_, index, style_, width_, o_.verbose);
    const Estimate& by_request = op.availability_request;
    // Users of a closed load who hang send nothing: what failed a share of the time may be few requests.
    const bool time_first = op.info.users > 0;
    const std::string beyond = beyond_the_calm(index);
    if (time_first) estimate_row("availability by time", op.availability_time, share_text, beyond);
    estimate_row(time_first ? "             by request" : "availability by request", by_request, share_text);
    if (!time_first) estimate_row("             by time", op.availability_time, share_text, beyond);
    completion(op);
    budget(index);
    // Planned faults stand for no year: how often they come is not known.
    if (d_.scenario.faults.empty())
      estimate_row("minutes lost a year", measure::minutes_per_year(measure::complement(by_request)),
                   minutes_text);
    estimate_row("latency mean", op.mean_s, seconds_text);
    estimate_row("        p50", op.p50_s, seconds_text);
    estimate_row("        p95", op.p95_s, seconds_text);
    estimate_row("        p99", op.p99_s, seconds_text);
    estimate_row("        p99.9", op.p999_s, seconds_text);
    estimate_row("throughput", op.throughput_per_s, [](double v) { return fmt::format("{:.4g}/s", v); });
    estimate_row("in flight", op.in_flight_mean, number_text,
                 fmt::format("most {}", count_text(static_cast<std::uint64_t>(op.in_flight_max))));
    out_ += invoices_text(d_, index, style_, width_);
    causes(op);
  }

  void completion(const OperationResult& op) {
    if (op.jobs.emitted == 0) return;
    const std::uint64_t runs = std::max<std::uint64_t>(1, d_.replications);
    estimate_row("             on completion", op.availability_completion, share_text);
    const auto parts = parts_of_a_run(std::array{op.jobs.completed, op.jobs.dead, op.jobs.open()}, runs);
    paragraph(
        fmt::format("jobs a run: {} emitted = {} completed + {} dead + {} open at the end",
                    count_text(parts[3]), count_text(parts[0]), count_text(parts[1]), count_text(parts[2])),
        "  ");
  }

  void counts(const OperationResult& op) {
    const std::uint64_t runs = std::max<std::uint64_t>(1, d_.replications);
    if (op.unanswered * 100 > op.arrived)
      line(style_.red(fmt::format("  the load exceeds what the design can do: {} of {} requests unanswered",
                                  count_text(op.unanswered), count_text(op.arrived))));
    const auto parts = parts_of_a_run(std::array{op.succeeded, op.failed, op.unanswered}, runs);
    paragraph(
        fmt::format("a run: {} arrived, {} succeeded, {}, {} unanswered{}", count_text(parts[3]),
                    count_text(parts[0]),
                    op.failed > 0 ? style_.red(count_text(parts[1]) + " failed") : std::string("0 failed"),
                    count_text(parts[2]),
                    runs > 1 ? style_.dim(fmt::format(" ({} arrived in all)", count_text(op.arrived))) : ""),
        "  ");
  }

  void yardstick(std::size_t index) {
    if (index >= d_.accounts.yardsticks.size()) return;
    const Yardstick& y = d_.accounts.yardsticks[index];
    const double share = static_cast<double>(y.allowed.share) / 1e9;
    std::string text = y.bound.bound_ns == kNever
                           ? std::string("nothing is late")
                           : fmt::format("late above {} ({})", format_duration(y.bound.bound_ns),
                                         measure::words(y.bound.origin));
    text += fmt::format("; {:.3g} % may fail ({})", share * 100.0, measure::words(y.allowed.origin));
    paragraph(style_.dim(text), "  ");
  }

  /// What the time in interruptions leaves out.
  std::string beyond_the_calm(std::size_t index) const {
    if (index >= d_.accounts.yardsticks.size()) return {};
    const Yardstick& y = d_.accounts.yardsticks[index];
    if (y.flaw != measure::CalmFlaw::kNone) return "the calm is no calm: see below";
    const double share = share_that_always_fails(y);
    return share > 0.0 ? fmt::format("beyond {:.3g} %: see below", share * 100.0) : std::string();
  }

  void budget(std::size_t index) {
    const auto budget = error_budget(d_, index);
    if (!budget || budget->spent_months <= 0.0) return;
    const double spent = budget->spent_months;
    std::string text = spent < 1.0 ? fmt::format("{:.2g} % of a month's", spent * 100.0)
                                   : fmt::format("{:.2g} months'", spent);
    text += fmt::format(" budget a run ({})", share_text(d_.operations[index].info.availability));
    std::string parts;
    for (const auto& [fault, months] : budget->by_fault) {
      if (months >= 0.01 * spent)
        parts += fmt::format("{}{} {:.0f} %", parts.empty() ? "" : ", ", fault, months / spent * 100.0);
    }
    if (!parts.empty() && budget->other_months >= 0.01 * spent)
      parts += fmt::format(", other {:.0f} %", budget->other_months / spent * 100.0);
    const std::string head = "  " + left("error budget spent", 24) + "  ";
    const std::string indent(columns(head), ' ');
    line(head + wrapped(text + (parts.empty() ? "" : "; " + parts), width_, indent));
  }

  std::string causes_of(const std::vector<CauseCount>& list, const OperationResult& op,
                        const std::string& title) const {
    constexpr std::size_t kShown = 6;
    std::vector<TextColumn> table{{title, false, {}}, {"", true, {}}, {"", true, {}}};
    for (std::size_t i = 0; i < std::min(list.size(), kShown); ++i) {
      const double share = static_cast<double>(list[i].count) / static_cast<double>(op.failed);
      table[0].texts.push_back(shortened(list[i].cause, width_ - 26));
      table[1].texts.push_back(a_run_text(list[i].count, d_.replications));
      table[2].texts.push_back(fmt::format("{:.1f} %", share * 100.0));
    }
    std::string text = text_table(table, style_);
    if (list.size() > kShown) text += style_.dim(fmt::format("  … and {} more", list.size() - kShown)) + "\n";
    return text;
  }

  void causes(const OperationResult& op) {
    if (op.failed_by_cause.empty()) return;
    line();
    const std::string final = causes_of(
        op.failed_by_cause, op, d_.replications > 1 ? "why requests failed, a run" : "why requests failed");
    out_ += side_by_side(final, causes_of(op.first_by_cause, op, "first cause among their attempts"), width_);
  }

  /// All of a few faults; of many the worst ones, and the others in a line for each outcome.
  void recoveries() {
    constexpr std::size_t kAllOf = 5;
    constexpr std::size_t kWorst = 3;
    std::vector<const DisruptionResult*> list;
    for (const DisruptionResult& r : d_.disruptions) list.push_back(&r);
    std::size_t whole = list.size();
    if (whole > kAllOf && !o_.verbose) {
      std::stable_sort(list.begin(), list.end(), [](const DisruptionResult* a, const DisruptionResult* b) {
        return a->interrupted != b->interrupted ? a->interrupted : a->rto_s.worst > b->rto_s.worst;
      });
      whole = kWorst;
    }
    for (std::size_t i = 0; i < whole; ++i) recovery(*list[i]);
    if (whole == list.size()) return;
    title(fmt::format("RECOVERY from {} more faults", list.size() - whole), "--verbose tells all of each");
    constexpr std::size_t kMostLines = 12;
    std::vector<std::pair<std::string, std::vector<std::string>>> outcomes;
    for (std::size_t i = whole; i < list.size(); ++i) {
      const std::string text = recovery_line(*list[i]);
      auto found =
          std::find_if(outcomes.begin(), outcomes.end(), [&](const auto& o) { return o.first == text; });
      if (found == outcomes.end()) found = outcomes.insert(outcomes.end(), {text, {}});
      found->second.push_back(list[i]->fault.name);
    }
    for (std::size_t i = 0; i < std::min(outcomes.size(), kMostLines); ++i) {
      const auto& [text, names] = outcomes[i];
      std::string who;
      for (std::size_t n = 0; n < std::min<std::size_t>(names.size(), 3); ++n)
        who += (n == 0 ? "" : ", ") + names[n];
      if (names.size() > 3) who += fmt::format(" and {} more", names.size() - 3);
      line("  " + wrapped(who + ": " + text, width_, "    "));
    }
    if (outcomes.size() > kMostLines)
      line(style_.dim(fmt::format("  … and {} lines more", outcomes.size() - kMostLines)));
  }

  void recovery(const DisruptionResult& r) {
    std::string when = fmt::format("at {}", format_clock(r.fault.at_ns));
    if (r.fault.until_ns < d_.scenario.horizon_ns)
      when += fmt::format(", until {}", format_clock(r.fault.until_ns));
    title(fmt::format("{} {}", r.planned ? "PLANNED CHANGE by" : "RECOVERY from",
                      shortened(r.fault.name, width_ - 50)),
          when);
    out_ += recovery_text(r, style_, width_);
  }

  void calls() {
    const std::string text = calls_text(d_, style_, width_, o_.verbose);
    if (text.empty()) return;
    title("CALLS", "what their policies did; counts a run; late: an answer that nobody waited for any more");
    out_ += text;
  }

  void components() {
    if (d_.components.empty()) return;
    const std::size_t shown = components_shown(d_, o_.verbose);
    std::string aside = "by place, the busiest first; counts a run";
    if (shown < d_.components.size())
      aside = fmt::format("the {} most loaded of {}, {}", shown, d_.components.size(), aside);
    title("COMPONENTS", aside);
    out_ += components_text(d_, style_, width_, o_.verbose);
    const std::string pools = pools_text(d_, style_, width_, o_.verbose);
    if (pools.empty()) return;
    title("POOLS", "by place, the fullest first; most: at one replica");
    out_ += pools;
  }

  void audit() {
    if (d_.audit.empty()) return;
    title("AUDIT LOG", "of the first replication");
    for (const AuditLine& a : d_.audit) {
      const std::string head =
          "  " + left(format_clock(a.at_ns), 14) + left(shortened(a.procedure, 30), 21) + " ";
      line(style_.dim(head) + wrapped(a.text, width_, std::string(columns(head), ' ')));
    }
  }

  void notes() {
    title("READ THIS WITH IT");
    for (const std::string& caveat : d_.caveats)
      line("  " + style_.dim("• " + wrapped(caveat, width_ - 2, "    ")));
    for (const std::string& warning : d_.scenario.warnings)
      line("  " + style_.yellow("• " + wrapped(warning, width_ - 2, "    ")));
  }

  void footer() {
    const EngineResult& e = d_.engine;
    line();
    line(style_.dim(
        wrapped(fmt::format("{} hops, {} events in {} of processor time ({:.0f} ns a hop), {:.0f} MiB",
                            count_text(e.hops), count_text(e.events), seconds_text(e.cpu_s), e.ns_per_hop(),
                            static_cast<double>(e.peak_rss_bytes) / 1048576.0),
                width_, "")));
    line(style_.dim(fmt::format("twinvoice {} ({})  seed {}  fingerprint {}", d_.scenario.manifest.version,
                                d_.scenario.manifest.commit, d_.scenario.seed, e.fingerprint)));
    for (const std::string& breach : e.breaches)
      line(style_.red("engine error: " + shortened(breach, width_ - 14)));
  }

  const ResultDocument& d_;
  const TerminalOptions& o_;
  Style style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string render_terminal(const ResultDocument& document, const TerminalOptions& options) {
  return Terminal(document, options).text();
}

}  // namespace twinvoice::report
