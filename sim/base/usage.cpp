#include "sim/base/usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

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

std::uint64_t resident_bytes(pid_t process) {
  const std::string name = "/proc/" + std::to_string(process) + "/statm";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "re"), &std::fclose);
  unsigned long size = 0;
  unsigned long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%lu %lu", &size, &resident) != 2) return 0;
  return static_cast<std::uint64_t>(resident) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace twinvoice
