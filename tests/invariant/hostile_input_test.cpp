// Hostile input: mutants of the shipped files and known attacks on JSON readers. Whatever comes in is refused with a place, or it compiles
// to a sound Plan that runs. Every failure names its seed; TWINVOICE_SEED=n repeats that one case.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/hang_watch.hpp"
#include "tests/support/hostile.hpp"
#include "tests/support/mutate.hpp"

namespace twinvoice::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 20'261'123;

/// The mutant of a seed: one of the two texts of a shipped pair, sometimes both.
struct Mutant {
  Inputs inputs;
  std::string told;
};
Mutant mutant_of(std::uint64_t seed, const std::vector<Inputs>& originals) {
  Dice dice(seed);
  Mutant m{dice.pick(originals), ""};
  const std::size_t which = dice.below(5);
  if (which != 0) m.inputs.topology = mutate(m.inputs.topology, dice, &m.told);
  m.told += " | ";
  if (which == 0 || which == 4) m.inputs.experiment = mutate(m.inputs.experiment, dice, &m.told);
  return m;
}

struct Tally {
  std::size_t accepted = 0, refused = 0;
};

/// Judges the mutants of seeds [kSeed, kSeed + count), or the one that the environment names.
Tally judge_mutants(std::uint64_t count, const std::vector<Inputs>& originals) {
  std::uint64_t first = kSeed;
  if (const char* one = std::getenv("TWINVOICE_SEED")) first = std::strtoull(one, nullptr, 10), count = 1;
  ::testing::Test::RecordProperty("first_seed", std::to_string(first));
  Tally tally;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Mutant m = mutant_of(seed, originals);
    const HangWatch watch("seed " + std::to_string(seed) + ", " + m.inputs.name + ": " + m.told);
    const Outcome outcome = judge(m.inputs, 2'000);
    EXPECT_TRUE(outcome.faults.empty()) << "seed " << seed << " (TWINVOICE_SEED=" << seed << " repeats it), "
                                        << m.inputs.name << ": " << m.told << "\n"
                                        << outcome.text();
    ++(outcome.accepted ? tally.accepted : tally.refused);
  }
  return tally;
}

TEST(HostileInput, shipped_files_are_accepted_and_sound) {
  EXPECT_GE(shipped_inputs().size(), 5U);
  for (const Inputs& inputs : shipped_inputs()) {
    const Outcome outcome = judge(inputs);
    EXPECT_TRUE(outcome.accepted && outcome.faults.empty()) << inputs.name << ": " << outcome.text();
  }
}

TEST(HostileInput, mutants_of_the_shipped_files_are_refused_with_a_place_or_run) {
  const Tally tally = judge_mutants(300, shipped_inputs());
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(tally.accepted, 30U);
  EXPECT_GT(tally.refused, 100U);
}

TEST(HostileInput, mutants_of_the_queueing_oracles_are_refused_with_a_place_or_run) {
  static_cast<void>(judge_mutants(200, inputs_below("tests/oracle/experiments")));
}

