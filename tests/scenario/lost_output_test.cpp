// Streams and files that take nothing: no command dies of it, nothing is lost but what was to be written there, and the exit code tells.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <functional>

#include "tests/scenario/campaign.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

class LostOutput : public testing::CampaignTest {
 protected:
  /// Runs the program after `prepare` in the child, which arranges its descriptors and limits. The exit code; a signal is -1.
  [[nodiscard]] static int run_after(const std::function<void()>& prepare, Words words) {
    words.insert(words.begin(), TWINVOICE_BINARY);
    const pid_t pid = fork();
    if (pid == 0) {
      prepare();
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(98);
    }
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static void lead(int descriptor, const std::string& to) {
    const int file = open(to.c_str(), O_RDWR | O_CREAT, 0666);
    if (file < 0 || dup2(file, descriptor) < 0) _exit(97);
    if (file != descriptor) close(file);
  }
  /// A pipe that nobody reads.
  static void lead_to_nobody(int descriptor) {
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[1], descriptor) < 0) _exit(97);
    close(ends[0]);
    close(ends[1]);
  }
  static void limit_files(rlim_t bytes) {
    const rlimit limit{bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(97);
  }

  struct Command {
    Words words;
    int code;            ///< when all is well
    bool speaks;         ///< on stderr
    bool writes = true;  ///< on stdout
  };
  /// One of each; what they need is there.
  [[nodiscard]] std::vector<Command> commands() {
    const std::string experiment = path("demo/experiments/zone-down.json");
    const std::string topology = path("demo/topologies/two-zones.json");
    const std::string file = sweep(grid(2), "2");
    const std::string store = path("done.sqlite");
    EXPECT_EQ(run_sweep(file, store).code, 0);
    return {{{"--help"}, 0, false},
            {{"version"}, 0, false},
            {{"schema", "topology"}, 0, false},
            {{"validate", experiment, topology}, 0, false},
            {{"plan", experiment}, 0, false},
            {{"run", experiment, "--replications", "2", "--horizon", "60 s"}, 4, true},
            {{"run", experiment, "--replications", "2", "--horizon", "60 s", "--format", "json", "--quiet"},
             4,
             false},
            {{"compare", experiment, experiment, "--replications", "2", "--figure", "issue-invoice.p99",
              "--quiet"},
             0,
             false},
            {{"sweep", "plan", file}, 0, false},
            {{"sweep", "run", file, "--store", store}, 0, true},
            {{"sweep", "status", store}, 0, false},
            {{"sweep", "report", store}, 0, false},
            {{"sweep", "export", store}, 0, false},
            {{"sweep", "merge", path("merged.sqlite"), store}, 0, true, false},
            {{"sweep", "emit", "parallel", file, "--shards", "2"}, 0, false},
            {{"run", path("missing.json")}, 2, true, false},
            {{"frobnicate"}, 2, true, false}};
  }
};

TEST_F(LostOutput, no_command_dies_of_a_stream_that_takes_nothing) {
  struct Condition {
    const char* name;
    std::function<void(int)> prepare;
  };
  const std::vector<Condition> conditions{{"closed", [](int d) { close(d); }},
                                          {"full", [](int d) { lead(d, "/dev/full"); }},
                                          {"unread", [](int d) { lead_to_nobody(d); }}};
  for (const Command& command : commands()) {
    for (const Condition& condition : conditions) {
      SCOPED_TRACE(command.words.front() + " " + command.words.back() + ", " + condition.name);
      const int without_out = run_after(
          [&] {
            lead(STDERR_FILENO, "/dev/null");
            condition.prepare(STDOUT_FILENO);
          },
          command.words);
      EXPECT_EQ(without_out, command.writes ? 6 : command.code);
      const int without_err = run_after(
          [&] {
            lead(STDOUT_FILENO, "/dev/null");
            condition.prepare(STDERR_FILENO);
          },
          command.words);
      EXPECT_EQ(without_err, command.speaks && command.code != 2 ? 6 : command.code);
    }
  }
}

TEST_F(LostOutput, a_campaign_that_cannot_speak_plays_all_its_cells) {
  const std::string file = sweep(grid(3), "2");
  ASSERT_EQ(run_sweep(file, path("calm.sqlite")).code, 0);
  const int code = run_after(
      [&] {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        close(STDIN_FILENO);
      },
      {"sweep", "run", file, "--store", path("mute.sqlite")});
  EXPECT_EQ(code, 6);
  EXPECT_TRUE(tables(path("mute.sqlite")) == tables(path("calm.sqlite"))) << "other results";
}

