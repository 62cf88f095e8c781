#include "tests/bench/machine.hpp"

#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "sim/base/version.hpp"

namespace twinvoice::bench {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

std::string compiler() {
#if defined(__clang__)
  return "clang++ " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

Machine this_machine() {
  return {processor(), std::thread::hardware_concurrency(), compiler(), TWINVOICE_BENCH_FLAGS,
          fmt::format("{} ({})", version(), commit())};
}

}  // namespace twinvoice::bench
