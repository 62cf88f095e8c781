#include "sim/campaign/design.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/campaign/campaign_fixture.hpp"

namespace twinvoice::campaign {
namespace {

/// A sweep with its design.
struct Made {
  explicit Made(const std::string& members)
      : sweep(spec::read_sweep("s.json", test::sweep_text(members), issues)) {
    EXPECT_FALSE(issues.has_errors()) << spec::test::lines(issues);
    design.emplace(sweep, issues);
  }
  [[nodiscard]] std::string cell(std::size_t position) const {
    std::string out;
    for (const AxisLevel& level : design->at(position).levels)
      out += (out.empty() ? "" : " ") + level.level.label;
    return out;
  }
  [[nodiscard]] std::vector<std::string> all() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < design->size(); ++i) out.push_back(cell(i));
    return out;
  }
  Issues issues;
  spec::Sweep sweep;
  std::optional<Design> design;
};

std::string axis(const std::string& name, const std::string& rest) {
  return "\"" + name + "\": {\"of\": \"/x\", " + rest + "}";
}
std::string problems(const std::string& members) { return spec::test::lines(Made(members).issues); }
std::vector<std::string> levels(const std::string& range) {
  return Made("\"axes\": {" + axis("a", range) + "}").all();
}

const std::string kTwo =
    axis("a", R"("values": ["1 s", "2 s", "3 s"])") + ", " + axis("b", R"("values": [10, 20])");

TEST(Design, cartesian_takes_all_with_the_last_axis_fastest) {
  EXPECT_EQ(Made("\"axes\": {" + kTwo + "}").all(),
            (std::vector<std::string>{"1 s 10", "1 s 20", "2 s 10", "2 s 20", "3 s 10", "3 s 20"}));
}

TEST(Design, zip_takes_levels_side_by_side_and_refuses_other_lengths) {
  const std::string equal = axis("a", R"("values": [1, 2])") + ", " + axis("b", R"("values": ["x", "y"])");
  EXPECT_EQ(Made("\"axes\": {" + equal + R"(}, "design": "zip")").all(),
            (std::vector<std::string>{"1 x", "2 y"}));
  EXPECT_NE(problems("\"axes\": {" + kTwo + R"(}, "design": "zip")").find("\"a\" has 3 levels, \"b\" has 2"),
            std::string::npos);
}

TEST(Design, levels_have_numbers_in_base_units) {
  const Made made("\"axes\": {" + axis("a", R"("values": ["2 min", "10 %", 7, "on", null, true])") + "}");
  const auto number = [&](std::size_t i) { return made.design->at(i).levels[0].level.number; };
  EXPECT_DOUBLE_EQ(number(0), 120.0);
  EXPECT_DOUBLE_EQ(number(1), 0.1);
  EXPECT_DOUBLE_EQ(number(2), 7.0);
  EXPECT_TRUE(std::isnan(number(3)) && std::isnan(number(4)) && std::isnan(number(5)));
  EXPECT_EQ(made.cell(4), "none");
  EXPECT_EQ(made.cell(5), "true");
}

TEST(Design, ranges_keep_the_unit_of_their_ends) {
  EXPECT_EQ(levels(R"("from": "100 tps", "to": "1000 tps", "points": 3, "scale": "log")"),
            (std::vector<std::string>{"100 tps", "316.228 tps", "1000 tps"}));
  EXPECT_EQ(levels(R"("from": "5s", "to": "60s", "points": 3)"),
            (std::vector<std::string>{"5 s", "32.5 s", "60 s"}));
  EXPECT_EQ(levels(R"("from": "1 ns", "to": "4 ns", "points": 3)"),
            (std::vector<std::string>{"1 ns", "3 ns", "4 ns"}));
  EXPECT_EQ(levels(R"("from": "90 %", "to": "99 %", "points": 2)"),
            (std::vector<std::string>{"90 %", "99 %"}));
}

TEST(Design, ranges_between_whole_numbers_are_whole) {
  EXPECT_EQ(levels(R"("from": 1, "to": 8, "points": 4, "scale": "log")"),
            (std::vector<std::string>{"1", "2", "4", "8"}));
  EXPECT_EQ(levels(R"("from": 1.0, "to": 2, "points": 3)"), (std::vector<std::string>{"1.0", "1.5", "2"}));
  EXPECT_NE(problems("\"axes\": {" + axis("a", R"("from": 1, "to": 3, "points": 9)") + "}")
                .find("has the level \"1\" twice"),
            std::string::npos);
}

TEST(Design, continuous_ranges_need_a_design_that_samples) {
  const std::string axes = "\"axes\": {" + axis("a", R"("from": 1, "to": 3)") + "}";
  EXPECT_NE(problems(axes).find("needs \"points\" in this design"), std::string::npos);
  EXPECT_EQ(problems(axes + R"(, "design": {"sobol": {"points": 4}})"), "");
}

TEST(Design, sampled_whole_numbers_come_in_equal_shares) {
  const Made made("\"axes\": {" + axis("a", R"("from": 1, "to": 4)") + ", " +
                  axis("b", R"("values": ["x", "y"])") + R"(}, "design": {"sobol": {"points": 64}})");
  std::map<std::string, int> counts;
  for (const std::string& cell : made.all()) ++counts[cell];
  EXPECT_EQ(counts.size(), 8U);
  for (const auto& [cell, count] : counts) EXPECT_EQ(count, 8) << cell;
}

