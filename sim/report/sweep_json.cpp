// sweep-report/2 as JSON.
#include <algorithm>

#include "sim/report/json_values.hpp"
#include "sim/report/sweep_report.hpp"

namespace twinvoice::report {
namespace {

const char* word(measure::ParetoPlace place) {
  switch (place) {
    case measure::ParetoPlace::kFront: return "front";
    case measure::ParetoPlace::kDominated: return "dominated";
    case measure::ParetoPlace::kUndecided: return "undecided";
  }
  return "";
}
const char* word(measure::Standing standing) {
  switch (standing) {
    case measure::Standing::kAlive: return "possible";
    case measure::Standing::kEliminated: return "eliminated";
    case measure::Standing::kUnbounded: return "unbounded";
    case measure::Standing::kUnknown: return "unknown";
  }
  return "";
}

Json cell(const SweepDocument& d, const SweepCell& c) {
  Json j{{"position", c.position}, {"id", c.id}, {"label", c.label}, {"levels", Json::object()}};
  for (std::size_t a = 0; a < d.input.axes.size() && a < c.levels.size(); ++a)
    j["levels"][d.input.axes[a]] = c.levels[a];
  j["state"] = c.state;
  j["reason"] = c.reason;
  j["verdict"] = c.verdict.empty() ? Json(nullptr) : Json(c.verdict);
  j["expectations"] = Json::array();
  for (const store::ExpectationRow& e : c.expectations) j["expectations"].push_back(expectation_row(e));
  j["replications"] = c.replications;
  j["figures"] = Json::object();
  for (std::size_t f = 0; f < c.estimates.size(); ++f)
    j["figures"][d.input.figures[f].name] = figure_estimate(c.estimates[f]);
  return j;
}

/// {"replicas": "3"} of the axes of one side.
Json levels_json(const SweepDocument& d, const std::vector<std::string>& levels, bool of_world) {
  Json j = Json::object();
  std::size_t at = 0;
  for (std::size_t a = 0; a < d.input.axes.size(); ++a) {
    const bool world = a < d.input.about.size() && d.input.about[a].of_world;
    if (world == of_world) j[d.input.axes[a]] = levels[at++];
  }
  return j;
}

Json position(const SweepDocument& d, std::size_t world, std::size_t of_complete) {
  return d.input.cells[d.worlds.worlds[world].complete[of_complete]].position;
}

Json worlds_json(const SweepDocument& d) {
  Json list = Json::array();
  for (const WorldOfDesigns& world : d.worlds.worlds)
    list.push_back({{"levels", levels_json(d, world.levels, true)},
                    {"feasible", world.feasible},
                    {"smallest", world.smallest},
                    {"not_decided", world.open}});
  return list;
}

Json designs_json(const SweepDocument& d) {
  Json list = Json::array();
  for (const DesignInWorlds& design : d.worlds.designs) {
    Json j{{"levels", levels_json(d, design.levels, false)}, {"size", number(design.size)}};
    j["standings"] = Json::array();
    for (const CellStanding standing : design.standings) j["standings"].push_back(name(standing));
    j["breaks"] = Json::array();
    for (const DesignBreak& b : design.breaks)
      j["breaks"].push_back(
          {{"axis", d.input.axes[b.axis]}, {"world", b.world}, {"standing", name(b.standing)}});
    list.push_back(std::move(j));
  }
  return list;
}

Json answer_json(const SweepDocument& d) {
  const SweepAnswer& a = d.worlds.answer;
  Json j{{"kind", name(a.kind)}, {"size_by", name(a.by)}, {"smallest", a.smallest}, {"not_decided", a.open}};
  j["more_replications_to_decide"] = a.more_to_decide ? Json(*a.more_to_decide) : Json(nullptr);
  return j;
}

Json ranking(const SweepDocument& d, const WorldRanking& a) {
  const measure::Ranking& r = a.ranking;
  const auto position = [&](std::size_t i) { return report::position(d, a.world, i); };
  Json j{{"world", a.world},
         {"winner", r.winner ? position(*r.winner) : Json(nullptr)},
         {"confidence_each", r.each}};
  j["order"] = Json::array();
  for (const measure::Rank& rank : r.order) {
    j["order"].push_back({{"cell", position(rank.design)},
                          {"mean", figure_number(rank.mean)},
                          {"behind", figure_estimate(rank.behind)},
                          {"may_be_best", !rank.beaten_by.has_value()},
                          {"beaten_by", rank.beaten_by ? position(*rank.beaten_by) : Json(nullptr)}});
  }
  j["next_replications"] = Json::array();
  for (std::size_t i = 0; i < a.next_replications.size(); ++i) {
    if (a.next_replications[i] > 0)
      j["next_replications"].push_back({{"cell", position(i)}, {"replications", a.next_replications[i]}});
  }
  return j;
}

Json effects(const SweepDocument& d, const FigureAnalysis& a) {
  const auto label = [&](std::size_t axis, std::size_t level) { return d.levels[axis][level]; };
  Json j{{"main", Json::array()}, {"interactions", Json::array()}, {"cells_left_out", a.effects.left_out}};
  for (const measure::MainEffect& e : a.effects.main) {
    j["main"].push_back({{"axis", d.input.axes[e.axis]},
                         {"from", label(e.axis, e.from)},
                         {"to", label(e.axis, e.level)},
                         {"effect", figure_estimate(e.difference)},
                         {"pairs", e.pairs}});
  }
  for (const measure::Interaction& x : a.effects.interactions) {
    const bool telling = std::any_of(a.telling.begin(), a.telling.end(), [&](const measure::Interaction& t) {
      return t.a == x.a && t.level_a == x.level_a && t.b == x.b && t.level_b == x.level_b;
    });
    j["interactions"].push_back({{"axes", {d.input.axes[x.a], d.input.axes[x.b]}},
                                 {"from", {label(x.a, x.from_a), label(x.b, x.from_b)}},
                                 {"to", {label(x.a, x.level_a), label(x.b, x.level_b)}},
                                 {"effect", figure_estimate(x.difference)},
                                 {"squares", x.squares},
                                 {"significant_together", telling}});
  }
  return j;
}

Json sensitivity(const SweepDocument& d, const FigureAnalysis& a) {
  Json j{{"rows", a.rows},
         {"rows_not_finite", a.sensitivity->not_finite},
         {"variance", number(a.sensitivity->variance)}};
  j["axes"] = Json::object();
  for (std::size_t i = 0; i < a.sensitivity->axes.size(); ++i) {
    const measure::SobolIndex& x = a.sensitivity->axes[i];
    j["axes"][d.input.axes[i]] = {{"first", figure_estimate(x.first)}, {"total", figure_estimate(x.total)}};
  }
  return j;
}

Json selection(const SweepDocument& d) {
  const measure::Selection& s = *d.selection;
  const SweepFigure& figure = d.input.figures[d.input.select->first];
  const auto position_of = [&](std::size_t i) { return Json(d.input.cells[d.contenders[i]].position); };
  Json j{{"figure", figure.name},
         {"minimise", s.goal().minimise},
         {"indifference", s.goal().indifference},
         {"confidence", s.goal().confidence},
         {"finished", s.finished()},
         {"winner", s.winner() ? position_of(*s.winner()) : Json(nullptr)},
         {"leader", s.leader() ? position_of(*s.leader()) : Json(nullptr)}};
  j["cells"] = Json::array();
  for (std::size_t i = 0; i < s.contenders().size(); ++i) {
    const measure::Contender& c = s.contenders()[i];
    j["cells"].push_back({{"cell", position_of(i)},
                          {"standing", word(c.standing)},
                          {"replications", c.replications},
                          {"mean", figure_number(c.mean)}});
  }
  return j;
}

Json pareto(const SweepDocument& d) {
  Json j{{"objectives", Json::array()}, {"cells", Json::array()}};
  for (const std::size_t f : d.objectives) {
    const SweepFigure& figure = d.input.figures[f];
    j["objectives"].push_back({{*figure.minimise ? "minimise" : "maximise", figure.name}});
  }
  for (const WorldPareto& of_world : d.pareto) {
    const auto position = [&](std::size_t i) { return report::position(d, of_world.world, i); };
    for (std::size_t i = 0; i < of_world.cells.size(); ++i) {
      const measure::ParetoDesign& p = of_world.cells[i];
      j["cells"].push_back({{"cell", position(i)},
                            {"world", of_world.world},
                            {"place", word(p.place)},
                            {"dominated_by", p.dominated_by ? position(*p.dominated_by) : Json(nullptr)},
                            {"front_by_means", p.front_by_means}});
    }
  }
  return j;
}

}  // namespace

std::string render_json(const SweepDocument& d) {
  Json j;
  j["twinvoice"] = "sweep-report/2";
  j["sweep"] = d.input.name;
  j["store"] = d.input.store;
  j["axes"] = d.input.axes;
  j["roles"] = Json::array();
  for (std::size_t a = 0; a < d.input.axes.size(); ++a)
    j["roles"].push_back(a < d.input.about.size() && d.input.about[a].of_world ? "world" : "design");
  j["draws"] = d.input.common_draws ? "common" : "independent";
  j["complete"] = d.complete.size() == d.input.cells.size();
  j["answer"] = answer_json(d);
  j["worlds"] = worlds_json(d);
  j["designs"] = designs_json(d);
  j["cells"] = Json::array();
  for (std::size_t i = 0; i < d.input.cells.size(); ++i) {
    j["cells"].push_back(cell(d, d.input.cells[i]));
    j["cells"].back()["world"] = d.worlds.world_of[i];
    j["cells"].back()["design"] = d.worlds.design_of[i];
  }
  j["figures"] = Json::object();
  for (std::size_t f = 0; f < d.figures.size(); ++f) {
    const FigureAnalysis& a = d.figures[f];
    Json& figure = j["figures"][d.input.figures[f].name];
    figure = Json::object();
    if (!a.rankings.empty()) {
      figure["rankings"] = Json::array();
      for (const WorldRanking& one : a.rankings) figure["rankings"].push_back(ranking(d, one));
    }
    if (d.input.design == SweepDesign::kGrid) figure["effects"] = effects(d, a);
    if (a.sensitivity) figure["sensitivity"] = sensitivity(d, a);
  }
  if (d.selection) j["selection"] = selection(d);
  if (!d.pareto.empty()) j["pareto"] = pareto(d);
  return document_text(j);
}

}  // namespace twinvoice::report
