// Watching a sensor until it has been beyond a threshold for a while: what alert_rule and site_failover share.
//
//   every `every`, from a phase on that is drawn for each replication: value = the sensor's value; the condition holds when
//   value > above or value < below
//   it is detected when it has held at every look for `for` (0: at the first look)
//   no data (the place cannot be reached): holds for success_rate and probe, whose absence is the symptom; elsewhere it
//   leaves the state as it is
//
// What may be watched stands in sim/plan/vocabulary/sensors.def, with the dimension that its thresholds must have; below it is made
// of sensors. A dead primary without writes shows as lag, too.
// References: Prometheus alerting rules (`expr`, `for`); pt-heartbeat of the Percona Toolkit for the lag.
#pragma once

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/procedure_model.hpp"
#include "models/timetable.hpp"
#include "sim/plan/plan.hpp"
#include "sim/spec/fields.hpp"
#include "sim/world/procedure.hpp"

namespace twinvoice::models {

using plan::Watched;

}  // namespace twinvoice::models

namespace twinvoice::spec {
template <>
struct Words<plan::Watched> {
  static const std::vector<std::pair<std::string_view, plan::Watched>>& table() {
    static const std::vector<std::pair<std::string_view, plan::Watched>> words = [] {
      std::vector<std::pair<std::string_view, plan::Watched>> all;
      for (const plan::WatchedRow& row : plan::watched_rows()) all.emplace_back(row.word, row.watched);
      return all;
    }();
    return words;
  }
};
}  // namespace twinvoice::spec

namespace twinvoice::models {

/// Why a condition on `watched` may not have this threshold; "" when it may. A number has no unit, everything else has one; and a
/// threshold at the end of what the value can be would never hold.
inline std::string threshold_problem(Watched watched, const std::optional<spec::Quantity>& threshold,
                                     bool above) {
  if (!threshold) return {};
  const plan::WatchedRow& row = plan::row_of(watched);
  const auto is = [&](const char* what) { return std::string(row.word) + " is " + what; };
  const double value = threshold->base_value();
  double most = std::numeric_limits<double>::infinity();
  switch (row.dimension) {
    case plan::Dimension::kNumber:
    case plan::Dimension::kIdentity:
      if (!std::holds_alternative<double>(threshold->value) || value < 0.0)
        return is("a number: need one from 0 on without a unit, such as 100");
      break;
    case plan::Dimension::kDuration:
      if (!std::holds_alternative<Duration>(threshold->value))
        return is("a duration: need one such as \"500 ms\"");
      break;
    case plan::Dimension::kShare:
    case plan::Dimension::kFlag:
      if (!std::holds_alternative<spec::Probability>(threshold->value) &&
          !(std::holds_alternative<double>(threshold->value) && value >= 0.0 && value <= 1.0))
        return is("a share: need one such as \"75 %\", or a number from 0 to 1");
      most = 1.0;
      break;
    case plan::Dimension::kBytes:
      if (!std::holds_alternative<spec::Bytes>(threshold->value))
        return is("a size: need one such as \"64 KiB\"");
      break;
  }
  if (above && value >= most) return std::string(row.word) + " is never above that";
  if (!above && value <= 0.0) return std::string(row.word) + " is never below that";
  return {};
}

/// What a look at a success rate keeps until it is out of the window.
struct WatchSample {
  Nanos at_ns;
  double arrived, succeeded, failed;
};

/// The condition as written.
struct WatchSpec {
  static constexpr Duration kUsualWindow{60 * kNanosPerSecond};

  Watched sensor = Watched::kSuccessRate;
  std::optional<spec::Quantity> above;
  std::optional<spec::Quantity> below;
  std::optional<spec::ComponentRef> component;
  std::optional<spec::OperationRef> operation;
  std::optional<spec::LocationRef> location;
  std::optional<Duration> window;  ///< absent: kUsualWindow

