#include "sim/world/wake_queue.hpp"

namespace twinvoice::world {

void WakeQueue::wake(std::uint32_t procedure, Nanos at_ns) {
  wakes_.push({at_ns, procedure, generations_[procedure]});
}

Nanos WakeQueue::next_ns() {
  drop_stale();
  return wakes_.empty() ? kNever : wakes_.top().at_ns;
}

bool WakeQueue::pop_due(Nanos now_ns, std::uint32_t& procedure) {
  drop_stale();
  if (wakes_.empty() || wakes_.top().at_ns > now_ns) return false;
  procedure = wakes_.top().procedure;
  wakes_.pop();
  return true;
}

void WakeQueue::drop_stale() {
  while (!wakes_.empty() && wakes_.top().generation != generations_[wakes_.top().procedure]) wakes_.pop();
}

}  // namespace twinvoice::world
