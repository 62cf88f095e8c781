#include <fmt/format.h>

#include "sim/base/visible.hpp"
#include "sim/report/render.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

/// Text for XML 1.0: markup escaped, and so, as text, what XML has no character for or a terminal would act on.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : visible_lines(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default: out += c;
    }
  }
  return out;
}

/// One line for each fault or target that a promise is judged on: what was kept, with the bounds of the share.
std::string standings(const ExpectationResult& e) {
  std::string text;
  for (const PromiseStanding& one : e.standings) {
    const measure::PromiseResult& r = one.result;
    text += fmt::format("{}: {}: kept in {} of {} incidents, broken in {}, share kept {} to {}\n", one.name,
                        measure::name(r.verdict), r.kept, r.incidents, r.broken, share_text(r.share.low),
                        share_text(r.share.high));
  }
  return text;
}

/// `type`: the verdict. What is undecided is not met: a pipeline that reads "skipped" as passed would go on with exit code 4.
std::string failure(const ExpectationResult& e) {
  return fmt::format("    <failure type=\"{}\" message=\"{}\">{}</failure>\n", measure::name(e.verdict),
                     escaped(e.why), escaped(standings(e)));
}

std::string outcome(const ExpectationResult& e) {
  switch (e.verdict) {
    case measure::Verdict::met: return {};
    case measure::Verdict::missed:
    case measure::Verdict::undecided: return failure(e);
    case measure::Verdict::no_sample:
      return fmt::format("    <error type=\"no_sample\" message=\"{}\"/>\n", escaped(e.why));
  }
  return {};
}

}  // namespace

std::string render_junit(const ResultDocument& d) {
  std::size_t failures = 0;
  std::size_t errors = 0;
  for (const ExpectationResult& e : d.expectations) {
    const bool failed = e.verdict == measure::Verdict::missed || e.verdict == measure::Verdict::undecided;
    failures += failed ? 1U : 0U;
    errors += e.verdict == measure::Verdict::no_sample ? 1U : 0U;
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  text += fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{:.3f}\">\n",
      escaped(d.scenario.name), d.expectations.size(), failures, errors, d.engine.wall_s);
  text += fmt::format("    <properties>\n      <property name=\"seed\" value=\"{}\"/>\n", d.scenario.seed);
  text += fmt::format("      <property name=\"fingerprint\" value=\"{}\"/>\n    </properties>\n",
                      d.engine.fingerprint);
  for (const ExpectationResult& e : d.expectations) {
    const std::string verdict = outcome(e);
    text +=
        fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escaped(d.scenario.name), escaped(e.text));
    text += verdict.empty() ? "/>\n" : ">\n  " + verdict + "    </testcase>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace twinvoice::report
