#include "sim/base/usage.hpp"

#include <sys/resource.h>

#include <ctime>

namespace twinvoice {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

Usage usage_of(__rusage_who who) {
  rusage usage{};
  getrusage(who, &usage);
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

}  // namespace

Usage usage_of_this_process() {
  Usage usage = usage_of(RUSAGE_SELF);
  timespec time{};  // finer than that of getrusage
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  usage.cpu_s = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  return usage;
}
Usage usage_of_children() { return usage_of(RUSAGE_CHILDREN); }

}  // namespace twinvoice
