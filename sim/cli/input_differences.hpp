// Where the inputs of two runs say other things, in words for people.
#pragma once

#include <string>
#include <vector>

#include "sim/report/input_difference.hpp"
#include "sim/spec/experiment.hpp"

namespace twinvoice::cli {

/// JSON texts of the inputs of a run, remarks or not.
struct InputTexts {
  std::string experiment, topology;
};
[[nodiscard]] InputTexts texts_of(const spec::Experiment& experiment);

/// What a result keeps of them: canonical, without remarks.
[[nodiscard]] InputTexts contents_of(const spec::Experiment& experiment);

/// All but the name of the experiment. A text that is no JSON differs in nothing.
[[nodiscard]] std::vector<report::InputDifference> input_differences(const InputTexts& a,
                                                                     const InputTexts& b);

}  // namespace twinvoice::cli
