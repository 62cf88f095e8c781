// Opening and making the file of a store: every reason why that cannot work is found before a byte of it changes.
#pragma once

#include <memory>
#include <string>

#include "sim/store/database.hpp"
#include "sim/store/lock_file.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::store {

/// An open file; the lock is there for writers and is given back last.
struct OpenFile {
  std::unique_ptr<LockFile> lock;
  std::unique_ptr<Database> database;
  std::int64_t version = 0;  ///< of its schema
};

/// Throws StoreError: no such folder, not a store, a newer schema, an older one that is to be
/// written to, another writer, no right to write, ...
[[nodiscard]] OpenFile open_file(const std::string& path, Store::Mode mode);

}  // namespace twinvoice::store
