// How far a run is, on stderr: a bar on a terminal, a line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/base/time.hpp"

namespace twinvoice::cli {

/// What part of one job's work lies before an instant of its run, in [0, 1].
using WorkShare = std::function<double(Nanos)>;

class Progress {
 public:
  /// `jobs` replications whose work is spread as `share` says: a night without requests takes no time. Says nothing when `quiet`.
  Progress(std::size_t jobs, WorkShare share, bool quiet);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { finish(); }

  /// Job `job` has reached `now_ns` after `events` events.
  void update(std::size_t job, Nanos now_ns, std::uint64_t events);
  /// Job `job` has come to its end.
  void ended(std::size_t job);
  /// Takes the bar away.
  void finish();

  /// Share of the whole that is done, in [0, 1], and time since the start.
  [[nodiscard]] double done() const;
  [[nodiscard]] double elapsed_s() const;

 private:
  using Clock = std::chrono::steady_clock;
  void draw_bar(double done, double elapsed_s);
  void print_line(double done, double elapsed_s) const;
  [[nodiscard]] std::uint64_t events() const;

  WorkShare share_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::vector<double> reached_;        ///< share of its work, per job
  std::vector<std::uint64_t> events_;  ///< per job
  Clock::time_point start_, last_;
};

/// A bar of which a share `done` in [0, 1] is filled.
[[nodiscard]] std::string bar_text(double done);

/// Whether a stream is a terminal that may be given colours (NO_COLOR and TERM=dumb forbid it).
[[nodiscard]] bool may_colour(int descriptor);
/// Columns of the terminal behind `descriptor`, else COLUMNS, else 100.
[[nodiscard]] std::size_t terminal_width(int descriptor);

}  // namespace twinvoice::cli
