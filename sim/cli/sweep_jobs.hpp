// Job files that run a sweep in shards on several machines: text for Slurm, GNU parallel and Kubernetes.
//
// Each shard has a store of its own, named SWEEP.i-of-n.twinvoice.sqlite, in one folder that all machines see; the last step
// joins them into SWEEP.twinvoice.sqlite. A shard that is started again goes on where it stopped. Exit code 5 (cells failed)
// does not keep the stores from being joined.
#pragma once

#include <cstddef>
#include <string>

namespace twinvoice::cli {

struct JobsOf {
  std::string sweep;  ///< its name
  std::string file;
  std::size_t shards = 1;
  std::string program = "twinvoice";
  std::string image;  ///< Kubernetes only
};

/// A script for bash: submits itself as a job array, and the join after it.
[[nodiscard]] std::string slurm_script(const JobsOf& jobs);
/// A script for bash: one shard a machine at a time, over ssh or here.
[[nodiscard]] std::string parallel_script(const JobsOf& jobs);
/// Two Jobs: the indexed one of the shards, and the join, suspended until they are complete.
[[nodiscard]] std::string kubernetes_jobs(const JobsOf& jobs);

/// A word as the shell reads it back.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace twinvoice::cli
