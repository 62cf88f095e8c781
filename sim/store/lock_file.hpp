// One writer at a time: a lock that the system gives back when its holder ends, however it ends.
#pragma once

#include <string>

namespace twinvoice::store {

/// An exclusive advisory lock (flock) on a file beside the store, held for the life of the object. The file is close-on-exec and
/// names the process that holds it. A process forked while the lock is held shares it, so nobody forks then.
class LockFile {
 public:
  /// Throws StoreError when another process holds the lock or the file cannot be made. `shown` is the store's path.
  LockFile(const std::string& store_path, const std::string& shown);
  /// Removes the file: a store at rest is one file.
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace twinvoice::store
