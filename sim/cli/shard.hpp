// Which part of a sweep one process runs: written on the command line, or known from a Slurm job array.
#pragma once

#include <cstddef>
#include <string>

namespace twinvoice::cli {

struct Shard {
  std::size_t number = 1;  ///< from 1
  std::size_t count = 1;
  std::string source;  ///< "--shard", "SLURM_ARRAY_TASK_ID", or "" when the whole sweep is meant

  [[nodiscard]] bool is_whole() const { return count == 1; }
};

/// `written` is "i/n" or empty; then the variables of a Slurm job array say it, when there are any: the place of
/// SLURM_ARRAY_TASK_ID among _MIN, _MIN + _STEP, ... _MAX. Throws InvalidInput when they do not tell.
[[nodiscard]] Shard choose_shard(const std::string& written);

}  // namespace twinvoice::cli
