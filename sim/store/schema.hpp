// The tables and views of a store.
#pragma once

#include <cstdint>

namespace twinvoice::store {

/// SQLite's application_id of a store: "TWIN" in ASCII.
inline constexpr std::int32_t kApplicationId = 0x5457494e;
/// SQLite's user_version. A program refuses stores of a version that it does not know.
inline constexpr std::int32_t kSchemaVersion = 1;

/// Tables of one replication or cell, for `CREATE`.
extern const char* const kTables;
/// What people and notebooks read.
extern const char* const kViews;

}  // namespace twinvoice::store
