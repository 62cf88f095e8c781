// Small worlds of known truth, played by the program: tests/scenario/truth and tests/scenario/first_release.
#pragma once

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/scenario/figures.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice::testing {

/// A line of a CSV table by the names of its columns.
using Line = std::map<std::string, std::string>;

inline std::vector<Line> lines_of_table(const std::string& text) {
  std::vector<std::vector<std::string>> cells;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> row(1);
    for (const char c : line) {
      if (c == ',') {
        row.emplace_back();
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    cells.push_back(std::move(row));
  }
  std::vector<Line> lines;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    Line line;
    for (std::size_t k = 0; k < cells[0].size() && k < cells[i].size(); ++k) line[cells[0][k]] = cells[i][k];
    lines.push_back(std::move(line));
  }
  return lines;
}

/// The number in a column of a line. Empty: what is still open; infinite.
inline double number_in(const Line& line, const std::string& column) {
  const std::string& text = line.at(column);
  return text.empty() ? kInfinite : std::strtod(text.c_str(), nullptr);
}

/// Plays files of one folder of worlds.
class SceneTest : public ProgramTest {
 protected:
  explicit SceneTest(const std::string& folder)
      : worlds_(std::string(TWINVOICE_SOURCE_DIR) + "/tests/scenario/" + folder + "/") {}

  [[nodiscard]] std::string file(const std::string& name) const { return worlds_ + name + ".json"; }
  [[nodiscard]] Printed printed(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"run", file(name), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  /// The result document; the run itself must end well, whatever its verdicts are.
  [[nodiscard]] Figures play(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Printed out = printed(name, arguments);
    EXPECT_TRUE(out.code == 0 || out.code == 3 || out.code == 4) << name << ": " << out.code << "\n"
                                                                 << out.err;
    return Figures(out.json());
  }
  /// By the kernel, and with the same figures by the referee.
  [[nodiscard]] Figures play_both(const std::string& name) const {
    Figures kernel = play(name);
    const Figures referee = play(name, {"--engine", "referee"});
    EXPECT_EQ(kernel.what_happened(), referee.what_happened()) << name << ": the engines differ";
    return kernel;
  }
  /// One table of `--csv DIR --requests` of the run with this name.
  [[nodiscard]] std::vector<Line> table(const std::string& name, const std::string& which) const {
    const Printed out = printed(name, {"--csv", path("tables"), "--requests"});
    EXPECT_TRUE(out.code == 0 || out.code == 3 || out.code == 4) << name << ": " << out.code << "\n"
                                                                 << out.err;
    return lines_of_table(read(path("tables/" + which + ".csv")));
  }

 private:
  std::string worlds_;
};

/// Both instants and their intervals, of an outage in which every request fails: from the first bad request
/// to the first good
/// one, each known to one gap between requests. `gap` is that distance.
inline void expect_outage(const Interruption& i, double first_bad_s, double first_good_s, double gap) {
  constexpr double kTiny = 1e-8;
  EXPECT_NEAR(i.begin_s, first_bad_s, kTiny);
  EXPECT_NEAR(i.begin_low_s, first_bad_s - gap, kTiny);
  EXPECT_NEAR(i.begin_high_s, first_bad_s, kTiny);
  EXPECT_NEAR(i.end_s, first_good_s, kTiny);
  EXPECT_NEAR(i.end_low_s, first_good_s - gap, kTiny);
  EXPECT_NEAR(i.end_high_s, first_good_s, kTiny);
}

}  // namespace twinvoice::testing
