#include "sim/cli/interrupt.hpp"

#include <csignal>

namespace twinvoice::cli {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*signal*/) { stop.store(true, std::memory_order_relaxed); }

}  // namespace

const std::atomic<bool>& stop_flag() { return stop; }

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // After the first signal the default action is back: a second one ends the program.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace twinvoice::cli
