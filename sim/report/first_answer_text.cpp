// The first answer of a long run: the same figures as the report's, of the replications that have ended.
#include <fmt/format.h>

#include <algorithm>

#include "sim/report/build.hpp"
#include "sim/report/incident_text.hpp"
#include "sim/report/render.hpp"
#include "sim/report/style.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

std::string so_far(measure::Verdict verdict, const Style& style) {
  switch (verdict) {
    case measure::Verdict::met: return style.green("so far met      ");
    case measure::Verdict::missed: return style.red("so far missed   ");
    case measure::Verdict::undecided: return style.yellow("so far undecided");
    case measure::Verdict::no_sample: return style.yellow("so far not seen ");
  }
  return {};
}

std::string kept(const ExpectationResult& e) {
  std::string text;
  for (const PromiseStanding& one : e.standings)
    text += fmt::format(", {} of {}", one.result.kept, one.result.incidents);
  return text.empty() ? text : ": kept in" + text.substr(1);
}

}  // namespace

std::string render_first_answer(const ResultDocument& d, std::uint64_t all, const TerminalOptions& options) {
  const Style style(options.colour);
  const std::size_t width = std::clamp<std::size_t>(options.width, 80, 100);
  std::string text =
      fmt::format("twinvoice: a first answer, from {} of {} replications:\n", d.replications, all);
  const auto line = [&](const std::string& head, const std::string& rest) {
    const std::string indent(columns(head), ' ');
    text += head + wrapped(rest, width, indent) + "\n";
  };
  for (const DisruptionResult& r : d.disruptions) {
    const bool some = r.rto_s.incidents < d.replications;
    line("  ", fmt::format("{}: {}{}", r.fault.name, recovery_line(r),
                           some ? fmt::format(" ({} of them)", r.rto_s.incidents) : ""));
  }
  if (d.disruptions.empty()) {
    for (const OperationResult& op : d.operations) {
      if (op.arrived > 0)
        line("  ", fmt::format("{}: availability {}, p99 {}", op.info.name,
                               estimate_text(op.availability_request, share_text),
                               estimate_text(op.p99_s, seconds_text)));
    }
  }
  for (const ExpectationResult& e : d.expectations)
    line("  " + so_far(e.verdict, style) + "  ", e.text + kept(e));
  return text;
}

}  // namespace twinvoice::report
