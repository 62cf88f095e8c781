#include "tests/support/mutate.hpp"

namespace twinvoice::testing {
namespace {

std::string times(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

/// Values; each is tried as a document, as an element and as a member.
const std::vector<std::string>& values() {
  static const std::vector<std::string> all{
      // Numbers.
      "1e1000", "-1e1000", "1e-1000", "123456789012345678901234567890", "-0", "0e0", "0e+1", "1.", ".1",
      "-.1", "1.e1", "1e", "1e+", "-", "+1", "--1", "0x1", "0b1", "01", "-01", "1 000", "1_000", "NaN",
      "-NaN", "Infinity", "-Infinity", "nan", "inf", "1f", "1L", "1/2", "2e", "0.3e", "0.e1", "9.e+", "1eE2",
      "1e2e3", "１", "\xEF\xBC\x91",
      // Literals.
      "true", "True", "TRUE", "tru", "truee", "null", "nul", "nulll", "undefined", "None", "'single'", "a",
      "\xE5", "*", "${7*7}", "`x`",
      // Strings.
      "\"", "\"\\\"", "\"\\", "\"\\u\"", "\"\\u00\"", "\"\\uD800\"", "\"\\uD800\\u0041\"", "\"\\uDC00\"",
      "\"\\uD834\\uDD1E\"", "\"\\x00\"", "\"\\a\"", "\"\\'\"", "\"\t\"", "\"\n\"", "\"\x7F\"", "\"\xFF\"",
      "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xF0\x9F\x98\x80\"", "\"\\u0000\"",
      "\"\xE2\x80\xA8\"", "\"../../../../../../etc/passwd\"", "\"%s%s%s%n\"", "\"{0}{}{:d}\"",
      "\"'; DROP TABLE invoices; --\"", "\"\\u001b]0;title\\u0007\"", "\"<script>alert(1)</script>\"",
      // Lists and objects.
      "[", "]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1", "[\"a\"", "[[]", "[]]", "[\"a\",\n4\n,1,",
      "[...]", "{", "}", "{}}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}",
      "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"\":0}",
      "{\"__proto__\":{}}", "{\"a\":\"b\"}#", "{\"a\":1}/*", "{\"a\":/*comment*/1}", "{\"a\":1}//", "[1]x",
      "[1][2]", "{}{}", "<null>", "&b", "<?xml version=\"1.0\"?><a/>", "--- a: 1", "(1)",
      "[\"\xE2\x80\x9C\"]"};
  return all;
}

std::vector<std::string> documents() {
  std::vector<std::string> out{"",
                               " ",
                               "\n",
                               std::string(1, '\0'),
                               "\xEF\xBB\xBF",
                               "\xEF\xBB\xBF{}",
                               std::string("\xFF\xFE{\0}\0", 6),
                               std::string("{\0}", 3),
                               "\x1B[2J",
                               "/",
                               "/*",
                               "/**/",
                               "//",
                               "// only a comment",
                               "/* a */ {} /* b */",
                               "/* /* nested */ */ {}"};
  for (const std::string& value : values()) {
    out.push_back(value);
    out.push_back("[" + value + "]");
    out.push_back("{\"twinvoice\": " + value + "}");
    out.push_back("{\"twinvoice\": \"topology/1\", \"name\": \"x\", \"sites\": " + value + "}");
  }
  for (const std::size_t depth : {63U, 64U, 65U, 1'000U, 100'000U}) {
    out.push_back(times("[", depth));
    out.push_back(times("[", depth) + times("]", depth));
    out.push_back(times("{\"a\":", depth) + "1" + times("}", depth));
    out.push_back(times("[{\"a\":", depth));
    out.push_back(times("/*", depth));
  }
  out.push_back("\"" + std::string(1'000'000, 'a') + "\"");
  out.push_back("{\"" + std::string(1'000'000, 'k') + "\": 1}");
  out.push_back(std::string(1'000'000, ' ') + "{}");
  out.push_back(std::string(1'000'000, '9'));
  out.push_back("1e" + std::string(100'000, '9'));
  out.push_back("0." + std::string(100'000, '0') + "1");
  out.push_back("[" + times("1,", 600'000) + "1]");
  out.push_back("[" + times("[],", 200'000) + "[]]");
  out.push_back("{" + times("\"a\":1,", 100'000) + "\"a\":1}");
  out.push_back("\"" + times("\\u0041", 100'000) + "\"");
  out.push_back("\"" + times("\\", 100'001) + "\"");
  return out;
}

}  // namespace

const std::vector<std::string>& hostile_paths() {
  static const std::vector<std::string> all{"\"/etc/passwd\"",
                                            "\"../../../../../../../../etc/passwd\"",
                                            "\"..\"",
                                            "\".\"",
                                            "\"\"",
                                            "\"/\"",
                                            "\"~/x.json\"",
                                            "\"outside.json\"",
                                            "\"../outside.json\"",
                                            "\"../../outside.json\"",
                                            "\"../../../outside.json\"",
                                            "\"../topologies/../../outside.json\"",
                                            "\"../topologies/link.json\"",
                                            "\"../topologies/pipe\"",
                                            "\"../topologies\"",
                                            "\"../topologies/loop.json\"",
                                            "\"/dev/zero\"",
                                            "\"/proc/self/mem\"",
                                            "\"../topologies/topology.json\\u0000.txt\"",
                                            "\"..\\\\..\\\\outside.json\"",
                                            "\"file:///etc/passwd\"",
                                            "\"http://127.0.0.1/topology.json\"",
                                            "\"experiment.json\"",
                                            "\"../topologies/./././topology.json\"",
                                            "\"" + times("../", 300) + "etc/passwd\"",
                                            "\"" + std::string(5'000, 'a') + ".json\"",
                                            "\"\\uD83D\\uDE00.json\"",
                                            "\"../topologies/TOPOLOGY.json\"",
                                            "\" ../topologies/topology.json\"",
                                            "\"../topologies/topology.json/\""};
  return all;
}

const std::vector<std::string>& json_attacks() {
  static const std::vector<std::string> all = documents();
  return all;
}

}  // namespace twinvoice::testing
