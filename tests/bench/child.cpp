#include "tests/bench/child.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace twinvoice::bench {
namespace {

[[noreturn]] void do_work(const std::function<std::vector<double>()>& work, int out) {
  int code = 1;
  try {
    const std::vector<double> values = work();
    const std::size_t bytes = values.size() * sizeof(double);
    if (write(out, values.data(), bytes) == static_cast<ssize_t>(bytes)) code = 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench: {}\n", error.what());
  }
  _exit(code);
}

}  // namespace

ChildResult in_child(const std::function<std::vector<double>()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("no fork");
  if (pid == 0) {
    close(ends[0]);
    do_work(work, ends[1]);
  }
  close(ends[1]);
  ChildResult result;
  double value = 0.0;
  while (read(ends[0], &value, sizeof value) == static_cast<ssize_t>(sizeof value))
    result.values.push_back(value);
  close(ends[0]);
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a child process failed");
  result.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return result;
}

}  // namespace twinvoice::bench
