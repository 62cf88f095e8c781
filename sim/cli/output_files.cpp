#include "sim/cli/output_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "sim/base/console.hpp"
#include "sim/base/visible.hpp"
#include "sim/cli/commands.hpp"

namespace twinvoice::cli {
namespace {

namespace fs = std::filesystem;

/// Where the bytes are to go, with links followed.
struct Target {
  fs::path file;
  std::optional<mode_t> mode;  ///< of the file that is there
  std::string problem;         ///< empty: it can be written, as far as its name tells
};

std::string_view what_it_is(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Target target_of(const std::string& path) {
  Target target;
  std::error_code unknown;
  if (path.empty()) {
    target.problem = "the name is empty";
    return target;
  }
  target.file = fs::weakly_canonical(fs::absolute(path, unknown), unknown);
  if (unknown) {
    target.problem = unknown.message();
    return target;
  }
  struct stat status {};
  if (::lstat(target.file.c_str(), &status) != 0) {
    if (errno != ENOENT) target.problem = std::strerror(errno);
    return target;
  }
  if (S_ISLNK(status.st_mode)) {
    target.problem = "it is a symbolic link that leads nowhere";
  } else if (!S_ISREG(status.st_mode)) {
    target.problem = fmt::format("it is {}; a plain file is needed", what_it_is(status.st_mode));
  } else if (::access(target.file.c_str(), W_OK) != 0) {
    target.problem = std::strerror(errno);
  }
  target.mode = status.st_mode & 07777;
  return target;
}

/// A file of our own in a folder, removed unless it is moved to its place.
class PartFile {
 public:
  explicit PartFile(const fs::path& folder) {
    constexpr int kMostNames = 10'000;
    for (int n = 0; n < kMostNames && file_ < 0; ++n) {
      path_ = folder / fmt::format(".twinvoice-{}-{}.part", ::getpid(), n);
      file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      if (file_ < 0 && errno != EEXIST) fail();
    }
    if (file_ < 0) fail();
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (file_ >= 0) ::close(file_);
    if (!moved_) ::unlink(path_.c_str());
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::write(file_, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail();
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void move_to(const Target& target) {
    if (target.mode && ::fchmod(file_, *target.mode) != 0) fail();
    if (::close(std::exchange(file_, -1)) != 0) fail();
    if (std::rename(path_.c_str(), target.file.c_str()) != 0) fail();
    moved_ = true;
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error(std::strerror(errno)); }

  fs::path path_;
  int file_ = -1;
  bool moved_ = false;
};

[[noreturn]] void cannot_write(const std::string& path, const std::string& why) {
  throw std::runtime_error(fmt::format("cannot write {}: {}", visible(path), why));
}

}  // namespace

void try_file(const std::string& path, Issues& issues) {
  const Target target = target_of(path);
  std::string problem = target.problem;
  if (problem.empty()) {
    try {
      const PartFile tried(target.file.parent_path());
    } catch (const std::runtime_error& e) {
      problem = e.what();
    }
  }
  if (!problem.empty()) issues.error({path, 0, 0, ""}, "this output cannot be written: " + problem);
}

void try_folder(const std::string& folder, const std::vector<std::string>& names, Issues& issues) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (!problem && !fs::is_directory(folder, problem))
    problem = std::make_error_code(std::errc::not_a_directory);
  if (problem) {
    issues.error({folder, 0, 0, ""}, "this folder for outputs cannot be made: " + problem.message());
    return;
  }
  for (const std::string& name : names) try_file(folder + "/" + name, issues);
}

void write_file(const std::string& path, std::string_view text) {
  const Target target = target_of(path);
  if (!target.problem.empty()) cannot_write(path, target.problem);
  try {
    PartFile part(target.file.parent_path());
    part.write(text);
    part.move_to(target);
  } catch (const std::runtime_error& e) {
    cannot_write(path, e.what());
  }
}

void leave_file(const std::string& path, std::string_view text) {
  try {
    write_file(path, text);
  } catch (const std::runtime_error& e) {
    print_error(e.what());
    lose_output();
  }
}

}  // namespace twinvoice::cli
