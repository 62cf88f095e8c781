// The way of an input from its text to a Plan and a short run, watched for everything that hostile input must not cause.
#pragma once

#include <string>
#include <vector>

#include "sim/base/issues.hpp"

namespace twinvoice::testing {

/// A topology and an experiment on it, as texts.
struct Inputs {
  std::string name;
  std::string topology;
  std::string experiment;
};

/// Every experiment below `folder` of the source tree, with the topology that it names.
[[nodiscard]] std::vector<Inputs> inputs_below(const std::string& folder);
/// Every shipped experiment.
[[nodiscard]] const std::vector<Inputs>& shipped_inputs();

struct Outcome {
  bool accepted = false;
  std::vector<std::string> faults;  ///< what must not be; empty is good

  [[nodiscard]] std::string text() const;
};

/// What is wrong with complaints themselves: a refusal without a place, a pointer or words, or one that would play with a
/// terminal.
[[nodiscard]] std::vector<std::string> faults_of(const Issues& issues);

/// Decodes, checks and compiles the texts; what is accepted must be a sound Plan (plan_problems), have finite traffic, run in the kernel
/// with an empty audit and give a result document without "nan" or "inf". The run ends after `events` events.
[[nodiscard]] Outcome judge(const Inputs& inputs, std::uint64_t events = 10'000);

/// The same for files: load_experiment on a folder's experiment, no run. `secret` must not have been read.
[[nodiscard]] Outcome judge_file(const std::string& experiment_path, const std::string& secret);

/// A sweep as text, and the file whose place it takes: paths in it are relative to that.
struct SweepInput {
  std::string file;
  std::string text;
};
/// Every shipped sweep.
[[nodiscard]] const std::vector<SweepInput>& shipped_sweeps();

/// Decodes a sweep, makes its design and checks every level of every axis in one cell (compiled, not run).
[[nodiscard]] Outcome judge_sweep(const SweepInput& input);

}  // namespace twinvoice::testing
