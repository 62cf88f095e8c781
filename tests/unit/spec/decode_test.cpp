// Fields, codecs and messages of the decoder.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

/// A struct with one field of each kind.
struct Everything {
  bool flag = false;
  std::int64_t count = 1;
  unsigned small = 0;
  double factor = 1.0;
  std::string name;
  Duration every{kNanosPerSecond};
  Rate rate;
  Bytes size;
  Bandwidth width;
  Probability share;
  LawSpec law;
  std::optional<Duration> maybe;
  std::vector<Duration> list;
  Map<PoolSpec> pools;
  std::optional<BalanceMode> balance;
  Place place;
  void describe(Fields& f) {
    f.optional("flag", flag, "a flag");
    f.optional("count", count, "a count", Range{1, 1e6});
    f.optional("small", small, "a 32-bit count");
    f.optional("factor", factor, "a factor", Range{0.0, 10.0, true});
    f.optional("name", name, "a name");
    f.optional("every", every, "a duration", kPositive);
    f.optional("rate", rate, "a rate");
    f.optional("size", size, "a size");
    f.optional("width", width, "a bandwidth");
    f.optional("share", share, "a probability");
    f.optional("law", law, "a law");
    f.optional("maybe", maybe, "may be absent");
    f.optional("list", list, "durations", kPositive);
    f.optional("pools", pools, "pools by id");
    f.optional("balance", balance, "a word");
    f.rule("maybe", !maybe || *maybe <= every, "\"maybe\" must not be longer than \"every\"");
  }
};

Everything decode(const std::string& text, std::string& problems) {
  Issues issues;
  Everything out;
  const auto document = parse_document("x.json", text, issues);
  if (document) {
    Decoder decoder(*document, test::catalog(), issues);
    Codec<Everything>::decode(decoder, document->root(), out, kAny);
  }
  problems = test::lines(issues);
  return out;
}

std::string problems(const std::string& text) {
  std::string out;
  decode(text, out);
  return out;
}

TEST(Decode, fields_are_filled_and_the_others_keep_their_defaults) {
  std::string what;
  const Everything v =
      decode(R"({"flag": true, "count": 12, "factor": 2.5, "name": "x", "rate": "5 tps", "size": "1 KiB",
    "share": "5 %", "law": {"erlang": {"k": 3, "mean": "6 ms"}}, "list": ["1 s", "2 s"], "$comment": "why",
    "pools": {"b": {"max": 2}, "a": {"max": 1}}, "balance": "primary", "note": "assumed"})",
             what);
  EXPECT_EQ(what, "");
  EXPECT_TRUE(v.flag);
  EXPECT_EQ(v.count, 12);
  EXPECT_EQ(v.factor, 2.5);
  EXPECT_EQ(v.every.ns, kNanosPerSecond);
  EXPECT_EQ(std::get<ErlangLaw>(v.law.law).k, 3);
  EXPECT_EQ(std::get<ErlangLaw>(v.law.law).mean.ns, 6'000'000);
  EXPECT_EQ(v.law.place.line, 2);
  EXPECT_EQ(v.law.place.pointer, "/law");
  EXPECT_EQ(v.list[1].ns, 2 * kNanosPerSecond);
  EXPECT_EQ(v.pools[0].id, "b");
  EXPECT_EQ(v.pools.find("a")->max, 1);
  EXPECT_EQ(v.pools.find("c"), nullptr);
  EXPECT_EQ(v.balance, BalanceMode::kPrimary);
  EXPECT_FALSE(v.maybe.has_value());
  EXPECT_EQ(v.place.line, 1);
}

