// How far a campaign is, on stderr: a bar on a terminal, a line every few seconds elsewhere.
#pragma once

#include <chrono>

#include "sim/campaign/coordinator.hpp"

namespace twinvoice::cli {

class SweepProgress {
 public:
  explicit SweepProgress(bool quiet);
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;
  ~SweepProgress() { finish(); }

  void update(const campaign::Status& status);
  /// Takes the bar away.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_, last_;
};

}  // namespace twinvoice::cli
