#include "sim/report/branching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "sim/measure/comparison.hpp"
#include "sim/measure/intervals.hpp"
#include "sim/report/build.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/json_values.hpp"

namespace twinvoice::report {
namespace {

std::vector<PolicyFigure> figures_of(const ResultDocument& d) {
  std::vector<PolicyFigure> list;
  for (store::CellFigure& figure : figures(d)) {
    PolicyFigure one;
    for (const DisruptionResult& r : d.disruptions) {
      if (figure.name == r.fault.name + ".rto") one.not_restored = r.not_restored;
    }
    one.name = std::move(figure.name);
    one.estimate = std::move(figure.estimate);
    list.push_back(std::move(one));
  }
  return list;
}

using Values = std::vector<double>;  ///< of the figures of one future; empty: it has not come to its end

/// NaN for what is a figure of all futures together only.
Values values_of(const Scenario& scenario, const measure::RunRecord& run,
                 const std::vector<Yardstick>& yardsticks, std::span<const PolicyFigure> wanted) {
  const std::vector<store::Figure> all = digest(scenario, run, &yardsticks).figures;
  Values values;
  for (const PolicyFigure& figure : wanted) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const store::Figure& f) { return f.name == figure.name; });
    values.push_back(found != all.end() ? found->value : std::numeric_limits<double>::quiet_NaN());
  }
  return values;
}

/// Whether requests of the operation whose figure it is stayed open, so that the figure is a range.
bool is_open(const ResultDocument& d, std::string_view figure) {
  return std::any_of(d.operations.begin(), d.operations.end(), [&](const OperationResult& op) {
    return op.info.name == figure_of(figure) && op.unanswered > 0;
  });
}

/// The figures of a policy as means over the futures that came to their end, where each of these shows the figure. What open requests
/// may make of them stays in their ends.
void tell_means(PolicyResult& policy, const std::vector<Values>& futures) {
  std::vector<PolicyFigure>& figures = policy.figures;
  for (std::size_t f = 0; f < figures.size(); ++f) {
    std::vector<double> values;
    for (const Values& future : futures) {
      if (!future.empty()) values.push_back(future[f]);
    }
    const bool seen = std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    if (values.empty() || !seen) continue;
    Estimate mean = within_range(kind_of(figures[f].name), measure::student_interval(values));
    if (is_open(policy.document, figures[f].name)) {
      mean.low = std::min(mean.low, figures[f].estimate.low);
      mean.high = std::max(mean.high, figures[f].estimate.high);
      mean.converged = mean.converged && figures[f].estimate.converged;
    }
    figures[f].estimate = std::move(mean);
  }
}

std::string over_pairs(const std::vector<Values>& ours, const std::vector<Values>& first) {
  std::size_t whole = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) whole += ours[i].empty() || first[i].empty() ? 0 : 1;
  return whole == ours.size() ? "" : fmt::format("over {} of {} pairs", whole, ours.size());
}

void compare(PolicyFigure& figure, std::size_t f, const std::vector<Values>& ours,
             const std::vector<Values>& first) {
  std::vector<double> a, b;
  std::size_t unseen = 0;
  for (std::size_t i = 0; i < std::min(ours.size(), first.size()); ++i) {
    if (ours[i].empty() || first[i].empty()) continue;
    if (!std::isfinite(ours[i][f]) || !std::isfinite(first[i][f])) {
      ++unseen;
      continue;
    }
    a.push_back(ours[i][f]);
    b.push_back(first[i][f]);
  }
  if (unseen > 0) {
    figure.no_difference = fmt::format("not observed in {} of {} pairs", unseen, unseen + a.size());
  } else if (a.empty()) {
    figure.no_difference = "no pair of results";
  } else if (a.size() == 1) {
    figure.difference.value = a[0] - b[0];
    figure.difference.samples = 1;
    figure.difference.method = "single run";
  } else {
    figure.difference = measure::paired_difference(a, b);
  }
}

/// Whether some pair of futures brought other requests to the operation whose figure it is.
bool arrivals_differ(const std::string& figure, std::span<const PolicyFigure> figures,
                     const std::vector<Values>& ours, const std::vector<Values>& first) {
  const std::string arrived = std::string(figure_of(figure)) + ".arrived";
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const PolicyFigure& f) { return f.name == arrived; });
  if (found == figures.end()) return false;
  const auto at = static_cast<std::size_t>(found - figures.begin());
  for (std::size_t i = 0; i < std::min(ours.size(), first.size()); ++i) {
    if (!ours[i].empty() && !first[i].empty() && ours[i][at] != first[i][at]) return true;
  }
  return false;
}

