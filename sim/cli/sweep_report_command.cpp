// twinvoice sweep report: what a store says of a campaign.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "sim/base/issues.hpp"
#include "sim/campaign/design.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_points.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/sweep_report.hpp"
#include "sim/spec/sweep.hpp"
#include "sim/store/export.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::cli {
namespace {

struct SweepReportArguments {
  std::string store, sweep;
  std::vector<std::string> figures;
  std::string format = "text";
};

report::SweepDesign design_of(spec::DesignKind kind) {
  switch (kind) {
    case spec::DesignKind::kCartesian: return report::SweepDesign::kGrid;
    case spec::DesignKind::kSaltelli: return report::SweepDesign::kSaltelli;
    case spec::DesignKind::kZip:
    case spec::DesignKind::kLatinHypercube:
    case spec::DesignKind::kSobol: break;
  }
  return report::SweepDesign::kSample;
}

spec::Sweep read_spec(const store::SweepRow& row) {
  Issues issues;
  spec::Sweep sweep = spec::read_sweep(row.name, row.text, issues);
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return sweep;
}

/// Whose each axis is, and the numbers of its levels where all have one.
std::vector<report::AxisInfo> about_axes(const spec::Sweep& sweep) {
  Issues ignored;
  std::vector<report::AxisInfo> list;
  for (const campaign::Axis& axis : campaign::make_axes(sweep, ignored)) {
    report::AxisInfo& info = list.emplace_back();
    info.of_world = axis.role == spec::AxisRole::kWorld;
    for (const campaign::AxisLevel& level : axis.levels)
      info.numbers.emplace(level.level.label, level.level.number);
    const bool ordered = std::none_of(info.numbers.begin(), info.numbers.end(),
                                      [](const auto& one) { return std::isnan(one.second); });
    if (!ordered) info.numbers.clear();
  }
  return list;
}

/// Names of the figures of the finished cells, in the order of the first that is complete.
std::vector<std::string> figure_names(const store::Store& store, const store::SweepRow& row) {
  for (const store::PointRow& point : row.points) {
    const std::optional<store::CellRow> cell = store.cell(point.cell_id);
    if (!cell || cell->state != "complete") continue;
    std::vector<std::string> names;
    for (const store::CellFigure& figure : cell->figures) names.push_back(figure.name);
    return names;
  }
  return {};
}

std::optional<bool> better_side(const std::string& figure) {
  switch (report::kind_of(figure).better) {
    case report::Better::kLess: return true;
    case report::Better::kMore: return false;
    case report::Better::kNeither: break;
  }
  return std::nullopt;
}

/// The figures to report: those of --figure; else what the sweep itself is about; else those worth showing.
class Chooser {
 public:
  Chooser(const std::vector<std::string>& names, report::SweepInput& input) : names_(names), input_(input) {}

  void choose(const spec::Sweep& sweep, const std::vector<std::string>& wanted) {
    for (const std::string& figure : wanted) add(figure, "--figure", std::nullopt, false);
    for (const spec::ObjectiveFigure& objective : sweep.objectives)
      add(objective.figure().text, "/objectives", objective.minimise.has_value(), true);
    if (sweep.select) {
      const auto at = add(sweep.select->figure.figure().text, "/select",
                          sweep.select->figure.minimise.has_value(), false);
      if (at) select(sweep, *at);
    }
    if (wanted.empty() && sweep.replications) {
      for (const spec::PrecisionSpec& precision : sweep.replications->until)
        add(precision.figure.text, "/replications/until", std::nullopt, false);
    }
    if (input_.figures.empty()) {
      for (const std::string& name : names_) {
        if (report::shown_by_default(name)) input_.figures.push_back({name, better_side(name), false});
      }
    }
    if (issues_.has_errors()) throw InvalidInput(std::move(issues_));
  }

 private:
  /// Its place in the list, which has each figure once.
  std::optional<std::size_t> add(const std::string& written, const char* where, std::optional<bool> minimise,
                                 bool is_objective) {
    std::string problem;
    const std::optional<std::string> name = report::full_name(names_, written, problem);
    if (!name) {
      issues_.error({where, 0, 0, ""}, problem);
      return std::nullopt;
    }
    auto& figures = input_.figures;
    auto found = std::find_if(figures.begin(), figures.end(), [&](const auto& f) { return f.name == *name; });
    if (found == figures.end()) found = figures.insert(found, {*name, better_side(*name), false});
    if (minimise) found->minimise = minimise;
    found->is_objective = found->is_objective || is_objective;
    return static_cast<std::size_t>(found - figures.begin());
  }

  void select(const spec::Sweep& sweep, std::size_t figure) {
    measure::SelectionGoal goal;
    goal.indifference = sweep.select->indifference.base_value();
    goal.confidence = sweep.select->confidence.value;
    goal.minimise = sweep.select->figure.minimise.has_value();
    if (sweep.replications)
      goal.first_stage = static_cast<std::size_t>(std::max<std::int64_t>(2, sweep.replications->least));
    input_.select = {figure, goal};
  }

