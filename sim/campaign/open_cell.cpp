#include "sim/campaign/open_cell.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"

namespace twinvoice::campaign {
namespace {

/// Generous, since a kill from outside says nothing about the cell; bounded, since the machine may kill for want of memory.
constexpr int kMostKills = 10;

}  // namespace

OpenCell::OpenCell(Task task, std::uint64_t wanted, std::vector<store::PendingRow> found)
    : task_(std::move(task)), wanted_(wanted), found_(found.size()) {
  for (store::PendingRow& row : found) kept_[row.number] = std::move(row.record);
  skip_found();
}

std::uint64_t OpenCell::limit() const { return failure_ ? std::min(wanted_, failure_->first) : wanted_; }

void OpenCell::skip_found() {
  while (kept_.count(next_) > 0) ++next_;
}

bool OpenCell::can_start() const { return (!again_.empty() && *again_.begin() < limit()) || next_ < limit(); }

std::optional<std::uint64_t> OpenCell::start() {
  if (!can_start()) return std::nullopt;
  std::uint64_t n = next_;
  if (!again_.empty() && *again_.begin() < limit()) {
    n = *again_.begin();
    again_.erase(again_.begin());
  } else {
    ++next_;
    skip_found();
  }
  out_.insert(n);
  return n;
}

void OpenCell::done(std::uint64_t replication, std::vector<std::byte> bytes) {
  if (out_.erase(replication) == 0) return;
  kept_[replication] = std::move(bytes);
  unsaved_.push_back(replication);
}

void OpenCell::fail(std::uint64_t replication, std::string why) {
  out_.erase(replication);
  if (!failure_ || replication < failure_->first) failure_ = {replication, std::move(why)};
}

void OpenCell::killed(std::uint64_t replication, const std::string& why) {
  if (++kills_[replication] >= kMostKills)
    fail(replication, why);
  else
    dropped(replication);
}

void OpenCell::dropped(std::uint64_t replication) {
  if (out_.erase(replication) > 0) again_.insert(replication);
}

void OpenCell::all_dropped() {
  again_.merge(out_);
  out_.clear();
}

std::vector<const std::vector<std::byte>*> OpenCell::replications() const {
  ensure(settled(), "campaign: a look at a cell that is not settled");
  std::vector<const std::vector<std::byte>*> list;
  for (std::uint64_t n = 0; n < limit(); ++n) list.push_back(&kept_.at(n));
  return list;
}

void OpenCell::release_saved() {
  for (auto& [replication, bytes] : kept_) {
    if (std::find(unsaved_.begin(), unsaved_.end(), replication) == unsaved_.end()) std::exchange(bytes, {});
  }
}

void OpenCell::restore(std::vector<store::PendingRow> saved) {
  for (store::PendingRow& row : saved) {
    const auto kept = kept_.find(row.number);
    if (kept != kept_.end() && kept->second.empty()) kept->second = std::move(row.record);
  }
}

std::vector<std::uint64_t> OpenCell::take_unsaved() { return std::exchange(unsaved_, {}); }

}  // namespace twinvoice::campaign