void compare(PolicyResult& policy, const PolicyResult& with, const std::vector<Values>& ours,
             const std::vector<Values>& first) {
  policy.over = over_pairs(ours, first);
  for (std::size_t f = 0; f < policy.figures.size(); ++f) {
    PolicyFigure& figure = policy.figures[f];
    figure.indifferent = indifference(kind_of(figure.name), with.figures[f].estimate.value);
    if (is_share_of_arrivals(figure.name) && arrivals_differ(figure.name, policy.figures, ours, first)) {
      figure.no_difference = "arrivals differ: see what was served";
      continue;
    }
    compare(figure, f, ours, first);
    if (!policy.over.empty()) figure.difference.method += ", " + policy.over;
  }
}

Json figure_json(const PolicyFigure& f, bool first) {
  Json j = estimate(f.estimate);
  j["not_restored"] = f.not_restored;
  if (first) return j;
  j["difference"] = f.difference.samples > 0 ? estimate(f.difference) : Json(nullptr);
  if (!f.no_difference.empty()) j["no_difference"] = f.no_difference;
  j["indifference"] = figure_number(f.indifferent);
  return j;
}

/// First words of the line of the audit log about an order that a procedure cannot follow (world/coupling.cpp).
constexpr std::string_view kOrderIsLost = "ordered to begin, but ";

/// Orders to procedures that could not be followed; without this a policy that did nothing looks like one that changes nothing.
std::vector<std::string> orders_lost(const std::vector<measure::RunRecord>& futures) {
  std::map<std::pair<std::string, std::string>, std::size_t> lost;
  for (const measure::RunRecord& future : futures) {
    for (const measure::Mark& mark : future.marks) {
      if (std::string_view(mark.text).starts_with(kOrderIsLost))
        ++lost[{mark.procedure, mark.text.substr(kOrderIsLost.size())}];
    }
  }
  std::vector<std::string> told;
  for (const auto& [order, count] : lost)
    told.push_back(fmt::format("the order to \"{}\" was not followed: {} (in {} of {})", order.first,
                               order.second, count, futures.size()));
  return told;
}

std::string run_name(bool fresh) { return fresh ? "future" : "history"; }

}  // namespace

std::string pair_name(bool fresh, std::size_t pair) { return fmt::format("{} {}", run_name(fresh), pair); }

bool BranchDocument::complete() const {
  return std::all_of(policies.begin(), policies.end(),
                     [](const PolicyResult& p) { return p.document.complete; });
}

BranchDocument compare_policies(const Scenario& scenario, Nanos at_ns, bool fresh,
                                std::vector<PolicyRuns> policies) {
  BranchDocument document;
  document.at_ns = at_ns;
  document.fresh = fresh;
  std::vector<Values> first;
  for (PolicyRuns& runs : policies) {
    Scenario own = scenario;
    own.errors = std::move(runs.errors);
    own.run_name = run_name(fresh);
    std::vector<measure::RunRecord> records;
    std::vector<std::size_t> pair_of;
    for (std::size_t i = 0; i < runs.futures.size(); ++i) {
      if (!runs.futures[i]) continue;
      pair_of.push_back(i);
      records.push_back(std::move(*runs.futures[i]));
      records.back().replication = i;  // futures of one history are all of one replication
    }
    const Accounts* compared_with =
        document.policies.empty() ? nullptr : &document.policies.front().document.accounts;
    const bool measured = compared_with != nullptr && !compared_with->yardsticks.empty();
    PolicyResult policy{std::move(runs.name),
                        std::move(runs.actions),
                        {},
                        {},
                        orders_lost(records),
                        build(std::move(own), records, {}, measured ? &compared_with->yardsticks : nullptr)};
    policy.figures = figures_of(policy.document);
    std::vector<Values> values(runs.futures.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].complete)
        values[pair_of[i]] =
            values_of(scenario, records[i], policy.document.accounts.yardsticks, policy.figures);
    }
    tell_means(policy, values);
    if (document.policies.empty()) {
      first = values;
    } else {
      compare(policy, document.policies.front(), values, first);
    }
    document.policies.push_back(std::move(policy));
  }
  return document;
}

std::string render_json(const BranchDocument& d) {
  Json j;
  j["twinvoice"] = "branch/1";
  j["complete"] = d.complete();
  j["branch_at_s"] = instant(d.at_ns);
  j["futures"] = d.fresh ? "fresh" : "same";
  j["pairs"] = d.scenario().replications;
  j["compared_with"] = d.policies.front().name;
  j["policies"] = Json::array();
  for (const PolicyResult& p : d.policies) {
    Json one;
    one["name"] = p.name;
    one["actions"] = p.actions;
    one["orders_lost"] = p.orders_lost;
    one["figures"] = Json::object();
    for (const PolicyFigure& f : p.figures)
      one["figures"][f.name] = figure_json(f, &p == &d.policies.front());
    one["result"] = Json::parse(render_json(p.document));
    j["policies"].push_back(std::move(one));
  }
  return document_text(j);
}

}  // namespace twinvoice::report
