// A small catalogue and valid documents for the tests of sim/spec. The real catalogue lives in models/.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/experiment.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec::test {

struct EndpointParams {
  std::optional<LawSpec> demand;
  void describe(Fields& f) { f.optional("demand", demand, "CPU time of this endpoint"); }
};

struct ServiceParams {
  LawSpec demand;
  Cores cores;
  std::optional<ThreadsSpec> threads;
  std::optional<QueueSpec> queue;
  std::vector<CallItem> calls;
  Probability error_rate;
  Map<EndpointParams> endpoints;
  Place place;
  void describe(Fields& f) {
    f.required("demand", demand, "CPU time of one core for one request");
    f.optional("cores", cores, "servers of the station", Origin{"assumed"});
    f.optional("threads", threads, "tokens held from admission to reply");
    f.optional("queue", queue, "waiting line");
    f.optional("calls", calls, "calls in order");
    f.optional("error_rate", error_rate, "own failures");
    f.optional("endpoints", endpoints, "overrides");
  }
};

struct BalancerParams {
  ComponentRef to;
  CallPolicy policy;
  void describe(Fields& f) {
    f.required("to", to, "target");
    policy.describe(f);
  }
};

struct WanLinkParams {
  void describe(Fields&) {}
};

struct ProbeParams {
  ComponentRef targets;
  Duration every{5 * kNanosPerSecond};
  Quantity above;
  void describe(Fields& f) {
    f.required("targets", targets, "whose replicas are probed");
    f.optional("every", every, "between two probes", kPositive, Origin{"Kubernetes periodSeconds"});
    f.optional("above", above, "threshold");
  }
};

struct KillParams {
  InstancesRef target;
  void describe(Fields& f) { f.required("target", target, "who dies"); }
};

struct RegionDownParams {
  RegionRef target;
  void describe(Fields& f) { f.required("target", target, "which region"); }
};

class TestCatalog final : public ModelCatalog {
 public:
  [[nodiscard]] const ModelInfo* find(ModelKind kind, std::string_view name) const override {
    for (const ModelInfo& info : of(kind)) {
      if (info.name == name) return &info;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<std::string_view> names(ModelKind kind) const override {
    std::vector<std::string_view> out;
    for (const ModelInfo& info : of(kind)) out.push_back(info.name);
    return out;
  }

 private:
  [[nodiscard]] const std::vector<ModelInfo>& of(ModelKind kind) const { return models_.at(kind); }
  std::map<ModelKind, std::vector<ModelInfo>> models_{
      {ModelKind::kPart,
       {{"service", "a replicated service", &make_params<ServiceParams>},
        {"load_balancer", "spreads requests", &make_params<BalancerParams>}}},
      {ModelKind::kLink, {{"wan_link", "a leased line", &make_params<WanLinkParams>}}},
      {ModelKind::kProcedure, {{"health_probe", "takes out sick replicas", &make_params<ProbeParams>}}},
      {ModelKind::kFault,
       {{"instance_kill", "instances die", &make_params<KillParams>},
        {"region_down", "a region is gone", &make_params<RegionDownParams>}}}};
};

inline const TestCatalog& catalog() {
  static const TestCatalog instance;
  return instance;
}

inline constexpr const char* kTopology = R"({
  // two sites, one service behind a balancer
  "$schema": "../schema/topology-1.json",
  "twinvoice": "topology/1",
  "name": "small",
  "note": "for tests",
  "sites": {
    "sha": {"region": "east", "provider": "private", "zones": ["z1", "z2"]},
    "bj": {"region": "north", "lan": {"latency": "0.2 ms", "bandwidth": "10 Gbps"}}
  },
  "links": {
    "sha-bj": {"between": ["sha", "bj"], "latency": "14 ms", "bandwidth": "2 Gbps", "loss": "0.1 %",
               "life": {"fails": {"exponential": "90 d"}, "repairs": "4 h", "crew": "net"}}
  },
  "components": {
    "edge": {"model": "load_balancer", "replicas": {"sha": 2}, "to": "invoice", "timeout": "3 s",
             "balance": "round_robin", "on_failure": "ignore", "life": {"fails": {"exponential": "90 d"}, "repairs": "4 h"}},
    "invoice": {
      "model": "service", "replicas": {"sha/z1": 4, "sha/z2": 4, "bj": 2}, "weights": {"sha": 0.8, "bj": 0.2},
      "needs": {"at_least": 3}, "cores": 8, "threads": 64,
      "demand": {"lognormal": {"mean": "12 ms", "cv": 0.8}},
      "calls": [
        {"to": "tax", "timeout": "2 s", "retries": {"attempts": 2, "backoff": {"exponential": "50 ms"}, "on": ["timeout", "reset"]},
         "pool": {"max": 20, "wait": "500 ms", "idle_timeout": "10 min", "establish": {"round_trips": 2}}},
        {"parallel": [{"to": "tax"}, {"to": "tax", "probability": "50 %"}], "join": "any", "cancellation": "propagate"}
      ],
      "endpoints": {"read": {"demand": "3 ms"}}
    },
    "tax": {"model": "service", "replicas": {"bj": 1}, "demand": "5 ms", "cores": "unlimited",
            "queue": {"max": 100, "on_full": "drop_oldest", "discipline": "processor_sharing"}, "life": {"fails": {"exponential": "90 d"}, "repairs": "4 h"}}
  },
  "operations": {
    "issue": {"entry": "edge", "from": "sha", "client": {"timeout": "10 s"},
              "objective": {"availability": "99.99 %", "p99": "800 ms"}}
  },
  "procedures": {"probe": {"model": "health_probe", "at": "sha", "targets": "invoice", "above": "500 ms"}},
  "shares": {"power": {"members": ["edge", "tax"], "kind": "power", "beta": "10 %"}},
  "crews": {"net": {"size": 2}},
  "network": {"tcp_gamma": "4 MiB"} /* the end */
}
)";

