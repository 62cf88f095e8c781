// What tests of procedures in a running world share: a replicated database with clients, and procedures that read.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/replications.hpp"
#include "tests/unit/models/procedure_fake.hpp"

namespace twinvoice::models {

ProcedureModel make_replication_stream();

using testing::kMs;

/// A database that leads in the east and follows in the west, 10 ms away; a write every 10 ms from clients in the west.
struct LeaderAndFollower {
  testing::PlanBuilder b;
  plan::LocationId east = b.location("east");
  plan::LocationId west = b.location("west");
  plan::LinkId link;
  plan::ComponentId db = b.component("db", {east, west});
  plan::LogId log;
  plan::Plan plan;

  explicit LeaderAndFollower(plan::CommitMode mode = plan::CommitMode::kAsync, double bytes_per_s = 250e6,
                             Nanos horizon_ns = 20 * kS, Nanos write_every_ns = 10 * kMs) {
    link = b.link(east, west, 10 * kMs, bytes_per_s, 0.0, true);
    plan::Log proto;
    proto.leader_location = east;
    proto.followers = {west};
    proto.mode = mode;
    proto.batch_phase_ns = 0;
    log = b.log(db, proto);
    const auto station = b.station(db, 8);
    const auto work = b.program("db/write", db).hop_in().serve(station, b.constant(kMs)).commit(log).reply();
    const auto call = b.call("write>db", db, work);
    b.site(call).balance = plan::Balance::kPrimary;
    b.site(call).timeout_ns = 2 * kS;
    b.site(call).request_bytes = b.site(call).response_bytes = 100;
    b.deterministic(b.operation("write", b.program("write").call(call).end(), west), write_every_ns);
    b.horizon(horizon_ns);
  }

  world::ProcedureFactory stream() const {
    return [](const plan::Plan& p) {
      auto stream = made(make_replication_stream(), R"({"log": "db"})", p);
      stream->name = "db.stream";
      return stream;
    };
  }

  world::RunResult run(std::vector<world::ProcedureFactory> procedures) {
    world::RunSettings settings;
    settings.procedures = std::move(procedures);
    auto results = world::run_replications(b.build(), settings, 0, 1, {});
    if (!results[0].error.empty()) throw std::runtime_error(results[0].error);
    return std::move(results[0].result);
  }
};

/// A procedure that stands at a place.
inline world::ProcedureFactory standing(const ProcedureModel& model, const std::string& json,
                                        plan::LocationId place, const plan::Procedure& row = {}) {
  return [=](const plan::Plan& p) {
    auto procedure = made(model, json, p, row);
    procedure->name = "dr";
    procedure->location = place;
    return procedure;
  };
}

class Reader final : public world::Procedure {
 public:
  explicit Reader(std::function<void(world::ProcedureContext&)> body) : body_(std::move(body)) {
    everywhere = true;
  }
  void run(world::ProcedureContext& c) override { body_(c); }

 private:
  std::function<void(world::ProcedureContext&)> body_;
};

inline world::ProcedureFactory reader(std::function<void(world::ProcedureContext&)> body) {
  return [body](const plan::Plan&) {
    auto made = std::make_unique<Reader>(body);
    made->name = "reader";
    return made;
  };
}

/// Logs the lag at the west every `every`.
inline world::ProcedureFactory lag_reader(const LeaderAndFollower& t, Nanos every_ns) {
  const plan::Sensor lag{plan::SensorKind::kReplicationLagS, t.log.value, t.west, 0};
  return reader([=](world::ProcedureContext& c) {
    for (;;) {
      c.wait_for(every_ns);
      c.log(std::to_string(*c.sense(lag)));
    }
  });
}

inline std::vector<double> numbers(const world::RunResult& r) {
  std::vector<double> out;
  for (const auto& mark : r.record.marks) out.push_back(std::stod(mark.text));
  return out;
}

}  // namespace twinvoice::models
