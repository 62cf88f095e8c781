// The records that a run wrote to its logs, kept small: what is no longer waited for takes some fifteen bytes a record.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <vector>

#include "sim/base/wire.hpp"
#include "sim/measure/log_facts.hpp"

namespace twinvoice::measure {

/// Commits in the order in which they were appended. The newest ones are open; older ones are packed by blocks, of which the one that
/// was looked at last is unpacked. Looking at one after the other is cheap, jumping between old ones is not.
class CommitLog {
 public:
  CommitLog() = default;
  CommitLog(std::initializer_list<CommitFact> commits) : CommitLog(std::vector<CommitFact>(commits)) {}
  CommitLog(const std::vector<CommitFact>&
                commits) {  // NOLINT(google-explicit-constructor): a list of facts is a log
    for (const CommitFact& commit : commits) push_back(commit);
  }

  void push_back(const CommitFact& commit);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] CommitFact operator[](std::size_t i) const { return block_of(i)[i % kBlock]; }
  /// The writer acknowledges record i to its caller; the first time counts.
  void returned(std::size_t i, Nanos at_ns);
  /// All of them, unpacked: some sixty bytes each.
  [[nodiscard]] std::vector<CommitFact> all() const;

  void serialize(wire::Writer& out) const;
  /// Throws wire::Malformed on bytes that serialize cannot have written.
  [[nodiscard]] static CommitLog deserialize(wire::Reader& in);

  friend bool operator==(const CommitLog& a, const CommitLog& b) { return a.all() == b.all(); }

 private:
  static constexpr std::size_t kBlock = 4096;
  static constexpr std::size_t kOpenBlocks = 4;
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  /// Either of the two.
  struct Block {
    std::vector<CommitFact> facts;
    std::vector<std::byte> packed;
  };

  [[nodiscard]] std::vector<CommitFact>& block_of(std::size_t i) const;
  static void pack(Block& block);

  mutable std::vector<Block> blocks_;
  mutable std::size_t unpacked_ = kNone;  ///< of the old blocks the one that is not packed
  std::size_t size_ = 0;
};

}  // namespace twinvoice::measure
