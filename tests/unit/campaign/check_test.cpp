#include "sim/campaign/check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/campaign/campaign_fixture.hpp"

namespace twinvoice::campaign {

namespace {

using test::axes;

using Positions = std::vector<std::size_t>;

const Judge kNothingMore = [](const spec::Experiment&, Issues&) {};

std::string told(const test::Base& base, const std::string& members, const Judge& judge = kNothingMore) {
  Issues issues;
  check_cells(base.cells(members), spec::test::catalog(), judge, issues);
  std::string out = spec::test::lines(issues);
  const std::string root = base.workspace().root().string() + "/";
  for (std::size_t at = out.find(root); at != std::string::npos; at = out.find(root))
    out.erase(at, root.size());
  return out;
}

const std::string kAt = R"("at": {"of": "kill.at", "values": ["1 s", "2 s", "3 s"]})";
const std::string kCores = R"("cores": {"of": "invoice.cores", "values": [4, 0]})";

TEST(Check, every_level_of_every_axis_is_in_one_cell_and_the_others_at_their_first) {
  const test::Base base("cover");
  EXPECT_EQ(cells_to_check(base.cells(axes(kAt + ", " + kCores)).design()), (Positions{0, 1, 2, 4}));
  EXPECT_EQ(cells_to_check(
                base.cells(axes(kAt + ", " + kCores) + R"(, "skip": [{"at": "2 s", "cores": 4}])").design()),
            (Positions{0, 1, 2, 3}));
}

TEST(Check, of_a_continuous_axis_the_ends_are_looked_at) {
  const test::Base base("ends");
  const Cells cells = base.cells(axes(R"("at": {"of": "kill.at", "from": "1 s", "to": "60 s"})") +
                                 R"(, "design": {"latin_hypercube": {"points": 40}})");
  const Positions checked = cells_to_check(cells.design());
  ASSERT_EQ(checked.size(), 2U);
  double low = 1e9, high = 0.0;
  for (const Cell& cell : cells.all()) {
    low = std::min(low, cell.levels[0].number);
    high = std::max(high, cell.levels[0].number);
  }
  const double a = cells.at(checked[0]).levels[0].number;
  const double b = cells.at(checked[1]).levels[0].number;
  EXPECT_EQ(std::min(a, b), low);
  EXPECT_EQ(std::max(a, b), high);
}

TEST(Check, a_problem_of_one_level_names_the_cell_and_stands_where_the_sweep_says_it) {
  const test::Base base("level");
  const std::string text = told(base, axes(kAt + ", " + kCores));
  EXPECT_NE(text.find("sweeps/s.json:1:"), std::string::npos) << text;
  EXPECT_NE(text.find("/axes/cores/values/1: in the cell at=1 s, cores=0: topologies/small.json: "
                      "/components/invoice/cores: "),
            std::string::npos)
      << text;
}

TEST(Check, a_problem_of_the_base_is_told_once_where_it_stands) {
  const test::Base base("base");
  base.workspace().write("topologies/small.json",
                         test::with(spec::test::kTopology, "\"tax\", \"timeout\"", "\"tx\", \"timeout\""));
  const std::string text = told(base, axes(kAt));
  EXPECT_NE(text.find("topologies/small.json:2"), std::string::npos) << text;
  EXPECT_EQ(text.find("in the cell"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
}

TEST(Check, a_target_that_leads_nowhere_is_told_once) {
  const test::Base base("target");
  const std::string text = told(base, axes(R"("at": {"of": "kil.at", "values": ["1 s", "2 s"]}, )" + kCores));
  EXPECT_EQ(text.find("kil.at"), text.rfind("kil.at")) << text;
  EXPECT_NE(text.find("did you mean \"kill\"?"), std::string::npos) << text;
}

TEST(Check, what_the_judge_finds_is_told_with_the_cell) {
  const test::Base base("judge");
  const Judge judge = [](const spec::Experiment& e, Issues& issues) {
    if (range_of(e.faults[1].at).low.ns == 2 * kNanosPerSecond) issues.error(e.faults[1].place, "too early");
  };
  const std::string text = told(base, axes(kAt), judge);
  EXPECT_NE(text.find("in the cell at=2 s: too early"), std::string::npos) << text;
}

}  // namespace
}  // namespace twinvoice::campaign
