#include "sim/spec/document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

std::string document_problems(const std::string& text) {
  Issues issues;
  const auto document = parse_document("d.json", text, issues);
  EXPECT_EQ(document.has_value(), issues.all().empty() || text.find("twice") != std::string::npos) << text;
  return test::lines(issues);
}

/// The tree as a nlohmann value, for the cross-check.
nlohmann::json tree(const Document& d, const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull: return nullptr;
    case NodeKind::kBoolean: return node.boolean;
    case NodeKind::kNumber: return nlohmann::json::parse(std::string(node.text));
    case NodeKind::kString: return std::string(node.text);
    case NodeKind::kArray: {
      auto out = nlohmann::json::array();
      for (const Node* n = d.first_child(node); n != nullptr; n = d.next(*n)) out.push_back(tree(d, *n));
      return out;
    }
    case NodeKind::kObject: {
      auto out = nlohmann::json::object();
      for (const Node* n = d.first_child(node); n != nullptr; n = d.next(*n))
        out[std::string(n->key)] = tree(d, *n);
      return out;
    }
  }
  return nullptr;
}

TEST(Document, what_is_accepted_means_the_same_to_another_parser) {
  const std::string texts[] = {"0",
                               "-0",
                               "1.5e-3",
                               "\"\"",
                               "[]",
                               "{}",
                               "null",
                               " true ",
                               "\xEF\xBB\xBF[1]",
                               R"(["\u00e9\ud83d\ude00\n\\\"\/", "é😀", {"a\tb": [1, [2, []]], "": {}}])",
                               "// c\n{\"a\" /* x */: 1 // y\n, \"b\": 2}",
                               test::kTopology,
                               test::kExperiment};
  for (const std::string& text : texts) {
    Issues issues;
    const auto document = parse_document("d.json", text, issues);
    ASSERT_TRUE(document.has_value()) << text << test::lines(issues);
    const auto other = nlohmann::json::parse(text, nullptr, true, true);
    EXPECT_EQ(tree(*document, document->root()), other) << text;
  }
}

TEST(Document, lines_and_columns_count_characters_from_one) {
  Issues issues;
  const auto document = parse_document("d.json", "{\n  \"é\": \"😀\", \"b\":\n\t[7]}", issues);
  ASSERT_TRUE(document.has_value());
  const Node* first = document->first_child(document->root());
  EXPECT_EQ(first->key_line, 2U);
  EXPECT_EQ(first->key_column, 3U);
  EXPECT_EQ(first->column, 8U);
  const Node* second = document->next(*first);
  EXPECT_EQ(second->key_column, 13U);
  EXPECT_EQ(second->line, 3U);
  EXPECT_EQ(second->column, 2U);
  EXPECT_EQ(document->first_child(*second)->column, 3U);
}

TEST(Document, syntax_errors_tell_where_and_why) {
  EXPECT_EQ(document_problems(""), "d.json:1:1: /: the file is empty\n");
  EXPECT_EQ(document_problems("{\"a\": 1,}"), "d.json:1:9: /: a comma stands before \"}\"; remove it\n");
  EXPECT_EQ(document_problems("[1, 2, ]"), "d.json:1:8: /2: a comma stands before \"]\"; remove it\n");
  EXPECT_EQ(document_problems("{\"a\": NaN}"),
            "d.json:1:7: /a: NaN is not a number of JSON; numbers are finite\n");
  EXPECT_EQ(document_problems("[-Infinity]"),
            "d.json:1:2: /0: a minus sign without digits is not a number of JSON; numbers are finite\n");
  EXPECT_EQ(document_problems("{\"a\": 28 ms}"), "d.json:1:10: /: found \"ms\", need \",\" or \"}\"\n");
  EXPECT_EQ(document_problems("{\"a\": 28ms}"),
            "d.json:1:7: /a: \"28ms\" is not a number; a quantity with a unit stands in double quotes\n");
  EXPECT_EQ(document_problems("{a: 1}"),
            "d.json:1:2: /: found \"a\", need a key in double quotes or \"}\"\n");
  EXPECT_EQ(document_problems("{'a': 1}"),
            "d.json:1:2: /: found \"'\", need a key in double quotes or \"}\"\n");
  EXPECT_EQ(document_problems("{\"a\" 1}"), "d.json:1:6: /a: found \"1\", need \":\" after the key \"a\"\n");
  EXPECT_EQ(document_problems("[1] 2"), "d.json:1:5: /: found \"2\" after the end of the document\n");
  EXPECT_EQ(document_problems("[01]"),
            "d.json:1:2: /0: a number does not begin with 0 unless it is 0 or 0.x\n");
  EXPECT_EQ(document_problems("[1.]"), "d.json:1:2: /0: \"1.\" is not a number\n");
  EXPECT_EQ(document_problems("[1e999]"), "d.json:1:2: /0: the number \"1e999\" is out of range\n");
  EXPECT_EQ(document_problems("[\"a\nb\"]"),
            "d.json:1:4: /0: a string ends on the line where it begins; write \\n for a line break\n");
  EXPECT_EQ(document_problems("[\"\x01\"]"),
            "d.json:1:3: /0: a control character in a string; write \\u0001\n");
  EXPECT_EQ(document_problems("[\"\\ud800x\"]"),
            "d.json:1:3: /0: a lone surrogate; its second half is missing\n");
  EXPECT_EQ(document_problems("[\"\\udc00\"]"),
            "d.json:1:3: /0: a lone surrogate; characters above U+FFFF are a pair of \\u escapes\n");
  EXPECT_EQ(document_problems("[\"\xC0\x80\"]"), "d.json:1:3: /0: the byte 0xc0 is not valid UTF-8\n");
  EXPECT_EQ(document_problems("[\"\xED\xA0\x80\"]"), "d.json:1:3: /0: the byte 0xed is not valid UTF-8\n");
  EXPECT_EQ(document_problems("[\"\\q\"]"),
            "d.json:1:3: /0: an unknown escape; JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX\n");
  EXPECT_EQ(document_problems("[1 /* ]"), "d.json:1:4: /: this comment is never closed by */\n");
  EXPECT_EQ(document_problems("{\"a\": [1,\n 2"),
            "d.json:2:3: /a: the file ends inside a list that begins at line 1\n");
  EXPECT_EQ(document_problems("[True]"),
            "d.json:1:2: /0: found \"True\"; JSON writes true, false and null\n");
}

