// A writer that is killed at any moment: what it has acknowledged is there.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using Mode = Store::Mode;

std::string cell_name(std::uint64_t step) { return "cell " + std::to_string(step / 3); }
CellRow cell_of(std::uint64_t step) { return Maker(step / 3).cell(cell_name(step)); }
std::vector<ReplicationRow> replications_of(std::uint64_t step) {
  return Maker(1000 + step / 3).replications(3);
}
std::vector<std::byte> record_of(std::uint64_t step) { return Maker(2000 + step).record(); }

/// Three steps for each cell: two pending replications, then the end.
void act(Store& store, std::uint64_t step) {
  if (step % 3 == 2)
    store.finish(cell_of(step), replications_of(step));
  else
    store.put_pending(cell_name(step), step % 3, record_of(step));
}

/// Writes one step after the other and tells each one whose commit has returned, until it is killed.
[[noreturn]] void write_until_killed(const std::string& path, std::uint64_t step, int acknowledgements) {
  try {
    Store store(path, Mode::kCreate);
    for (;; ++step) {
      store.begin();
      act(store, step);
      store.commit();
      if (::write(acknowledgements, &step, sizeof step) != sizeof step) ::_exit(1);
    }
  } catch (const StoreError& e) {
    ::_exit(::write(STDERR_FILENO, e.what(), std::strlen(e.what())) > 0 ? 1 : 2);
  }
}

/// How many steps a store holds; every one of them must be there as it was written.
std::uint64_t steps_in(const Store& store) {
  std::uint64_t steps = 3 * store.finished().size();
  for (std::uint64_t step = 0; step < steps; step += 3) {
    EXPECT_EQ(stored(store, cell_name(step)), canonical(cell_of(step), replications_of(step))) << step;
    EXPECT_TRUE(store.pending(cell_name(step)).empty());
  }
  for (const PendingRow& row : store.pending(cell_name(steps)))
    EXPECT_EQ(row.record, record_of(steps + row.number));
  return steps + store.pending(cell_name(steps)).size();
}

class Killing : public StoreTest {
 protected:
  void kill_writers(int times) {
    std::mt19937_64 bits(17);
    std::uint64_t steps = 0;
    std::uint64_t most = 0;
    std::string file;
    for (int round = 0; round < times && !HasFailure(); ++round) {
      SCOPED_TRACE(round);
      if (round % 5 == 0) {
        file = path(std::to_string(round) + ".sqlite");
        steps = 0;
      }
      const std::uint64_t acknowledged = kill_one(file, steps, bits() % 12, bits() % 4000);
      if (!std::filesystem::exists(file)) {
        EXPECT_EQ(acknowledged, 0U);
        continue;
      }
      { steps = steps_in(Store(file, round % 2 == 0 ? Mode::kRead : Mode::kWrite)); }
      EXPECT_GE(steps, acknowledged);
      most = std::max(most, steps);
    }
    EXPECT_GT(most, 10U);
  }

 private:
  /// Kills a writer some time after its acknowledgement number `after`. Returns the number of steps that are acknowledged.
  std::uint64_t kill_one(const std::string& file, std::uint64_t steps, std::uint64_t after,
                         std::uint64_t pause_us) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      write_until_killed(file, steps, pipe[1]);
    }
    ::close(pipe[1]);
    std::uint64_t step = 0;
    while (after-- > 0 && ::read(pipe[0], &step, sizeof step) == sizeof step) steps = step + 1;
    ::usleep(static_cast<useconds_t>(pause_us));
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &step, sizeof step) == sizeof step) steps = step + 1;
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
    return steps;
  }
};

TEST_F(Killing, a_killed_writer_loses_nothing_that_it_acknowledged) { kill_writers(20); }

class FullKilling : public Killing {};

TEST_F(FullKilling, a_thousand_killed_writers_lose_nothing_that_they_acknowledged) { kill_writers(1000); }

}  // namespace
}  // namespace twinvoice::store
