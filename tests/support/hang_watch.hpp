// Ends the process with a message when one piece of work takes more CPU time than it may: a hang becomes a failure with a name.
#pragma once

#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>

namespace twinvoice::testing {

#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
inline constexpr int kHangSeconds = 10;  // what takes a user's build 1 s
#else
inline constexpr int kHangSeconds = 1;
#endif

/// Watches from its construction to its end. It counts the CPU time of this process, so that a busy machine changes nothing. One at a time.
class HangWatch {
 public:
  explicit HangWatch(const std::string& what) {
    std::strncpy(message_,
                 ("no end after " + std::to_string(kHangSeconds) + " s of CPU time: " + what + "\n").c_str(),
                 sizeof(message_) - 1);
    std::signal(SIGVTALRM, &HangWatch::give_up);
    arm(kHangSeconds);
  }
  ~HangWatch() { arm(0); }
  HangWatch(const HangWatch&) = delete;
  HangWatch& operator=(const HangWatch&) = delete;

 private:
  static void arm(int seconds) {
    itimerval timer{};
    timer.it_value.tv_sec = seconds;
    setitimer(ITIMER_VIRTUAL, &timer, nullptr);
  }
  [[noreturn]] static void give_up(int) {
    if (write(STDERR_FILENO, message_, std::strlen(message_)) < 0) _exit(2);
    _exit(1);
  }

  static inline char message_[4096];
};

}  // namespace twinvoice::testing
