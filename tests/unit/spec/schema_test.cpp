#include "sim/spec/schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "tests/unit/spec/spec_fixture.hpp"

namespace twinvoice::spec {
namespace {

using nlohmann::json;

/// The part of JSON Schema 2020-12 that the writer uses.
class Validator {
 public:
  explicit Validator(const std::string& text) : root_(json::parse(text)) {}
  bool accepts(const json& value) { return valid(root_, value); }
  [[nodiscard]] const json& root() const { return root_; }

 private:
  bool matches(const std::string& text, const std::string& pattern) {
    auto at = patterns_.find(pattern);
    if (at == patterns_.end()) at = patterns_.emplace(pattern, std::regex(pattern)).first;
    return std::regex_search(text, at->second);
  }

  static bool has_type(const std::string& type, const json& v) {
    if (type == "object") return v.is_object();
    if (type == "array") return v.is_array();
    if (type == "string") return v.is_string();
    if (type == "boolean") return v.is_boolean();
    if (type == "integer")
      return v.is_number_integer() || (v.is_number() && v == std::floor(v.get<double>()));
    return v.is_number();
  }

  bool members_valid(const json& s, const json& v) {
    for (const auto& name : s.value("required", json::array())) {
      if (!v.contains(name.get<std::string>())) return false;
    }
    const json patterns = s.value("patternProperties", json::object());
    for (const auto& [key, item] : v.items()) {
      if (s.contains("propertyNames") && !valid(s["propertyNames"], key)) return false;
      bool known = false;
      if (s.contains("properties") && s["properties"].contains(key)) {
        known = true;
        if (!valid(s["properties"][key], item)) return false;
      }
      for (const auto& [pattern, sub] : patterns.items()) {
        if (!matches(key, pattern)) continue;
        known = true;
        if (!valid(sub, item)) return false;
      }
      if (!known && s.value("additionalProperties", true) == false) return false;
    }
    return true;
  }

  bool valid(const json& s, const json& v) {
    if (s.contains("$ref") && !valid(root_.at(json::json_pointer(s["$ref"].get<std::string>().substr(1))), v))
      return false;
    if (s.contains("type") && !has_type(s["type"], v)) return false;
    if (s.contains("const") && s["const"] != v) return false;
    if (s.contains("enum") && std::find(s["enum"].begin(), s["enum"].end(), v) == s["enum"].end())
      return false;
    if (s.contains("pattern") && v.is_string() && !matches(v, s["pattern"])) return false;
    if (v.is_number()) {
      if (s.contains("minimum") && v < s["minimum"]) return false;
      if (s.contains("exclusiveMinimum") && v <= s["exclusiveMinimum"]) return false;
      if (s.contains("maximum") && v > s["maximum"]) return false;
    }
    if (v.is_array() && s.contains("items")) {
      for (const auto& item : v) {
        if (!valid(s["items"], item)) return false;
      }
    }
    if (v.is_object() && !members_valid(s, v)) return false;
    if (s.contains("anyOf")) {
      bool any = false;
      for (const auto& sub : s["anyOf"]) any = any || valid(sub, v);
      if (!any) return false;
    }
    if (s.contains("not") && valid(s["not"], v)) return false;
    for (const auto& sub : s.value("allOf", json::array())) {
      if (!valid(sub, v)) return false;
    }
    return !s.contains("if") || !valid(s["if"], v) || valid(s.value("then", json::object()), v);
  }

