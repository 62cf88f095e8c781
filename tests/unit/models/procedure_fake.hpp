// A world in which a procedure can be tried alone: sensors are functions of time, waits only move the clock.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/procedure_model.hpp"
#include "sim/spec/decoder.hpp"
#include "sim/spec/document.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::models {

inline constexpr Nanos kS = kNanosPerSecond;

class FakeContext final : public world::ProcedureContext {
 public:
  struct Ended {};  ///< thrown at the end of the script, as the horizon unwinds a procedure

  FakeContext(const plan::Plan& plan, Nanos end_ns) : plan_(plan), end_ns_(end_ns) {}

  std::function<world::Reading(Nanos, const plan::Sensor&)> sensors = [](Nanos, const plan::Sensor&) {
    return 0.0;
  };
  std::map<std::string, Nanos> takes;  ///< draws by quantity; absent: 0
  std::map<std::string, int> happens;  ///< how many times a chance comes true
  std::function<world::TransferResult(Nanos, std::int64_t)> flow;
  Nanos order_ns = kNever;  ///< when it is ordered to begin
  bool open = true;         ///< paths let messages pass
  bool deaf = false;        ///< orders to lead have no effect

  std::vector<std::string> lines;  ///< "seconds kind text"
  std::vector<plan::Turn> turns;
  int looks = 0;

  [[nodiscard]] Nanos now_ns() const override { return now_ns_; }
  [[nodiscard]] plan::LocationId location() const override { return {}; }
  [[nodiscard]] const plan::Plan& plan() const override { return plan_; }
  void wait_until(Nanos at_ns) override {
    if (ordered_) return;
    if (heeds_ && now_ns_ < order_ns && at_ns >= order_ns) {
      ordered_ = true;
      at_ns = order_ns;
    }
    if (at_ns >= end_ns_) throw Ended{};
    now_ns_ = std::max(now_ns_, at_ns);
  }
  [[nodiscard]] std::vector<world::Reading> read_at(Nanos at_ns,
                                                    std::span<const plan::Sensor> asked) override {
    wait_until(at_ns);
    ++looks;
    std::vector<world::Reading> out;
    for (const plan::Sensor& s : asked)
      out.push_back(s.kind == plan::SensorKind::kLogLeader ? leader(s.target) : sensors(now_ns_, s));
    return out;
  }
  /// Sensors follow the script, which nobody watches: the log may have moved at any time.
  [[nodiscard]] Nanos wait_for_log(std::uint32_t, Nanos) override { return now_ns_; }
  void turn(plan::Turn turn) override {
    turn.op = plan::TurnOp::kImpulse;
    turn.at_ns = std::max(turn.at_ns, now_ns_);
    turns.push_back(turn);
  }
  [[nodiscard]] world::EffectId begin_turn(plan::Knob knob, std::uint32_t target, double value) override {
    change(plan::TurnOp::kBegin, knob, target, value);
    return {knob, target, 0};
  }
  void end_turn(world::EffectId id) override { change(plan::TurnOp::kEnd, id.knob, id.target, 0.0); }
  [[nodiscard]] Nanos send(plan::LocationId, plan::LocationId, std::int64_t,
                           std::vector<plan::Turn> more) override {
    if (!open) return kNever;
    for (plan::Turn& t : more) {
      t.at_ns += now_ns_;
      turns.push_back(t);
    }
    return now_ns_;
  }
  world::TransferResult transfer(plan::LocationId, plan::LocationId, std::int64_t bytes, Nanos,
                                 std::uint32_t) override {
    const world::TransferResult result = flow(now_ns_, bytes);
    wait_until(result.finished_ns);
    return result;
  }
  [[nodiscard]] Nanos draw(plan::LawId, std::string_view quantity) override {
    return takes[std::string(quantity)];
  }
  [[nodiscard]] Nanos draw_below(Nanos bound_ns, std::string_view quantity) override {
    return takes[std::string(quantity)] % bound_ns;
  }
  [[nodiscard]] bool chance(double, std::string_view quantity) override {
    return happens[std::string(quantity)]-- > 0;
  }
  void heed_orders(bool heeds) override {
    heeds_ = heeds;
    ordered_ = false;
  }
  [[nodiscard]] bool ordered() const override { return ordered_; }
  void mark(world::Phase phase, std::string text) override { line(measure::phase_name(phase), text); }
  void log(std::string text) override { line("log", text); }

  /// Runs a procedure to the end of the script.
  void play(world::Procedure& procedure) {
    try {
      procedure.run(*this);
    } catch (const Ended&) {
    }
  }

 private:
  /// Who was last ordered to lead, unless `deaf`.
  [[nodiscard]] double leader(std::uint32_t log) const {
    double leads = plan_.logs[log].leader_location.value;
    for (const plan::Turn& t : turns) {
      const bool ordered = t.op == plan::TurnOp::kImpulse && t.impulse == plan::Impulse::kLead;
      if (ordered && !deaf) leads = t.value;
    }
    return leads;
  }
  void change(plan::TurnOp op, plan::Knob knob, std::uint32_t target, double value) {
    plan::Turn turn;
    turn.op = op;
    turn.knob = knob;
    turn.target = target;
    turn.value = value;
    turn.at_ns = now_ns_;
    turns.push_back(turn);
  }
  void line(const std::string& kind, const std::string& text) {
    lines.push_back(std::to_string(now_ns_ / kNanosPerSecond) + " " + kind + " " + text);
  }

  const plan::Plan& plan_;
  Nanos now_ns_ = 0;
  Nanos end_ns_;
  bool heeds_ = false;
  bool ordered_ = false;
};

/// Two sites; "api" has a replica at each; "db" leads at the first and follows at the second.
struct EastAndWest {
  testing::PlanBuilder b;
  plan::LocationId east = b.location("east");
  plan::LocationId west = b.location("west");
  plan::LinkId link = b.link(east, west, 10'000'000, 1e6, 0.0, true);
  plan::ComponentId api = b.component("api", {east, west});
  plan::ComponentId db = b.component("db", {east, west});
  plan::Plan plan;

  EastAndWest() {
    plan::Log log;
    log.leader_location = east;
    log.followers = {west};
    b.log(db, log);
    plan = b.horizon(1000 * kS).build();
  }
};

/// The catalogue of a test that decodes no models.
class NoModels final : public spec::ModelCatalog {
 public:
  [[nodiscard]] const spec::ModelInfo* find(spec::ModelKind, std::string_view) const override {
    return nullptr;
  }
  [[nodiscard]] std::vector<std::string_view> names(spec::ModelKind) const override { return {}; }
};

/// A procedure from the JSON of its parameters. Throws with the first complaint.
inline std::unique_ptr<world::Procedure> made(const ProcedureModel& model, const std::string& json,
                                              const plan::Plan& plan, const plan::Procedure& row = {}) {
  Issues issues;
  const NoModels catalog;
  const auto document = spec::parse_document("test", json, issues);
  if (!document) throw std::invalid_argument(format_issue(issues.all().at(0)));
  spec::Decoder decoder(*document, catalog, issues);
  const auto params = model.info.make();
  decoder.object(document->root(), [&](spec::Fields& f) { params->describe(f); });
  if (issues.has_errors()) throw std::invalid_argument(format_issue(issues.all().at(0)));
  auto procedure = model.make(*params, plan, row);
  procedure->name = "p";
  return procedure;
}

}  // namespace twinvoice::models
