#include "sim/campaign/verdict.hpp"

#include <algorithm>
#include <utility>

namespace twinvoice::campaign {
namespace {

template <typename Figures>
std::vector<std::string> figure_names(const Figures& figures) {
  std::vector<std::string> names;
  for (const auto& figure : figures) names.push_back(figure.name);
  return names;
}

/// The place among `names` of what is written; nothing and a problem when there is none.
std::optional<std::size_t> find_figure(const Tools& tools, const std::vector<std::string>& names,
                                       const std::string& written, std::string& problem) {
  const auto name = tools.full_name(names, written, problem);
  if (!name) return std::nullopt;
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), *name) - names.begin());
}

}  // namespace

Evaluation Verdict::evaluate(const OpenCell& cell) const {
  std::vector<measure::RunRecord> records;
  records.reserve(cell.wanted());
  for (const auto* bytes : cell.replications()) records.push_back(decode_record(*bytes));
  return tools_.evaluate(cell.task().position, records);
}

std::vector<measure::Estimate> Verdict::targets(const std::vector<store::CellFigure>& figures) const {
  const std::vector<std::string> names = figure_names(figures);
  std::vector<measure::Estimate> estimates;
  for (const Target& target : orders_.rule.until) {
    std::string problem;
    const auto at = find_figure(tools_, names, target.figure, problem);
    if (!at) throw std::runtime_error(problem);
    estimates.push_back(figures[*at].estimate);
  }
  return estimates;
}

std::optional<double> Verdict::raced(const store::ReplicationRow& row, std::string& problem) const {
  const auto at = find_figure(tools_, figure_names(row.figures), orders_.race->figure, problem);
  if (!at) return std::nullopt;
  return row.figures[*at].value;
}

Finished Verdict::complete(const OpenCell& cell, Evaluation seen, std::string reason) const {
  Finished finished;
  finished.cell = tools_.row(cell.task().position);
  finished.cell.state = "complete";
  finished.cell.reason = std::move(reason);
  finished.cell.figures = std::move(seen.figures);
  finished.cell.verdict = store::verdict_of(seen.expectations);
  finished.cell.expectations = std::move(seen.expectations);
  for (const auto* bytes : cell.replications()) finished.replications.push_back(decode_row(*bytes));
  return finished;
}

Finished Verdict::failed(OpenCell& cell, std::vector<store::PendingRow> saved) const {
  Finished finished;
  finished.cell = tools_.row(cell.task().position);
  finished.cell.state = "failed";
  if (orders_.race) {
    cell.restore(std::move(saved));
    attempt(cell, [&] {
      for (const auto* bytes : cell.replications()) finished.replications.push_back(decode_row(*bytes));
    });
  }
  finished.cell.reason = cell.failure();
  return finished;
}

}  // namespace twinvoice::campaign
