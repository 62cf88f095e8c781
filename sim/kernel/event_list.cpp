#include "sim/kernel/event_list.hpp"

namespace twinvoice::kernel {

EventList::EventList(EventListMode mode) : mode_(mode), heap_(4096), heads_(kMaxLanes) {
  lanes_.reserve(kMaxLanes);
  index_.assign(kIndexSize, kNoLane);
}

std::uint32_t EventList::add_lane(Nanos delay_ns, std::size_t at) {
  // Delays beyond the limit are rare ones (many distinct message sizes); the heap takes them.
  if (lanes_.size() == kMaxLanes) return kNoLane;
  const auto index = static_cast<std::uint32_t>(lanes_.size());
  lanes_.emplace_back(delay_ns);
  index_[at] = index;
  return index;
}

bool EventList::tied(EventKey top) {
  const EventKey content = content_of(top);
  if (mode_ == EventListMode::kTwin) {
    return twin_.size() > 1 && content_of(twin_[twin_.size() - 2]) == content;
  }
  // Two events with this content are either both in the heap, both lane heads, in one lane, or one in each.
  int found = 0;
  if (!heap_.empty() && content_of(heap_.top()) == content) {
    ++found;
    heap_.visit_children_of_top([&](EventKey key) { found += content_of(key) == content ? 1 : 0; });
  }
  if (!heads_.empty() && content_of(heads_.top().key) == content) {
    ++found;
    heads_.visit_children_of_top([&](const Head& head) { found += content_of(head.key) == content ? 1 : 0; });
    const Lane& lane = lanes_[heads_.top().lane];
    found += lane.second_has([&](EventKey key) { return content_of(key) == content; }) ? 1 : 0;
  }
  return found > 1;
}

void EventList::push_twin(EventKey key) {
  twin_.insert(
      std::upper_bound(twin_.begin(), twin_.end(), key, [](EventKey a, EventKey b) { return a > b; }), key);
}

}  // namespace twinvoice::kernel
