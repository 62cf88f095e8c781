// A thin layer over SQLite's C API: a connection and its statements as objects, every failure as a StoreError.
#pragma once

#include <sqlite3.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/store/store_error.hpp"

namespace twinvoice::store {

/// How a file is opened.
enum class Access {
  kCreate,     ///< read and write, made when absent
  kWrite,      ///< read and write
  kQuery,      ///< reads only; joins the shared memory of a writer at work, and tidies up after one that died
  kImmutable,  ///< reads the main file alone, without any lock and without touching anything beside it
};

/// One connection. Not for several threads, and not to be carried across a fork.
class Database {
 public:
  /// `shown` is the path in messages.
  Database(const std::string& path, std::string shown, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one or more statements that return nothing.
  void execute(const char* sql, const char* tried);
  /// The first bytes of the file, as they stand there: no lock is taken, and no journal is looked at. Fewer than 100 in a
  /// file that is shorter.
  [[nodiscard]] std::vector<unsigned char> header() const;
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  /// Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] int changes() const { return sqlite3_changes(handle_); }
  /// Key of the row that the last INSERT made.
  [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_); }
  [[nodiscard]] const std::string& shown() const { return shown_; }
  [[nodiscard]] bool read_only() const { return sqlite3_db_readonly(handle_, "main") != 0; }

 private:
  friend class Query;
  /// The statement of this text, prepared once for each connection.
  sqlite3_stmt* prepared(const char* sql);
  [[noreturn]] void fail(int code, const char* tried) const;

  std::string shown_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

/// One use of a prepared statement: bind, then step or run; the end of its life resets it.
class Query {
 public:
  template <class... Values>
  explicit Query(Database& database, const char* sql, const Values&... values)
      : database_(database), statement_(database.prepared(sql)) {
    int at = 0;
    (bind(++at, values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Moves to the next row; false at the end.
  bool step();
  /// For statements that return no rows.
  void run() {
    while (step()) {
    }
  }

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::uint64_t natural(int column) const {
    return std::bit_cast<std::uint64_t>(integer(column));
  }
  /// NULL is NaN.
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  /// Valid until the next step.
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  void bind(int at, std::int64_t value);
  /// The same 64 bits: SQLite knows signed integers only.
  void bind(int at, std::uint64_t value) { bind(at, std::bit_cast<std::int64_t>(value)); }
  /// SQLite stores NaN as NULL.
  void bind(int at, double value);
  void bind(int at, std::string_view value);
  void bind(int at, std::span<const std::byte> value);
  void checked(int code) const;

  Database& database_;
  sqlite3_stmt* statement_;
};

}  // namespace twinvoice::store
