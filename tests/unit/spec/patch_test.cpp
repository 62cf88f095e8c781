#include "sim/spec/patch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/check.hpp"
#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

using nlohmann::ordered_json;

Document parsed(const std::string& text) {
  Issues issues;
  auto document = parse_document("d.json", text, issues);
  EXPECT_FALSE(issues.has_errors()) << test::lines(issues);
  return document.value();
}

std::string patched(const std::string& text, const std::vector<Change>& changes) {
  return patched_text(parsed(text), changes);
}

Change change(const std::string& pointer, const std::string& json) {
  return {*pointer_tokens(pointer), json};
}
Change removal(const std::string& pointer) { return {*pointer_tokens(pointer), std::nullopt}; }

/// Every shipped topology and experiment, by path and text.
std::vector<std::string> shipped_texts() {
  std::vector<std::string> out;
  for (const char* folder : {"/topologies", "/experiments"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::string(TWINVOICE_SOURCE_DIR) + folder)) {
      const bool schema = entry.path().string().find("/schema/") != std::string::npos;
      if (entry.path().extension() != ".json" || schema) continue;
      Issues issues;
      out.push_back(read_file(entry.path().string(), issues).value());
    }
  }
  return out;
}

void each_place(const Document& document, const Node& node, std::vector<std::string>& at,
                const std::function<void(const std::vector<std::string>&)>& visit) {
  std::size_t index = 0;
  for (const Node* n = document.first_child(node); n != nullptr; n = document.next(*n), ++index) {
    at.push_back(node.kind == NodeKind::kObject ? std::string(n->key) : std::to_string(index));
    visit(at);
    each_place(document, *n, at, visit);
    at.pop_back();
  }
}

TEST(Patch, canonical_text_has_no_blanks_and_keeps_order_and_numbers) {
  EXPECT_EQ(canonical_text(parsed("{ \"b\" : [ 1.50 , 1e3, true ,null ], // c\n \"a\": {} }")),
            R"({"b":[1.50,1e3,true,null],"a":{}})");
}

TEST(Patch, canonical_strings_have_the_fewest_escapes) {
  EXPECT_EQ(canonical_text(parsed(R"(["\u0041\/\"\\\n\u0001", "é\u00e9"])")),
            "[\"A/\\\"\\\\\\n\\u0001\",\"éé\"]");
}

TEST(Patch, canonical_text_is_a_fixed_point_and_means_the_same) {
  for (const std::string& text : shipped_texts()) {
    const std::string once = canonical_text(parsed(text));
    EXPECT_EQ(canonical_text(parsed(once)), once);
    EXPECT_EQ(ordered_json::parse(once), ordered_json::parse(text, nullptr, true, true));
  }
}

TEST(Patch, meaning_leaves_out_remarks_and_descriptions_at_every_depth) {
  EXPECT_EQ(
      canonical_text(
          parsed(R"({"$schema": "s", "description": "d", "a": {"note": "n", "b": 1}, "$comment": "c"})"),
          Keep::kMeaning),
      R"({"a":{"b":1}})");
}

TEST(Patch, every_value_of_the_shipped_files_can_be_replaced_and_put_back) {
  for (const std::string& text : shipped_texts()) {
    const Document document = parsed(text);
    const std::string before = canonical_text(document);
    std::vector<std::string> at;
    each_place(document, document.root(), at, [&](const std::vector<std::string>& tokens) {
      const std::string replaced = patched_text(document, {{tokens, "\"other\""}});
      const Document changed = parsed(replaced);
      ASSERT_EQ(find_node(changed, tokens)->text, "other") << pointer_of(tokens);
      const std::string old = canonical_text(document, *find_node(document, tokens));
      ASSERT_EQ(patched_text(changed, {{tokens, old}}), before) << pointer_of(tokens);
    });
  }
}

TEST(Patch, every_value_of_the_shipped_files_can_be_removed) {
  for (const std::string& text : shipped_texts()) {
    const Document document = parsed(text);
    const ordered_json whole = ordered_json::parse(canonical_text(document));
    std::vector<std::string> at;
    each_place(document, document.root(), at, [&](const std::vector<std::string>& tokens) {
      const ordered_json left = ordered_json::parse(patched_text(document, {{tokens, std::nullopt}}));
      const ordered_json expected =
          whole.patch(ordered_json::array({{{"op", "remove"}, {"path", pointer_of(tokens)}}}));
      ASSERT_EQ(left, expected) << pointer_of(tokens);
    });
  }
}

TEST(Patch, pointers_escape_and_unescape) {
  EXPECT_EQ(pointer_tokens("/a~1b/~0"), (std::vector<std::string>{"a/b", "~"}));
  EXPECT_EQ(pointer_of({"a/b", "~"}), "/a~1b/~0");
  EXPECT_EQ(pointer_tokens("/a~2"), std::nullopt);
  EXPECT_EQ(pointer_tokens("a"), std::nullopt);
  EXPECT_EQ(pointer_tokens("")->size(), 0U);
}

TEST(Patch, changes_refer_to_the_document_as_it_is) {
  EXPECT_EQ(patched("[0, 1, 2, 3]", {removal("/0"), change("/3", "33"), removal("/1")}), "[2,33]");
}

TEST(Patch, new_members_come_last_by_key_and_new_elements_last) {
  EXPECT_EQ(patched(R"({"m": 1, "l": []})",
                    {change("/z", "1"), change("/a", "2"), change("/l/-", "7"), change("/l/-", "8")}),
            R"({"m":1,"l":[7,8],"a":2,"z":1})");
}

TEST(Patch, changes_without_a_place_or_with_two_values_are_refused) {
  const Document document = parsed(R"({"a": {"b": 1}, "l": [1]})");
  EXPECT_FALSE(applies(document, removal("/c")));
  EXPECT_FALSE(applies(document, change("/c/d", "1")));
  EXPECT_FALSE(applies(document, change("/l/1", "1")));
  EXPECT_FALSE(applies(document, change("/l/00", "1")));
  EXPECT_FALSE(applies(document, change("/a/b/c", "1")));
  EXPECT_TRUE(applies(document, change("/a/c", "1")));
  EXPECT_THROW((void)patched_text(document, {removal("/c")}), EngineError);
  EXPECT_THROW((void)patched_text(document, {change("/a", "1"), change("/a", "2")}), EngineError);
  EXPECT_THROW((void)patched_text(document, {change("/a", "1"), change("/a/b", "2")}), EngineError);
  EXPECT_THROW((void)patched_text(document, {change("/a/b", "2"), change("/a", "1")}), EngineError);
}

}  // namespace
}  // namespace twinvoice::spec
