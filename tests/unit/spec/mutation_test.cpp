// Hostile input: whatever is done to a valid text, it is either accepted or refused with at least one placed issue.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

/// Reads `text` as a topology and as an experiment. True when the complaints are bounded, placed and worded.
bool survives(const std::string& text) {
  bool good = true;
  for (const bool topology : {true, false}) {
    Issues issues;
    if (topology) {
      (void)read_topology("m.json", text, test::catalog(), issues);
    } else {
      (void)read_experiment("m.json", text, test::catalog(), issues);
    }
    good = good && issues.all().size() <= 4 * kMaxIssues;
    for (const Issue& issue : issues.all()) {
      const bool pointer = issue.place.pointer.empty() || issue.place.pointer.front() == '/';
      const bool placed = pointer && issue.place.line > 0 && issue.place.column > 0;
      const bool worded = !issue.message.empty() && format_issue(issue).size() < 20'000;
      if (!placed || !worded) ADD_FAILURE() << format_issue(issue).substr(0, 500);
      good = good && placed && worded;
    }
  }
  return good;
}

const std::vector<std::string>& valid() {
  static const std::vector<std::string> texts{test::kTopology, test::kExperiment};
  return texts;
}

/// Where each quoted string of the text begins, and its length with quotes.
std::vector<std::pair<std::size_t, std::size_t>> strings_of(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at)) {
    const std::size_t end = text.find('"', at + 1);
    out.emplace_back(at, end + 1 - at);
    at = end + 1;
  }
  return out;
}

TEST(Mutation, a_text_cut_anywhere_is_refused_with_a_place) {
  for (const std::string& text : valid()) {
    const std::size_t whole = text.find_last_of('}') + 1;
    for (std::size_t length = 0; length < whole; ++length) {
      const std::string cut = text.substr(0, length);
      Issues issues;
      (void)read_topology("m.json", cut, test::catalog(), issues);
      EXPECT_TRUE(issues.has_errors()) << length;
      ASSERT_TRUE(survives(cut));
    }
  }
}

TEST(Mutation, every_string_may_become_anything) {
  const std::string values[] = {"0",
                                "-1",
                                "1e999",
                                "18446744073709551616",
                                "null",
                                "true",
                                "[]",
                                "{}",
                                "\"\"",
                                "\"x\"",
                                "\"5\"",
                                "\"-5 ms\"",
                                "NaN",
                                "\"1e30 d\"",
                                "\"\\u0000\"",
                                "[[[]]]",
                                "{\"model\": \"service\"}",
                                "\"a@b/c@d\"",
                                "\"note\"",
                                "\"\xF0\x9F\x98\x80\"",
                                "\"\xFF\""};
  for (const std::string& text : valid()) {
    for (const auto& [at, length] : strings_of(text)) {
      for (const std::string& value : values) {
        std::string changed = text;
        ASSERT_TRUE(survives(changed.replace(at, length, value)));
      }
    }
  }
}

TEST(Mutation, every_number_may_become_anything) {
  const std::string values[] = {"-1", "0",     "1e5", "0.5",   "99999999999999999999", "9223372036854775807",
                                "-0", "\"1\"", "[]",  "1e-400"};
  for (const std::string& text : valid()) {
    for (std::size_t at = 1; at < text.size(); ++at) {
      if (text[at] < '0' || text[at] > '9' || (text[at - 1] != ' ' && text[at - 1] != '[')) continue;
      const std::size_t end = text.find_first_not_of("0123456789.", at);
      for (const std::string& value : values) {
        std::string changed = text;
        ASSERT_TRUE(survives(changed.replace(at, end - at, value)));
      }
    }
  }
}

TEST(Mutation, deleted_and_repeated_lines_are_survived) {
  for (const std::string& text : valid()) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin) + 1;
      std::string without = text;
      ASSERT_TRUE(survives(without.erase(begin, end - begin)));
      std::string twice = text;
      ASSERT_TRUE(survives(twice.insert(end, text.substr(begin, end - begin))));
      begin = end;
    }
  }
}

TEST(Mutation, random_bytes_are_survived) {
  constexpr unsigned kSeed = 20241107;
  RecordProperty("seed", static_cast<int>(kSeed));
  std::mt19937 random(kSeed);
  const std::string alphabet = "{}[]\",:0123456789.eE-+\\/u* \n\tntf\x80\xC3\xF0";
  for (int i = 0; i < 6000; ++i) {
    std::string text = valid()[static_cast<std::size_t>(i) % 2];
    const auto changes = 1 + random() % 3;
    for (std::size_t c = 0; c < changes; ++c) {
      const std::size_t at = random() % text.size();
      const char byte = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        default: text.erase(at, 1 + random() % 8); break;
      }
    }
    ASSERT_TRUE(survives(text));
  }
}

TEST(Mutation, large_and_deep_values_in_any_place_are_survived) {
  const std::string deep = std::string(100'000, '[');
  const std::string wide = "[" + std::string(200'000, ' ') + "]";
  std::string keys = "{\"k0\": 1";
  for (int i = 1; i < 20'000; ++i) keys += ", \"k" + std::to_string(i) + "\": 1";
  keys += "}";
  const std::string long_text = "\"" + std::string(300'000, 'x') + "\"";
  const std::vector<std::string> values{deep, wide, keys, long_text};
  for (const std::string& text : valid()) {
    const auto places = strings_of(text);
    for (std::size_t i = 0; i < places.size(); i += 23) {
      for (const std::string& value : values) {
        std::string changed = text;
        ASSERT_TRUE(survives(changed.replace(places[i].first, places[i].second, value)));
      }
    }
  }
}

TEST(Mutation, many_entities_with_many_dangling_references_stay_quick) {
  std::string components;
  for (int i = 0; i < 5000; ++i) {
    components += (i > 0 ? ",\n" : "") + std::string("\"c") + std::to_string(i) +
                  "\": {\"model\": \"load_balancer\", \"replicas\": {\"nowhere" + std::to_string(i) +
                  "\": 1}, \"to\": \"nobody\"}";
  }
  ASSERT_TRUE(
      survives("{\"twinvoice\": \"topology/1\", \"name\": \"x\", \"sites\": {\"s\": {\"region\": \"r\"}}, "
               "\"operations\": {}, \"components\": {" +
               components + "}}"));
}

}  // namespace
}  // namespace twinvoice::spec
