#include "sim/cli/plan_structure.hpp"

#include <fmt/format.h>

#include <vector>

#include "sim/base/visible.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::cli {
namespace {

using compile::Element;

/// From here on an operation is said to fail: what is left is rounding.
constexpr double kAll = 0.9995;
/// A loss that costs less is not told.
constexpr double kTold = 0.0005;
constexpr std::size_t kMostRows = 12;
/// Columns beside what is lost: indents, the gap and "at least 99.99 %".
constexpr std::size_t kCost = 24;

class StructureText {
 public:
  StructureText(const plan::Plan& plan, const PlanFacts& facts, const report::Style& style, std::size_t width)
      : plan_(plan), facts_(facts), style_(style), width_(width) {}

  std::string text() {
    line(), line(style_.bold("STRUCTURE"));
    for (const std::string& problem : facts_.problems)
      line(style_.red(cli::paragraph("cannot work: " + problem, width_)));
    for (std::size_t o = 0; o < plan_.operations.size(); ++o) operation(plan::OperationId(o));
    unnoticed();
    return std::move(out_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void paragraph(const std::string& text) { line(cli::paragraph(text, width_)); }

  /// "all 2 replicas of ceph at beijing", "one of 2 replicas of waf, at shanghai-a", "region shanghai".
  [[nodiscard]] std::string what(const compile::SingleLoss& loss) const {
    if (loss.element == Element::kReplica) return fmt::format("one of {} {}", loss.of, loss.name);
    if (loss.element == Element::kReplicas)
      return fmt::format("the {} of {} {}", loss.dead, loss.of, loss.name);
    return fmt::format("{} {}", compile::element_name(loss.element), loss.name);
  }

  [[nodiscard]] static std::string share(const compile::Lost& lost) {
    const char* doubt = lost.at_least && lost.at_most ? "about "
                        : lost.at_least               ? "at least "
                        : lost.at_most                ? "at most "
                                                      : "";
    return doubt + report::share_text(lost.share);
  }

  void operation(plan::OperationId id) {
    const std::string& name = plan_.operations[id.index()].name;
    std::string points;
    std::vector<const compile::SingleLoss*> partial;
    for (const compile::SingleLoss& loss : facts_.losses) {
      if (loss.operation != id || loss.holds_clients || loss.lost.share < kTold) continue;
      if (loss.lost.share < kAll) {
        partial.push_back(&loss);
      } else {
        points += (points.empty() ? "" : ", ") + what(loss);
      }
    }
    paragraph(points.empty() ? "no single point of failure of " + name
                             : fmt::format("single points of failure of {}: {}", name, points));
    if (partial.empty()) return;
    paragraph(fmt::format("what one loss costs {}, while it lasts and no runbook has acted:", name));
    report::TextColumn what_is_lost{"", false, {}};
    report::TextColumn costs{"", true, {}};
    for (std::size_t i = 0; i < partial.size() && i < kMostRows; ++i) {
      what_is_lost.texts.push_back("  " + report::shortened(what(*partial[i]), width_ - kCost));
      costs.texts.push_back(share(partial[i]->lost));
    }
    const std::string table = report::text_table({what_is_lost, costs}, style_);
    out_ += table.substr(table.find('\n') + 1);  // it has no titles
    if (partial.size() > kMostRows)
      line(style_.dim(fmt::format("    and {} more", partial.size() - kMostRows)));
  }

  /// Components of several replicas that are called and whose dead replicas go on being chosen.
  void unnoticed() {
    std::string retried;
    for (const NoticeFact& notice : facts_.notices) {
      if (notice.by_all) continue;
      const plan::Component& component = plan_.components[notice.component.index()];
      const std::string cost = cost_of_one(notice.component);
      const auto& some = notice.by;
      if (cost.empty()) {
        retried += (retried.empty() ? "" : ", ") + component.name;
        continue;
      }
      const std::string who =
          some.empty()
              ? fmt::format("nobody takes a dead replica of {} out (no probe, no ejection)", component.name)
              : fmt::format("a dead replica of {} is taken out by {} alone", component.name,
                            fmt::join(some, ", "));
      line(style_.yellow(cli::paragraph(who + ": that costs " + cost, width_)));
    }
    if (!retried.empty())
      paragraph("nobody takes dead replicas out of " + retried +
                ", but retries of their callers make up for one");
  }

  /// What one dead replica costs, place by place; "" where it costs nothing.
  [[nodiscard]] std::string cost_of_one(plan::ComponentId id) const {
    std::string cost;
    for (const compile::SingleLoss& loss : facts_.losses) {
      if (loss.component != id || loss.element != Element::kReplica || loss.lost.share < kTold) continue;
      cost += fmt::format("{}{} of {} for one of {}", cost.empty() ? "" : ", ", share(loss.lost),
                          plan_.operations[loss.operation.index()].name, loss.name);
    }
    return cost;
  }

  const plan::Plan& plan_;
  const PlanFacts& facts_;
  const report::Style& style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string paragraph(const std::string& text, std::size_t width) {
  return "  " + report::wrapped(text, width - 2, "    ");
}

std::string structure_text(const plan::Plan& plan, const PlanFacts& facts, const report::Style& style,
                           std::size_t width) {
  return StructureText(plan, facts, style, width).text();
}

std::string advice_text(const PlanFacts& facts, const report::Style& style, std::size_t width) {
  std::string out;
  for (const auto& [advice, place] : facts.advice) {
    out += style.yellow(paragraph(advice.name + ": " + advice.text, width)) + "\n";
    if (place.line > 0)
      out += style.dim(fmt::format("    {}:{}: {}", visible(place.file), place.line, place.pointer)) + "\n";
  }
  return out.empty() ? out : "\n" + style.bold("ADVICE") + "\n" + out;
}

}  // namespace twinvoice::cli
