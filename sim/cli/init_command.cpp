#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "sim/base/console.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/output_files.hpp"

namespace twinvoice::cli {
namespace {

constexpr std::string_view kTopology = R"({
  // A small invoice service: two zones in one region, a database in the first zone.
  "twinvoice": "topology/1",
  "name": "two-zones",
  "description": "An entry load balancer, an invoice service in two zones, and one database.",
  "sites": {
    "shanghai": { "region": "shanghai", "zones": ["a", "b"], "lan": { "latency": "200 us", "bandwidth": "10 Gbps" } }
  },
  "components": {
    "edge": {
      "model": "load_balancer", "replicas": { "shanghai/a": 1, "shanghai/b": 1 }, "to": "invoice",
      "timeout": "2 s", "balance": "round_robin",
      "ejection": { "consecutive_errors": 5, "base_ejection_time": "10 s" }
    },
    "invoice": {
      "model": "service", "replicas": { "shanghai/a": 2, "shanghai/b": 2 }, "cores": 2, "threads": 64,
      "demand": { "lognormal": { "mean": "12 ms", "cv": 0.8 } },
      "calls": [ { "to": "ledger", "timeout": "1 s", "balance": "primary",
                   "retries": { "attempts": 1, "backoff": "50 ms" } } ]
    },
    "ledger": {
      "model": "database", "replicas": { "shanghai/a": 1 }, "primary": "shanghai", "cores": 4,
      "pool": { "max": 200, "wait": "500 ms" },
      "demand": { "exponential": "4 ms" }
    }
  },
  "operations": {
    "issue-invoice": { "entry": "edge", "from": "shanghai/a", "client": { "timeout": "3 s" },
                       "objective": { "availability": "99 %", "p99": "800 ms" } }
  }
}
)";

constexpr std::string_view kExperiment = R"({
  // Zone b goes down for forty seconds while invoices keep coming. Ask what the clients notice.
  "twinvoice": "experiment/1",
  "name": "zone-down",
  "topology": "../topologies/two-zones.json",
  "load": { "issue-invoice": { "poisson": "120 tps" } },
  "horizon": "4 min",
  "warm_up": "20 s",
  "replications": 4,
  "faults": [
    { "fault": "zone_down", "id": "zone-b-down", "target": "shanghai/b", "at": "80 s", "duration": "40 s" }
  ],
  "expect": [
    { "rto": "<= 2 min", "share": "90 %" },
    { "p99": "<= 3 s", "operation": "issue-invoice" },
    { "utilisation": "<= 90 %", "component": "invoice" }
  ]
}
)";

int init(const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path root(folder);
  const fs::path topology = root / "topologies" / "two-zones.json";
  const fs::path experiment = root / "experiments" / "zone-down.json";
  for (const fs::path& path : {topology, experiment}) {
    if (fs::exists(fs::symlink_status(path)))
      throw CLI::FileError(fmt::format("{} exists; nothing was written", path.string()));
  }
  std::error_code problem;
  for (const fs::path& path : {topology, experiment}) {
    fs::create_directories(path.parent_path(), problem);
    if (problem)
      throw CLI::FileError(
          fmt::format("cannot make the folder {}: {}", path.parent_path().string(), problem.message()));
  }
  Issues issues;
  for (const fs::path& path : {topology, experiment}) try_file(path.string(), issues);
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  write_file(topology.string(), kTopology);
  write_file(experiment.string(), kExperiment);
  print_text(fmt::format("{}\n{}\n", topology.string(), experiment.string()));
  tell(fmt::format("Try:  twinvoice run {}\n", experiment.string()));
  return kOk;
}

}  // namespace

void add_init(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("init", "Write a small topology and an experiment to start from");
  const auto folder = std::make_shared<std::string>();
  command->add_option("folder", *folder, "where to; made when missing, files are never overwritten")
      ->required();
  command->footer("Example:\n  twinvoice init demo && twinvoice run demo/experiments/zone-down.json");
  command->callback([&session, folder] { session.action = [folder] { return init(*folder); }; });
}

}  // namespace twinvoice::cli
