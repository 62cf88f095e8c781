#include <sys/resource.h>

#include "sim/base/console.hpp"
#include "sim/cli/commands.hpp"

namespace {

/// A worker takes a descriptor of its coordinator, and many systems give 1024 to who does not ask for more.
void take_all_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  twinvoice::prepare_streams();
  take_all_descriptors();
  return twinvoice::cli::run_command_line(argc, argv);
}
