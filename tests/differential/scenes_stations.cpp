// Stations: disciplines, full queues, patience, rates by load, and every knob on them.
#include "tests/differential/scenes.hpp"

namespace twinvoice::testing {
namespace {

using plan::Discipline;
using plan::Knob;
using plan::OnFull;
using plan::Reason;

/// Bounded queues of each kind in a row; speeds, servers and caps change, one of them to a standstill.
void queues(Scene& s) {
  s.at_rate(150.0);
  auto& b = s.b;
  const auto here = b.location("here", 200'000);
  const auto desk = b.component("desk", here, 2);
  const auto shelf = b.component("shelf", here);
  const auto gate = b.station(desk, 2, 4, Discipline::kFifo, OnFull::kReject);
  plan::Station proto;
  proto.servers = 2;
  proto.queue_places = 6;
  proto.discipline = Discipline::kLifo;
  proto.on_full = OnFull::kBlock;
  proto.patience = s.ms(60);
  proto.patience_purpose = random::purpose_of("desk", "patience");
  proto.observe_waits = proto.observe_occupancy = true;
  const auto blocking = b.station(desk, proto);
  const auto dropping = b.station(shelf, 1, 3, Discipline::kFifo, OnFull::kDropOldest);
  const auto endless = b.station(shelf, plan::kUnlimited);
  const auto none = b.station(shelf, 1, 0, Discipline::kFifo, OnFull::kDropOldest);

  const auto fetch = b.program("shelf/fetch", shelf)
                         .hop_in()
                         .serve(endless, s.ms(3), "think")
                         .serve(dropping, s.ms(5), "fetch")
                         .skip(1, 0.9, "stamps")
                         .serve(none, s.ms(3), "stamp")
                         .reply();
  const auto work = b.program("desk/work", desk)
                        .hop_in()
                        .serve(gate, s.ms(12), "before")
                        .call(b.call("desk>shelf", shelf, fetch, desk))
                        .serve(blocking, s.ms(14), "after")
                        .reply();
  plan::CallSite spread;
  spread.balance = plan::Balance::kRoundRobin;
  b.poisson(s.operation("issue", here, b.call("issue>desk", desk, work, {}, spread)), 150.0);

  b.hold(s.fault("slow", 0.1, 0.3), Knob::kStationSpeed, gate.value, 0.7);
  b.hold(s.fault("slower", 0.2, 0.25), Knob::kStationSpeed, gate.value, 0.6);
  b.hold(s.fault("stopped", 0.35, 0.352), Knob::kStationSpeed, blocking.value, 0.0);
  b.hold(s.fault("halved", 0.4, 0.6), Knob::kStationServers, gate.value + 1, 0.5);
  b.hold(s.fault("faster", 0.5, 0.8), Knob::kStationSpeed, dropping.value, 1.5);
  b.hold(s.fault("capped", 0.65, 0.75), Knob::kStationCap, blocking.value + 1, 1.0);
  b.hold(s.fault("closed", 0.7, 0.702), Knob::kStationCap, blocking.value + 1, 0.0);
}

/// Three classes at a station that lets the urgent overtake and at one where they preempt; full queues drop or reject.
void priorities(Scene& s) {
  s.at_rate(120.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto desk = b.component("desk", here);
  const auto shelf = b.component("shelf", here);
  const auto overtaking = b.station(desk, 2, 5, Discipline::kPriority, OnFull::kDropOldest);
  const auto preempting = b.station(desk, 2, 8, Discipline::kPriorityPreemptive, OnFull::kReject);
  const auto pushing = b.station(shelf, 1, 2, Discipline::kPriorityPreemptive, OnFull::kDropOldest);
  const auto fetch = b.program("shelf/fetch", shelf).hop_in().serve(pushing, s.ms(6), "fetch").reply();
  const auto work = b.program("desk/work", desk)
                        .hop_in()
                        .serve(overtaking, s.ms(14), "first")
                        .serve(preempting, s.ms(14), "second")
                        .call(b.call("desk>shelf", shelf, fetch, desk))
                        .reply();
  const auto entry = b.call("issue>desk", desk, work);
  b.poisson(s.operation("urgent", here, entry, 0), 30.0);
  b.poisson(s.operation("usual", here, entry, 1), 50.0);
  b.poisson(s.operation("patient", here, entry, 5), 40.0);
  b.plan.initial.jobs.push_back({overtaking, 4, s.ms(30), random::purpose_of("desk", "initial")});
  b.plan.initial.jobs.push_back({preempting, 3, s.ms(30), random::purpose_of("desk", "initial")});
  b.hold(s.fault("slow", 0.3, 0.5), Knob::kStationSpeed, preempting.value, 0.8);
  b.hold(s.fault("fewer", 0.4, 0.6), Knob::kStationServers, preempting.value, 0.5);
  b.hold(s.fault("fewer still", 0.55, 0.7), Knob::kStationCap, overtaking.value, 1.0);
}

/// Servers shared by all present, alone and under knobs; the rate of every job depends on their number.
void sharing(Scene& s) {
  s.at_rate(100.0);
  auto& b = s.b;
  const auto here = b.location("here", 100'000);
  const auto desk = b.component("desk", here);
  const auto shelf = b.component("shelf", here);
  const auto shared = b.station(desk, 2, plan::kUnlimited, Discipline::kProcessorSharing);
  plan::Station proto;
  proto.servers = 4;
  proto.speed_by_load = {1.0, 0.9, 0.75, 0.6};
  const auto contended = b.station(shelf, proto);
  proto.servers = 1;
  proto.discipline = Discipline::kProcessorSharing;
  proto.speed_by_load = {1.0, 1.3, 1.2};
  const auto both = b.station(shelf, proto);
  const auto fetch = b.program("shelf/fetch", shelf)
                         .hop_in()
                         .serve(contended, s.ms(15), "lock")
                         .serve(both, s.ms(6), "cpu")
                         .reply();
  plan::CallSite policy;
  policy.timeout_ns = 90'000'000;
  const auto work = b.program("desk/work", desk)
                        .hop_in()
                        .serve(shared, s.ms(13), "cpu")
                        .call(b.call("desk>shelf", shelf, fetch, desk, policy))
                        .reply();
  b.poisson(s.operation("issue", here, b.call("issue>desk", desk, work)), 100.0);
  b.plan.initial.jobs.push_back({shared, 5, s.ms(20), random::purpose_of("desk", "initial")});
  b.hold(s.fault("slow", 0.2, 0.3), Knob::kStationSpeed, shared.value, 0.75);
  b.hold(s.fault("stopped", 0.4, 0.401), Knob::kStationSpeed, shared.value, 0.0);
  b.hold(s.fault("fewer", 0.5, 0.52), Knob::kStationServers, shared.value, 0.5);
  b.hold(s.fault("capped", 0.6, 0.62), Knob::kStationCap, shared.value, 1.0);
  b.hold(s.fault("slow lock", 0.7, 0.8), Knob::kStationSpeed, contended.value, 0.8);
}

}  // namespace

std::vector<SceneCase> station_scenes() {
  return {{"queues", queues, {Reason::kQueueFull, Reason::kQueueDropped, Reason::kQueueWait}},
          {"priorities", priorities, {Reason::kQueueFull, Reason::kQueueDropped}},
          {"sharing", sharing, {Reason::kTimeout}, true}};
}

}  // namespace twinvoice::testing
