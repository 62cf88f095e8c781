// What every failure of a store throws.
#pragma once

#include <stdexcept>
#include <string>

namespace twinvoice::store {

/// A store cannot be used, or holds what was not expected. The message is "PATH: cannot TRIED: SAID; ADVICE": which file,
/// what was tried, what SQLite or the system says, and what to do about it.
class StoreError : public std::runtime_error {
 public:
  enum class Kind {
    kInput,   ///< the caller's path, lock, version or content: another file or another moment would do
    kMedium,  ///< the disk is full, fails, or has damaged the file
  };
  StoreError(Kind kind, const std::string& path, const std::string& tried, const std::string& said,
             const std::string& advice)
      : std::runtime_error(path + ": cannot " + tried + ": " + said + (advice.empty() ? "" : "; " + advice)),
        kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace twinvoice::store
