#include "sim/store/open.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "sim/store/schema.hpp"

namespace twinvoice::store {
namespace {

namespace fs = std::filesystem;
using Mode = Store::Mode;

struct Target {
  fs::path file;      ///< with symbolic links resolved: two names of one store share its lock
  std::string shown;  ///< as the user wrote it
  const char* tried;
};

[[noreturn]] void refuse(const Target& target, const std::string& said, const std::string& advice) {
  throw StoreError(StoreError::Kind::kInput, target.shown, target.tried, said, advice);
}

[[noreturn]] void fail(const Target& target, const std::string& what) {
  throw StoreError(StoreError::Kind::kMedium, target.shown, target.tried,
                   fmt::format("{}: {}", what, std::strerror(errno)), "free some space and run it again");
}

fs::path beside(const Target& target, const char* suffix) { return target.file.string() + suffix; }

/// An empty file is as good as none: nothing is lost when it becomes a store.
bool absent(const Target& target) {
  std::error_code problem;
  return !fs::exists(target.file, problem) || fs::file_size(target.file, problem) == 0;
}

void check_path(const Target& target, Mode mode) {
  std::error_code problem;
  if (target.shown.empty()) refuse(target, "its name is empty", "name a file");
  const fs::path folder = target.file.parent_path();
  const fs::file_status above = fs::status(folder, problem);
  if (!fs::exists(above)) refuse(target, "there is no folder " + folder.string(), "make that folder first");
  if (!fs::is_directory(above))
    refuse(target, folder.string() + " is not a folder", "name a file in a folder");
  // What is left of links after they have been followed leads nowhere.
  if (fs::is_symlink(fs::symlink_status(target.file, problem)))
    refuse(target, "it is a symbolic link that leads nowhere", "name a file, or make what the link leads to");
  const fs::file_status status = fs::status(target.file, problem);
  if (fs::is_directory(status)) refuse(target, "it is a folder", "name a file in it");
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse(target, "it is not a file", "name a file");
  if (mode != Mode::kCreate && !fs::exists(status))
    refuse(target, "there is no such file", "`twinvoice sweep run` makes one");
  if (mode != Mode::kCreate && absent(target))
    refuse(target, "the file is empty", "name a store with results");
  if (fs::exists(status) && ::access(target.file.c_str(), R_OK) != 0)
    refuse(target, std::strerror(errno), "give yourself the right to read the file");
  if (mode == Mode::kRead) return;
  // The lock, the log and the shared memory go by the name: writers under two names would not see each other.
  if (fs::exists(status) && fs::hard_link_count(target.file, problem) > 1)
    refuse(target, "the file has other names as well (hard links), under which others may write to it",
           "remove the other names, or copy the file");
  if (fs::exists(status) && ::access(target.file.c_str(), W_OK) != 0)
    refuse(target, std::strerror(errno),
           "give yourself the right to write to the file, or use another store");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    refuse(target, fmt::format("the folder {}: {}", folder.string(), std::strerror(errno)),
           "use a folder in which you may write");
}

/// A big-endian number in the header of an SQLite file.
std::int64_t number_at(const std::vector<unsigned char>& header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | header[i];
  return static_cast<std::int32_t>(value);
}

/// Looks at the header alone, which never changes in a store. A file of somebody else is not to be recovered from its journal
/// and not to be locked; and the rest of a store may be in the middle of a checkpoint. Says the version of its schema.
std::int64_t check_identity(const Target& target, Mode mode) {
  constexpr std::size_t kUserVersionAt = 60;
  constexpr std::size_t kApplicationIdAt = 68;
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  const char* const advice = "name a store that `twinvoice sweep` has written";
  const std::vector<unsigned char> header = Database(target.file, target.shown, Access::kImmutable).header();
  if (header.size() < 100 || !std::equal(kMagic.begin(), kMagic.end(), header.begin()))
    refuse(target, "it is not a database", advice);
  const std::int64_t application = number_at(header, kApplicationIdAt);
  if (application != kApplicationId)
    refuse(target, fmt::format("it is a database of another program (application_id {})", application),
           advice);
  const std::int64_t version = number_at(header, kUserVersionAt);
  if (version > kSchemaVersion)
    refuse(target,
           fmt::format("it has schema version {}, and this program knows up to {}", version, kSchemaVersion),
           "use the Twinvoice that wrote it, or a newer one");
  if (version < 1) refuse(target, fmt::format("it has schema version {}", version), "use another store");
  if (version < kSchemaVersion && mode != Mode::kRead)
    refuse(target,
           fmt::format("its results mean what they did in version {}, and this program writes version {}",
                       version, kSchemaVersion),
           "read it with `sweep report` and `sweep export`, and run the sweep into a new store");
  return version;
}

void sync_folder(const Target& target) {
  const int folder = ::open(target.file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail(target, "its folder");
  const int synced = ::fsync(folder);
  const int problem = errno;
  ::close(folder);
  errno = problem;
  // Some file systems cannot sync folders and say so.
  if (synced != 0 && problem != EINVAL && problem != ENOTSUP) fail(target, "its folder");
}

/// An empty store.
void fill(const std::string& file, const Target& target) {
  Database database(file, target.shown, Access::kCreate);
  const std::string identity =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId, kSchemaVersion);
  const std::string script = "PRAGMA synchronous = FULL; BEGIN IMMEDIATE;" + identity + kTables + kViews +
                             "COMMIT; PRAGMA journal_mode = WAL;";
  database.execute(script.c_str(), "make the store");
}

/// Made beside its place under a name that nobody has, and then renamed to it: a store is there whole or not at all.
void create(const Target& target) {
  std::error_code problem;
  for (const char* suffix : {"-wal", "-journal"}) {
    const fs::path left = beside(target, suffix);
    if (fs::exists(left, problem) && fs::file_size(left, problem) > 0)
      refuse(target, left.string() + " belongs to a store that is not here any more",
             "move the store back to it, or remove that file");
  }
  std::string made = target.file.string() + ".XXXXXX";
  const int file = ::mkostemp(made.data(), O_CLOEXEC);
  if (file < 0) fail(target, made);
  // As any file that is made new; mkostemp keeps it to its owner.
  const mode_t hidden = ::umask(0);
  ::umask(hidden);
  const bool shared = ::fchmod(file, 0666 & ~hidden) == 0;
  ::close(file);
  try {
    if (!shared) fail(target, made);
    fill(made, target);
    if (std::rename(made.c_str(), target.file.c_str()) != 0) fail(target, "rename");
  } catch (...) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) fs::remove(made + suffix, problem);
    throw;
  }
  sync_folder(target);
}

