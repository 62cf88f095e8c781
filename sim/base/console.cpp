#include "sim/base/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "sim/base/visible.hpp"

namespace twinvoice {
namespace {

bool lost = false;

/// Everything, or false with errno.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      // Somebody else has made the terminal or pipe non-blocking.
      pollfd ready{descriptor, POLLOUT, 0};
      (void)::poll(&ready, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void prepare_streams() {
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::signal(SIGXFSZ, SIG_IGN);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // For reading also in the place of stdout and stderr: what is written there is lost, and is to be known as lost.
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", O_RDONLY);
  }
}

void tell(std::string_view text) { draw(visible_lines(text)); }

void draw(std::string_view text) {
  if (!write_all(STDERR_FILENO, text)) lost = true;
}

bool give(std::string_view data) {
  if (write_all(STDOUT_FILENO, data)) return true;
  const int problem = errno;
  if (!lost && problem != EPIPE)
    tell(fmt::format("twinvoice: error: cannot write to standard output: {}\n", std::strerror(problem)));
  lost = true;
  return false;
}

bool output_lost() { return lost; }

void lose_output() { lost = true; }

}  // namespace twinvoice