TEST(FullHostileInput, ten_thousand_mutants_are_refused_with_a_place_or_run) {
  const Tally tally = judge_mutants(10'000, shipped_inputs());
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(tally.accepted, 1'000U);
  EXPECT_GT(tally.refused, 3'000U);
}

TEST(FullHostileInput, mutants_of_the_queueing_oracles_are_refused_with_a_place_or_run) {
  const Tally tally = judge_mutants(3'000, inputs_below("tests/oracle/experiments"));
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(tally.accepted, 300U);
  EXPECT_GT(tally.refused, 1'000U);
}

// One topology and one experiment at least for each kind: the random ones above may miss a kind.
TEST(HostileInput, every_kind_of_mutation_is_met) {
  for (std::size_t kind = 0; kind < static_cast<std::size_t>(Mutation::kCount); ++kind) {
    const auto mutation = static_cast<Mutation>(kind);
    std::size_t changed = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      Dice dice(seed * 1'000 + kind);
      Inputs inputs = dice.pick(shipped_inputs());
      std::string& text = seed % 2 == 0 ? inputs.topology : inputs.experiment;
      const std::string before = text;
      text = mutate(text, mutation, dice);
      changed += text != before ? 1U : 0U;
      const Outcome outcome = judge(inputs, 1'000);
      EXPECT_TRUE(outcome.faults.empty())
          << mutation_name(mutation) << ", seed " << seed << ", " << inputs.name << ": " << outcome.text();
    }
    EXPECT_GT(changed, 0U) << mutation_name(mutation);
  }
}

TEST(HostileInput, attacks_on_json_readers_are_refused_with_a_place) {
  EXPECT_GE(json_attacks().size(), 300U);
  const Inputs& good = shipped_inputs().front();
  for (std::size_t i = 0; i < json_attacks().size(); ++i) {
    const std::string& attack = json_attacks()[i];
    for (const bool topology : {true, false}) {
      const Outcome outcome =
          judge({"attack", topology ? attack : good.topology, topology ? good.experiment : attack});
      EXPECT_FALSE(outcome.accepted) << i << ": " << attack.substr(0, 200);
      EXPECT_TRUE(outcome.faults.empty()) << i << ": " << attack.substr(0, 200) << "\n" << outcome.text();
    }
  }
}

/// Judges mutants of the shipped sweeps; the number of the accepted ones.
std::size_t judge_sweep_mutants(std::uint64_t count) {
  std::uint64_t first = kSeed;
  if (const char* one = std::getenv("TWINVOICE_SEED")) first = std::strtoull(one, nullptr, 10), count = 1;
  std::size_t accepted = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Dice dice(seed);
    SweepInput input = dice.pick(shipped_sweeps());
    std::string told;
    input.text = mutate(input.text, dice, &told);
    const HangWatch watch("seed " + std::to_string(seed) + ", " + input.file + ": " + told);
    const Outcome outcome = judge_sweep(input);
    EXPECT_TRUE(outcome.faults.empty()) << "seed " << seed << " (TWINVOICE_SEED=" << seed << " repeats it), "
                                        << input.file << ": " << told << "\n"
                                        << outcome.text();
    accepted += outcome.accepted ? 1 : 0;
  }
  return accepted;
}

TEST(HostileInput, mutants_of_the_shipped_sweeps_are_refused_with_a_place_or_can_be_planned) {
  EXPECT_GE(shipped_sweeps().size(), 3U);
  const std::size_t accepted = judge_sweep_mutants(150);
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(accepted, 10U);
  EXPECT_LT(accepted, 140U);
}

TEST(FullHostileInput, three_thousand_mutants_of_the_sweeps_are_refused_with_a_place_or_can_be_planned) {
  const std::size_t accepted = judge_sweep_mutants(3'000);
  if (std::getenv("TWINVOICE_SEED") != nullptr) return;
  EXPECT_GT(accepted, 300U);
}

TEST(HostileInput, attacks_on_json_readers_are_no_sweeps) {
  for (std::size_t i = 0; i < json_attacks().size(); ++i) {
    const Outcome outcome = judge_sweep({shipped_sweeps().front().file, json_attacks()[i]});
    EXPECT_FALSE(outcome.accepted) << i << ": " << json_attacks()[i].substr(0, 200);
    EXPECT_TRUE(outcome.faults.empty()) << i << ": " << json_attacks()[i].substr(0, 200) << "\n"
                                        << outcome.text();
  }
}

/// A workspace with links and a pipe in it, and a topology outside of it.
class Workspace : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "twinvoice-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "work/topologies");
    fs::create_directories(root_ / "work/experiments");
    write(root_ / "work/topologies/topology.json", kTopology);
    std::string outside = kTopology;
    outside.replace(outside.find("inside"), 6, kSecret);
    write(root_ / "outside.json", outside);
    fs::create_symlink("../../outside.json", root_ / "work/topologies/link.json");
    fs::create_symlink("loop.json", root_ / "work/topologies/loop.json");
    ASSERT_EQ(mkfifo((root_ / "work/topologies/pipe").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(root_); }

  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  [[nodiscard]] Outcome load(const std::string& topology, const std::string& load) const {
    const fs::path path = root_ / "work/experiments/experiment.json";
    write(path, R"({"twinvoice":"experiment/1","horizon":"1 s","topology":)" + topology +
                    R"(,"load":{"issue":)" + load + "}}");
    return judge_file(path.string(), kSecret);
  }

  static constexpr const char* kSecret = "outside-secret-4711";
  static constexpr const char* kTopology =
      R"({"twinvoice":"topology/1","name":"inside","sites":{"a":{"region":"r"}},)"
      R"("components":{"s":{"model":"service","replicas":{"a":1},"demand":"1 ms"}},)"
      R"("operations":{"issue":{"entry":"s","from":"a"}}})";
  fs::path root_;
};

TEST_F(Workspace, no_path_leads_out_of_it) {
  const std::string poisson = R"({"poisson":"1 tps"})";
  const Outcome good = load("\"../topologies/topology.json\"", poisson);
  ASSERT_TRUE(good.accepted) << good.text();
  std::size_t refused = 0;
  for (const std::string& path : hostile_paths()) {
    const Outcome outcome = load(path, poisson);
    EXPECT_TRUE(outcome.faults.empty()) << path.substr(0, 200) << ": " << outcome.text();
    refused += outcome.accepted ? 0U : 1U;
    for (const char* kind : {"trace", "rate_trace", "count_trace"}) {
      const Outcome trace =
          load("\"../topologies/topology.json\"", std::string("{\"") + kind + "\":" + path + "}");
      EXPECT_FALSE(trace.accepted) << kind << " " << path.substr(0, 200);
      EXPECT_TRUE(trace.faults.empty()) << kind << " " << path.substr(0, 200) << ": " << trace.text();
    }
  }
  EXPECT_GE(refused, hostile_paths().size() - 2) << "only the two spellings of the real path are paths";
}

}  // namespace
}  // namespace twinvoice::testing
