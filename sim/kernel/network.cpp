// Hops: messages on their way between locations, and what cuts, losses and shared links do to them.
#include <cmath>

#include "sim/kernel/hot.hpp"

namespace twinvoice::kernel {

bool Engine::hop(std::uint32_t f, const plan::Step& step) {
  Frame& frame = frames_[f];
  const FrameExtra& extra = extra_[f];
  const std::size_t here = extra.location;
  const std::size_t there = extra.caller_location;
  const std::size_t locations = plan_.locations.size();
  const bool back = (step.flags & plan::kToParent) != 0;
  if (back) {
    frame.flags |= kReplySent;
  } else {
    // Another round trip of a connection being set up begins: what was said before no longer counts.
    frame.flags &= static_cast<std::uint8_t>(~(kReplySent | kArrivedHere | kBroken));
  }
  const std::size_t path_index = back ? here * locations + there : there * locations + here;
  const Path& path = paths_[path_index];
  const bool establishing = (step.flags & plan::kEstablish) != 0;
  if (!path.exists || path.blocked || (establishing && path.blocked_new)) [[unlikely]] {
    frame.state = FrameState::kHeld;
    extra_[f].place = static_cast<std::uint32_t>(path_index);
    append(paths_[path_index].held, f);
    frame.due_ns = now_ + plan_.network.user_timeout_ns;
    arm(f, Clock::kPrimary, frame.due_ns, events_.lane(plan_.network.user_timeout_ns));
    return false;
  }
  return send(f, step, static_cast<std::uint32_t>(path_index));
}

bool Engine::send(std::uint32_t f, const plan::Step& step, std::uint32_t path_index) {
  Frame& frame = frames_[f];
  Path& path = paths_[path_index];
  const bool back = (step.flags & plan::kToParent) != 0;
  std::uint32_t bytes = step.size_bytes;
  if (bytes == 0 && extra_[f].site != kNil) {
    const SiteRules& site = sites_[extra_[f].site];
    bytes = back ? site.response_bytes : site.request_bytes;
  }
  Nanos resend_ns = 0;
  if (path.loss > 0.0) [[unlikely]] {
    random::Draws source = draws(random::mix(step.purpose, random::hash_name("loss")), frame);
    int losses = 0;
    while (losses <= plan_.network.max_resends && source.next_uniform() < path.loss) ++losses;
    counts_.resent += static_cast<std::uint64_t>(losses);
    const int doublings = std::min(losses, plan_.network.max_resends);
    resend_ns = plan_.network.resend_timeout_ns * ((Nanos{1} << doublings) - 1);
    if (losses > plan_.network.max_resends) {
      frame.state = FrameState::kLost;
      set_primary(f, resend_ns, plan::Rung::kTimeout);
      return false;
    }
  }
  Nanos delay_ns = path.latency_ns + resend_ns;
  if (path.shared_count == 0) [[likely]] {
    delay_ns += serialise(path, bytes);
  } else {
    // Each shared link on the way is a FIFO byte server; the message leaves the last one at `at`.
    Nanos at = now_;
    for (std::uint32_t i = 0; i < path.shared_count; ++i) {
      const SharedHop& shared = shared_hops_[path.first_shared + i];
      LinkLane& lane = link_lanes_[shared.link * 2 + static_cast<std::size_t>(shared.direction)];
      lane.bytes += bytes;
      const double send_s = static_cast<double>(bytes) / lane.bytes_per_s;
      at = std::max(at, lane.free_at_ns) + from_seconds(send_s);
      lane.free_at_ns = at;
    }
    delay_ns += at - now_;
  }
  if (delay_ns == 0) {
    if (back) return true;
    delivered(f);
    return false;
  }
  frame.state = FrameState::kTransit;
  set_primary(f, delay_ns, plan::Rung::kDeliver);
  return false;
}

void Engine::delivered(std::uint32_t f) {
  Frame& frame = frames_[f];
  if ((frame.flags & kReplySent) == 0) {
    frame.flags |= kArrivedHere;
    if (frame.instance != kNil && instances_[frame.instance].down) [[unlikely]] {
      return fail(f, here(f, plan::Reason::kRefused));
    }
    if ((frame.flags & kBroken) != 0) [[unlikely]]
      return fail(f, here(f, plan::Reason::kReset));
  }
  ++frame.pc;
  ready(f);
}

Nanos Engine::serialise(Path& path, std::uint32_t bytes) {
  if (path.bytes_per_s <= 0.0) return 0;
  Serialisation& kept = path.serialised[(bytes * 0x9e3779b1U) >> 29];
  if (kept.bytes != bytes) [[unlikely]]
    kept = {bytes, static_cast<Nanos>(std::ceil(static_cast<double>(bytes) * 1e9 / path.bytes_per_s))};
  return kept.ns;
}

void Engine::path_opened(std::uint32_t path_index) {
  // Oldest first; a message of a new connection stays when only new connections are still barred.
  List waiting = paths_[path_index].held;
  paths_[path_index].held = List{};
  while (waiting.head != kNil) {
    const std::uint32_t f = waiting.head;
    unlink(waiting, f);
    const plan::Step& step = plan_.steps[frames_[f].pc];
    if ((step.flags & plan::kEstablish) != 0 && paths_[path_index].blocked_new) {
      append(paths_[path_index].held, f);
      continue;
    }
    if (lost_its_peer(f, step)) frames_[f].flags |= kBroken;
    frames_[f].due_ns = kNever;
    if (send(f, step, path_index)) {
      ++frames_[f].pc;
      ready(f);
    }
  }
}

/// A held request that nobody waits for any more, and whose instance died since it was sent or was dead then: the connection that
/// would have repeated it is gone. Who still waits for an answer connects again.
bool Engine::lost_its_peer(std::uint32_t f, const plan::Step& step) const {
  const Frame& frame = frames_[f];
  if ((step.flags & plan::kToParent) != 0 || frame.instance == kNil || frame.parent != kNil) return false;
  const InstanceState& peer = instances_[frame.instance];
  return peer.down || peer.changed_ns > frame.due_ns - plan_.network.user_timeout_ns;
}

bool Engine::path_open(plan::LocationId from, plan::LocationId to) const {
  const Path& path = paths_[plan_.route_index(from, to)];
  return path.exists && !path.blocked;
}

void Engine::refresh_paths() {
  const std::size_t locations = plan_.locations.size();
  std::vector<double> extra_ns(plan_.links.size()), loss(plan_.links.size());
  std::vector<bool> link_down(plan_.links.size()), location_down(locations);
  for (std::uint32_t l = 0; l < plan_.links.size(); ++l) {
    extra_ns[l] = effects_.sum(plan::Knob::kLinkLatency, l);
    loss[l] = 1.0 - effects_.survival(plan::Knob::kLinkLoss, l, 1.0 - plan_.links[l].loss);
    link_down[l] = effects_.any(plan::Knob::kLinkDown, l);
  }
  for (std::uint32_t l = 0; l < locations; ++l) location_down[l] = effects_.any(plan::Knob::kLocationDown, l);
  std::vector<std::uint32_t> opened;
  for (std::uint32_t p = 0; p < paths_.size(); ++p) {
    const plan::Route& route = plan_.routes[p];
    Path& path = paths_[p];
    const bool was_blocked = path.blocked;
    const bool was_blocked_new = path.blocked_new;
    path.blocked = location_down[p / locations] || location_down[p % locations] ||
                   effects_.any(plan::Knob::kPathBlocked, p);
    path.blocked_new = effects_.any(plan::Knob::kPathBlockedNew, p);
    double added_ns = 0.0;
    double passes = 1.0;
    for (const plan::LinkId link : route.links) {
      path.blocked = path.blocked || link_down[link.index()];
      added_ns += extra_ns[link.index()];
      passes *= 1.0 - loss[link.index()];
    }
    path.latency_ns = route.latency_ns + static_cast<Nanos>(added_ns + 0.5);
    path.loss = route.links.empty() ? 0.0 : 1.0 - passes;
    if (path.blocked != was_blocked || path.blocked_new != was_blocked_new)
      network_changed_ = network_changed_ || watch_network_, look_up_ = look_up_ || watch_network_;
    if (!path.blocked && path.exists && (was_blocked || (was_blocked_new && !path.blocked_new)))
      opened.push_back(p);
  }
  look_at_logs();
  for (const std::uint32_t p : opened) path_opened(p);
}

void Engine::prepare_paths() {
  const std::size_t locations = plan_.locations.size();
  paths_.resize(locations * locations);
  link_lanes_.resize(plan_.links.size() * 2);
  for (std::size_t l = 0; l < plan_.links.size(); ++l) {
    for (const std::size_t direction : {0U, 1U})
      link_lanes_[l * 2 + direction].bytes_per_s = plan_.links[l].bytes_per_s;
  }
  for (std::size_t p = 0; p < paths_.size(); ++p) {
    const plan::Route& route = plan_.routes[p];
    Path& path = paths_[p];
    path.exists = route.exists;
    path.bytes_per_s = route.bytes_per_s;
    path.first_shared = static_cast<std::uint32_t>(shared_hops_.size());
    std::string at = plan_.locations[p / locations].site;
    for (const plan::LinkId id : route.links) {
      const plan::Link& link = plan_.links[id.index()];
      const bool forward = link.site_a == at;
      at = forward ? link.site_b : link.site_a;
      if (link.shared && link.bytes_per_s > 0.0) shared_hops_.push_back({id.value, forward ? 0 : 1});
    }
    path.shared_count = static_cast<std::uint32_t>(shared_hops_.size()) - path.first_shared;
  }
  refresh_paths();
}

std::uint64_t Engine::take_link_bytes(std::uint32_t link, int direction) {
  LinkLane& lane = link_lanes_[link * 2 + static_cast<std::size_t>(direction)];
  const std::uint64_t bytes = lane.bytes;
  lane.bytes = 0;
  return bytes;
}

void Engine::set_link_rate(std::uint32_t link, int direction, double bytes_per_s) {
  link_lanes_[link * 2 + static_cast<std::size_t>(direction)].bytes_per_s = bytes_per_s;
}

}  // namespace twinvoice::kernel