TEST_F(LostOutput, a_limit_of_file_sizes_ends_nothing_by_a_signal) {
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.words.front() + " " + command.words.back());
    const int code = run_after(
        [&] {
          lead(STDOUT_FILENO, path("out"));
          lead(STDERR_FILENO, path("err"));
          limit_files(0);
        },
        command.words);
    EXPECT_GE(code, 0) << "killed by a signal";
    EXPECT_NE(code, 0);
  }
}

TEST_F(LostOutput, what_one_file_does_not_take_the_others_still_get) {
  const int code = run_after(
      [&] {
        lead(STDOUT_FILENO, "/dev/null");
        lead(STDERR_FILENO, "/dev/null");
        limit_files(2'000);
      },
      {"run", path("demo/experiments/zone-down.json"), "--replications", "2", "--junit", path("verdicts.xml"),
       "--csv", path("tables"), "--quiet"});
  EXPECT_EQ(code, 6);
  EXPECT_THAT(read(path("verdicts.xml")), HasSubstr("</testsuites>"));
  EXPECT_FALSE(std::filesystem::exists(path("tables/timeline.csv")))
      << "longer than the limit: whole or not at all";
  EXPECT_THAT(read(path("tables/operations.csv")), HasSubstr("issue-invoice"));
  EXPECT_THAT(read(path("tables/interruptions.csv")), HasSubstr("zone-b-down"));
  for (const auto& entry : std::filesystem::directory_iterator(path("tables")))
    EXPECT_EQ(entry.path().extension(), ".csv") << entry.path();
}

class OutputFiles : public testing::ProgramTest {
 protected:
  /// Refused before anything is played, with the path named.
  void expect_refused(const std::string& option, const std::string& target) const {
    const auto played = run({"run", demo_, "--horizon", "60 s", option, target});
    EXPECT_EQ(played.code, 2) << played.err;
    EXPECT_EQ(played.out, "") << "played";
    EXPECT_THAT(played.err, HasSubstr(target));
    EXPECT_THAT(played.err, HasSubstr("cannot be"));
  }
  void SetUp() override {
    ProgramTest::SetUp();
    demo_ = demo();
  }
  std::string demo_;
};

TEST_F(OutputFiles, only_plain_files_are_replaced) {
  namespace fs = std::filesystem;
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0666), 0);
  fs::create_directory(path("folder"));
  fs::create_symlink(path("nowhere"), path("dangling"));
  for (const std::string& target : {path("fifo"), path("folder"), path("dangling"), std::string("/dev/null"),
                                    path("missing/verdicts.xml")})
    expect_refused("--junit", target);
  EXPECT_TRUE(fs::is_fifo(path("fifo")));
  EXPECT_TRUE(fs::is_symlink(path("dangling")));
  EXPECT_FALSE(fs::exists(path("nowhere")));
  write(path("plain"), "");
  expect_refused("--csv", path("plain"));
  fs::create_directory(path("tables"));
  ASSERT_EQ(mkfifo(path("tables/causes.csv").c_str(), 0666), 0);
  expect_refused("--csv", path("tables"));
}

