// Runs the built program in a folder of its own and looks at what it prints and leaves.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace twinvoice::testing {

struct Printed {
  int code = -1;
  std::string out, err;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// A fresh folder, removed at the end, and the program run in it.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "twinvoice-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] static std::string read(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static void write(const std::string& name, const std::string& text) {
    std::ofstream(name, std::ios::binary) << text;
  }

  /// Starts the program with stdout and stderr in files.
  [[nodiscard]] pid_t start(const std::vector<std::string>& arguments) const {
    std::vector<char*> argv;
    std::string program = TWINVOICE_BINARY;
    argv.push_back(program.data());
    std::vector<std::string> kept = arguments;
    for (std::string& argument : kept) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      if (std::freopen(path("out").c_str(), "w", stdout) == nullptr) _exit(99);
      if (std::freopen(path("err").c_str(), "w", stderr) == nullptr) _exit(99);
      execv(program.c_str(), argv.data());
      _exit(98);
    }
    return pid;
  }
  [[nodiscard]] Printed finish(pid_t pid) const {
    int status = 0;
    Printed printed;
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status)) printed.code = WEXITSTATUS(status);
    printed.out = read(path("out"));
    printed.err = read(path("err"));
    return printed;
  }
  [[nodiscard]] Printed run(const std::vector<std::string>& arguments) const {
    return finish(start(arguments));
  }

  /// The experiment that `init` writes.
  [[nodiscard]] std::string demo() const {
    EXPECT_EQ(run({"init", path("demo")}).code, 0);
    return path("demo/experiments/zone-down.json");
  }
  /// The same with one piece of its text replaced.
  [[nodiscard]] std::string changed(const std::string& experiment, const std::string& from,
                                    const std::string& to) const {
    std::string text = read(experiment);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    const std::string name = path("demo/experiments/changed.json");
    write(name, text);
    return name;
  }

  std::filesystem::path folder_;
};

}  // namespace twinvoice::testing