inline constexpr const char* kExperiment = R"({
  "twinvoice": "experiment/1",
  "topology": "../topologies/small.json",
  "load": {"issue": {"poisson": "580 tps"}},
  "horizon": "2 h", "warm_up": "5 min", "replications": 10, "seed": 7,
  "initial": {"invoice": {"pool_held": 3, "log_positions": {"sha": 100}}},
  "faults": [
    {"fault": "region_down", "target": "east", "at": "30 min", "duration": "20 min"},
    {"fault": "instance_kill", "target": "invoice@bj", "at": "1 h", "id": "kill"}
  ],
  "expect": [{"rto": "<= 25 min", "fault": "region_down"}, {"availability": ">= 99.9 %", "of": "time"},
             {"p99": "<= 800 ms", "operation": "issue"}, {"rpo_invoices": "<= 0"},
             {"utilisation": "<= 80 %", "component": "invoice"}],
  "limits": {"events": 1000000, "memory": "2 GB"}
}
)";

/// The text with the first occurrence of `from` replaced.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("test text lacks " + std::string(from));
  return text.replace(at, from.size(), to);
}

/// Every issue as one line each, sorted.
inline std::string lines(Issues issues) {
  issues.sort();
  std::string out;
  for (const Issue& issue : issues.all()) out += format_issue(issue) + "\n";
  return out;
}

/// What is wrong with a topology text; "" when nothing is.
inline std::string topology_issues(const std::string& text) {
  Issues issues;
  (void)read_topology("t.json", text, catalog(), issues);
  return lines(issues);
}

inline std::string experiment_issues(const std::string& text) {
  Issues issues;
  (void)read_experiment("e.json", text, catalog(), issues);
  return lines(issues);
}

/// A workspace of its own on disk, gone at the end.
class Workspace {
 public:
  explicit Workspace(const std::string& name)
      : root_(std::filesystem::temp_directory_path() /
              ("twinvoice-spec-" + name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ / "topologies");
    std::filesystem::create_directories(root_ / "experiments");
  }
  ~Workspace() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = root_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

/// Loads the experiment and tells what is wrong with it and all it names, with the workspace's own path cut off.
inline std::string load_issues(const Workspace& workspace, const std::string& path) {
  try {
    (void)load_experiment(path, catalog());
    return {};
  } catch (const InvalidInput& error) {
    std::string out = lines(error.issues());
    const std::string root = workspace.root().string() + "/";
    for (std::size_t at = out.find(root); at != std::string::npos; at = out.find(root))
      out.erase(at, root.size());
    return out;
  }
}

}  // namespace twinvoice::spec::test
