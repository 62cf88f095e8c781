#include "sim/cli/sweep_jobs.hpp"

#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace twinvoice::cli {
namespace {

constexpr std::string_view kSlurm = R"(#!/bin/bash
# The sweep @NAME@ in @N@ shards on a Slurm cluster.
#   bash FILE        submits the shards as a job array, and after them the join
# Submit from a folder that all nodes see: it takes the stores and the logs. More processors for each shard:
# --cpus-per-task below. A task whose node is lost is queued again and goes on where it stopped.
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

case "${1:-submit}" in
  submit)
    shards=$(sbatch --parsable --job-name=@JOB@ --array=1-@N@ --output=@JOB@.%a.log "$0" shard)
    sbatch --job-name=@JOB@-merge --dependency="afterany:${shards%%;*}" --output=@JOB@.merge.log "$0" merge
    ;;
  shard)
    @PROGRAM@ sweep run @FILE@ --quiet --workers "${SLURM_CPUS_PER_TASK:-1}" \
      --shard "$SLURM_ARRAY_TASK_ID/@N@" --store @STORE@."$SLURM_ARRAY_TASK_ID"-of-@N@.twinvoice.sqlite
    ;;
  merge)
    @PROGRAM@ sweep merge @STORE@.twinvoice.sqlite @STORE@.{1..@N@}-of-@N@.twinvoice.sqlite
    ;;
esac
)";

constexpr std::string_view kParallel = R"(#!/bin/bash
# The sweep @NAME@ in @N@ shards with GNU parallel.
#   bash FILE              on this machine, one shard after the other, each on all its cores
#   bash FILE HOSTS        over ssh; HOSTS has one machine a line, ":" is this one (parallel --sshloginfile)
# This folder must be the same on all machines: it takes the stores. A shard whose machine is lost is started again, up to
# three times in all, and goes on where it stopped; so does the whole script. (--results would skip shards in flight.)
set -euo pipefail

login=()
if [ $# -gt 0 ]; then
  login=(--sshloginfile "$1")
fi
# Whole command lines, one a shard: in what it reads GNU parallel replaces nothing, whatever the names hold. Its options it
# takes for templates, --workdir too: that is "." (this folder, on the other machines as well) and never a path.
commands() {
  local shard
  for shard in {1..@N@}; do
    printf '%s sweep run %s --quiet --shard %s/@N@ --store %s.%s-of-@N@.twinvoice.sqlite\0' \
      @QUOTED_PROGRAM@ @QUOTED_FILE@ "$shard" @QUOTED_STORE@ "$shard"
  done
}
status=0
commands | parallel --null --jobs 1 --retries 3 --line-buffer --tagstring '{#}' --workdir . "${login[@]}" || status=5
@PROGRAM@ sweep merge @STORE@.twinvoice.sqlite @STORE@.{1..@N@}-of-@N@.twinvoice.sqlite
exit "$status"
)";

constexpr std::string_view kKubernetes = R"(# The sweep @NAME@ in @N@ shards on Kubernetes.
#   kubectl apply -f FILE
#   kubectl wait --for=condition=complete --timeout=-1s job/@JOB@
#   kubectl patch job/@JOB@-merge --type=strategic -p '{"spec":{"suspend":false}}'
# The claim "twinvoice" is a volume that all pods can write; it takes the stores. The sweep's path and the program are those
# of the image, seen from its own working directory. A pod that is lost is replaced and its shard goes on where it
# stopped; cells that fail (exit code 5) do not start it again.
# A shard that fails for good (wrong input, no memory) ends its Job as failed: then it never becomes complete, and the
# wait above never ends. To see it, and why:
#   kubectl get job/@JOB@
#   kubectl wait --for=condition=failed --timeout=-1s job/@JOB@
#   kubectl logs --selector=job-name=@JOB@ --prefix     (while its pods are there)
# Delete the Job and apply this file again when the cause is gone: every shard goes on where it stopped.
# A shard has one processor and one worker. For more, raise requests, limits and --workers together: the program counts
# the processors of the node and not those of its limit.
apiVersion: batch/v1
kind: Job
metadata:
  name: @JOB@