std::unique_ptr<Database> open_for_reading(const Target& target) {
  std::error_code problem;
  const bool alone =
      ::access(target.file.parent_path().c_str(), W_OK) != 0 || ::access(target.file.c_str(), W_OK) != 0;
  const bool at_rest = !fs::exists(beside(target, "-wal"), problem);
  // Where nobody may write nobody does; SQLite wants to make its shared memory there all the same.
  const Access access = alone && at_rest ? Access::kImmutable : Access::kQuery;
  return std::make_unique<Database>(target.file, target.shown, access);
}

}  // namespace

OpenFile open_file(const std::string& path, Mode mode) {
  const bool writes = mode != Mode::kRead;
  std::error_code problem;
  Target target{fs::weakly_canonical(fs::absolute(path, problem), problem), path,
                writes ? "open the store for writing" : "open the store"};
  if (problem) refuse(target, problem.message(), "name another file");
  check_path(target, mode);
  OpenFile open;
  if (writes) open.lock = std::make_unique<LockFile>(target.file, target.shown);
  if (mode == Mode::kCreate && absent(target)) create(target);
  open.version = check_identity(target, mode);
  if (!writes) {
    open.database = open_for_reading(target);
    return open;
  }
  open.database = std::make_unique<Database>(target.file, target.shown, Access::kWrite);
  if (open.database->read_only())
    refuse(target, "the file is read-only", "give yourself the right to write to it, or use another store");
  open.database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
                         target.tried);
  return open;
}

}  // namespace twinvoice::store
