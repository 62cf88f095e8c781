// Files of unknown origin: opened without blocking, looked at before they are read, bounded in size.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

class Handle {
 public:
  explicit Handle(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::string_view what_it_is(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, Issues& issues, std::size_t max_bytes) {
  const auto refuse = [&](const std::string& message) {
    issues.error({path, 0, 0, ""}, message);
    return std::nullopt;
  };
  if (path.find('\0') != std::string::npos) return refuse("the path contains a NUL character");
  const Handle file(path);
  if (file.fd() < 0) return refuse(fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0)
    return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) {
    return refuse(fmt::format("is {}; a regular file is needed", what_it_is(status.st_mode)));
  }
  std::string text;
  std::string chunk(1 << 16, '\0');
  while (true) {
    const ssize_t got = ::read(file.fd(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) return text;
    text.append(chunk, 0, static_cast<std::size_t>(got));
    if (text.size() > max_bytes) return refuse(fmt::format("is larger than {} MB", max_bytes >> 20));
  }
}

}  // namespace twinvoice::spec
