// Experiments with everything they refer to: topology, traces, and the rules that join them.
#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "sim/spec/experiment.hpp"
#include "sim/spec/file_kind.hpp"
#include "sim/spec/reference_check.hpp"
#include "sim/spec/workspace.hpp"

namespace twinvoice::spec {
namespace {

void name_faults(Experiment& experiment) {
  std::vector<FaultName> names;
  for (const FaultSpec& fault : experiment.faults) names.push_back({fault.id, fault.model.name});
  const std::vector<std::string> ids = fault_ids(names);
  for (std::size_t i = 0; i < ids.size(); ++i) experiment.faults[i].id = ids[i];
}

void check_faults(const Experiment& experiment, Issues& issues) {
  std::map<std::string_view, const FaultSpec*> seen;
  const std::size_t before = issues.all().size();
  for (const FaultSpec& fault : experiment.faults) {
    if (issues.all().size() - before >= kMaxIssues) return;
    const auto [first, fresh] = seen.emplace(fault.id, &fault);
    if (!fresh) {
      const Place& place = fault.id_place.line > 0 ? fault.id_place : fault.place;
      issues.error(place, fmt::format("the fault id {} is taken by the fault at line {}", quote(fault.id),
                                      first->second->place.line));
    }
    const LawRange begin = range_of(fault.at);
    if (experiment.horizon.ns > 0 && begin.low > experiment.horizon) {
      Place place = fault.place;
      place.pointer += fault.at.place.line > 0 ? "/at" : "/within";
      issues.error(place, fmt::format("the fault begins at {}{}, after the horizon of {}",
                                      format_quantity(begin.low), begin.one_value() ? "" : " at the earliest",
                                      format_quantity(experiment.horizon)));
    }
  }
}

/// Opens what the loads name.
void load_traces(Experiment& experiment, Issues& issues) {
  const auto open = [&](const Text& named, std::string& path) -> std::optional<std::string> {
    if (named.text.empty() && named.place.line == 0) return std::nullopt;
    path = resolve_in_workspace(experiment.file, named, "trace", issues).value_or("");
    auto text = path.empty() ? std::nullopt : read_file(path, issues, kMaxTraceBytes);
    if (text) experiment.traces.push_back({named.text, *text});
    return text;
  };
  for (auto& entry : experiment.load) {
    std::string path;
    if (auto* trace = std::get_if<TraceLoad>(&entry.value.load)) {
      if (const auto text = open(trace->file, path))
        trace->record = parse_arrivals(path, *text, trace->starts, issues);
    } else if (auto* rates = std::get_if<RateTraceLoad>(&entry.value.load)) {
      if (const auto text = open(rates->file, path))
        rates->record = parse_rates(path, *text, rates->starts, issues);
    } else if (auto* counts = std::get_if<CountTraceLoad>(&entry.value.load)) {
      if (const auto text = open(counts->file, path))
        counts->record = parse_counts(path, *text, counts->starts, counts->bin, issues);
    }
  }
}

/// What needs all the files: traces, references, faults, expectations.
void join(Experiment& experiment, Issues& issues) {
  load_traces(experiment, issues);
  if (experiment.topology.place.line > 0) {
    check_experiment(experiment, experiment.topology, issues);
  } else {
    check_faults(experiment, issues);
    check_expectations(experiment, issues);
  }
}

}  // namespace

std::vector<std::string> fault_ids(const std::vector<FaultName>& faults) {
  std::vector<std::string> ids;
  std::set<std::string> taken;
  for (const FaultName& fault : faults) taken.insert(fault.id);
  std::map<std::string, int> count;
  for (const FaultName& fault : faults) {
    std::string id = fault.id;
    if (id.empty()) {
      do {
        const int n = ++count[fault.kind];
        id = n == 1 ? fault.kind : fmt::format("{}-{}", fault.kind, n);
      } while (taken.count(id) > 0);
    }
    taken.insert(id);
    ids.push_back(std::move(id));
  }
  return ids;
}

void check_experiment(const Experiment& experiment, const Topology& topology, Issues& issues) {
  NameIndex index(topology);
  for (const FaultSpec& fault : experiment.faults) index.add_fault(fault.id);
  index.seal();
  check_references(experiment.references, index, issues);
  check_faults(experiment, issues);
  check_expectations(experiment, issues);
}

Experiment read_experiment(std::string file, std::string text, const ModelCatalog& catalog, Issues& issues) {
  Experiment experiment;
  experiment.file = file;
  const auto document = parse_document(std::move(file), std::move(text), issues);
  if (!document) return experiment;
  experiment.source = document->text();
  if (!is_kind(*document, "experiment", issues)) return experiment;
  Decoder decoder(*document, catalog, issues);
  Codec<Experiment>::decode(decoder, document->root(), experiment, kAny);
  experiment.references = decoder.references();
  name_faults(experiment);
  return experiment;
}

Experiment load_experiment(const std::string& path, const ModelCatalog& catalog) {
  Issues issues;
  Experiment experiment;
  if (auto text = read_file(path, issues)) {
    experiment = read_experiment(path, std::move(*text), catalog, issues);
    std::optional<std::string> topology_path;
    if (experiment.topology_path.place.line > 0) {
      topology_path = resolve_in_workspace(path, experiment.topology_path, "topology", issues);
    }
    if (topology_path) {
      if (auto topology_text = read_file(*topology_path, issues)) {
        experiment.topology = read_topology(*topology_path, std::move(*topology_text), catalog, issues);
      }
    }
    join(experiment, issues);
  }
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return experiment;
}

Experiment assemble_experiment(std::string file, std::string text, std::string topology_file,
                               std::string topology_text, const ModelCatalog& catalog, Issues& issues) {
  Experiment experiment = read_experiment(std::move(file), std::move(text), catalog, issues);
  experiment.topology = read_topology(std::move(topology_file), std::move(topology_text), catalog, issues);
  join(experiment, issues);
  return experiment;
}

}  // namespace twinvoice::spec