  const std::vector<std::string>& names_;
  report::SweepInput& input_;
  Issues issues_;
};

double value_of(const std::vector<store::Figure>& figures, const std::string& name) {
  for (const store::Figure& figure : figures) {
    if (figure.name == name) return figure.value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

measure::Estimate estimate_of(const std::vector<store::CellFigure>& figures, const std::string& name) {
  for (const store::CellFigure& figure : figures) {
    if (figure.name == name) return figure.estimate;
  }
  return {};
}

report::SweepCell read_cell(const store::Store& store, const store::PointRow& point, std::size_t axes,
                            const std::vector<report::SweepFigure>& figures) {
  report::SweepCell cell;
  cell.position = point.position;
  cell.id = point.cell_id;
  for (const auto& [axis, label] : point.levels) cell.levels.push_back(label);
  cell.label = levels_text(point);
  if (cell.levels.size() != axes)
    throw store::StoreError(store::StoreError::Kind::kMedium, store.path(), "read the design",
                            fmt::format("point {} has {} levels, and the sweep has {} axes", point.position,
                                        cell.levels.size(), axes),
                            "take a copy of it from before");
  const std::optional<store::CellRow> row = store.cell(point.cell_id);
  cell.state = row ? row->state : "missing";
  if (row) cell.reason = row->reason;
  if (cell.state != "complete") return cell;
  cell.verdict = row->verdict;
  cell.expectations = row->expectations;
  cell.replicas = estimate_of(row->figures, "replicas").value;
  cell.cost = estimate_of(row->figures, "cost").value;
  const auto replications = store.replications(point.cell_id, store::Store::Detail::kWithoutLatencies);
  cell.replications = replications.size();
  for (const report::SweepFigure& figure : figures) {
    cell.estimates.push_back(estimate_of(row->figures, figure.name));
    std::vector<double>& values = cell.values.emplace_back();
    for (const store::ReplicationRow& replication : replications)
      values.push_back(value_of(replication.figures, figure.name));
  }
  return cell;
}

int report_sweep(const SweepReportArguments& arguments) {
  const store::Store store(arguments.store, store::Store::Mode::kRead);
  const store::Snapshot snapshot(store);
  const store::SweepRow row = store::find_sweep(store, arguments.sweep);
  const spec::Sweep sweep = read_spec(row);
  report::SweepInput input;
  input.name = row.name;
  input.store = arguments.store;
  input.axes = row.axes;
  input.about = about_axes(sweep);
  input.design = design_of(sweep.design.kind);
  input.common_draws = sweep.draws == spec::DrawsMode::kCommon;
  const std::vector<std::string> names = figure_names(store, row);
  // Before the first cell is complete there are no names to choose from.
  if (!names.empty()) Chooser(names, input).choose(sweep, arguments.figures);
  for (const store::PointRow& point : row.points)
    input.cells.push_back(read_cell(store, point, input.axes.size(), input.figures));
  const report::SweepDocument document = report::analyse(std::move(input));
  if (arguments.format == "json") {
    print_data(report::render_json(document));
  } else {
    print_text(
        report::render_terminal(document, {may_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), false}));
  }
  return kOk;
}

}  // namespace

void add_sweep_report(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand(
      "report", "What a store says: the smallest design that does, cells, effects, the best");
  const auto a = std::make_shared<SweepReportArguments>();
  command->add_option("store", a->store, "store of results (SQLite)")->required();
  command->add_option("--sweep", a->sweep, "name of the sweep, when the store has several");
  command->add_option("--figure", a->figures,
                      "figure to report, e.g. rto or issue-invoice.p99; may be given several times");
  command->add_option("--format", a->format, "text or json")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Shows the objectives of the sweep and the figures that it was to be precise on, unless --figure says "
      "otherwise. A cell is\n"
      "called best, worse or dominated only where paired replications show it, and among the cells of one "
      "world alone. Each cell\n"
      "is judged as `twinvoice run` judges it: ANSWER names the smallest design that meets what is expected "
      "in "
      "every world, by\n"
      "cost where the topologies state one, else by replicas. Reads while a campaign is running, too.\n"
      "Exit codes: 0 reported, 2 no such store, sweep or figure.\n\n"
      "Examples:\n"
      "  twinvoice sweep report failover-design.twinvoice.sqlite\n"
      "  twinvoice sweep report whichever-zone.twinvoice.sqlite --format json | jq .answer\n"
      "  twinvoice sweep report failover-design.twinvoice.sqlite --figure rto --format json | jq "
      "'.figures[].rankings'");
  command->callback([&session, a] { session.action = [a] { return report_sweep(*a); }; });
}

}  // namespace twinvoice::cli
