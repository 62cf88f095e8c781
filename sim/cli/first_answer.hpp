// A first answer while a long run goes on: what the replications that have ended say so far, on stderr.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/cli/progress.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/report/scenario.hpp"

namespace twinvoice::cli {

/// When it is time: a whole answer that takes less than 3 s is its own first one.
struct FirstAnswerRule {
  std::size_t least = 2;  ///< replications that have ended
  double after_s = 2.0;
  double left_s = 1.0;  ///< until the whole answer, as far as can be told
};

/// Whether `ended` of `all` replications are to be told about, when a share `done` of the whole took `elapsed_s`.
[[nodiscard]] bool due(const FirstAnswerRule& rule, std::size_t ended, std::uint64_t all, double done,
                       double elapsed_s);

/// Says it once: when it is due, or when `at` replications have ended, whatever the clock says (tests).
class FirstAnswer {
 public:
  FirstAnswer(const report::Scenario& scenario, bool quiet, std::optional<std::size_t> at)
      : scenario_(scenario), said_(quiet), at_(at) {}

  /// `so_far` are the first replications, those that gave a record, without a gap. The bar of `progress` makes room.
  void look(std::span<const measure::RunRecord> so_far, Progress& progress);

 private:
  const report::Scenario& scenario_;
  bool said_;
  std::optional<std::size_t> at_;
};

}  // namespace twinvoice::cli
