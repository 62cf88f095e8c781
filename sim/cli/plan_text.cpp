#include "sim/cli/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/cli/plan_structure.hpp"
#include "sim/cli/program_text.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::cli {
namespace {

using report::TextColumn;

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kMostPlaceRows = 24;
/// Bytes a second of one Mbit/s.
constexpr double kMbps = 125'000.0;

/// Lines that are too wide go on below, indented by two more.
std::string fitted(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::size_t blanks = std::min(line.find_first_not_of(' '), width / 2);
    const std::string indent(blanks + 2, ' ');
    out += report::columns(line) <= width
               ? line
               : line.substr(0, blanks) + report::wrapped(line.substr(blanks), width, indent);
    out += '\n';
  }
  return out;
}

class PlanText {
 public:
  PlanText(const plan::Plan& plan, const PlanFacts& facts, const PlanView& view, const report::Style& style,
           std::size_t width)
      : plan_(plan), facts_(facts), view_(view), style_(style), width_(std::max(width, kNarrowest)) {}

  std::string text() {
    header();
    if (view_.without.empty()) operations();
    loads(LoadKind::kLimit, "RATE LIMITS: what comes to the fullest replica, of what it lets through",
          "requests/s");
    loads(LoadKind::kStation, "STATIONS: offered load of the fullest replica", "visits/s");
    loads(LoadKind::kPool, "POOLS: tokens in use without any waiting", "tokens");
    loads(LoadKind::kLink, "LINKS: requests, answers and replication", "Mbit/s");
    if (view_.without.empty()) {
      place_loads();
      out_ += structure_text(plan_, facts_, style_, width_);
      out_ += advice_text(facts_, style_, width_);
    }
    capacity();
    return fitted(out_, width_);
  }

 private:
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void title(const std::string& text) { line(), line(style_.bold(text)); }
  void say(const std::string& text) { line(paragraph(text, width_)); }

  void header() {
    line(style_.bold(plan_.name + (view_.without.empty() ? "" : ", without " + view_.without)));
    const std::string size =
        fmt::format("{} components, {} replicas, {} programs, {} steps", plan_.components.size(),
                    plan_.instances.size(), plan_.programs.size(), plan_.steps.size());
    const std::string runs = fmt::format("{} {} of {}, seed {}", plan_.replications,
                                         plan_.replications == 1 ? "run" : "replications",
                                         format_duration(plan_.horizon_ns), plan_.seed);
    line(style_.dim(
        fitted_line(size + "; " + (view_.topology_alone ? "under the volumes of its operations" : runs))));
    for (const plan::Fault& fault : plan_.faults) {
      say(fmt::format(
          "fault {} at {}{}{}", fault.name, format_clock(fault.at_ns),
          fault.until_ns < plan_.horizon_ns ? " until " + format_clock(fault.until_ns) : std::string(),
          fault.begins.valid() ? ", or later: each replication draws its begin" : ""));
    }
    for (const plan::Procedure& procedure : plan_.procedures) {
      say(fmt::format("procedure {} ({}){}", procedure.name, procedure.model,
                      procedure.implied ? ", implied" : ""));
    }
  }

  [[nodiscard]] std::string fitted_line(const std::string& text) const {
    return report::wrapped(text, width_, "  ");
  }

  void operations() {
    for (const compile::OperationTraffic& traffic : facts_.analysis.operations) {
      const plan::Operation& operation = plan_.operations[traffic.operation.index()];
      title("OPERATION " + operation.name);
      if (!(traffic.peak_per_s > 0.0)) {
        say(view_.topology_alone ? "no \"volume\" is stated (operations." + operation.name +
                                       ".volume: \"500000 per day\"): load and capacity are not judged"
                                 : "no load in this experiment");
        continue;
      }
      say(fmt::format("{:.4g}/s on average, {:.4g}/s at the peak; {:.3g} hops and {:.3g} frames a request",
                      traffic.mean_per_s, traffic.peak_per_s, traffic.hops_per_request,
                      traffic.frames_per_request));
      say(fmt::format("answers in {} on an idle system: no mean response time can be shorter",
                      report::seconds_text(traffic.unloaded_response_s)));
      if (traffic.success < 1.0)
        say(fmt::format("{} succeed by the stated error rates alone", report::share_text(traffic.success)));
      if (view_.steps) out_ += fitted(operation_text(plan_, traffic.operation), width_);
    }
  }

  [[nodiscard]] std::string load(double utilisation) const {
    const std::string text = fmt::format("{:.1f} %", utilisation * 100.0);
    return utilisation >= 1.0 ? style_.red(text) : utilisation >= 0.8 ? style_.yellow(text) : text;
  }

  void loads(LoadKind kind, const char* what, const char* unit) {
    TextColumn name{"", false, {}};
    TextColumn place{kind == LoadKind::kLink ? "way" : "place", false, {}};
    TextColumn replicas{"replicas", true, {}};
    TextColumn amount{unit, true, {}};
    TextColumn mean{"on average", true, {}};
    TextColumn peak{"at the peak", true, {}};
    TextColumn hedged{"all hedged", true, {}};
    TextColumn remark{"", false, {}};
    std::uint32_t idle = 0;
    for (const LoadFact& fact : facts_.loads) {
      if (fact.kind != kind) continue;
      if (!(fact.amount > 0.0)) {
        idle += fact.replicas;
        continue;
      }
      name.texts.push_back(fact.name);
      place.texts.push_back(fact.place);
      replicas.texts.push_back(std::to_string(fact.replicas));
      amount.texts.push_back(
          fmt::format("{:.4g}", kind == LoadKind::kLink ? fact.amount / kMbps : fact.amount));
      mean.texts.push_back(load(fact.utilisation));
      peak.texts.push_back(load(fact.peak_utilisation));
      hedged.texts.push_back(load(fact.hedged_utilisation));
      remark.texts.push_back(fact.hedged_utilisation < 1.0 ? ""
                             : fact.sheds_per_s > 0.0
                                 ? style_.red(fmt::format("turns away {:.4g}/s", fact.sheds_per_s))
                                 : style_.red("overloaded"));
    }
    if (name.texts.empty()) return;
    title(what);
    std::vector<TextColumn> columns{name, place};
    if (kind != LoadKind::kLink) columns.push_back(replicas);
    columns.insert(columns.end(), {amount, mean, peak});
    if (facts_.analysis.hedged) columns.push_back(hedged);
    const auto said = [](const std::string& text) { return !text.empty(); };
    if (std::any_of(remark.texts.begin(), remark.texts.end(), said)) columns.push_back(remark);
    table(std::move(columns), 2);
    if (idle > 0) line(style_.dim(fmt::format("  {} more have no load", idle)));
  }

