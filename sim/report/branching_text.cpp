// Policies compared, for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "sim/report/branching.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

/// How the figures that are shown are read.
struct Shown {
  std::string_view ending;
  std::string_view title;
  std::string (*text)(double);
  bool more_is_better;
};

/// What was served first: a share can be had by turning requests away.
constexpr std::array<Shown, 6> kShown{
    {{".served", "REQUESTS SERVED of ", whole_text, true},
     {".availability", "AVAILABILITY of ", share_text, true},
     {".p99", "P99 of ", seconds_text, false},
     {".rto", "RTO of ", seconds_text, false},
     {".rpo", "RPO of ", seconds_text, false},
     {".rpo_invoices", "ACKNOWLEDGED INVOICES LOST by ", number_text, false}}};

const Shown* shown(std::string_view name) {
  const auto found =
      std::find_if(kShown.begin(), kShown.end(), [&](const Shown& s) { return name.ends_with(s.ending); });
  return found != kShown.end() ? &*found : nullptr;
}

/// With its sign. Differences of shares are percentage points.
std::string change_text(const Shown& how, double value) {
  if (!std::isfinite(value)) return how.text(value);
  const std::string sign = value > 0.0 ? "+" : value < 0.0 ? "−" : "±";
  const double size = std::abs(value);
  if (how.text == share_text) return fmt::format("{}{:.3g}", sign, size * 100.0);
  return sign + how.text(size);
}

class BranchTerminal {
 public:
  BranchTerminal(const BranchDocument& document, const TerminalOptions& options)
      : d_(document), style_(options.colour), width_(std::clamp<std::size_t>(options.width, 80, 100)) {
    for (const PolicyResult& p : d_.policies) name_width_ = std::max(name_width_, columns(p.name));
    name_width_ = std::min<std::size_t>(name_width_, 24);
  }

