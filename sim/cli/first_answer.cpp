#include "sim/cli/first_answer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "sim/base/console.hpp"
#include "sim/base/visible.hpp"
#include "sim/report/build.hpp"
#include "sim/report/render.hpp"

namespace twinvoice::cli {

bool due(const FirstAnswerRule& rule, std::size_t ended, std::uint64_t all, double done, double elapsed_s) {
  if (ended < rule.least || ended >= all || elapsed_s < rule.after_s || done <= 0.0) return false;
  return elapsed_s * (1.0 - done) / done >= rule.left_s;
}

void FirstAnswer::look(std::span<const measure::RunRecord> so_far, Progress& progress) {
  const std::size_t ended = so_far.size();
  if (said_ ||
      (at_ ? ended != *at_ : !due({}, ended, scenario_.replications, progress.done(), progress.elapsed_s())))
    return;
  said_ = true;
  report::Scenario scenario = scenario_;
  scenario.replications = ended;
  const report::ResultDocument document = report::build(std::move(scenario), so_far);
  progress.finish();
  draw(visible_styled(report::render_first_answer(
      document, scenario_.replications, {may_colour(STDERR_FILENO), terminal_width(STDERR_FILENO), false})));
}

}  // namespace twinvoice::cli
