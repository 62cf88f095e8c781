// The tables and views of a store.
#pragma once

#include <cstdint>

namespace twinvoice::store {

/// SQLite's application_id of a store: "TWIN" in ASCII.
inline constexpr std::int32_t kApplicationId = 0x5457494e;
/// SQLite's user_version: raised when the tables change, and when results come to mean something else. Stores of a newer one are
/// refused; older ones are read, and neither written to nor merged, since figures of two meanings are not to be mixed.
///   1   recovery from windows of time
///   2   recovery and loss from the requests' own times and the logs, as shares of incidents
///   3   verdicts and expectations of cells
inline constexpr std::int32_t kSchemaVersion = 3;
/// The first one with the table and the column of verdicts.
inline constexpr std::int32_t kVersionOfVerdicts = 3;

/// Tables of one replication or cell, for `CREATE`.
extern const char* const kTables;
/// What people and notebooks read.
extern const char* const kViews;

}  // namespace twinvoice::store