TEST(Decode, wrong_values_say_what_was_found_and_what_is_accepted) {
  EXPECT_EQ(problems("[]"), "x.json:1:1: /: need an object, found a list\n");
  EXPECT_EQ(problems(R"({"flag": 1})"), "x.json:1:10: /flag: need true or false, found a number\n");
  EXPECT_EQ(problems(R"({"every": 500})"),
            "x.json:1:11: /every: 500 is a bare number; need a duration with its unit, such as \"28 ms\" or "
            "\"2 s\", in quotes\n");
  EXPECT_EQ(problems(R"({"every": "28"})"),
            "x.json:1:11: /every: \"28\" has no unit; a duration is written with one, such as \"28 ms\" or "
            "\"2 s\"\n");
  EXPECT_EQ(problems(R"({"every": "0 s"})"),
            "x.json:1:11: /every: \"0 s\" is out of range; accepted: more than 0 s\n");
  EXPECT_EQ(problems(R"({"list": ["1 s", "0 s"]})"),
            "x.json:1:18: /list/1: \"0 s\" is out of range; accepted: more than 0 s\n");
  EXPECT_EQ(problems(R"({"share": 0.8})"),
            "x.json:1:11: /share: 0.8 is a bare number; need a probability such as \"99.9 %\" or \"0.999\", "
            "in quotes\n");
  EXPECT_EQ(problems(R"({"name": null})"), "x.json:1:10: /name: need a string, found null\n");
  EXPECT_EQ(problems(R"({"factor": "2"})"),
            "x.json:1:12: /factor: need a bare number without quotes, found the string \"2\"\n");
  EXPECT_EQ(problems(R"({"factor": 0})"),
            "x.json:1:12: /factor: \"0\" is out of range; accepted: more than 0, at most 10\n");
  EXPECT_EQ(problems(R"({"balance": "nearst"})").find("did you mean \"nearest\"?") != std::string::npos,
            true);
  EXPECT_EQ(
      problems(R"({"law": {"normal": "1 s"}})").find("x.json:1:9: /law: need one of the keys \"constant\""),
      0U);
  EXPECT_EQ(problems(R"({"law": {"exponental": "1 s"}})"),
            "x.json:1:10: /law/exponental: unknown key \"exponental\"; did you mean \"exponential\"?\n");
  EXPECT_EQ(problems(R"({"law": {"exponential": "1 s", "constant": "1 s"}})"),
            "x.json:1:10: /law/exponential: \"exponential\" cannot stand beside \"constant\": they are "
            "alternatives\n");
  EXPECT_EQ(problems(R"({"law": {"lognormal": {"mean": "1 s"}}})"),
            "x.json:1:23: /law/lognormal: \"cv\" is missing: standard deviation / mean\n");
  EXPECT_EQ(problems(R"({"law": {"uniform": {"low": "2 s", "high": "1 s"}}})"),
            "x.json:1:44: /law/uniform/high: \"high\" must not be below \"low\"\n");
  EXPECT_EQ(problems(R"({"law": {"empirical": []}})"),
            "x.json:1:23: /law/empirical: an empirical law needs at least one sample\n");
  EXPECT_EQ(
      problems(R"({"pools": {"a b": {"max": 1}}})").find("x.json:1:19: /pools/a b: \"a b\" is not an id"),
      0U);
  EXPECT_EQ(problems(R"({"note": 5})"),
            "x.json:1:10: /note: \"note\" is kept for remarks; a remark is a string\n");
}

TEST(Decode, counts_are_whole_and_never_wrap) {
  EXPECT_EQ(problems(R"({"count": 1e3})"),
            "x.json:1:11: /count: 1e3 is not written as a whole number; write digits only\n");
  EXPECT_EQ(problems(R"({"count": 3.0})"),
            "x.json:1:11: /count: 3.0 is not written as a whole number; write digits only\n");
  EXPECT_EQ(problems(R"({"count": 18446744073709551617})"),
            "x.json:1:11: /count: 18446744073709551617 is out of range; accepted: 1 to 1000000\n");
  EXPECT_EQ(problems(R"({"count": 0})"), "x.json:1:11: /count: 0 is out of range; accepted: 1 to 1000000\n");
  EXPECT_EQ(problems(R"({"small": 4294967296})"),
            "x.json:1:11: /small: 4294967296 is out of range; accepted: 0 to 4294967295\n");
  EXPECT_EQ(problems(R"({"small": -1})"),
            "x.json:1:11: /small: -1 is out of range; accepted: 0 to 4294967295\n");
  EXPECT_EQ(problems(R"({"count": "3"})"),
            "x.json:1:11: /count: need a whole number without quotes, found the string \"3\"\n");
}