TEST(Design, saltelli_rows_mix_a_and_b_one_axis_at_a_time) {
  const Made made("\"axes\": {" + axis("a", R"("from": "1 s", "to": "9 s")") + ", " +
                  axis("b", R"("from": 0.0, "to": 1.0)") + ", " + axis("c", R"("from": 0.0, "to": 1.0)") +
                  R"(}, "design": {"saltelli": {"points": 16}})");
  ASSERT_EQ(made.design->size(), 16U * 5U);
  for (std::size_t j = 0; j < 16; ++j) {
    const Point a = made.design->at(5 * j);
    const Point b = made.design->at(5 * j + 1);
    EXPECT_EQ(a.row.kind, Row::Kind::kA);
    EXPECT_EQ(b.row.kind, Row::Kind::kB);
    for (std::size_t i = 0; i < 3; ++i) {
      const Point mixed = made.design->at(5 * j + 2 + i);
      EXPECT_EQ(mixed.row.kind, Row::Kind::kMixed);
      EXPECT_EQ(mixed.row.number, j);
      EXPECT_EQ(mixed.row.axis, i);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        EXPECT_EQ(mixed.levels[axis].level.label, (axis == i ? b : a).levels[axis].level.label);
        EXPECT_NE(a.levels[axis].level.label, b.levels[axis].level.label);
      }
    }
  }
}

TEST(Design, cells_for_which_all_conditions_hold_are_left_out) {
  const Made made("\"axes\": {" + kTwo +
                  R"(}, "skip": [{"a": ">= 2 s", "b": 10}, {"a": ["1 s"], "b": "> 15"}])");
  EXPECT_EQ(made.all(), (std::vector<std::string>{"1 s 10", "2 s 20", "3 s 20"}));
  EXPECT_EQ(made.design->skipped(), 3U);
  EXPECT_EQ(made.design->at(2).position, 2U);
}

TEST(Design, conditions_that_mean_nothing_are_refused) {
  const std::string told =
      problems("\"axes\": {" + kTwo + R"(}, "skip": [{"c": 1}, {"a": "4 s"}, {"a": "> 5"}, {"b": "> 5 s"}])");
  for (const char* expected : {"there is no axis \"c\"", "has no level \"4 s\"", "compared with a number",
                               "compared with a duration"})
    EXPECT_NE(told.find(expected), std::string::npos) << expected << "\n" << told;
  EXPECT_NE(
      problems("\"axes\": {" + kTwo + R"(}, "skip": [{"b": [10, 20]}])").find("every one of them is skipped"),
      std::string::npos);
}

TEST(Design, labels_are_told_apart) {
  EXPECT_NE(problems("\"axes\": {" + axis("a", R"("values": ["5 s", "6 s", "5 s"])") + "}")
                .find("the level \"5 s\" twice"),
            std::string::npos);
}

TEST(Design, too_many_cells_are_refused_before_they_are_made) {
  std::string axes;
  for (int i = 0; i < 12; ++i)
    axes += (i == 0 ? "" : ", ") + axis("a" + std::to_string(i), R"("from": 1, "to": 100, "points": 10)");
  EXPECT_NE(problems("\"axes\": {" + axes + "}").find("more than 1000000 cells"), std::string::npos);
  EXPECT_NE(problems("\"axes\": {" + kTwo + R"(}, "design": {"saltelli": {"points": 300000}})")
                .find("more than 1000000 cells"),
            std::string::npos);
}

TEST(Design, too_many_levels_are_refused_before_they_are_made) {
  EXPECT_NE(problems("\"axes\": {" + axis("a", R"("from": 1, "to": 1000000, "points": 1000000)") + "}")
                .find("the axes have 1000000 levels; at most 100000"),
            std::string::npos);
}

TEST(Design, every_cell_is_in_one_shard) {
  for (std::size_t position = 0; position < 50; ++position) {
    std::size_t owners = 0;
    for (std::size_t shard = 1; shard <= 8; ++shard) owners += in_shard(position, shard, 8) ? 1 : 0;
    EXPECT_EQ(owners, 1U);
  }
}

TEST(Design, worlds_and_designs_are_the_combinations_of_the_levels_of_their_axes) {
  const std::string three = axis("a", R"("values": [1, 2, 3])");
  const std::string world = axis("w", R"("values": ["x", "y"], "role": "world")");
  const auto counted = [](const std::string& members) {
    const Made made(members);
    return std::pair(made.design->combinations(spec::AxisRole::kWorld),
                     made.design->combinations(spec::AxisRole::kDesign));
  };
  EXPECT_EQ(counted("\"axes\": {" + world + ", " + three + ", " + axis("b", R"("values": [1, 2])") + "}"),
            std::pair(std::size_t{2}, std::size_t{6}));
  EXPECT_EQ(counted("\"axes\": {" + three + "}"), std::pair(std::size_t{1}, std::size_t{3}));
  EXPECT_EQ(counted("\"axes\": {" + world + "}"), std::pair(std::size_t{2}, std::size_t{1}));
  EXPECT_EQ(counted("\"axes\": {" + world + ", " + three + R"(}, "skip": [{"w": "y"}])"),
            std::pair(std::size_t{1}, std::size_t{3}));
  const std::string sampled = R"(}, "design": {"sobol": {"points": 8}})";
  EXPECT_EQ(counted("\"axes\": {" + three + sampled), std::pair(std::size_t{1}, std::size_t{3}))
      << "eight points, of three different levels";
}

}  // namespace
}  // namespace twinvoice::campaign
