// What tests of the world share: procedures as lambdas, and runs in processes of their own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/replications.hpp"
#include "tests/support/plan_builder.hpp"

namespace twinvoice::world {

class Script final : public Procedure {
 public:
  explicit Script(std::function<void(ProcedureContext&)> body) : body_(std::move(body)) {}
  void run(ProcedureContext& context) override { body_(context); }

 private:
  std::function<void(ProcedureContext&)> body_;
};

inline ProcedureFactory script(std::string name, plan::LocationId where,
                               std::function<void(ProcedureContext&)> body) {
  return [=](const plan::Plan&) {
    auto procedure = std::make_unique<Script>(body);
    procedure->name = name;
    procedure->location = where;
    return procedure;
  };
}

inline Replication run_in_child(const plan::Plan& plan, std::vector<ProcedureFactory> procedures,
                                std::vector<Interlude> interludes = {}) {
  RunSettings settings;
  settings.keep_turns = true;
  settings.procedures = std::move(procedures);
  settings.interludes = std::move(interludes);
  auto results = run_replications(plan, settings, 0, 1, {});
  return std::move(results[0]);
}

/// "time_ns text" of every mark.
inline std::vector<std::string> lines(const Replication& replication) {
  std::vector<std::string> out;
  for (const measure::Mark& m : replication.result.record.marks)
    out.push_back(std::to_string(m.at_ns) + " " + m.text);
  return out;
}

using testing::kMs;

/// Two sites, 10 ms and 1e6 bytes/s apart, with one server at each and a load at the first.
struct TwoSites {
  testing::PlanBuilder b;
  plan::LocationId east, west;
  plan::LinkId link;
  plan::ComponentId server;
  plan::StationId station;
  plan::OperationId operation;

  explicit TwoSites(bool shared = false, Nanos every_ns = 10 * kMs, std::uint32_t bytes = 0) {
    east = b.location("east");
    west = b.location("west");
    link = b.link(east, west, 10 * kMs, 1e6, 0.0, shared);
    server = b.component("server", {east, west});
    station = b.station(server, 1);
    const auto work =
        b.program("server/default", server).hop_in(bytes).serve(station, b.constant(kMs)).reply(bytes);
    const auto call = b.call("issue>server", server, work);
    b.site(call).balance = plan::Balance::kRoundRobin;
    operation = b.operation("issue", b.program("issue").call(call).end(), east);
    b.deterministic(operation, every_ns);
    b.horizon(10 * kNanosPerSecond);
  }
};

}  // namespace twinvoice::world
