#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>
#include <utility>

#include "sim/base/console.hpp"

namespace twinvoice::cli {
namespace {

constexpr double kFirstBarS = 0.3;  ///< shorter runs need no bar
constexpr double kLineEveryS = 5.0;

std::string rate_text(double per_s) {
  if (per_s >= 1e6) return fmt::format("{:.1f} M events/s", per_s / 1e6);
  return fmt::format("{:.0f} k events/s", per_s / 1e3);
}

}  // namespace

Progress::Progress(std::size_t jobs, WorkShare share, bool quiet)
    : share_(std::move(share)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      reached_(jobs, 0.0),
      events_(jobs, 0),
      start_(Clock::now()),
      last_(start_) {}

std::uint64_t Progress::events() const {
  return std::accumulate(events_.begin(), events_.end(), std::uint64_t{0});
}

void Progress::update(std::size_t job, Nanos now_ns, std::uint64_t events) {
  if (quiet_ || job >= reached_.size()) return;
  reached_[job] = std::max(reached_[job], share_(now_ns));
  events_[job] = std::max(events_[job], events);
  const auto now = Clock::now();
  const double elapsed = elapsed_s();
  const double since_s = std::chrono::duration<double>(now - last_).count();
  if (elapsed < kFirstBarS || since_s < (terminal_ ? 0.1 : kLineEveryS)) return;
  last_ = now;
  if (terminal_)
    draw_bar(done(), elapsed);
  else
    print_line(done(), elapsed);
}

void Progress::ended(std::size_t job) {
  if (job < reached_.size()) reached_[job] = 1.0;
}

double Progress::done() const {
  return std::accumulate(reached_.begin(), reached_.end(), 0.0) / static_cast<double>(reached_.size());
}

double Progress::elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::draw_bar(double done, double elapsed_s) {
  const double left_s = done > 0.0 ? elapsed_s * (1.0 - done) / done : 0.0;
  draw(fmt::format(
      "\r\x1b[K{} {:3.0f} %  {}  {}", bar_text(done), done * 100.0,
      rate_text(static_cast<double>(events()) / elapsed_s),
      done > 0.0 ? fmt::format("{} left", format_duration(from_seconds(left_s))) : std::string()));
  drawn_ = true;
}

void Progress::print_line(double done, double elapsed_s) const {
  const double left_s = done > 0.0 ? elapsed_s * (1.0 - done) / done : 0.0;
  tell(fmt::format("twinvoice: {:.0f} % done, {}, about {} left\n", done * 100.0,
                   rate_text(static_cast<double>(events()) / elapsed_s),
                   format_duration(from_seconds(left_s))));
}

void Progress::finish() {
  if (!drawn_) return;
  draw("\r\x1b[K");
  drawn_ = false;
}

std::string bar_text(double done) {
  constexpr std::size_t kCells = 40;
  const auto full = static_cast<std::size_t>(done * kCells);
  std::string bar;
  for (std::size_t i = 0; i < kCells; ++i) bar += i < full ? "━" : i == full ? "╸" : "·";
  return bar;
}

bool may_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return false;
  return isatty(descriptor) == 1;
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* stated = std::getenv("COLUMNS");
  const long parsed = stated != nullptr ? std::strtol(stated, nullptr, 10) : 0;
  return parsed > 0 ? static_cast<std::size_t>(parsed) : 100;
}

}  // namespace twinvoice::cli
