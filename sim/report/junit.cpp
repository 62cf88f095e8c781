#include <fmt/format.h>

#include "sim/report/render.hpp"

namespace twinvoice::report {
namespace {

/// Text for XML 1.0: markup escaped, control characters left out.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

std::string outcome(const ExpectationResult& e) {
  switch (e.verdict) {
    case measure::Verdict::met: return {};
    case measure::Verdict::missed: return fmt::format("    <failure message=\"{}\"/>\n", escaped(e.why));
    case measure::Verdict::undecided:
      return fmt::format("    <skipped message=\"undecided: {}\"/>\n", escaped(e.why));
    case measure::Verdict::no_sample: return fmt::format("    <error message=\"{}\"/>\n", escaped(e.why));
  }
  return {};
}

}  // namespace

std::string render_junit(const ResultDocument& d) {
  std::size_t failures = 0;
  std::size_t skipped = 0;
  std::size_t errors = 0;
  for (const ExpectationResult& e : d.expectations) {
    failures += e.verdict == measure::Verdict::missed ? 1U : 0U;
    skipped += e.verdict == measure::Verdict::undecided ? 1U : 0U;
    errors += e.verdict == measure::Verdict::no_sample ? 1U : 0U;
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  text += fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
      escaped(d.scenario.name), d.expectations.size(), failures, errors, skipped, d.engine.wall_s);
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
