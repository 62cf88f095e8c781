#include "sim/kernel/event_list.hpp"

namespace twinvoice::kernel {

EventList::EventList(EventListMode mode, std::size_t crowd)
    : mode_(mode), heap_(crowd, kNone), crowd_(crowd), heads_(kMaxLanes, Head{}) {
  lanes_.reserve(kMaxLanes);
  index_.assign(kIndexSize, kNoLane);
}

void EventList::relieve() {
  if (far_.begin_ns() != kNever || heap_.size() <= crowd_) return;
  heap_.drain([this](EventKey key) { far_.hold(key); });
  far_.open();
}

std::uint32_t EventList::add_lane(Nanos delay_ns, std::size_t at) {
  // Delays beyond the limit are rare ones (many distinct message sizes); the heap takes them.
  if (lanes_.size() == kMaxLanes) return kNoLane;
  const auto index = static_cast<std::uint32_t>(lanes_.size());
  lanes_.emplace_back(delay_ns);
  index_[at] = index;
  return index;
}

void EventList::push_twin(EventKey key) {
  twin_.insert(
      std::upper_bound(twin_.begin(), twin_.end(), key, [](EventKey a, EventKey b) { return a > b; }), key);
}

EventKey EventList::take_twin_before(EventKey bound) {
  if (twin_.empty() || twin_.back() >= bound) return kNone;
  const EventKey next = twin_.back();
  twin_.pop_back();
  return next;
}

}  // namespace twinvoice::kernel
