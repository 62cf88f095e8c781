// The end of a run: closing the books, checking what must balance, and handing the figures over.
#include <fmt/format.h>

#include <algorithm>

#include "sim/kernel/hot.hpp"
#include "sim/plan/schedule.hpp"

namespace twinvoice::kernel {

void Engine::close(Nanos end_ns) {
  if (closed()) return;
  advance_to(end_ns);
  for (Station& station : stations_) observe_change(station);
  for (std::uint32_t c = 0; c < down_time_.size(); ++c) count_down(c);
  for (std::uint32_t i = 0; i < instances_.size(); ++i) count_presence(i);
  for (std::uint32_t i = 0; paused_instances_ != 0 && i < instances_.size(); ++i) {
    if (!instances_[i].paused) continue;
    begin_stood(i);
    count_arrived(i);
    end_stood(i);
  }
  ledger_.close(now_);
  progress_.tell(log_events_);
  closed_.calls = call_books_.close(now_);
  for (std::uint32_t s = 0; s < stations_.size(); ++s) closed_.stations.push_back(station_record(s));
  for (std::uint32_t p = 0; p < pools_.size(); ++p) closed_.pools.push_back(pool_record(p));
  closed_.down_ns = down_time_;
  closed_at_ = now_;
}

std::vector<std::string> Engine::audit() const {
  std::vector<std::string> breaches;
  const auto balance = [&](std::string_view law, std::uint64_t left, std::uint64_t right) {
    if (left != right) breaches.push_back(fmt::format("{}: {} is not {}", law, left, right));
  };
  std::uint64_t undecided = 0;
  std::uint64_t entered = 0;
  std::uint64_t in_books = 0;
  for (const Request& request : requests_) {
    const bool open = request.live_frames > 0 && !request.decided;
    undecided += open ? 1U : 0U;
    entered += open && request.in_books ? 1U : 0U;
  }
  for (const measure::OperationBook& book : ledger_.books())
    in_books += static_cast<std::uint64_t>(book.in_flight);
  balance("requests: arrived = succeeded + failed + in flight", counts_.arrived,
          counts_.succeeded + counts_.failed + undecided);
  balance("requests: in flight here = in flight in the ledger", entered, in_books);
  std::uint64_t live = 0;
  std::uint64_t held = 0;
  std::uint64_t open_jobs = 0;
  for (const Frame& frame : frames_) {
    if (frame.state == FrameState::kFree) continue;
    ++live;
    open_jobs += (frame.flags & kJob) != 0 ? 1U : 0U;
    for (std::uint32_t t = frame.tokens; t != kNil; t = tokens_[t].next) ++held;
  }
  balance("frames: created = returned + failed + cancelled + orphaned + live", counts_.frames_created,
          counts_.frames_returned + counts_.frames_failed + counts_.frames_cancelled +
              counts_.frames_orphaned + live);
  balance("frames: live = counted live", live, live_frames_);
  balance("jobs: emitted = completed + dead + open", counts_.jobs_emitted,
          counts_.jobs_completed + counts_.jobs_dead + open_jobs);
  balance("tokens: acquired = released + held", counts_.tokens_acquired, counts_.tokens_released + held);
  std::uint64_t taken_at_start = 0;
  std::uint64_t held_in_pools = 0;
  for (const plan::InitialTokens& tokens : plan_.initial.tokens) taken_at_start += tokens.held;
  for (const Pool& pool : pools_) held_in_pools += pool.held;
  balance("tokens: held by frames and at the start = held in pools", held + taken_at_start, held_in_pools);
  std::uint64_t waiting = 0;
  std::uint64_t at_stations = 0;
  for (const Frame& frame : frames_) {
    waiting += frame.state == FrameState::kQueued || frame.state == FrameState::kServing ? 1U : 0U;
  }
  for (const Station& station : stations_) at_stations += station.busy + station.queued;
  balance("stations: frames queued or served = jobs counted at stations", waiting, at_stations);
  return breaches;
}

measure::RunRecord Engine::record() {
  for (const Request& request : requests_) {
    if (request.live_frames == 0) continue;
    if (request.jobs_emitted > 0) finish_jobs(request);
    if (request.decided || !request.in_books) continue;
    ledger_.leave_open(request.operation, {request.arrived_ns, kNever, request.sequence, false});
    if (!options_.request_log) continue;
    request_log_.push_back({request.source, request.ordinal, request.sequence, request.arrived_ns, kNever,
                            false, 0, request.first_cause.packed, request.attempts, request.path_hash});
  }
  measure::RunRecord record = std::move(closed_);
  record.replication = options_.replication;
  record.seed = options_.seed;
  record.complete = closed_at_ >= plan_.horizon_ns;
  record.stop = record.complete ? "" : stop_text(stop_);
  record.end_ns = closed_at_;
  record.followed_to_ns = now_;
  record.layout = ledger_.layout();
  record.commits = std::move(commits_);
  progress_.tell(log_events_);
  record.log_events = std::move(log_events_);
  for (std::size_t i = 0; i < fault_begins_.size(); ++i)
    record.faults.push_back({fault_begins_[i], plan::fault_end(plan_.faults[i], fault_begins_[i])});
  record.breaches = audit();
  record.events = counts_.events;
  record.hops = counts_.hops;
  record.frames = counts_.frames_created;
  record.orphaned = counts_.frames_orphaned;
  record.cancelled = counts_.frames_cancelled;
  record.late = counts_.late;
  record.resent = counts_.resent;
  record.commit_steps = counts_.commits;
  record.duplicates = counts_.duplicates;
  record.split_brain = counts_.split_brain;
  record.fingerprint = fingerprint_.value();
  record.operations = ledger_.take_books();
  return record;
}

measure::StationRecord Engine::station_record(std::uint32_t s) const {
  const Station& station = stations_[s];
  measure::StationRecord record;
  record.id = s;
  record.servers = station.servers;
  record.arrivals = station.arrivals;
  record.started = station.started;
  record.completions = station.completions;
  record.rejected = station.rejected;
  record.waited = station.waited;
  record.expired = station.expired;
  record.blocked = station.blocked;
  record.crowded_ns = station.crowded_time.until(counted_ns_, crowd(station));
  record.busy_ns = busy_until(station, counted_ns_);
  const Presence& presence = presences_[s];
  const Wide whole_ns = static_cast<Wide>(plan_.stations[s].servers) * (counted_ns_ - warm_up_ns_);
  record.missing_ns = whole_ns - presence.in_force.until(counted_ns_, station.servers) + presence.away_ns +
                      spare_of(station, presence.whole_ns);
  record.stuck_ns = presence.stuck_ns;
  record.queued_ns = station.queued_time.until(counted_ns_, station.queued);
  record.wait_ns = station.wait_ns;
  record.slowdown_q32 = station.slowdown_q32;
  record.max_queued = station.max_queued;
  if (station.observation != kNil) {
    record.observed = true;
    record.waits = observations_[station.observation].waits;
    record.occupancy_ns = observations_[station.observation].occupancy;
  }
  return record;
}

measure::PoolRecord Engine::pool_record(std::uint32_t p) const {
  const Pool& pool = pools_[p];
  measure::PoolRecord record;
  record.id = p;
  record.size = pool.size;
  record.held = pool.held;
  record.waiting = pool.waiting;
  record.idle = pool.idle;
  record.acquired = pool.acquired;
  record.waited = pool.waited;
  record.rejected = pool.rejected;
  record.expired = pool.expired;
  record.established = pool.established;
  record.closed = pool.closed;
  record.held_ns = pool.held_time.until(counted_ns_, pool.held);
  record.waiting_ns = pool.waiting_time.until(counted_ns_, pool.waiting);
  record.wait_ns = pool.wait_ns;
  record.max_held = pool.max_held;
  record.max_waiting = pool.max_waiting;
  return record;
}

}  // namespace twinvoice::kernel
