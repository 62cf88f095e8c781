#include "sim/world/flows.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace twinvoice::world {
namespace {

constexpr double kNoticeableChange = 0.05;  ///< of a lane's capacity
constexpr double kLeastForFlows = 0.01;     ///< of a lane's capacity; 0 would mean unlimited to SimGrid
constexpr Nanos kMicrosecond = 1000;

Nanos clock_ns() { return std::llround(simgrid::s4u::Engine::get_clock() * 1e9); }
Nanos round_up(Nanos ns) { return (ns + kMicrosecond - 1) / kMicrosecond * kMicrosecond; }

}  // namespace

Flows::Flows(const plan::Plan& plan, const Platform& platform, kernel::Engine& kernel, Ended ended)
    : plan_(plan), platform_(platform), kernel_(kernel), ended_(std::move(ended)) {
  for (std::uint32_t i = 0; i < platform.lanes().size(); ++i) {
    const plan::Link& link = plan.links[platform.lanes()[i].link];
    if (link.shared && link.bytes_per_s > 0.0) shared_.push_back({i, 0, 0.0, 0, link.bytes_per_s});
  }
}

void Flows::start(const FlowOrder& order, Nanos now_ns) {
  auto flow = std::make_unique<Flow>();
  flow->order = order;
  flow->extra_latency_ns = std::max<Nanos>(
      0, kernel_.path_latency_ns(order.from, order.to) - plan_.route(order.from, order.to).latency_ns);
  count_on_lanes(*flow, true, now_ns);
  const auto& lanes = platform_.lanes_of(order.from, order.to);
  for (const std::uint32_t lane : lanes) {
    platform_.lanes()[lane].simgrid->set_bandwidth(platform_.lanes()[lane].nominal_bytes_per_s);
  }
  for (std::int64_t i = 0; i < order.streams; ++i) {
    const std::int64_t bytes = order.bytes / order.streams + (i < order.bytes % order.streams ? 1 : 0);
    flow->streams.push_back(
        simgrid::s4u::Comm::sendto_init(platform_.host(order.from), platform_.host(order.to)));
    flow->streams.back()->set_payload_size(static_cast<std::uint64_t>(bytes));
  }
  flows_.push_back(std::move(flow));
  Flow& started = *flows_.back();
  for (const auto& stream : started.streams) stream->start();
  for (const std::uint32_t lane : lanes) {
    if (const SharedLane* shared = shared_lane(lane)) {
      platform_.lanes()[lane].simgrid->set_bandwidth(left_to_flows(*shared));
    }
  }
  if (cut(started)) {
    started.suspended_at_ns = now_ns;
    for (const auto& stream : started.streams) stream->suspend();
  }
}

void Flows::refresh_cuts(Nanos now_ns) {
  for (const auto& flow : flows_) {
    if (flow->ended) continue;
    const bool is_cut = cut(*flow);
    if (is_cut == (flow->suspended_at_ns != kNever)) continue;
    if (is_cut) {
      flow->suspended_at_ns = now_ns;
      for (const auto& stream : flow->streams) stream->suspend();
    } else {
      flow->suspended_at_ns = kNever;
      for (const auto& stream : flow->streams) stream->resume();
    }
  }
}

void Flows::due(Nanos now_ns) {
  for (const auto& flow : flows_) {
    if (!flow->ended && expires_ns(*flow) <= now_ns) cancel(*flow, now_ns);
  }
  if (epoch_due_ns_ > now_ns) return;
  bool needed = false;
  for (SharedLane& shared : shared_) {
    if (shared.streams == 0) continue;
    needed = true;
    judge_requests(shared, now_ns);
  }
  epoch_due_ns_ = needed ? now_ns + plan_.network.epoch_ns : kNever;
}

void Flows::cancel_all() {
  for (const auto& flow : flows_) {
    if (flow->ended) continue;
    flow->ended = true;
    for (const auto& stream : flow->streams) stream->cancel();
  }
}

void Flows::reap() {
  std::erase_if(flows_, [](const auto& flow) { return flow->released == flow->streams.size(); });
}

void Flows::publish_usage() {
  for (SharedLane& shared : shared_) {
    const LinkLane& lane = platform_.lanes()[shared.lane];
    double left = lane.nominal_bytes_per_s;
    if (shared.streams != 0) {
      const double usage = std::round(lane.simgrid->get_usage());
      left = std::max(left - usage, left / static_cast<double>(shared.streams + 1));
    }
    if (left == shared.published_bytes_per_s) continue;
    shared.published_bytes_per_s = left;
    kernel_.set_link_rate(lane.link, lane.direction, left);
  }
}

