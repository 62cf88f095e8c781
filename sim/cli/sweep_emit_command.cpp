// `twinvoice sweep emit`: job files that run a sweep in shards on several machines and join the stores.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/base/visible.hpp"
#include "sim/campaign/cell.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/sweep_jobs.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::cli {
namespace {

struct SweepEmitArguments {
  std::string target;
  std::string sweep;
  std::size_t shards = 1;
  std::string program = "twinvoice";
  std::string image = "twinvoice:latest";
};

/// What stands in a line of a job file must not end it.
void refuse_hidden(const std::string& what, const std::string& text, Issues& issues) {
  if (visible(text) != text)
    issues.error({what, 0, 0, ""}, fmt::format("{} has hidden or ill-formed characters; job files take none",
                                               spec::quote(text)));
}

/// Never an option of the program that is given it.
std::string as_path(const std::string& file) { return file.starts_with('-') ? "./" + file : file; }

int emit(const SweepEmitArguments& arguments) {
  Issues issues;
  refuse_hidden("sweep", arguments.sweep, issues);
  refuse_hidden("--program", arguments.program, issues);
  refuse_hidden("--image", arguments.image, issues);
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  const campaign::Cells cells(spec::load_sweep(arguments.sweep));
  JobsOf jobs;
  jobs.sweep = cells.sweep().name.text;
  jobs.file = as_path(arguments.sweep);
  jobs.shards = arguments.shards;
  jobs.program = arguments.program;
  jobs.image = arguments.image;
  if (arguments.target == "slurm") print_data(slurm_script(jobs));
  if (arguments.target == "parallel") print_data(parallel_script(jobs));
  if (arguments.target == "k8s") print_data(kubernetes_jobs(jobs));
  return 0;
}

}  // namespace

void add_sweep_emit(CLI::App& sweep, Session& session) {
  CLI::App* command = sweep.add_subcommand("emit", "Print a job file that runs the sweep in shards");
  const auto a = std::make_shared<SweepEmitArguments>();
  command
      ->add_option("target", a->target,
                   "slurm (job array), parallel (GNU parallel over ssh) or k8s (indexed Job)")
      ->required()
      ->check(one_of({"slurm", "parallel", "k8s"}));
  command->add_option("sweep", a->sweep, "sweep file (sweep/1)")->required();
  command->add_option("--shards", a->shards, "number of parts")->required()->check(CLI::Range(1, 100'000));
  command->add_option("--program", a->program, "the program on the machines that run it")
      ->capture_default_str();
  command
      ->add_option("--image", a->image,
                   "k8s: the container image that holds program and sweep; FILE is relative to its working "
                   "directory")
      ->capture_default_str();
  command->footer(
      "Each shard has a store of its own; the last step joins them into SWEEP.twinvoice.sqlite. A shard that "
      "is run\n"
      "again goes on where it stopped. On a file system of the network (NFS), open a shard's store from "
      "another\n"
      "machine only when that shard has ended.\n\n"
      "Examples:\n"
      "  twinvoice sweep emit slurm experiments/sweeps/failover-design.json --shards 16 > failover.sh\n"
      "  bash failover.sh\n"
      "  twinvoice sweep emit parallel experiments/sweeps/failover-design.json --shards 8 > parallel.sh\n"
      "  twinvoice sweep emit k8s experiments/sweeps/failover-design.json --shards 8 \\\n"
      "    --image registry.example/twinvoice:1 > failover.yaml");
  command->callback([&session, a] { session.action = [a] { return emit(*a); }; });
}

}  // namespace twinvoice::cli
