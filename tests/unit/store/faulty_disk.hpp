// A disk that fails on demand, and that keeps a log of what was written: a VFS of SQLite over the real one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace twinvoice::store {

/// What happens at the n-th call that the fault counts.
enum class DiskFault {
  kNone,
  kFull,    ///< that write and all later ones: SQLITE_FULL
  kSync,    ///< that sync and all later ones: SQLITE_IOERR_FSYNC
  kTorn,    ///< that write does half of its work; it and every later change fail: SQLITE_IOERR_WRITE
  kHiccup,  ///< that change alone fails: SQLITE_IOERR
};

/// One change of a file, as the disk saw it.
struct DiskChange {
  enum class Kind { kWrite, kTruncate, kSync, kDelete, kMark };
  Kind kind = Kind::kMark;
  std::string file;         ///< name without folder
  std::int64_t offset = 0;  ///< kTruncate: the new size
  std::vector<std::byte> bytes;
  bool durable = false;  ///< kDelete: with its folder
  std::size_t mark = 0;
};

/// While it lives, SQLite uses it for every file that is opened. Syncs do not reach the real disk: they take long and show nothing.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// Counts from now on: the call number `n`, from 0, fails.
  void fail(DiskFault fault, std::uint64_t n);
  /// Whether the fault has struck.
  [[nodiscard]] bool struck() const;
  /// Begins a log of the changes. Marks are the caller's: what it knows to be done at that point.
  void record();
  void mark(std::size_t mark);
  [[nodiscard]] std::vector<DiskChange> log() const;
};

}  // namespace twinvoice::store
