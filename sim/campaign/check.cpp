#include "sim/campaign/check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "sim/campaign/inputs.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::campaign {
namespace {

constexpr std::size_t kMostChecked = 500;  ///< cells; bounds the time that very long axes take

/// One problem, and the cells that have it.
struct Finding {
  Issue issue;
  std::string first_cell;
  std::size_t cells = 0;
};
using Findings = std::map<std::tuple<std::string, int, int, std::string, std::string>, Finding>;

void add(Findings& findings, const Issue& issue, const std::string& label) {
  const Place& at = issue.place;
  const Findings::key_type key{at.file, at.line, at.column, at.pointer, issue.message};
  if (findings.size() >= spec::kMaxIssues && findings.count(key) == 0) return;
  Finding& finding = findings[key];
  if (finding.cells++ > 0) return;
  finding.issue = issue;
  finding.first_cell = label;
}

/// The problem without the cell in which it was found.
Issue without_cell(Issue issue, const std::string& label) {
  const std::string context = in_the_cell(label);
  if (issue.message.rfind(context, 0) == 0) issue.message.erase(0, context.size());
  return issue;
}

Issues judge_cell(const Cell& cell, const spec::ModelCatalog& catalog, const Judge& judge) {
  Issues found;
  const spec::Experiment experiment = read_experiment_of(cell, catalog, found);
  if (found.has_errors()) return found;
  try {
    judge(experiment, found);
  } catch (const InvalidInput& invalid) {
    found.append(invalid.issues());
  }
  return found;
}

/// Of a grid, which may have a million points: the first with each level of each axis.
std::set<std::size_t> first_of_each_level(const Design& design) {
  std::set<std::size_t> positions;
  std::vector<std::vector<bool>> seen;
  std::size_t unseen = 0;
  for (const Axis& axis : design.axes()) {
    seen.emplace_back(axis.levels.size(), false);
    unseen += axis.levels.size();
  }
  for (std::size_t i = 0; i < design.size() && unseen > 0; ++i) {
    for (std::size_t axis = 0; axis < seen.size(); ++axis) {
      const std::size_t level = design.level_number(i, axis);
      if (seen[axis][level]) continue;
      seen[axis][level] = true;
      --unseen;
      positions.insert(i);
    }
  }
  return positions;
}

/// Of a sample: the first with each label of a list, and those with the least and the greatest number of each range.
std::set<std::size_t> ends_and_labels(const Design& design) {
  struct Ends {
    std::size_t least = 0, greatest = 0;
    double low = 0.0, high = 0.0;
  };
  std::set<std::size_t> positions;
  std::set<std::pair<std::size_t, std::string>> seen;
  std::vector<Ends> ends(design.axes().size());
  for (std::size_t i = 0; i < design.size(); ++i) {
    const Point point = design.at(i);
    for (std::size_t axis = 0; axis < point.levels.size(); ++axis) {
      const Level& level = point.levels[axis].level;
      if (!design.axes()[axis].is_continuous()) {
        if (seen.emplace(axis, level.label).second) positions.insert(i);
      } else {
        Ends& end = ends[axis];
        if (i == 0 || level.number < end.low) end.least = i, end.low = level.number;
        if (i == 0 || level.number > end.high) end.greatest = i, end.high = level.number;
      }
    }
  }
  for (std::size_t axis = 0; axis < ends.size(); ++axis) {
    if (design.axes()[axis].is_continuous()) positions.insert({ends[axis].least, ends[axis].greatest});
  }
  return positions;
}

}  // namespace

std::vector<std::size_t> cells_to_check(const Design& design) {
  const std::set<std::size_t> positions =
      design.is_grid() ? first_of_each_level(design) : ends_and_labels(design);
  const std::vector<std::size_t> all(positions.begin(), positions.end());
  if (all.size() <= kMostChecked) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < kMostChecked; ++i)
    some.push_back(all[i * (all.size() - 1) / (kMostChecked - 1)]);
  return some;
}

void check_cells(const Cells& cells, const spec::ModelCatalog& catalog, const Judge& judge, Issues& issues) {
  Findings findings;
  std::size_t checked = 0;
  for (const std::size_t position : cells_to_check(cells.design())) {
    const Point point = cells.design().at(position);
    const std::string label = label_of(point.levels);
    ++checked;
    try {
      const Issues found = cells.explain(point, judge_cell(cells.at(point), catalog, judge));
      for (const Issue& issue : found.all()) add(findings, issue, label);
    } catch (const InvalidInput& invalid) {
      for (const Issue& issue : invalid.issues().all()) add(findings, without_cell(issue, label), label);
    }
  }
  for (auto& [key, finding] : findings) {
    std::string message = finding.issue.message;
    if (finding.cells < checked || checked == 1) message = in_the_cell(finding.first_cell) + message;
    if (finding.issue.severity == Severity::kWarning) {
      issues.warning(finding.issue.place, std::move(message));
    } else {
      issues.error(finding.issue.place, std::move(message));
    }
  }
}

}  // namespace twinvoice::campaign