TEST_F(OutputFiles, a_link_stays_and_what_it_leads_to_is_written) {
  namespace fs = std::filesystem;
  write(path("real.xml"), "old");
  fs::permissions(path("real.xml"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real.xml", path("link.xml"));
  (void)run({"run", demo_, "--horizon", "60 s", "--junit", path("link.xml"), "--quiet"});
  EXPECT_TRUE(fs::is_symlink(path("link.xml")));
  EXPECT_THAT(read(path("real.xml")), HasSubstr("</testsuites>"));
  EXPECT_EQ(fs::status(path("real.xml")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(OutputFiles, files_of_others_beside_an_output_are_left_alone) {
  for (const char* name : {"verdicts.xml.part", ".verdicts.xml.part"}) write(path(name), "mine");
  (void)run({"run", demo_, "--horizon", "60 s", "--junit", path("verdicts.xml"), "--quiet"});
  EXPECT_THAT(read(path("verdicts.xml")), HasSubstr("</testsuites>"));
  for (const char* name : {"verdicts.xml.part", ".verdicts.xml.part"}) EXPECT_EQ(read(path(name)), "mine");
}

class HostileNames : public testing::CampaignTest {
 protected:
  static constexpr const char* kHostile = "x\x1b[2J\nforged: ok\x7f\xc2\x9b";
  /// No character that acts on a terminal, and no line that a name has begun.
  static void expect_tame(const testing::Printed& printed) {
    EXPECT_GE(printed.code, 0) << "killed by a signal";
    for (const std::string& text : {printed.out, printed.err}) {
      EXPECT_THAT(text, Not(HasSubstr("\x1b")));
      EXPECT_THAT(text, Not(HasSubstr("\x7f")));
      EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
      EXPECT_THAT(text, Not(HasSubstr("\nforged")));
      EXPECT_EQ(text.find('\0'), std::string::npos);
    }
  }
  /// The document with every string in turn replaced by a hostile one, and every key of an object.
  template <class Try>
  static void each(const std::string& file, const Try& attempt) {
    const nlohmann::json original = nlohmann::json::parse(read(file), nullptr, true, true);
    std::vector<std::string> pointers;
    const nlohmann::json flat = original.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      if (value.is_string()) pointers.push_back(pointer);
    }
    ASSERT_THAT(pointers, Not(IsEmpty()));
    for (const std::string& pointer : pointers) {
      SCOPED_TRACE(pointer);
      nlohmann::json changed = original;
      changed[nlohmann::json::json_pointer(pointer)] = kHostile;
      attempt(changed.dump());
      const nlohmann::json::json_pointer at(pointer);
      changed = original;
      nlohmann::json& parent = changed[at.parent_pointer()];
      if (!parent.is_object()) continue;
      parent[kHostile] = parent.at(at.back());
      attempt(changed.dump());
    }
  }
};

TEST_F(HostileNames, no_text_of_a_file_acts_on_the_terminal) {
  const std::string experiment = path("demo/experiments/zone-down.json");
  const std::string topology = path("demo/topologies/two-zones.json");
  for (const std::string& file : {experiment, topology}) {
    const std::string original = read(file);
    each(file, [&](const std::string& text) {
      write(file, text);
      expect_tame(run({"run", experiment, "--horizon", "20 s", "--replications", "1", "--quiet"}));
    });
    write(file, original);
  }
  const std::string file = sweep(grid(1), "1");
  each(file, [&](const std::string& text) {
    write(file, text);
    expect_tame(run({"sweep", "plan", file}));
  });
}

TEST_F(HostileNames, no_name_of_a_file_acts_on_the_terminal) {
  const std::string named = path(kHostile);
  write(named, read(path("demo/topologies/two-zones.json")));
  for (const Words& words : std::vector<Words>{
           {"validate", named},
           {"run", named},
           {"run", path(std::string(kHostile) + "2")},
           {"run", path("demo/experiments/zone-down.json"), named},
           {"sweep", "run", named},
           {"sweep", "status", named},
           {"sweep", "emit", "slurm", named, "--shards", "2"},
           {"run", path("demo/experiments/zone-down.json"), "--junit", path("demo") + "/missing/" + kHostile},
           {kHostile},
           {"run", std::string("--") + kHostile}})
    expect_tame(run(words));
}

TEST_F(HostileNames, job_files_execute_no_name) {
  const std::string text = read(sweep(grid(2), "1"));
  const std::string name = "-a {} {= system('touch hacked') =} $(touch hacked) '`touch hacked`.json";
  write(path("demo/" + name), text);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(path("demo"));
  const auto script =
      run({"sweep", "emit", "parallel", "--shards", "2", "--program", TWINVOICE_BINARY, "--", name});
  std::filesystem::current_path(before);
  ASSERT_EQ(script.code, 0) << script.err;
  // Stands for GNU parallel, which runs what it reads as it is when it is given no command of its own.
  write(path("parallel"),
        "#!/bin/bash\nwhile IFS= read -r -d '' line; do bash -c \"$line\" || exit 1; done\n");
  std::filesystem::permissions(path("parallel"), std::filesystem::perms::owner_all);
  write(path("job.sh"), script.out);
  EXPECT_EQ(std::system(fmt::format("cd '{0}/demo' && PATH='{0}':$PATH bash ../job.sh >../job.log 2>&1",
                                    folder_.string())
                            .c_str()),
            0)
      << read(path("job.log"));
  EXPECT_FALSE(std::filesystem::exists(path("demo/hacked")));
  EXPECT_TRUE(std::filesystem::exists(path("demo/demo.twinvoice.sqlite"))) << read(path("job.log"));
  EXPECT_THAT(script.out, Not(HasSubstr(":::"))) << "a command with arguments is filled in by GNU parallel";
}

}  // namespace
}  // namespace twinvoice
