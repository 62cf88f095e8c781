// Stations whose jobs progress together at a load-dependent rate: processor sharing and speed_by_load.
//
// A job present since the busy period began has attained `attained` of service (2^-32 ns). A job that joins at attained
// value a with demand d leaves when the common value reaches a + d. So only the smallest leaving value is armed, and a
// change of rate re-arms one event. All of it is integer arithmetic: no rounding depends on the history of rates.
#include <algorithm>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {
namespace {

constexpr int kFraction = 32;

[[nodiscard]] bool later(const SharedJob& a, const SharedJob& b) {
  if (a.finish != b.finish) return a.finish > b.finish;
  if (a.sequence != b.sequence) return a.sequence > b.sequence;
  return a.hash > b.hash;
}

}  // namespace

std::int64_t Engine::shared_rate_q32(std::uint32_t s) const {
  const Station& station = stations_[s];
  const plan::Station& fixed = plan_.stations[s];
  if (station.busy == 0) return 0;
  double rate = station.speed;
  if (fixed.discipline == plan::Discipline::kProcessorSharing && station.busy > station.servers) {
    rate *= static_cast<double>(station.servers) / static_cast<double>(station.busy);
  }
  if (!fixed.speed_by_load.empty()) {
    rate *= fixed.speed_by_load[std::min<std::size_t>(station.busy, fixed.speed_by_load.size()) - 1];
  }
  return static_cast<std::int64_t>(rate * 4294967296.0 + 0.5);
}

void Engine::shared_advance(std::uint32_t s) {
  // Called before anything changes the rate; the rate in force since attained_at_ns is still that of the state.
  Station& station = stations_[s];
  station.attained += static_cast<Wide>(now_ - station.attained_at_ns) * shared_rate_q32(s);
  station.attained_at_ns = now_;
}

void Engine::shared_join(std::uint32_t f, std::uint32_t s) {
  // start_service has counted the job already: account for the time before with one job less.
  Station& station = stations_[s];
  --station.busy;
  const std::uint32_t was_full = is_full(station);
  shared_advance(s);
  ++station.busy;
  if (crowd(station) > 0) station.crowded_time.come(counted_ns_);
  if (is_full(station) != was_full) station.full_time.come(counted_ns_);
  if (station.jobs.empty()) station.attained = 0;
  const Request& request = requests_[frames_[f].request];
  const Wide finish = station.attained + (static_cast<Wide>(extra_[f].remaining_ns) << kFraction);
  station.jobs.push_back({finish, request.sequence, frames_[f].hash, f});
  std::push_heap(station.jobs.begin(), station.jobs.end(), later);
  shared_rearm(s);
}

void Engine::shared_leave(std::uint32_t f, std::uint32_t s) {
  // leave_service has counted the job out already.
  Station& station = stations_[s];
  ++station.busy;
  shared_advance(s);
  if (crowd(station) > 0) station.crowded_time.go(counted_ns_);
  const std::uint32_t was_full = is_full(station);
  --station.busy;
  if (is_full(station) != was_full) station.full_time.go(counted_ns_);
  if (station.jobs.front().frame == f) {
    std::pop_heap(station.jobs.begin(), station.jobs.end(), later);
    station.jobs.pop_back();
  } else {
    const auto at = std::find_if(station.jobs.begin(), station.jobs.end(),
                                 [f](const SharedJob& job) { return job.frame == f; });
    *at = station.jobs.back();
    station.jobs.pop_back();
    std::make_heap(station.jobs.begin(), station.jobs.end(), later);
  }
  if (station.armed == f) station.armed = kNil;
  shared_rearm(s);
}

void Engine::shared_rearm(std::uint32_t s) {
  Station& station = stations_[s];
  const std::uint32_t f = station.jobs.empty() ? kNil : station.jobs.front().frame;
  if (station.armed != kNil && station.armed != f) frames_[station.armed].due_ns = kNever;
  station.armed = f;
  if (f == kNil) return;
  const Wide left = std::max<Wide>(0, station.jobs.front().finish - station.attained);
  const std::int64_t rate = shared_rate_q32(s);
  if (rate == 0) {
    frames_[f].due_ns = kNever;
    return;
  }
  const Wide delay_ns = (left + rate - 1) / rate;
  const Nanos due_ns = delay_ns > kLongestSpan ? now_ + kLongestSpan : now_ + static_cast<Nanos>(delay_ns);
  if (frames_[f].due_ns != due_ns) set_primary(f, due_ns - now_, plan::Rung::kComplete);
}

}  // namespace twinvoice::kernel
