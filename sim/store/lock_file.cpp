#include "sim/store/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sim/store/store_error.hpp"

namespace twinvoice::store {
namespace {

constexpr const char* kTried = "open the store for writing";

/// The process that has written itself into the file, as far as it can be read.
std::string holder(int file) {
  std::array<char, 24> text{};
  const ssize_t n = ::pread(file, text.data(), text.size() - 1, 0);
  const std::string pid(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

/// Whether the path still leads to the open file: the holder before may have removed it in between.
bool still_there(int file, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

}  // namespace

LockFile::LockFile(const std::string& store_path, const std::string& shown) : path_(store_path + ".lock") {
  for (;;) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) {
      const bool full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
      throw StoreError(full ? StoreError::Kind::kMedium : StoreError::Kind::kInput, shown, kTried,
                       fmt::format("{}.lock: {}", shown, std::strerror(errno)),
                       full ? "free some space and run it again"
                            : "use a folder in which you may write, or give yourself the right to it");
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
  // For the message of the next one only: a full disk is no reason to stop here.
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, pid.data(), pid.size(), 0) < 0) return;
}

LockFile::~LockFile() {
  ::unlink(path_.c_str());
  ::close(file_);
}

}  // namespace twinvoice::store