TEST(Document, every_duplicate_key_is_told_with_both_places) {
  EXPECT_EQ(
      document_problems("{\"twice\": 1, \"twice\": 2, \"b\": [{\"c\": 1, \"c\": 2, \"c\": 3}]}"),
      "d.json:1:14: /twice: the key \"twice\" stands here a second time; the first is at line 1, column 2\n"
      "d.json:1:41: /b/0/c: the key \"c\" stands here a second time; the first is at line 1, column 33\n"
      "d.json:1:49: /b/0/c: the key \"c\" stands here a second time; the first is at line 1, column 33\n");
}

TEST(Document, keys_that_differ_only_in_escapes_are_duplicates) {
  EXPECT_NE(document_problems("{\"twice\": 1, \"\\u0074wice\": 2}").find("a second time"), std::string::npos);
}

TEST(Document, depth_is_bounded_without_recursion) {
  EXPECT_EQ(document_problems(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_NE(document_problems(std::string(65, '[') + std::string(65, ']')).find("more than 64 levels"),
            std::string::npos);
  EXPECT_NE(document_problems(std::string(100'000, '[')).find("more than 64 levels"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_NE(document_problems(objects).find("more than 64 levels"), std::string::npos);
}

TEST(Document, the_number_of_values_is_bounded) {
  std::string text = "[";
  for (std::size_t i = 0; i < kMaxValues; ++i) text += "0,";
  EXPECT_NE(document_problems(text + "0]").find("more than 500000 values"), std::string::npos);
}

TEST(Document, messages_never_carry_control_characters_or_long_texts) {
  const std::string out = document_problems("{\"\\u001b[31m" + std::string(5000, 'x') + "\": 1 1}");
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_LT(out.size(), 400U);
}

TEST(ReadFile, only_readable_regular_files_are_read) {
  const test::Workspace workspace("read-file");
  const auto refusal = [](const std::string& path) {
    Issues issues;
    EXPECT_FALSE(read_file(path, issues).has_value());
    return test::lines(issues);
  };
  EXPECT_EQ(refusal("/dev/null"), "/dev/null: /: is a device; a regular file is needed\n");
  const std::string folder = workspace.root().string();
  EXPECT_EQ(refusal(folder), folder + ": /: is a directory; a regular file is needed\n");
  EXPECT_EQ(refusal(folder + "/none"), folder + "/none: /: cannot be opened: No such file or directory\n");
  const std::string big = workspace.write("big.json", std::string(2 << 20, ' '));
  Issues issues;
  EXPECT_FALSE(read_file(big, issues, 1 << 20).has_value());
  EXPECT_EQ(test::lines(issues), big + ": /: is larger than 1 MB\n");
}

TEST(DidYouMean, finds_slips_of_the_pen_and_no_strangers) {
  EXPECT_EQ(nearest("latancy", {"latency", "loss", "life"}), "latency");
  EXPECT_EQ(nearest("tiemout", {"timeout", "times"}), "timeout");
  EXPECT_EQ(nearest("colour", {"latency", "loss", "life"}), "");
  EXPECT_EQ(nearest("", {"a"}), "");
}

}  // namespace
}  // namespace twinvoice::spec
