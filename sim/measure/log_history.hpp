// What became of each record of one replicated log: replays what its places did and says in which logs a record is, and who
// has it. A log here is what one leader calls the log: its records up to the position at which the next one took over.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/measure/log_facts.hpp"

namespace twinvoice::measure {

/// Where a record of the log that leads can be read at the end.
enum class Reach : std::uint8_t {
  kUp,    ///< at a place that is up
  kDown,  ///< only at places that are down
  kGone,  ///< nowhere: every place that had it was destroyed
};

class LogHistory {
 public:
  /// The epoch after the last: no log lacks the record.
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Reign {
    std::uint32_t place = 0;
    Nanos from_ns = 0;
    std::vector<std::int64_t> inherited;  ///< by shard: the position up to which it has the log before
  };

  /// The next event of this log. They come in order of time; epochs are numbered without a gap from 0 (else EngineError).
  void add(const LogEvent& event);
  /// No event follows: who has what is now known.
  void close();

  /// By epoch.
  [[nodiscard]] const std::vector<Reign>& reigns() const { return reigns_; }

  /// The first epoch whose log does not have the record although the log before has it; kNone: the log that leads at the end has it.
  /// A record is in the log of its own epoch when its writer led then, and in each next one while its position is not above
  /// the one at which that leader took over. What a deposed writer wrote after that instant is in no later log.
  [[nodiscard]] std::uint32_t first_without(const CommitFact& record) const;
  /// Of a record that the log that leads at the end has.
  [[nodiscard]] Reach reach(const CommitFact& record) const;

  /// Whether a record that the log of epoch `without` was the first to lack has been merged into the log since, and, if so, where
  /// it is: at the place it came from, the one that led when it was merged and the one that leads at the end, unless destroyed since.
  [[nodiscard]] bool reconciled(const CommitFact& record, std::uint32_t without) const;
  [[nodiscard]] Reach reach_reconciled(const CommitFact& record, std::uint32_t without) const;
  /// Whether a deposed place that is up still has such a record: it led a log with it, leads no more, has not led a log
  /// without it since, and has not been destroyed nor given a new copy.
  [[nodiscard]] bool stranded(const CommitFact& record, std::uint32_t without) const;

  /// The first instant, not before `from_ns`, at which the place was down, cut off or deposed (from `deposed_ns` on).
  [[nodiscard]] Nanos out_of_service(std::uint32_t place, Nanos from_ns, Nanos deposed_ns) const;
  /// The place that was the last to have a record, destroyed (of one that is nowhere: Reach::kGone) or gone down (kDown), and when.
  struct LastHolder {
    Nanos at_ns = 0;
    std::uint32_t place = 0;
  };
  [[nodiscard]] LastHolder destroyed(const CommitFact& record) const;
  [[nodiscard]] LastHolder down(const CommitFact& record) const;
  /// The epoch of the log at an instant.
  [[nodiscard]] std::uint32_t epoch_at(Nanos now_ns) const;

 private:
  static constexpr std::int64_t kLastPosition = std::numeric_limits<std::int64_t>::max();

  struct Outage {
    Nanos from_ns = 0;
    Nanos to_ns = kNever;
  };
  /// Instants of what never happened are -1: before every record.
  struct Member {
    bool up = true;
    bool reachable = true;
    Nanos destroyed_ns = -1;
    Nanos reseeded_ns = -1;         ///< since it was destroyed
    Nanos down_ns = 0;              ///< since when, unless up
    std::uint32_t last_led = 0;     ///< epoch; meaningful for those who led
    std::vector<std::int64_t> has;  ///< by shard: all of the log that leads, up to here
    std::vector<Outage> out;        ///< when it was down or cut off
  };
  struct Destruction {
    Nanos at_ns = 0;
    std::uint32_t place = 0;
    Member before;
  };
  /// What one place had of the ended log of `epoch`, merged into the log that led at `at_ns`.
  struct Merge {
    Nanos at_ns = 0;
    std::uint32_t place = 0;
    std::uint32_t shard = 0;
    std::uint32_t epoch = 0;
    std::int64_t position = 0;
    Nanos copy_ns = -1;  ///< of what it alone had up to then nothing was left there
  };

  Member& member(std::uint32_t place);
  void lead(const LogEvent& event);
  void receive(const LogEvent& event);
  static void serve(Member& m, Nanos now_ns, bool up, bool reachable);
  [[nodiscard]] static bool has(const Member& m, std::uint32_t place, const CommitFact& record);
  /// An instant at which the leader of `epoch`, whose log has the record, surely had it.
  [[nodiscard]] Nanos had_ns(const CommitFact& record, std::uint32_t epoch) const;
  [[nodiscard]] const Merge* merge_of(const CommitFact& record, std::uint32_t without) const;

  std::vector<Reign> reigns_;
  std::vector<Member> members_;  ///< by place; those without events have nothing
  std::vector<Merge> merges_;
  std::vector<Destruction> destructions_;
  /// [epoch][shard]: the lowest position at which a later leader took over.
  std::vector<std::vector<std::int64_t>> survives_;
};

}  // namespace twinvoice::measure
