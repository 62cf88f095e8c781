// Values that are dear to make and asked for again and again, by position: the last few are kept.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace twinvoice::cli {

template <class T>
class Kept {
 public:
  using Make = std::function<T(std::size_t position)>;

  /// At most `most` values are there at a time, at least one.
  explicit Kept(Make make, std::size_t most = 64) : make_(std::move(make)), most_(most) {}

  /// The value at a position, made unless it is there. What `make` throws passes, and nothing is kept of it. The reference is good
  /// until the next call.
  const T& at(std::size_t position) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != position) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entries_.front().second;
    }
    T value = make_(position);
    entries_.emplace_front(position, std::move(value));
    if (entries_.size() > most_) entries_.pop_back();
    return entries_.front().second;
  }

 private:
  Make make_;
  std::size_t most_;
  std::list<std::pair<std::size_t, T>> entries_;  ///< the one asked for last first
};

}  // namespace twinvoice::cli
