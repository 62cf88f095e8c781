#include "sim/store/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "sim/base/check.hpp"

namespace twinvoice::store {
namespace {

constexpr int kPatienceMs =
    10'000;  // for the short locks of readers and checkpoints; campaigns have the lock file

struct Meaning {
  StoreError::Kind kind;
  const char* advice;
};

Meaning meaning_of(int code) {
  using enum StoreError::Kind;
  switch (code & 0xff) {
    case SQLITE_FULL: return {kMedium, "free some space and run it again: what was acknowledged is kept"};
    case SQLITE_IOERR:
      return {kMedium,
              "check the disk or the network folder and run it again: what was acknowledged is kept"};
    case SQLITE_CORRUPT:
      return {kMedium,
              "the file is damaged: take a copy of it from before, or save what can be read with "
              "`sqlite3 FILE .recover`"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {kInput, "another program is writing to it: close that one and try again"};
    case SQLITE_NOTADB: return {kInput, "name a store that `twinvoice sweep` has written"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return {kInput, "check the permissions of the file and of its folder"};
    case SQLITE_CONSTRAINT: return {kInput, "two rows contradict each other: please report it"};
    default: return {kMedium, "this should not happen: please report it"};
  }
}

/// A path as a file: URI, for the options that exist only there.
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

}  // namespace

Database::Database(const std::string& path, std::string shown, Access access) : shown_(std::move(shown)) {
  const bool immutable = access == Access::kImmutable;
  int flags = immutable ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  if (access == Access::kCreate) flags |= SQLITE_OPEN_CREATE;
  const std::string name = immutable ? uri_of(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) fail(code, "open the store");
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kPatienceMs);
    // A file from somewhere else may carry triggers and views; none of them is to do more than answer.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (access == Access::kQuery) execute("PRAGMA query_only = ON", "open the store");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::execute(const char* sql, const char* tried) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, tried);
}

// Through SQLite's own file: opening and closing another one would drop the locks of this process (POSIX has it so).
std::vector<unsigned char> Database::header() const {
  constexpr int kHeaderBytes = 100;
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK) fail(code, "read the store");
  sqlite3_int64 size = 0;
  code = file->pMethods->xFileSize(file, &size);
  if (code != SQLITE_OK) fail(code, "read the store");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::min<sqlite3_int64>(size, kHeaderBytes)));
  code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  if (code != SQLITE_OK) fail(code, "read the store");
  return bytes;
}

sqlite3_stmt* Database::prepared(const char* sql) {
  const auto found = statements_.find(std::string_view(sql));
  if (found != statements_.end()) {
    ensure(sqlite3_stmt_busy(found->second) == 0, "store: a statement is used while it is in use");
    return found->second;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) fail(code, "use the store");
  statements_.emplace(sql, statement);
  return statement;
}

void Database::fail(int code, const char* tried) const {
  if (handle_ == nullptr)
    throw StoreError(StoreError::Kind::kMedium, shown_, tried, "out of memory", "close other programs");
  const int full_code = sqlite3_extended_errcode(handle_);
  if ((full_code & 0xff) == (code & 0xff)) code = full_code;
  std::string said = sqlite3_errmsg(handle_);
  const int system = sqlite3_system_errno(handle_);
  const int family = code & 0xff;
  if (system != 0 && (family == SQLITE_IOERR || family == SQLITE_CANTOPEN || family == SQLITE_FULL))
    said += fmt::format(" ({})", std::strerror(system));
  const Meaning meaning = meaning_of(code);
  throw StoreError(meaning.kind, shown_, tried, said, meaning.advice);
}

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE)
    database_.fail(code, sqlite3_stmt_readonly(statement_) != 0 ? "read the store" : "write to the store");
  return false;
}

double Query::real(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL ? std::numeric_limits<double>::quiet_NaN()
                                                                : sqlite3_column_double(statement_, column);
}

std::string Query::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Query::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const std::byte*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Query::bind(int at, std::int64_t value) { checked(sqlite3_bind_int64(statement_, at, value)); }

void Query::bind(int at, double value) { checked(sqlite3_bind_double(statement_, at, value)); }

void Query::bind(int at, std::string_view value) {
  checked(sqlite3_bind_text64(statement_, at, value.data() == nullptr ? "" : value.data(), value.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::bind(int at, std::span<const std::byte> value) {
  if (value.empty())
    checked(sqlite3_bind_zeroblob(statement_, at, 0));
  else
    checked(sqlite3_bind_blob64(statement_, at, value.data(), value.size(), SQLITE_TRANSIENT));
}

void Query::checked(int code) const {
  if (code != SQLITE_OK) database_.fail(code, "use the store");
}

}  // namespace twinvoice::store
