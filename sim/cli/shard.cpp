#include "sim/cli/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/base/issues.hpp"

namespace twinvoice::cli {
namespace {

constexpr std::int64_t kMostShards = 100'000;

/// A number of at most nine digits; kNone when it is none.
constexpr std::int64_t kNone = -1;
std::int64_t whole_number(std::string_view text) {
  if (text.empty() || text.size() > 9) return kNone;
  std::int64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return kNone;
    n = n * 10 + (c - '0');
  }
  return n;
}

std::int64_t variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? kNone : whole_number(text);
}

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  Issues issues;
  issues.error({what, 0, 0, ""}, why);
  throw InvalidInput(std::move(issues));
}

Shard written_shard(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::int64_t number = whole_number(std::string_view(text).substr(0, slash));
  const std::int64_t count =
      slash < text.size() ? whole_number(std::string_view(text).substr(slash + 1)) : kNone;
  if (number < 1 || count < number || count > kMostShards) {
    refuse("--shard", fmt::format("\"{}\" is no shard: write i/n with 1 <= i <= n <= {}, for example 3/8",
                                  text, kMostShards));
  }
  return {static_cast<std::size_t>(number), static_cast<std::size_t>(count), "--shard"};
}

}  // namespace

Shard choose_shard(const std::string& written) {
  if (!written.empty()) return written_shard(written);
  const char* const name = "SLURM_ARRAY_TASK_ID";
  if (std::getenv(name) == nullptr) return {};
  const std::int64_t id = variable(name);
  const std::int64_t least = variable("SLURM_ARRAY_TASK_MIN");
  const std::int64_t most = variable("SLURM_ARRAY_TASK_MAX");
  const std::int64_t step = std::max<std::int64_t>(variable("SLURM_ARRAY_TASK_STEP"), 1);
  const std::int64_t count = variable("SLURM_ARRAY_TASK_COUNT");
  const std::int64_t places = (most - least) / step + 1;
  const bool inside = least >= 0 && id >= least && id <= most && (id - least) % step == 0;
  if (!inside || places > kMostShards || (count != kNone && count != places))
    refuse(name, "this job array is no plain range of tasks: say which shard is meant with --shard i/n");
  return {static_cast<std::size_t>((id - least) / step + 1), static_cast<std::size_t>(places), name};
}

}  // namespace twinvoice::cli
