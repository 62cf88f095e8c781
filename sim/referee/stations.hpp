// Stations of the referee: servers with a queue, every discipline.
#pragma once

#include <cmath>
#include <cstdint>
#include <list>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/plan/resources.hpp"
#include "sim/plan/steps.hpp"

namespace twinvoice::referee {

class World;
struct Frame;

/// The last event at a resource, for RefereeResult::first_tie_ns.
struct Touch {
  Nanos at_ns = -1'000'000;
  std::uint64_t event = 0;
};

/// One visit; lives on the stack of the visiting frame's actor.
struct Job {
  Frame* frame = nullptr;
  Nanos demand_ns = 0;
  double remaining_ns =
      0.0;  ///< at speed 1, as of Station::updated_ns; whole numbers except under processor sharing
  std::uint64_t arrival = 0;  ///< number of its arrival at the station
  bool in_service = false;
  Nanos done_ns = kNever;         ///< while in service
  std::uint64_t start_order = 0;  ///< of its last start
  std::uint8_t priority = 0;
};

/// State of a station. `serving` in order of start; `waiting` in the order in which servers take them.
struct Station {
  std::uint32_t id = 0;
  std::vector<Job*> serving;
  std::list<Job*> waiting;
  Nanos updated_ns = 0;
  double speed = 1.0;         ///< of each job in service since updated_ns
  double sharers = HUGE_VAL;  ///< processor sharing: servers that the jobs in service share since then
  bool up = true;             ///< its replica, since then
  Nanos present = 0;          ///< limited servers of a replica that is up, since then
  std::uint64_t starts = 0;
  Touch last;
};

/// A Serve step, from arrival to completion. Throws Failure when the visit fails.
void serve(World& world, Frame& f, const plan::Step& step);

/// The visit of a job that stands at the station at the start, to its end. Such a job has no patience and no deadline,
/// finds a place in any queue, and is of the most urgent class.
void serve_initial(World& world, Frame& f, Station& station, Nanos demand_ns);

/// After a change of speed, servers or cap of the station, or of its instance's pause.
void station_changed(World& world, Station& station);
/// After its replica went down or up.
void replica_changed(World& world, Station& station);
/// Work in service starts over with its full demand.
void restart_service(World& world, Station& station);

/// Adds the time up to now to the busy integrals (end of the run).
void close_station(World& world, Station& station);

}  // namespace twinvoice::referee
