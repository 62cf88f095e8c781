#include "sim/store/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sim/store/store_error.hpp"

namespace twinvoice::store {
namespace {

constexpr const char* kTried = "open the store for writing";
constexpr std::string_view kMark = "twinvoice store lock of process ";

/// What stands in the file, as far as it matters.
std::string content(int file) {
  std::array<char, 64> text{};
  const ssize_t n = ::pread(file, text.data(), text.size(), 0);
  return {text.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

/// The process that has written itself into the file, as far as it can be read.
std::string holder(int file) {
  const std::string text = content(file);
  return text.starts_with(kMark) ? "process " + text.substr(kMark.size()) : "another process";
}

/// Whether the path still leads to the open file: the holder before may have removed it in between.
bool still_there(int file, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

bool is_plain(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

[[noreturn]] void refuse_foreign(const std::string& shown, const char* what) {
  throw StoreError(StoreError::Kind::kInput, shown, kTried, fmt::format("{}.lock is {}", shown, what),
                   "move that away, or give the store another name");
}

}  // namespace

LockFile::LockFile(const std::string& store_path, const std::string& shown) : path_(store_path + ".lock") {
  for (;;) {
    constexpr int kOwn = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    file_ = ::open(path_.c_str(), kOwn | O_CREAT | O_EXCL, 0666);
    ours_ = file_ >= 0;
    if (!ours_ && errno == EEXIST) {
      file_ = ::open(path_.c_str(), kOwn);
      if (file_ < 0 && errno == ENOENT) continue;  // its holder has removed it in between
    }
    if (file_ < 0 && errno == ELOOP) refuse_foreign(shown, "a symbolic link");
    if (file_ < 0) {
      const bool full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
      throw StoreError(full ? StoreError::Kind::kMedium : StoreError::Kind::kInput, shown, kTried,
                       fmt::format("{}.lock: {}", shown, std::strerror(errno)),
                       full ? "free some space and run it again"
                            : "use a folder in which you may write, or give yourself the right to it");
    }
    if (!is_plain(file_)) {
      ::close(file_);
      refuse_foreign(shown, "not a file");
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      const int problem = errno;
      const std::string who = holder(file_);
      ::close(file_);
      if (problem == EINTR) continue;
      if (problem != EWOULDBLOCK)
        throw StoreError(StoreError::Kind::kInput, shown, kTried,
                         fmt::format("{}.lock: {}", shown, std::strerror(problem)),
                         "put the store on a file system that knows locks");
      throw StoreError(StoreError::Kind::kInput, shown, kTried, who + " is writing to it",
                       "wait until that one ends, or use another store");
    }
    if (still_there(file_, path_)) break;
    ::close(file_);
  }
  // One that a writer left when it was killed; an empty one may be anybody's: it is locked, and stays as it is.
  const std::string found = ours_ ? "" : content(file_);
  if (found.starts_with(kMark)) ours_ = true;
  if (!ours_ && !found.empty()) {
    ::close(file_);
    refuse_foreign(shown, "a file of somebody else");
  }
  if (!ours_) return;
  // For the message of the next one only: a full disk is no reason to stop here.
  const std::string mark = std::string(kMark) + std::to_string(::getpid());
  if (::pwrite(file_, mark.data(), mark.size(), 0) == static_cast<ssize_t>(mark.size()))
    static_cast<void>(::ftruncate(file_, static_cast<off_t>(mark.size())) == 0);
}

LockFile::~LockFile() {
  if (ours_) ::unlink(path_.c_str());
  ::close(file_);
}

}  // namespace twinvoice::store