  /// Names and places give way where one column more would not fit beside them.
  void table(std::vector<TextColumn> columns, std::size_t fixed) {
    constexpr std::size_t kBeside = 18;  // one more column, and the blanks before each
    const std::size_t room = width_ > 2 * kBeside ? width_ - kBeside : kBeside;
    const auto widest = [](const TextColumn& column) {
      std::size_t most = 0;
      for (const std::string& text : column.texts) most = std::max(most, report::columns(text));
      return most;
    };
    if (widest(columns[0]) + widest(columns[1]) > room) {
      const std::size_t places = std::min(widest(columns[1]), room / 2);
      for (std::string& text : columns[0].texts) text = report::shortened(text, room - places);
      for (std::string& text : columns[1].texts) text = report::shortened(text, places);
    }
    out_ += report::text_table_in_parts(columns, fixed, width_, style_);
  }

  void place_loads() {
    if (facts_.place_loads.empty() || facts_.lost_places.empty()) return;
    title("LOAD BY PLACE: fullest replica or pool, in calm, and while the place named on top is lost");
    TextColumn name{"", false, {}};
    TextColumn place{"place", false, {}};
    TextColumn calm{"in calm", true, {}};
    std::vector<TextColumn> without;
    for (const std::string& lost : facts_.lost_places) without.push_back({lost, true, {}});
    const std::size_t shown = std::min(facts_.place_loads.size(), kMostPlaceRows);
    for (std::size_t i = 0; i < shown; ++i) {
      const PlaceLoadFact& fact = facts_.place_loads[i];
      name.texts.push_back(fact.component);
      place.texts.push_back(fact.place);
      calm.texts.push_back(load(fact.calm));
      for (std::size_t l = 0; l < without.size(); ++l)
        without[l].texts.push_back(fact.without[l] ? load(*fact.without[l]) : style_.dim("lost"));
    }
    std::vector<TextColumn> columns{name, place, calm};
    columns.insert(columns.end(), without.begin(), without.end());
    table(std::move(columns), 2);
    if (shown < facts_.place_loads.size())
      say(fmt::format("and {} more, less loaded (--format json has all)", facts_.place_loads.size() - shown));
    for (std::size_t l = 0; l < facts_.lost_places.size(); ++l) all_lost(l);
    for (const std::string& clients : facts_.client_places)
      say(fmt::format("without {} there is no load: the clients stand there", clients));
  }

  /// Components that have load in calm and no replica that could take it.
  void all_lost(std::size_t lost) {
    std::vector<std::string> gone;
    for (const PlaceLoadFact& fact : facts_.place_loads) {
      const auto left = [&](const PlaceLoadFact& other) {
        return other.component == fact.component && other.without[lost].value_or(0.0) > 0.0;
      };
      if (fact.calm > 0.0 && !fact.without[lost] &&
          std::none_of(facts_.place_loads.begin(), facts_.place_loads.end(), left) &&
          std::find(gone.begin(), gone.end(), fact.component) == gone.end())
        gone.push_back(fact.component);
    }
    if (gone.empty()) return;
    line(style_.red(paragraph(fmt::format("without {} nothing is left that takes the load of {}",
                                          facts_.lost_places[lost], fmt::join(gone, ", ")),
                              width_)));
  }

  void capacity() {
    const compile::PlanAnalysis& analysis = facts_.analysis;
    title(view_.topology_alone ? "CAPACITY" : "COST OF THE RUN");
    if (!view_.topology_alone) {
      say(fmt::format("about {} hops a replication, {} of computing for all {} (at {:.0f} ns a hop)",
                      report::count_text(static_cast<std::uint64_t>(std::max(analysis.hops, 0.0))),
                      report::seconds_text(analysis.wall_s), plan_.replications, compile::kNanosPerHop));
    }
    if (std::isfinite(analysis.scale_to_saturation) && analysis.scale_to_saturation > 0.0) {
      say(fmt::format("the load may grow by the factor {:.3g} before {} is full at the peak{}",
                      analysis.scale_to_saturation, analysis.fullest,
                      analysis.hedged ? ", if every call is hedged that may be: with fewer hedges it may "
                                        "grow further, but hedges come when it is full"
                                      : ""));
    } else {
      say("no load: nothing is said of it");
    }
    for (const std::string& warning : analysis.warnings)
      line(style_.yellow(paragraph("warning: " + warning, width_)));
  }

  const plan::Plan& plan_;
  const PlanFacts& facts_;
  const PlanView& view_;
  const report::Style& style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string plan_text(const plan::Plan& plan, const PlanFacts& facts, const PlanView& view,
                      const report::Style& style, std::size_t width) {
  return PlanText(plan, facts, view, style, width).text();
}

}  // namespace twinvoice::cli