TEST(Decode, unknown_keys_are_refused_with_a_suggestion) {
  EXPECT_EQ(problems(R"({"facter": 1})"),
            "x.json:1:2: /facter: unknown key \"facter\"; did you mean \"factor\"?\n");
  EXPECT_EQ(problems(R"({"zzzzzzzzz": 1})")
                .find("x.json:1:2: /zzzzzzzzz: unknown key \"zzzzzzzzz\"; accepted: \"flag\","),
            0U);
}

TEST(Decode, rules_are_judged_only_over_readable_fields) {
  EXPECT_EQ(problems(R"({"maybe": "2 s"})"),
            "x.json:1:11: /maybe: \"maybe\" must not be longer than \"every\"\n");
  EXPECT_EQ(problems(R"({"maybe": "2 s", "every": 5})").find("must not be longer"), std::string::npos);
}

TEST(Decode, all_problems_are_told_at_once) {
  EXPECT_EQ(problems("{\"flag\": 1,\n\"count\": 0,\n\"every\": 5,\n\"law\": {\"gamma\": {\"mean\": \"1\", "
                     "\"vc\": 1}},\n\"x\": 1}")
                .find("x.json:1:10: /flag: need true or false, found a number\n"
                      "x.json:2:10: /count: 0 is out of range; accepted: 1 to 1000000\n"
                      "x.json:3:10: /every: 5 is a bare number; need a duration with its unit, such as "
                      "\"28 ms\" or \"2 s\", in quotes\n"
                      "x.json:4:18: /law/gamma: \"cv\" is missing: standard deviation / mean\n"
                      "x.json:4:27: /law/gamma/mean: \"1\" has no unit; a duration is written with one, such "
                      "as \"28 ms\" or \"2 s\"\n"
                      "x.json:4:32: /law/gamma/vc: unknown key \"vc\"; did you mean \"cv\"?\n"
                      "x.json:5:1: /x: unknown key \"x\"; accepted: "),
            0U);
}

TEST(Decode, the_number_of_complaints_is_bounded) {
  std::string text = "{\"list\": [0";
  for (int i = 0; i < 100'000; ++i) text += ",0";
  const std::string what = problems(text + "]}");
  EXPECT_EQ(std::count(what.begin(), what.end(), '\n'), static_cast<std::ptrdiff_t>(kMaxIssues));
  EXPECT_NE(what.find("the rest is not told"), std::string::npos);
}

TEST(Decode, a_field_declared_twice_is_an_engine_error) {
  struct Twice {
    bool a = false;
    void describe(Fields& f) {
      f.optional("a", a, "once");
      f.optional("a", a, "twice");
    }
  } twice;
  Issues issues;
  const auto document = parse_document("x.json", "{}", issues);
  Decoder decoder(*document, test::catalog(), issues);
  EXPECT_THROW(Codec<Twice>::decode(decoder, document->root(), twice, kAny), EngineError);
}

TEST(Laws, text_of_a_law_reads_back_as_the_law) {
  for (const std::string text :
       {R"("12 ms")", R"({"exponential": "12 ms"})", R"({"lognormal": {"mean": "12 ms", "cv": 0.8}})",
        R"({"gamma": {"mean": "1 s", "cv": 0.5}})", R"({"erlang": {"k": 3, "mean": "1 s"}})",
        R"({"hyper_exponential": {"mean": "1 s", "cv": 2}})",
        R"({"weibull": {"shape": 1.5, "scale": "90 d"}})", R"({"pareto": {"shape": 2.5, "minimum": "1 ms"}})",
        R"({"uniform": {"low": "0 s", "high": "1 s"}})", R"({"empirical": ["1 ms", "2 ms"]})"}) {
    std::string what;
    const Everything v = decode("{\"law\": " + text + "}", what);
    EXPECT_EQ(what, "") << text;
    EXPECT_EQ(format_law(v.law), text);
  }
}

}  // namespace
}  // namespace twinvoice::spec
