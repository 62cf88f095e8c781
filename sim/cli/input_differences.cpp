#include "sim/cli/input_differences.hpp"

#include <utility>

#include "sim/base/issues.hpp"
#include "sim/report/json_values.hpp"
#include "sim/spec/difference.hpp"
#include "sim/spec/patch.hpp"

namespace twinvoice::cli {
namespace {

std::optional<spec::Document> parsed(const char* file, const std::string& text) {
  Issues issues;  // texts of inputs have been read before
  return spec::parse_document(file, text, issues);
}

/// Numbers as results write them.
std::string content(const char* file, const std::string& text) {
  const auto document = parsed(file, text);
  return document ? report::Json::parse(spec::canonical_text(*document, spec::Keep::kMeaning)).dump()
                  : std::string();
}

void add(std::vector<report::InputDifference>& list, const char* file, const std::string& a,
         const std::string& b) {
  const auto of_a = parsed(file, a);
  const auto of_b = parsed(file, b);
  if (!of_a || !of_b) return;
  for (spec::Difference& one : spec::differences(*of_a, *of_b)) {
    if (one.where != "name") list.push_back({file, std::move(one.where), std::move(one.a), std::move(one.b)});
  }
}

}  // namespace

InputTexts texts_of(const spec::Experiment& experiment) {
  return {experiment.source, experiment.topology.source};
}

InputTexts contents_of(const spec::Experiment& experiment) {
  return {content("experiment", experiment.source), content("topology", experiment.topology.source)};
}

std::vector<report::InputDifference> input_differences(const InputTexts& a, const InputTexts& b) {
  std::vector<report::InputDifference> list;
  add(list, "experiment", a.experiment, b.experiment);
  add(list, "topology", a.topology, b.topology);
  return list;
}

}  // namespace twinvoice::cli
