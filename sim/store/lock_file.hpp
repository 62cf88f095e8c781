// One writer at a time: a lock that the system gives back when its holder ends, however it ends.
#pragma once

#include <string>

namespace twinvoice::store {

/// An exclusive advisory lock (flock) on a file beside the store, held for the life of the object. The file is close-on-exec and
/// names the process that holds it. A process forked while the lock is held shares it, so nobody forks then. What bears the file's
/// name and was not made by a writer of stores is not followed, not changed and not removed.
class LockFile {
 public:
  /// Throws StoreError when another process holds the lock, the file cannot be made or is somebody else's. `shown` is the store's path.
  LockFile(const std::string& store_path, const std::string& shown);
  /// Removes the file if it is ours: a store at rest is one file.
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  std::string path_;
  int file_ = -1;
  bool ours_ = false;  ///< made by this program: removed at the end
};

}  // namespace twinvoice::store
