// A cell that is being run: which replications are here, which are out, which are to be started.
//
//   replications are started in order, up to the next look; one that is lost is started again before any further one
//   when one fails, none beyond it is started any more, but those before it are still brought in: so the failure that counts
//   is that of the lowest number, whichever ended first
//   settled: nothing is out and nothing is to be started; then it is time for a look, or for writing down the failure
//
// Failure policy: a replication that was killed from outside is run again, ten times in all; then that is its failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/store/rows.hpp"

namespace twinvoice::campaign {

/// A cell by its place in the sweep and its identity.
struct Task {
  std::size_t position = 0;
  std::string id;
};

class OpenCell {
 public:
  /// `found` are its replications of an earlier run; they are saved already.
  OpenCell(Task task, std::uint64_t wanted, std::vector<store::PendingRow> found);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] std::uint64_t wanted() const { return wanted_; }
  /// Asks for replications up to `wanted`.
  void want(std::uint64_t wanted) { wanted_ = wanted; }

  /// The next one to start; it is out from now on.
  [[nodiscard]] std::optional<std::uint64_t> start();
  [[nodiscard]] bool can_start() const;
  void done(std::uint64_t replication, std::vector<std::byte> bytes);
  void fail(std::uint64_t replication, std::string why);
  /// Killed from outside: runs again, or fails with `why`.
  void killed(std::uint64_t replication, const std::string& why);
  /// Never run, or gone with its zygote: runs again.
  void dropped(std::uint64_t replication);
  /// All that were out.
  void all_dropped();
  /// The cell as a whole cannot be run.
  void refuse(std::string why) { fail(0, std::move(why)); }

  [[nodiscard]] bool settled() const { return out_.empty() && !can_start(); }
  [[nodiscard]] bool has_failed() const { return failure_.has_value(); }
  [[nodiscard]] const std::string& failure() const { return failure_->second; }
  [[nodiscard]] std::size_t out() const { return out_.size(); }
  /// How many are here, and how many of them an earlier run left.
  [[nodiscard]] std::size_t here() const { return kept_.size(); }
  [[nodiscard]] std::size_t found() const { return found_; }

  /// Bytes of the replications 0 .. wanted - 1, of a failed cell those below the one that failed; the cell is settled.
  [[nodiscard]] std::vector<const std::vector<std::byte>*> replications() const;
  /// Numbers of those that are in no store yet; they count as saved from then on.
  [[nodiscard]] std::vector<std::uint64_t> take_unsaved();
  [[nodiscard]] const std::vector<std::byte>& bytes(std::uint64_t replication) const {
    return kept_.at(replication);
  }
  /// All that are here, by number.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const auto& [replication, bytes] : kept_) visit(bytes);
  }
  /// Gives back the memory of those that are saved; restore() brings them again before they are looked at.
  void release_saved();
  void restore(std::vector<store::PendingRow> saved);

 private:
  /// Replications from here on are not wanted: they are beyond the next look, or beyond a failure.
  [[nodiscard]] std::uint64_t limit() const;
  /// Moves next_ to the first one that is neither here nor was started.
  void skip_found();

  Task task_;
  std::uint64_t wanted_;
  std::size_t found_;
  std::map<std::uint64_t, std::vector<std::byte>> kept_;
  std::set<std::uint64_t> out_;
  std::set<std::uint64_t> again_;  ///< started once, and lost
  std::uint64_t next_ = 0;
  std::vector<std::uint64_t> unsaved_;
  std::map<std::uint64_t, int> kills_;
  std::optional<std::pair<std::uint64_t, std::string>> failure_;  ///< of the lowest number so far
};

}  // namespace twinvoice::campaign
