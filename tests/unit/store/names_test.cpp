// Names of stores that are somebody else's, or several, or nobody's: nothing is followed, replaced or removed that is not ours.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

class Names : public StoreTest {};

TEST_F(Names, a_lock_of_somebody_else_is_neither_followed_nor_changed_nor_removed) {
  const std::string lock = path() + ".lock";
  write(path("precious"), "mine");
  std::filesystem::create_symlink(path("precious"), lock);
  EXPECT_THROW(Store(path(), Store::Mode::kCreate), StoreError);
  EXPECT_EQ(read(path("precious")), "mine");
  EXPECT_TRUE(std::filesystem::is_symlink(lock));
  std::filesystem::remove(lock);
  write(lock, "4711\n");
  EXPECT_THROW(Store(path(), Store::Mode::kCreate), StoreError);
  EXPECT_EQ(read(lock), "4711\n");
  std::filesystem::remove(lock);
  ASSERT_EQ(::mkfifo(lock.c_str(), 0666), 0);
  EXPECT_THROW(Store(path(), Store::Mode::kCreate), StoreError);
  EXPECT_TRUE(std::filesystem::is_fifo(lock));
  std::filesystem::remove(lock);
  write(lock, "");
  { const Store store(path(), Store::Mode::kCreate); }
  EXPECT_TRUE(std::filesystem::exists(lock)) << "an empty file may be anybody's";
  EXPECT_EQ(read(lock), "");
}

TEST_F(Names, a_lock_that_a_killed_writer_left_is_taken_and_removed) {
  write(path() + ".lock", "twinvoice store lock of process 123456789");
  { const Store store(path(), Store::Mode::kCreate); }
  EXPECT_EQ(files(), std::vector<std::string>{"results.sqlite"});
}

TEST_F(Names, a_store_with_two_names_is_read_and_not_written) {
  { const Store store(path(), Store::Mode::kCreate); }
  std::filesystem::create_hard_link(path(), path("other.sqlite"));
  for (const char* name : {"results.sqlite", "other.sqlite"}) {
    EXPECT_THROW(Store(path(name), Store::Mode::kCreate), StoreError);
    EXPECT_THROW(Store(path(name), Store::Mode::kWrite), StoreError);
    EXPECT_NO_THROW(Store(path(name), Store::Mode::kRead));
  }
}

TEST_F(Names, a_link_that_leads_nowhere_is_refused_and_stays) {
  std::filesystem::create_symlink(path("nowhere"), path());
  EXPECT_THROW(Store(path(), Store::Mode::kCreate), StoreError);
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
}

TEST_F(Names, files_of_others_beside_a_new_store_are_left_alone) {
  for (const char* suffix : {".new", ".new-journal", ".new-wal"}) write(path() + suffix, "mine");
  { const Store store(path(), Store::Mode::kCreate); }
  for (const char* suffix : {".new", ".new-journal", ".new-wal"}) EXPECT_EQ(read(path() + suffix), "mine");
}

}  // namespace
}  // namespace twinvoice::store