  void describe(spec::Fields& f) {
    f.required("sensor", sensor, "what is watched");
    f.optional("above", above, "the condition holds when the value is above");
    f.optional("below", below, "the condition holds when the value is below");
    f.optional("component", component, "whose log, replicas, pools or stations; not of success_rate");
    f.optional("operation", operation, "success_rate: of which operation; absent: the first");
    f.optional("location", location, "replication_lag, probe: where; absent: the first follower, everywhere");
    f.optional("window", window, "success_rate: over the last so long; absent: 1 min", spec::kPositive,
               spec::Origin{"assumed"});
    f.rule("above", above.has_value() != below.has_value(), "give one of \"above\" and \"below\"");
    f.rule("above", threshold_problem(sensor, above, true).empty(), threshold_problem(sensor, above, true));
    f.rule("below", threshold_problem(sensor, below, false).empty(), threshold_problem(sensor, below, false));
    const bool of_requests = sensor == Watched::kSuccessRate;
    const bool somewhere = sensor == Watched::kReplicationLag || sensor == Watched::kProbe;
    const auto only = [&](const char* name, bool written, bool meant, const char* whose) {
      f.rule(name, !written || meant,
             std::string(spec::word_of(sensor)) + " has no \"" + name + "\": " + whose);
    };
    only("component", component.has_value(), !of_requests, "it is of an \"operation\"");
    only("operation", operation.has_value(), of_requests, "only success_rate is of an operation");
    only("location", location.has_value(), somewhere, "only replication_lag and probe have a place");
    only("window", window.has_value(), of_requests, "only success_rate is taken over a time");
  }
  /// `looks`: when it is looked at; `fallback`: the component meant when none is named.
  void declare(compile::ProcedureBuilder& b, const Place& place, const Period& looks,
               const spec::ComponentRef* fallback = nullptr) const {
    const spec::ComponentRef* about = component ? &*component : fallback;
    if (sensor == Watched::kSuccessRate) {
      const Nanos seen_ns = std::min(window.value_or(kUsualWindow).ns, b.plan().end_ns());
      b.keeps((static_cast<std::uint64_t>(seen_ns / looks.every.ns) + 2) * sizeof(WatchSample), place);
      return;
    }
    if (about == nullptr) return b.error(place, "this sensor needs a \"component\"");
    if (sensor == Watched::kReplicationLag) {
      const plan::LogId log = b.log(*about);
      if (log.valid() && !location && b.plan().logs[log.index()].followers.empty()) {
        b.error(about->place, "\"" + about->id + "\" is not replicated: it has no lag");
      }
    } else {
      b.component(*about);
    }
  }
};

/// The condition during a run.
class Watch {
 public:
  Watch(const WatchSpec& spec, const Period& looks, Nanos for_ns, const plan::Plan& plan,
        const std::string& fallback = "")
      : sensor_(spec.sensor),
        above_(spec.above.has_value()),
        threshold_(spec.above   ? spec.above->base_value()
                   : spec.below ? spec.below->base_value()
                                : 0.0),
        looks_(looks),
        for_ns_(for_ns),
        window_ns_(spec.window.value_or(WatchSpec::kUsualWindow).ns) {
    const std::string component = spec.component ? spec.component->id : fallback;
    const std::string location = spec.location ? spec.location->id : "";
    prepare(plan, component, spec.operation ? spec.operation->id : "", location);
  }

  /// Before the first look: when the looks of this replication are. Draws a phase that is not given, under `quantity`.
  void begin(world::ProcedureContext& c, std::string_view quantity) {
    timetable_ = Timetable(c, looks_, quantity);
  }
  /// Looks once, in the instant `at_ns` or now; true when the condition has held long enough.
  bool look(world::ProcedureContext& c, Nanos at_ns) {
    const auto readings = c.read_at(at_ns, sensors_);
    value_ = value(readings, c.now_ns());
    bool holds = since_ns_ != kNever;
    if (value_) {
      holds = above_ ? *value_ > threshold_ : *value_ < threshold_;
    } else if (sensor_ == Watched::kSuccessRate || sensor_ == Watched::kProbe) {
      holds = blind_;
    }
    if (!holds) since_ns_ = kNever;
    if (holds && since_ns_ == kNever) since_ns_ = c.now_ns();
    return holds && c.now_ns() - since_ns_ >= for_ns_;
  }
  /// Looks at its timetable until the condition has (or, with `wanted` false, has not) held long enough, or an order has come.
  void until(world::ProcedureContext& c, bool wanted) {
    Nanos at_ns = timetable_.from(c.now_ns());
    while (look(c, at_ns) != wanted && !c.ordered()) at_ns = timetable_.after(c.now_ns());
  }
  /// The first look of its timetable after `at_ns`.
  [[nodiscard]] Nanos next_look(Nanos at_ns) const { return timetable_.after(at_ns); }
  /// Whether the condition held at the last look, however long.
  [[nodiscard]] bool holds() const { return since_ns_ != kNever; }
  /// From now on it has to hold anew for as long as it must.
  void forget() { since_ns_ = kNever; }
  /// How far back a look counts; 0: it sees the instant alone.
  [[nodiscard]] Nanos window_ns() const { return sensor_ == Watched::kSuccessRate ? window_ns_ : 0; }
  /// The last value for people; "no data" when there was none.
  [[nodiscard]] std::string text() const {
    if (!value_) return std::string(spec::word_of(sensor_)) + " has no data";
    return std::string(spec::word_of(sensor_)) + " is " + short_number(*value_) +
           (plan::row_of(sensor_).dimension == plan::Dimension::kDuration ? " s" : "");
  }

