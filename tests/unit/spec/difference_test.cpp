// What differs between two documents.
#include "sim/spec/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace twinvoice::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "where: a -> b", one for each difference.
std::vector<std::string> between(const std::string& a, const std::string& b) {
  Issues issues;
  const auto of_a = parse_document("a.json", a, issues);
  const auto of_b = parse_document("b.json", b, issues);
  std::vector<std::string> lines;
  for (const Difference& d : differences(of_a.value(), of_b.value()))
    lines.push_back(d.where + ": " + d.a.value_or("nothing") + " -> " + d.b.value_or("nothing"));
  return lines;
}

TEST(Differences, are_told_by_the_names_of_things) {
  EXPECT_THAT(
      between(R"({"horizon": "4 min", "faults": [{"id": "x", "at": "1 s"}, {"id": "y", "at": "2 s"}]})",
              R"({"horizon": "5 min", "faults": [{"id": "y", "at": "3 s"}, {"id": "x", "at": "1 s"}]})"),
      ElementsAre(R"(horizon: "4 min" -> "5 min")", R"(faults.y.at: "2 s" -> "3 s")"));
}

TEST(Differences, of_what_one_side_lacks_are_one_each) {
  EXPECT_THAT(between(R"({"a": {"deep": [1, 2]}, "c": 1})", R"({"b": true, "c": 1})"),
              ElementsAre(R"(a: {"deep":[1,2]} -> nothing)", "b: nothing -> true"));
}

TEST(Differences, of_elements_without_a_name_of_their_own_are_by_position) {
  EXPECT_THAT(between(R"({"points": [1, 2, 3]})", R"({"points": [1, 4, 3, 5]})"),
              ElementsAre("points[1]: 2 -> 4", "points[3]: nothing -> 5"));
  EXPECT_THAT(between(R"({"expect": [{"operation": "o", "p99": "1 s"}, {"operation": "o", "rto": "2 s"}]})",
                      R"({"expect": [{"operation": "o", "p99": "1 s"}, {"operation": "o", "rto": "9 s"}]})"),
              ElementsAre(R"(expect[1].rto: "2 s" -> "9 s")"));
}

TEST(Differences, of_another_kind_replace_the_whole) {
  EXPECT_THAT(between(R"({"queue": {"max": 3}})", R"({"queue": 3})"),
              ElementsAre(R"(queue: {"max":3} -> 3)"));
}

TEST(Differences, are_none_where_only_remarks_and_order_differ) {
  EXPECT_THAT(between(R"({"a": 1, "b": {"c": 2, "note": "x"}, "description": "one"})",
                      R"({"b": {"c": 2}, /* here */ "a": 1, "description": "two"})"),
              IsEmpty());
}

}  // namespace
}  // namespace twinvoice::spec