  std::string text() {
    header();
    for (std::size_t f = 0; f < d_.policies.front().figures.size(); ++f) figure(f);
    footer();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void paragraph(const std::string& text, const std::string& indent) {
    line(indent + wrapped(text, width_ - columns(indent), indent));
  }

  void header() {
    const Scenario& s = d_.scenario();
    const std::string badge = d_.complete() ? "" : style_.badge("33", " INCOMPLETE ");
    const std::string head =
        fmt::format("{}: {} from {} on", s.name,
                    d_.policies.size() == 1 ? "1 policy" : fmt::format("{} policies", d_.policies.size()),
                    format_clock(d_.at_ns));
    line(left(style_.bold(shortened(head, width_ - columns(badge) - 2)), width_ - columns(badge)) + badge);
    const std::string runs =
        d_.fresh
            ? fmt::format("one history, {} of it with new draws for each policy",
                          s.replications == 1 ? "1 future" : fmt::format("{} futures", s.replications))
            : fmt::format("{}, each with one future for each policy",
                          s.replications == 1 ? "1 history" : fmt::format("{} histories", s.replications));
    line(style_.dim(shortened(
        fmt::format("{}; to {}, seed {}, topology {}", runs, format_clock(s.horizon_ns), s.seed, s.topology),
        width_)));
    for (const PolicyResult& p : d_.policies) {
      for (const std::string& stop : p.document.stops) paragraph(p.name + ": " + stop, "  ");
      for (const std::string& error : p.document.scenario.errors) paragraph(p.name + ": " + error, "  ");
      if (!p.over.empty()) paragraph(p.name + ": differences are " + p.over, "  ");
    }
    line();
    line(style_.bold("POLICIES"));
    for (const PolicyResult& p : d_.policies) {
      std::string actions;
      for (const std::string& action : p.actions) actions += (actions.empty() ? "" : "; ") + action;
      line("  " + left(shortened(p.name, name_width_), name_width_ + 2) +
           style_.dim(shortened(actions.empty() ? "nothing is done" : actions, width_ - name_width_ - 4)));
      for (const std::string& lost : p.orders_lost)
        line("    " + style_.yellow(wrapped(lost, width_ - 4, "    ")));
    }
  }

  void figure(std::size_t f) {
    const std::string& name = d_.policies.front().figures[f].name;
    const Shown* how = shown(name);
    if (how == nullptr) return;
    const auto unseen = [f](const PolicyResult& p) { return p.figures[f].estimate.samples == 0; };
    if (std::all_of(d_.policies.begin(), d_.policies.end(), unseen) || nobody_came(name)) return;
    line();
    line(style_.bold(std::string(how->title) + name.substr(0, name.rfind('.'))) +
         (d_.policies.size() > 1
              ? style_.dim(fmt::format("  and the difference to \"{}\"", d_.policies.front().name))
              : ""));
    for (const PolicyResult& p : d_.policies) row(*how, p.name, p.figures[f], p.document.replications);
  }

  /// To the operation whose figure it is, under any policy.
  bool nobody_came(const std::string& name) const {
    const std::string_view of = std::string_view(name).substr(0, name.rfind('.'));
    bool known = false;
    for (const PolicyResult& p : d_.policies) {
      for (const OperationResult& op : p.document.operations) {
        if (op.info.name == of && op.arrived > 0) return false;
        known = known || op.info.name == of;
      }
    }
    return known;
  }

  void row(const Shown& how, const std::string& name, const PolicyFigure& f, std::uint64_t futures) {
    const auto text = how.text;
    const Estimate& e = f.estimate;
    std::string value = e.samples == 0 ? "-" : text(e.value);
    std::string range = has_interval(e) ? fmt::format("[{}, {}]", text(e.low), text(e.high)) : "";
    if (f.not_restored > 0) {
      value = futures < 2 ? "> " + text(e.low) : "-";
      range = fmt::format("not restored in {} of {}", f.not_restored, futures);
      if (futures > 1 && e.low > 0.0) range += fmt::format("; the mean is above {}", text(e.low));
    }
    const std::string row =
        "  " + left(shortened(name, name_width_), name_width_ + 1) + right(value, 12) + "  ";
    const std::string change = difference(how, f);
    if (columns(row) + 25 + columns(change) <= width_ && columns(range) <= 24)
      return line(row + (change.empty() ? style_.dim(range) : style_.dim(left(range, 25)) + change));
    line(row + style_.dim(range));
    if (!change.empty()) line(std::string(columns(row), ' ') + change);
  }

  std::string difference(const Shown& how, const PolicyFigure& f) const {
    if (!f.no_difference.empty()) return style_.dim(f.no_difference);
    const Estimate& e = f.difference;
    if (e.samples == 0) return {};
    const bool known = e.samples > 1;  // one pair has no interval
    if (e.value == 0.0 && (!known || e.low == e.high)) return style_.dim("the same in every pair");
    const auto text = [&](double v) { return change_text(how, v); };
    const char* unit = how.text == share_text ? " points" : "";
    if (!known) return text(e.value) + unit;
    const std::string both = fmt::format("{} [{}, {}]{}", text(e.value), text(e.low), text(e.high), unit);
    if (e.low <= f.indifferent && e.high >= -f.indifferent) return style_.dim(both);
    const bool better = (e.value > 0.0) == how.more_is_better;
    return better ? style_.green("▲ better ") + both : style_.red("▼ worse ") + both;
  }

  void footer() {
    line();
    line(style_.bold("READ THIS WITH IT"));
    const auto note = [&](const std::string& text) {
      line("  " + style_.dim("• " + wrapped(text, width_ - 4, "    ")));
    };
    const std::string from = format_clock(d_.at_ns);
    note(fmt::format(
        "What was served, availability, P99 and invoices lost are of requests that arrived from {0} on; RTO "
        "and RPO count from the fault: what was lost before {0} is in the RPO alone.",
        from));
    note(
        "Values are means over the futures of what each one shows. Differences are paired: the two futures "
        "of a pair share their history and their draws. Better and "
        "worse are said when the whole 95 % interval is more than 1 % of the first policy's value away from "
        "0 "
        "(of what an availability misses to 100 %); with many figures, one in twenty is so by chance.");
    note(
        "Served counts requests that arrived from the branch on and were answered with success, a run. A "
        "policy "
        "that turns requests away has fewer of them, however good its latencies are.");
    for (const std::string& warning : d_.scenario().warnings)
      line("  " + style_.yellow("• " + wrapped(warning, width_ - 4, "    ")));
    line();
    const Manifest& m = d_.scenario().manifest;
    line(style_.dim(fmt::format("twinvoice {} ({})  seed {}", m.version, m.commit, d_.scenario().seed)));
    for (const PolicyResult& p : d_.policies) {
      for (const std::string& breach : p.document.engine.breaches)
        line(style_.red("engine error: " + shortened(breach, width_ - 14)));
    }
  }

  const BranchDocument& d_;
  Style style_;
  std::size_t width_;
  std::size_t name_width_ = 0;
  std::string out_;
};

}  // namespace

std::string render_terminal(const BranchDocument& document, const TerminalOptions& options) {
  return BranchTerminal(document, options).text();
}

}  // namespace twinvoice::report