Nanos Flows::next_due_ns() const {
  Nanos due = epoch_due_ns_;
  for (const auto& flow : flows_) {
    if (!flow->ended) due = std::min(due, expires_ns(*flow));
  }
  return due;
}

bool Flows::any_live() const {
  return std::any_of(flows_.begin(), flows_.end(), [](const auto& flow) { return !flow->ended; });
}

void Flows::completed(const simgrid::s4u::Activity& activity) {
  for (const auto& flow : flows_) {
    const auto mine = [&](const auto& stream) { return stream.get() == &activity; };
    if (std::none_of(flow->streams.begin(), flow->streams.end(), mine)) continue;
    // A cancelled stream is reported twice; only the second report frees it.
    if (activity.get_state() != simgrid::s4u::Activity::State::CANCELED) ++flow->released;
    if (flow->ended) return;
    const bool ok = activity.get_state() == simgrid::s4u::Activity::State::FINISHED;
    if (ok && ++flow->arrived < flow->streams.size()) return;
    end(*flow, ok, round_up(clock_ns() + flow->extra_latency_ns), ok ? flow->order.bytes : 0);
    return;
  }
}

void Flows::end(Flow& flow, bool ok, Nanos at_ns, std::int64_t moved_bytes) {
  flow.ended = true;
  count_on_lanes(flow, false, at_ns);
  ended_(flow.order.procedure, {ok, at_ns, moved_bytes});
}

void Flows::cancel(Flow& flow, Nanos now_ns) {
  // Read before the cancelling, which forgets it.
  double remaining = 0.0;
  for (const auto& stream : flow.streams) remaining += std::max(0.0, stream->get_remaining());
  const auto moved =
      flow.order.bytes - std::llround(std::min(remaining, static_cast<double>(flow.order.bytes)));
  end(flow, false, now_ns, moved);
  for (const auto& stream : flow.streams) stream->cancel();
}

void Flows::count_on_lanes(const Flow& flow, bool starts, Nanos now_ns) {
  for (const std::uint32_t lane : platform_.lanes_of(flow.order.from, flow.order.to)) {
    SharedLane* shared = shared_lane(lane);
    if (shared == nullptr) continue;
    if (!starts) {
      shared->streams -= flow.order.streams;
      continue;
    }
    // The first flow on a lane finds the requests at their average rate since anybody last looked.
    if (shared->streams == 0) judge_requests(*shared, now_ns);
    shared->streams += flow.order.streams;
    if (epoch_due_ns_ == kNever) epoch_due_ns_ = now_ns + plan_.network.epoch_ns;
  }
}

void Flows::judge_requests(SharedLane& shared, Nanos now_ns) {
  const Nanos span_ns = now_ns - shared.counted_since_ns;
  if (span_ns <= 0) return;
  const LinkLane& lane = platform_.lanes()[shared.lane];
  const auto bytes = static_cast<double>(kernel_.take_link_bytes(lane.link, lane.direction));
  const double rate = bytes / to_seconds(span_ns);
  shared.counted_since_ns = now_ns;
  if (std::abs(rate - shared.requests_bytes_per_s) <= kNoticeableChange * lane.nominal_bytes_per_s) return;
  shared.requests_bytes_per_s = rate;
  lane.simgrid->set_bandwidth(left_to_flows(shared));
}

Nanos Flows::expires_ns(const Flow& flow) const {
  if (flow.suspended_at_ns == kNever) return flow.order.deadline_ns;
  return std::min(flow.order.deadline_ns, flow.suspended_at_ns + plan_.network.user_timeout_ns);
}

bool Flows::cut(const Flow& flow) const {
  return !kernel_.path_open(flow.order.from, flow.order.to) ||
         !kernel_.path_open(flow.order.to, flow.order.from);
}

Flows::SharedLane* Flows::shared_lane(std::uint32_t lane) {
  const auto found =
      std::find_if(shared_.begin(), shared_.end(), [&](const SharedLane& s) { return s.lane == lane; });
  return found == shared_.end() ? nullptr : &*found;
}

double Flows::left_to_flows(const SharedLane& shared) const {
  const double capacity = platform_.lanes()[shared.lane].nominal_bytes_per_s;
  return std::max(kLeastForFlows * capacity, capacity - shared.requests_bytes_per_s);
}

}  // namespace twinvoice::world
