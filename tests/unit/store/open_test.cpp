// What cannot be opened says why, and stays as it is.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/store/schema.hpp"
#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using testing::HasSubstr;
using Mode = Store::Mode;
constexpr Mode kModes[] = {Mode::kCreate, Mode::kWrite, Mode::kRead};

class Opening : public StoreTest {
 protected:
  std::string refusal(const std::string& file, Mode mode) {
    std::string message;
    StoreError::Kind kind = StoreError::Kind::kMedium;
    try {
      const Store store(file, mode);
    } catch (const StoreError& e) {
      message = e.what();
      kind = e.kind();
    }
    EXPECT_EQ(kind, StoreError::Kind::kInput) << message;
    EXPECT_THAT(message, HasSubstr(file + ": cannot open the store"));
    EXPECT_THAT(message, HasSubstr("; ")) << "no advice";
    return message;
  }
  void sql(const std::string& file, const char* script) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, script, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  void make_store(const std::string& file) { Store(file, Mode::kCreate).put_pending("a", 0, {}); }
};

/// Runs `act` in a child that is not root, for whom rights count; true when it found what it wanted.
template <class Act>
bool as_ordinary_user(const Act& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ready = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
    ::_exit(ready && act() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(Opening, a_foreign_file_is_refused_and_keeps_its_bytes) {
  const std::string text = path("notes.txt");
  write(text, "Meeting at nine.\n" + std::string(5000, 'x'));
  const std::string byte = path("byte");
  write(byte, "x");
  const std::string foreign = path("foreign.sqlite");
  sql(foreign, "PRAGMA application_id = 77; PRAGMA user_version = 1; CREATE TABLE t (x)");
  const std::string plain = path("plain.sqlite");
  sql(plain, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
  const auto names = files();
  for (const std::string& file : {text, byte, foreign, plain}) {
    const std::string before = read(file);
    for (const Mode mode : kModes) {
      EXPECT_THAT(refusal(file, mode), HasSubstr("name a store that `twinvoice sweep` has written"));
      EXPECT_EQ(read(file), before);
    }
  }
  EXPECT_EQ(files(), names);
  EXPECT_THAT(refusal(foreign, Mode::kRead), HasSubstr("application_id 77"));
}

TEST_F(Opening, the_hot_journal_of_a_foreign_database_is_not_rolled_back) {
  const std::string file = path("foreign.sqlite");
  sql(file, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  const pid_t child = ::fork();
  if (child == 0) {
    sqlite3* handle = nullptr;
    sqlite3_open(file.c_str(), &handle);
    sqlite3_exec(
        handle,
        "PRAGMA cache_size = 1; BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 5000) INSERT INTO t SELECT hex(randomblob(50)) FROM n",
        nullptr, nullptr, nullptr);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const std::string journal = read(file + "-journal");
  const std::string before = read(file);
  ASSERT_FALSE(journal.empty());
  for (const Mode mode : kModes) EXPECT_THROW(Store(file, mode), StoreError);
  EXPECT_EQ(read(file), before);
  EXPECT_EQ(read(file + "-journal"), journal);
}

TEST_F(Opening, a_newer_schema_is_refused_and_keeps_its_bytes) {
  make_store(path());
  sql(path(), "PRAGMA user_version = 4");
  const std::string before = read(path());
  for (const Mode mode : kModes) {
    const std::string message = refusal(path(), mode);
    EXPECT_THAT(message, HasSubstr("schema version 4, and this program knows up to 3"));
    EXPECT_THAT(message, HasSubstr("newer"));
  }
  EXPECT_EQ(read(path()), before);
  EXPECT_EQ(files(), std::vector<std::string>{"results.sqlite"});
}

TEST_F(Opening, an_older_meaning_is_read_and_never_written_to) {
  make_store(path());
  sql(path(), "PRAGMA user_version = 1");
  const std::string before = read(path());
  EXPECT_EQ(Store(path(), Mode::kRead).version(), 1);
  for (const Mode mode : {Mode::kCreate, Mode::kWrite})
    EXPECT_THAT(refusal(path(), mode), HasSubstr("mean what they did in version 1"));
  EXPECT_EQ(read(path()), before);
}

TEST_F(Opening, what_is_no_file_is_refused) {
  std::filesystem::create_directory(path("folder"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  write(path("file"), "x");
  for (const Mode mode : kModes) {
    EXPECT_THAT(refusal(path("folder"), mode), HasSubstr("it is a folder"));
    EXPECT_THAT(refusal(path("pipe"), mode), HasSubstr("it is not a file"));
    EXPECT_THAT(refusal(path("none/results.sqlite"), mode), HasSubstr("there is no folder"));
    EXPECT_THAT(refusal(path("file/results.sqlite"), mode), HasSubstr("is not a folder"));
    EXPECT_THAT(refusal("", mode), HasSubstr("its name is empty"));
  }
  for (const Mode mode : {Mode::kWrite, Mode::kRead}) {
    EXPECT_THAT(refusal(path("none.sqlite"), mode), HasSubstr("there is no such file"));
    write(path("empty"), "");
    EXPECT_THAT(refusal(path("empty"), mode), HasSubstr("the file is empty"));
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"empty", "file", "folder", "pipe"}));
}

TEST_F(Opening, an_empty_file_becomes_a_store) {
  write(path(), "");
  make_store(path());
  EXPECT_EQ(Store(path(), Mode::kRead).pending_cells().size(), 1U);
}

TEST_F(Opening, names_with_the_special_characters_of_a_uri_work) {
  for (const char* name : {"a?mode=memory&x#y%41.sqlite", "file:x", ":memory:", "100 %.sqlite"}) {
    make_store(path(name));
    EXPECT_EQ(Store(path(name), Mode::kRead).pending_cells().size(), 1U) << name;
  }
}

TEST_F(Opening, where_nobody_may_write_stores_are_read_and_not_written) {
  make_store(path());
  ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
  std::filesystem::permissions(folder(), std::filesystem::perms(0555));
  const std::string before = read(path());
  EXPECT_TRUE(as_ordinary_user([&] {
    const std::string message = message_of([&] { Store store(path(), Mode::kWrite); });
    const std::string fresh = message_of([&] { Store store(path("fresh.sqlite"), Mode::kCreate); });
    return message.find("Permission denied") != std::string::npos &&
           fresh.find("the folder") != std::string::npos &&
           fresh.find("Permission denied") != std::string::npos &&
           Store(path(), Mode::kRead).pending_cells().size() == 1;
  }));
  EXPECT_EQ(read(path()), before);
  EXPECT_EQ(files(), std::vector<std::string>{"results.sqlite"});
  std::filesystem::permissions(folder(), std::filesystem::perms(0777));
  EXPECT_TRUE(as_ordinary_user([&] {
    return !message_of([&] { Store store(path(), Mode::kWrite); }).empty() &&
           Store(path(), Mode::kRead).pending_cells().size() == 1;
  }));
  ASSERT_EQ(::chmod(path().c_str(), 0), 0);
  EXPECT_TRUE(as_ordinary_user([&] {
    return message_of([&] { Store store(path(), Mode::kRead); }).find("right to read") != std::string::npos;
  }));
}

TEST_F(Opening, a_second_writer_is_refused_while_the_first_lives_and_readers_are_not) {
  int ready[2];
  int end[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(end), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Store store(path(), Mode::kCreate);
    store.put_pending("a", 0, {});
    char byte = 0;
    const bool told = ::write(ready[1], "x", 1) == 1 && ::read(end[0], &byte, 1) == 1;
    ::_exit(told ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  std::filesystem::create_symlink(path(), path("other-name.sqlite"));
  const std::string wal = read(path() + "-wal");
  const std::string before = read(path());
  for (const Mode mode : {Mode::kCreate, Mode::kWrite}) {
    EXPECT_THAT(refusal(path(), mode), HasSubstr("process " + std::to_string(child) + " is writing to it"));
    EXPECT_THAT(refusal(path("other-name.sqlite"), mode), HasSubstr("is writing to it"));
  }
  EXPECT_EQ(Store(path(), Mode::kRead).pending_cells().size(), 1U);
  EXPECT_EQ(read(path()), before);
  EXPECT_EQ(read(path() + "-wal"), wal);
  ASSERT_EQ(::write(end[1], "x", 1), 1);
  ::waitpid(child, nullptr, 0);
  // The child ended without a word, as after a kill: its lock is free, and what it committed is there.
  Store store(path(), Mode::kWrite);
  EXPECT_EQ(store.pending("a").size(), 1U);
}

TEST_F(Opening, a_second_writer_in_one_process_is_refused_as_well) {
  Store store(path(), Mode::kCreate);
  EXPECT_THAT(refusal(path(), Mode::kWrite), HasSubstr("is writing to it"));
  store.put_pending("a", 0, {});
}

TEST_F(Opening, the_rest_of_a_store_that_is_gone_is_not_mixed_with_a_new_one) {
  write(path() + "-wal", "rest");
  const std::string message = refusal(path(), Mode::kCreate);
  EXPECT_THAT(message, HasSubstr("results.sqlite-wal belongs to a store that is not here any more"));
  EXPECT_EQ(read(path() + "-wal"), "rest");
  std::filesystem::remove(path() + "-wal");
  make_store(path());
  EXPECT_EQ(files(), std::vector<std::string>{"results.sqlite"});
}

TEST_F(Opening, a_damaged_store_is_an_error_of_the_medium) {
  {
    Maker maker(1);
    Store store(path(), Mode::kCreate);
    for (int i = 0; i < 20; ++i) store.finish(maker.cell(std::to_string(i)), maker.replications(3));
  }
  const std::string whole = read(path());
  for (const std::size_t keep : {std::size_t{4096}, whole.size() / 2, whole.size() - 4096}) {
    write(path(), whole.substr(0, keep));
    try {
      const Store store(path(), Mode::kRead);
      for (const std::string& id : store.finished()) (void)stored(store, id);
      ADD_FAILURE() << "nothing was noticed at " << keep;
    } catch (const StoreError& e) {
      EXPECT_EQ(e.kind(), StoreError::Kind::kMedium) << e.what();
      EXPECT_THAT(e.what(), HasSubstr("damaged"));
    }
  }
}

}  // namespace
}  // namespace twinvoice::store
