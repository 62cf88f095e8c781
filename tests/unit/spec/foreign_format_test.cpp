// Files of other formats are told as what they are, and JSON is not taken for one of them.
#include "sim/spec/foreign_format.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

TEST(ForeignFormat, files_of_others_are_named) {
  EXPECT_EQ(foreign_format("# a service\nname: invoice\nsites:\n  - a\n"), "YAML");
  EXPECT_EQ(foreign_format("---\nname: x\n"), "YAML");
  EXPECT_EQ(foreign_format("- a\n- b\n"), "YAML");
  EXPECT_EQ(foreign_format("#!/usr/bin/env python3\nx = 1\n"), "a Python program");
  EXPECT_EQ(foreign_format("import json\nprint(1)\n"), "a Python program");
  EXPECT_EQ(foreign_format("// load\nimport http from 'k6/http';\n"), "a JavaScript program");
  EXPECT_EQ(foreign_format("# Title\n\nSome words.\n"), "text with # in front of remarks or titles");
  EXPECT_EQ(foreign_format("const x = {};\n"), "a JavaScript program");
  EXPECT_EQ(foreign_format("at_s,rate\n0,5\n60,7\n"), "a table (CSV)");
  EXPECT_EQ(foreign_format("[section]\nkey = 1\n"), "TOML or INI");
  EXPECT_EQ(foreign_format("<?xml version=\"1.0\"?>"), "XML");
  EXPECT_EQ(foreign_format(std::string("SQLite format 3\0...", 19)), "a database (SQLite)");
  EXPECT_EQ(foreign_format(std::string("abc\0def", 7)), "binary data");
  EXPECT_EQ(foreign_format("\x1f\x8b\x08"), "a compressed file (gzip)");
}

TEST(ForeignFormat, json_and_broken_json_are_left_to_the_reader) {
  for (const char* text :
       {"{\"a\": 1}", "// remark\n{\n", "/* a: b */ {}", "", "[1, 2]", "nonsense", "\"text\"", "12"})
    EXPECT_EQ(foreign_format(text), "") << text;
}

TEST(ForeignFormat, the_message_says_what_is_read) {
  Issues issues;
  EXPECT_FALSE(parse_document("x.yaml", "name: x\n", issues).has_value());
  ASSERT_EQ(issues.all().size(), 1U);
  EXPECT_EQ(format_issue(issues.all()[0]),
            "x.yaml:1:1: /: this is YAML; Twinvoice reads JSON, comments allowed, that begins with { and "
            "says what it "
            "is: \"twinvoice\": \"topology/1\", \"experiment/1\", \"sweep/1\" or \"policies/1\"");
}

}  // namespace
}  // namespace twinvoice::spec