 private:
  static std::string short_number(double v) {
    std::string text = std::to_string(v);
    text.erase(text.find_last_not_of('0') + 1);
    if (!text.empty() && text.back() == '.') text.pop_back();
    return text;
  }

  void prepare(const plan::Plan& plan, const std::string& component, const std::string& operation,
               const std::string& location) {
    using Kind = plan::SensorKind;
    const auto here = [&](plan::LocationId id) {
      const plan::Location& l = plan.locations[id.index()];
      return location.empty() || l.name == location || l.site == location;
    };
    const auto owned = [&](plan::InstanceId id) {
      return plan.components[plan.instances[id.index()].component.index()].name == component;
    };
    switch (sensor_) {
      case Watched::kReplicationLag:
        for (std::uint32_t l = 0; l < plan.logs.size(); ++l) {
          const plan::Log& log = plan.logs[l];
          if (plan.components[log.component.index()].name != component) continue;
          for (const plan::LocationId follower : log.followers) {
            if (!sensors_.empty() || !here(follower)) continue;
            sensors_ = {{Kind::kReplicationLagS, l, follower, 0},
                        {Kind::kReachable, log.leader_location.value, follower, 0}};
          }
        }
        break;
      case Watched::kSuccessRate:
        for (std::uint32_t o = 0; o < plan.operations.size(); ++o) {
          if (!sensors_.empty() || (!operation.empty() && plan.operations[o].name != operation)) continue;
          sensors_ = {{Kind::kArrived, o, {}, 0}, {Kind::kSucceeded, o, {}, 0}, {Kind::kFailed, o, {}, 0}};
        }
        break;
      case Watched::kProbe:
        for (std::uint32_t i = 0; i < plan.instances.size(); ++i) {
          if (owned(plan::InstanceId(i)) && here(plan.instances[i].location)) {
            sensors_.push_back({Kind::kInstanceUp, i, {}, 0});
          }
        }
        break;
      case Watched::kPoolWaiting:
        for (std::uint32_t p = 0; p < plan.pools.size(); ++p) {
          if (owned(plan.pools[p].instance)) sensors_.push_back({Kind::kPoolWaiting, p, {}, 0});
        }
        break;
      case Watched::kQueue:
        for (std::uint32_t s = 0; s < plan.stations.size(); ++s) {
          if (owned(plan.stations[s].instance)) sensors_.push_back({Kind::kStationQueue, s, {}, 0});
        }
        break;
    }
  }

  std::optional<double> value(const std::vector<world::Reading>& readings, Nanos now_ns) {
    blind_ = false;
    if (readings.empty()) return {};
    if (sensor_ == Watched::kReplicationLag) return lag(readings, now_ns);
    double sum = 0.0;
    std::size_t seen = 0;
    for (const world::Reading& r : readings) {
      sum += r.value_or(0.0);
      seen += r ? 1U : 0U;
    }
    if (seen == 0) blind_ = true;
    if (seen == 0) return {};
    if (sensor_ == Watched::kProbe) return sum / static_cast<double>(readings.size());
    if (sensor_ == Watched::kSuccessRate) return success_rate(readings, now_ns);
    return sum;
  }

  std::optional<double> lag(const std::vector<world::Reading>& readings, Nanos now_ns) {
    if (readings[1].value_or(0.0) > 0.0) {
      unreached_ns_ = kNever;
    } else if (unreached_ns_ == kNever) {
      unreached_ns_ = now_ns;
    }
    if (!readings[0]) return {};
    return std::max(*readings[0], unreached_ns_ == kNever ? 0.0 : to_seconds(now_ns - unreached_ns_));
  }

  std::optional<double> success_rate(const std::vector<world::Reading>& readings, Nanos now_ns) {
    if (!readings[0] || !readings[1] || !readings[2]) return {};
    history_.push_back({now_ns, *readings[0], *readings[1], *readings[2]});
    while (history_.size() > 2 && history_[1].at_ns <= now_ns - window_ns_) history_.pop_front();
    const WatchSample& then = history_.front();
    const WatchSample& now = history_.back();
    const double succeeded = now.succeeded - then.succeeded;
    const double decided = succeeded + now.failed - then.failed;
    if (decided > 0.0) return succeeded / decided;
    if (now.arrived > then.arrived) return 0.0;
    return {};
  }

  Watched sensor_;
  bool above_;
  double threshold_;
  Period looks_;
  Timetable timetable_;
  Nanos for_ns_;
  Nanos window_ns_;
  std::vector<plan::Sensor> sensors_;
  std::deque<WatchSample> history_;
  std::optional<double> value_;
  bool blind_ = false;  ///< nothing could be reached at the last look
  Nanos since_ns_ = kNever;
  Nanos unreached_ns_ = kNever;  ///< when the leader was first seen to be cut off from the place
};

}  // namespace twinvoice::models
