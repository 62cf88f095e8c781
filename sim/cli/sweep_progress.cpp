#include "sim/cli/sweep_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sim/base/console.hpp"
#include "sim/base/time.hpp"
#include "sim/base/visible.hpp"
#include "sim/cli/progress.hpp"
#include "sim/report/style.hpp"

namespace twinvoice::cli {
namespace {

constexpr double kFirstS = 0.3;  ///< shorter campaigns need no bar
constexpr double kLineEveryS = 5.0;

/// "120 of 280 cells, 3 failed, 12.3 runs/s, 2 min left, widest 2.3x: detection=5 s"
std::string text_of(const campaign::Status& status, double elapsed_s) {
  const double rate = static_cast<double>(status.replications) / elapsed_s;
  std::string text = fmt::format("{} of {} cells", status.finished, status.cells);
  if (status.failed > 0) text += fmt::format(", {} failed", status.failed);
  text += fmt::format(", {:.1f} runs/s", rate);
  if (status.replications > 0) {
    const double left = static_cast<double>(status.expected - std::min(status.expected, status.replications));
    text += fmt::format(", {} left", format_duration(from_seconds(std::ceil(left / rate))));
  }
  if (!status.farthest_cell.empty()) {
    text += std::isfinite(status.farthest) ? fmt::format(", widest {:.1f}x", status.farthest)
                                           : std::string(", without an interval yet");
    text += ": " + status.farthest_cell;
  }
  return text;
}

double share_of(const campaign::Status& status) {
  if (status.expected == 0) return 0.0;
  return std::min(1.0, static_cast<double>(status.replications) / static_cast<double>(status.expected));
}

}  // namespace

SweepProgress::SweepProgress(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), start_(Clock::now()), last_(start_) {}

void SweepProgress::update(const campaign::Status& status) {
  if (quiet_) return;
  const auto now = Clock::now();
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  const double since_s = std::chrono::duration<double>(now - last_).count();
  if (elapsed_s < kFirstS || since_s < (terminal_ ? 0.1 : kLineEveryS)) return;
  last_ = now;
  const std::string text = text_of(status, elapsed_s);
  if (!terminal_) {
    tell(fmt::format("twinvoice: {}\n", text));
    return;
  }
  constexpr std::size_t kBarWidth = 41;
  const std::size_t width = terminal_width(STDERR_FILENO);
  const std::size_t room = width > kBarWidth ? width - kBarWidth - 1 : 0;
  draw(fmt::format("\r\x1b[K{} {}", bar_text(share_of(status)), report::shortened(visible(text), room)));
  drawn_ = true;
}

void SweepProgress::finish() {
  if (!drawn_) return;
  draw("\r\x1b[K");
  drawn_ = false;
}

}  // namespace twinvoice::cli