spec:
  completionMode: Indexed
  completions: @N@
  parallelism: @N@
  backoffLimit: @BACKOFF@
  template:
    spec:
      restartPolicy: OnFailure
      volumes: [{name: results, persistentVolumeClaim: {claimName: twinvoice}}]
      containers:
        - name: shard
          image: @IMAGE@
          resources: {requests: {cpu: "1"}, limits: {cpu: "1"}}
          volumeMounts: [{name: results, mountPath: /results}]
          command: ["/bin/sh", "-c"]
          args:
            - |
              shard=$((JOB_COMPLETION_INDEX + 1))
              @PROGRAM@ sweep run @FILE@ --quiet --workers 1 --shard "$shard/@N@" \
                --store /results/@STORE@."$shard"-of-@N@.twinvoice.sqlite || [ $? -eq 5 ]
---
apiVersion: batch/v1
kind: Job
metadata:
  name: @JOB@-merge
spec:
  suspend: true
  template:
    spec:
      restartPolicy: OnFailure
      volumes: [{name: results, persistentVolumeClaim: {claimName: twinvoice}}]
      containers:
        - name: merge
          image: @IMAGE@
          workingDir: /results
          volumeMounts: [{name: results, mountPath: /results}]
          command: ["/bin/sh", "-c"]
          args:
            - |
              @PROGRAM@ sweep merge @STORE@.twinvoice.sqlite @STORE@.*-of-@N@.twinvoice.sqlite
)";

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
}

/// A name that Slurm and Kubernetes take: small letters, digits and dashes, a letter first, at most 50 characters.
std::string job_name(const std::string& sweep) {
  std::string name = "twinvoice-";
  for (const char c : sweep) {
    const auto letter = static_cast<unsigned char>(c);
    name += std::isalnum(letter) != 0 ? static_cast<char>(std::tolower(letter)) : '-';
  }
  name.resize(std::min<std::size_t>(name.size(), 50));
  while (name.back() == '-') name.pop_back();
  return name;
}

/// A double-quoted scalar of YAML, whatever the text holds.
std::string yaml_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string filled(std::string_view form, const JobsOf& jobs) {
  const std::string n = std::to_string(jobs.shards);
  const std::vector<std::pair<std::string_view, std::string>> values{
      {"@NAME@", jobs.sweep},
      {"@JOB@", job_name(jobs.sweep)},
      {"@N@", n},
      {"@BACKOFF@", std::to_string(4 * jobs.shards)},
      {"@PROGRAM@", shell_word(jobs.program)},
      {"@FILE@", shell_word(jobs.file)},
      {"@STORE@", shell_word(jobs.sweep)},
      // GNU parallel hands its words to a shell of its own.
      {"@QUOTED_PROGRAM@", shell_word(shell_word(jobs.program))},
      {"@QUOTED_FILE@", shell_word(shell_word(jobs.file))},
      {"@QUOTED_STORE@", shell_word(shell_word(jobs.sweep))},
      {"@IMAGE@", yaml_text(jobs.image)},
  };
  std::string text;
  while (!form.empty()) {
    const std::pair<std::string_view, std::string>* found = nullptr;
    for (const auto& value : values) {
      if (form.starts_with(value.first)) found = &value;
    }
    text += found != nullptr ? found->second : std::string(1, form.front());
    form.remove_prefix(found != nullptr ? found->first.size() : 1);
  }
  return text;
}

}  // namespace

std::string shell_word(const std::string& text) {
  bool plain = !text.empty();
  for (const char c : text) plain = plain && is_plain(c);
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string slurm_script(const JobsOf& jobs) { return filled(kSlurm, jobs); }
std::string parallel_script(const JobsOf& jobs) { return filled(kParallel, jobs); }
std::string kubernetes_jobs(const JobsOf& jobs) { return filled(kKubernetes, jobs); }

}  // namespace twinvoice::cli