  json root_;
  std::map<std::string, std::regex> patterns_;
};

json json_of(const std::string& text) { return json::parse(text, nullptr, true, true); }

TEST(Schema, valid_documents_are_valid_by_the_schema) {
  EXPECT_TRUE(Validator(json_schema_topology(test::catalog())).accepts(json_of(test::kTopology)));
  EXPECT_TRUE(Validator(json_schema_experiment(test::catalog())).accepts(json_of(test::kExperiment)));
}

TEST(Schema, what_the_schema_refuses_the_decoder_refuses_as_well) {
  Validator schema(json_schema_topology(test::catalog()));
  const std::pair<const char*, const char*> changes[] = {{"\"14 ms\"", "14"},
                                                         {"\"14 ms\"", "\"14\""},
                                                         {"\"14 ms\"", "\"14 parsec\""},
                                                         {"\"threads\": 64", "\"thread\": 64"},
                                                         {"\"cores\": 8", "\"cores\": 0"},
                                                         {"\"cores\": 8", "\"cores\": \"many\""},
                                                         {"\"model\": \"service\"", "\"model\": \"servise\""},
                                                         {"\"name\": \"small\",", ""},
                                                         {"\"join\": \"any\"", "\"join\": \"some\""},
                                                         {"\"cv\": 0.8", "\"cv\": 0"},
                                                         {"\"cv\": 0.8", "\"vc\": 0.8"},
                                                         {"\"mean\": \"12 ms\", ", ""},
                                                         {"\"note\": \"for tests\"", "\"note\": 5"},
                                                         {"\"to\": \"tax\", \"timeout\"", "\"timeout\""},
                                                         {"topology/1\"", "topology/9\""},
                                                         {"\"lognormal\"", "\"lognorm\""},
                                                         {"\"sha\": {\"region\"", "\"s ha\": {\"region\""}};
  for (const auto& [from, to] : changes) {
    const std::string text = test::with(test::kTopology, from, to);
    EXPECT_FALSE(schema.accepts(json_of(text))) << from << " -> " << to;
    EXPECT_NE(test::topology_issues(text), "") << from << " -> " << to;
  }
}

TEST(Schema, expectations_are_accepted_and_refused_as_by_the_decoder) {
  Validator schema(json_schema_experiment(test::catalog()));
  const auto with = [](const std::string& expectation) {
    json experiment = json_of(test::kExperiment);
    experiment["expect"] = json::array({json::parse(expectation)});
    return experiment;
  };
  for (const char* good :
       {R"({"p99.5": "<= 1 s", "during": "kill"})", R"({"wait_p90": "<= 1 ms", "component": "tax"})",
        R"({"answered": ">= 99 %", "within": "1 s"})",
        R"({"rto": "<= 1 h", "share": "90 %", "hold": "1 min"})",
        R"({"interruption": "<= 30 s", "of": "failback"})",
        R"({"mean": "<= 1 s", "between": ["1 min", "2 min"]})"}) {
    EXPECT_TRUE(schema.accepts(with(good))) << good;
    EXPECT_EQ(test::experiment_issues(with(good).dump()), "") << good;
  }
  for (const char* bad :
       {R"({"p0": "<= 1 s"})", R"({"p100": "<= 1 s"})", R"({"p99.5": "<= 1 s", "fault": "kill"})",
        R"({"wait_p90": "<= 1 ms"})", R"({"answered": ">= 99 %"})", R"({"within": "1 s"})",
        R"({"rto": "<= 1 h", "of": "time"})", R"({"p90": "1 s"})"}) {
    EXPECT_FALSE(schema.accepts(with(bad))) << bad;
    EXPECT_NE(test::experiment_issues(with(bad).dump()), "") << bad;
  }
}

TEST(Schema, shipped_sweeps_are_accepted_and_slips_in_them_are_not) {
  Validator schema(json_schema_sweep(test::catalog()));
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TWINVOICE_SOURCE_DIR) + "/experiments/sweeps")) {
    std::ifstream in(entry.path());
    json sweep = json::parse(in, nullptr, true, true);
    EXPECT_TRUE(schema.accepts(sweep)) << entry.path();
    ++count;
    for (const char* slip :
         {R"({"axis": {}})", R"({"design": "sobol"})", R"({"design": {"sobol": {}}})", R"({"draws": 1})",
          R"({"axes": {"a": {"of": "x", "valus": [1]}}})", R"({"replications": {"most": 1}})"}) {
      json broken = sweep;
      broken.merge_patch(json::parse(slip));
      EXPECT_FALSE(schema.accepts(broken)) << entry.path() << slip;
    }
  }
  EXPECT_GE(count, 3U);
}

TEST(Schema, every_field_has_a_description_and_defaults_are_valid) {
  for (const std::string& text :
       {json_schema_topology(test::catalog()), json_schema_experiment(test::catalog()),
        json_schema_sweep(test::catalog())}) {
    const json schema = json::parse(text);
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (const auto& [name, property] : schema["properties"].items()) {
      EXPECT_TRUE(name == "$comment" || property.contains("description")) << name;
    }
    EXPECT_FALSE(schema["$defs"].empty());
  }
  const json topology = json::parse(json_schema_topology(test::catalog()));
  EXPECT_EQ(topology["properties"]["network"]["properties"]["user_timeout"]["default"], "15 min");
  EXPECT_EQ(topology["$defs"]["Component.service"]["properties"]["cores"]["default"], 4);
  EXPECT_EQ(topology["$defs"]["Component.service"]["additionalProperties"], false);
}

TEST(Reference, every_model_and_shared_type_has_its_table) {
  const std::string docs = reference_markdown(test::catalog());
  for (const char* part : {"## topology/1", "## experiment/1", "## Component `service`", "## Link `wan_link`",
                           "## Procedure `health_probe`", "## Fault `region_down`", "## Law",
                           "## Load: one of these keys", "## Expectation", "## Pool", "## sweep/1",
                           "## Axis: one of these keys", "## Call\n", "| `sites.<id>.lan.latency`",
                           "| `every` | duration | more than 0 s | `\"5 s\"` | Kubernetes periodSeconds |"}) {
    EXPECT_NE(docs.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace twinvoice::spec
