#include "sim/campaign/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/sha256.hpp"
#include "sim/campaign/changes.hpp"
#include "sim/spec/patch.hpp"
#include "sim/spec/trace.hpp"
#include "sim/spec/workspace.hpp"

namespace twinvoice::campaign {
namespace {

constexpr std::string_view kTopology = "/topology";
constexpr const char* kTopologyFile = "\"topology.json\"";  ///< what every experiment text of a cell names
constexpr std::int64_t kMostReplications = 100'000;
constexpr std::array<std::string_view, 3> kTraceKeys{"trace", "rate_trace", "count_trace"};

Place node_place(const spec::Document& document, const spec::Node& node, std::string pointer) {
  return {document.file(), static_cast<int>(node.line), static_cast<int>(node.column), std::move(pointer)};
}

/// The place of the value at `tokens`, or of the nearest one around it.
Place nearest_place(const spec::Document& document, std::vector<std::string> tokens,
                    const std::string& pointer) {
  while (spec::find_node(document, tokens) == nullptr) tokens.pop_back();
  return node_place(document, *spec::find_node(document, tokens), pointer);
}

template <class T>
T whole_number(const spec::Document& document, std::string_view key, T otherwise) {
  const spec::Node* node = document.member(document.root(), key);
  T value = otherwise;
  if (node != nullptr && node->kind == spec::NodeKind::kNumber)
    std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
  return value;
}

std::optional<spec::Document> read_object(const std::string& path, Issues& issues) {
  auto text = spec::read_file(path, issues);
  if (!text) return std::nullopt;
  auto document = spec::parse_document(path, std::move(*text), issues);
  if (document && document->root().kind != spec::NodeKind::kObject) {
    issues.error({path, 1, 1, ""}, "need an object");
    return std::nullopt;
  }
  return document;
}

/// The document without remarks and what else no result depends on.
std::optional<spec::Document> meaning_of(const spec::Document& document, Issues& issues) {
  return spec::parse_document(document.file(), spec::canonical_text(document, spec::Keep::kMeaning), issues);
}

[[noreturn]] void refuse(Issues issues) {
  issues.sort();
  throw InvalidInput(std::move(issues));
}

bool changes_seed(const std::vector<ChangedSpot>& spots) {
  return std::any_of(spots.begin(), spots.end(), [](const ChangedSpot& changed) {
    return changed.spot == Spot{false, {"seed"}};
  });
}

}  // namespace

std::string in_the_cell(const std::string& label) {
  return fmt::format("in the cell {}: ", spec::printable(label));
}

std::string with_seed(const std::string& experiment_text, std::uint64_t seed) {
  Issues issues;
  const auto document = spec::parse_document("experiment", experiment_text, issues);
  if (!document) refuse(std::move(issues));
  return spec::patched_text(*document, {{{"seed"}, fmt::format("{}", seed)}});
}

Inputs::Inputs(const spec::Sweep& sweep, const std::vector<Axis>& axes, Issues& issues) : sweep_(&sweep) {
  open_experiment(issues);
  if (!experiment_) return;
  for (const auto& change : sweep.set) {
    if (change.id == kTopology) topology_path_ = {change.value.text, change.value.place};
  }
  prepare(topology_path_, issues);
  for (const Axis& axis : axes) {
    for (const AxisLevel& level : axis.levels) prepare_level(level, issues);
    if (axis.is_continuous()) prepare_level(axis.at(0.0), issues);
  }
}

void Inputs::prepare_level(const AxisLevel& level, Issues& issues) {
  for (const LevelChange& change : level.changes) {
    if (change.target.text != kTopology) continue;
    const bool quantity = !std::isnan(level.level.number);
    if (change.value.kind == spec::NodeKind::kString && !quantity) {
      prepare({change.value.text, change.value.place}, issues);
    } else {
      issues.error(change.value.place, "need the file of a topology, relative to the experiment's folder");
    }
  }
}

void Inputs::open_experiment(Issues& issues) {
  if (sweep_->experiment_path.place.line == 0) return;
  const auto path = spec::resolve_in_workspace(sweep_->file, sweep_->experiment_path, "experiment", issues);
  const auto written = path ? read_object(*path, issues) : std::nullopt;
  if (!written) return;
  written_ = *written;
  experiment_file_ = *path;
  const spec::Node* format = written->member(written->root(), "twinvoice");
  if (format == nullptr || format->text != "experiment/1") {
    issues.error({*path, 1, 1, "/twinvoice"},
                 "the base of a sweep is an experiment: \"twinvoice\": \"experiment/1\"");
    return;
  }
  if (const spec::Node* topology = written->member(written->root(), "topology"); topology != nullptr)
    topology_path_ = {std::string(topology->text), node_place(*written, *topology, "/topology")};
  read_replications(*written, issues);
  const auto meaning = meaning_of(*written, issues);
  if (!meaning) return;
  std::vector<spec::Change> changes{{{"topology"}, kTopologyFile}};
  if (sweep_->seed || meaning->member(meaning->root(), "seed") == nullptr)
    changes.push_back({{"seed"}, fmt::format("{}", sweep_->seed.value_or(1))});
  for (const char* key : {"name", "replications"}) {
    if (meaning->member(meaning->root(), key) != nullptr) changes.push_back({{key}, std::nullopt});
  }
  experiment_ = spec::parse_document(*path, spec::patched_text(*meaning, changes), issues);
}

void Inputs::read_replications(const spec::Document& written, Issues& issues) {
  const spec::Node* node = written.member(written.root(), "replications");
  replications_ = whole_number<std::int64_t>(written, "replications", node == nullptr ? 1 : 0);
  if (sweep_->replications || (replications_ >= 1 && replications_ <= kMostReplications)) return;
  issues.error(node_place(written, *node, "/replications"),
               fmt::format("need a whole number from 1 to {}", kMostReplications));
  replications_ = 1;
}

void Inputs::prepare(const spec::Text& topology, Issues& issues) {
  const auto [at, fresh] = prepared_.try_emplace(topology.text);
  if (!fresh) return;
  Prepared& out = at->second;
  if (topology.place.line == 0) {
    issues.error({experiment_file_, 1, 1, ""}, "\"topology\" is missing: file of the architecture");
    return;
  }
  const auto path = spec::resolve_in_workspace(experiment_file_, topology, "topology", issues);
  const auto written = path ? read_object(*path, issues) : std::nullopt;
  const auto meaning = written ? meaning_of(*written, issues) : std::nullopt;
  if (!meaning) return;
  out.topology_file = *path;
  out.written = *written;
  std::vector<Wanted> wanted;
  std::vector<spec::Text> targets;
  targets.reserve(sweep_->set.size());
  for (const auto& change : sweep_->set) {
    if (change.id == kTopology) continue;
    targets.push_back({change.id, change.place});
    wanted.push_back({&targets.back(), &change.value, "set"});
  }
  const std::size_t before = issues.all().size();
  const Changed changed = make_changes({&*experiment_, &*meaning}, std::move(wanted), "", issues);
  refuse_two_seeds(changed.spots, "", issues);
  if (issues.all().size() != before) return;
  out.experiment = spec::parse_document(experiment_file_, changed.experiment, issues);
  out.topology = spec::parse_document(out.topology_file, changed.topology, issues);
  out.spots = changed.spots;
  if (out.experiment) out.seed = whole_number<std::uint64_t>(*out.experiment, "seed", 1);
}

void Inputs::refuse_two_seeds(const std::vector<ChangedSpot>& spots, const std::string& context,
                              Issues& issues) const {
  if (!sweep_->seed || !changes_seed(spots)) return;
  issues.error(sweep_->place,
               context + "the sweep has a \"seed\" of its own: nothing else changes \"/seed\"");
}

Texts Inputs::texts(const std::vector<AxisLevel>& levels, const std::string& label) const {
  Issues issues;
  const std::string context = in_the_cell(label);
  std::vector<Wanted> wanted;
  const std::string* topology = nullptr;
  for (const AxisLevel& level : levels) {
    for (const LevelChange& change : level.changes) {
      if (change.target.text != kTopology) {
        wanted.push_back({&change.target, &change.value, level.level.axis});
      } else if (topology != nullptr) {
        issues.error(change.target.place, context + "two axes change the topology");
      } else {
        topology = &change.value.text;
      }
    }
  }
  const auto prepared = prepared_.find(topology != nullptr ? *topology : topology_path_.text);
  ensure(prepared != prepared_.end() && prepared->second.topology && prepared->second.experiment,
         "a cell names a topology that was not read");
  const Prepared& base = prepared->second;
  Changed changed = make_changes({&*base.experiment, &*base.topology}, std::move(wanted), context, issues);
  refuse_two_seeds(changed.spots, context, issues);
  if (issues.has_errors()) refuse(std::move(issues));
  Texts out{std::move(changed.experiment),
            std::move(changed.topology),
            base.topology_file,
            base.seed,
            {},
            base.spots};
  const bool own_seed = changes_seed(changed.spots);
  std::move(changed.spots.begin(), changed.spots.end(), std::back_inserter(out.spots));
  if (own_seed || out.experiment.find("trace\"") != std::string::npos) {
    const auto document = spec::parse_document(experiment_file_, out.experiment, issues);
    if (!document) refuse(std::move(issues));
    out.seed = whole_number<std::uint64_t>(*document, "seed", base.seed);
    read_traces(*document, out, issues);
  }
  if (issues.has_errors()) refuse(std::move(issues));
  return out;
}

Place Inputs::place_of(const std::string& file, const std::string& pointer, const Texts& texts) const {
  const auto tokens = spec::pointer_tokens(pointer).value_or(std::vector<std::string>{});
  const bool in_topology = file == texts.topology_file;
  for (auto changed = texts.spots.rbegin(); changed != texts.spots.rend(); ++changed) {
    const auto& at = changed->spot.tokens;
    const bool covers = changed->spot.in_topology == in_topology && at.size() <= tokens.size() &&
                        std::equal(at.begin(), at.end(), tokens.begin());
    if (covers) return changed->place;
  }
  if (!in_topology) return nearest_place(*written_, tokens, pointer);
  for (const auto& [path, prepared] : prepared_) {
    if (prepared.topology_file == file) return nearest_place(*prepared.written, tokens, pointer);
  }
  return {file, 0, 0, pointer};
}

void Inputs::read_traces(const spec::Document& experiment, Texts& out, Issues& issues) const {
  const spec::Node* load = experiment.member(experiment.root(), "load");
  if (load == nullptr || load->kind != spec::NodeKind::kObject) return;
  for (const spec::Node* n = experiment.first_child(*load); n != nullptr; n = experiment.next(*n)) {
    for (const std::string_view key : kTraceKeys) {
      const spec::Node* file = n->kind == spec::NodeKind::kObject ? experiment.member(*n, key) : nullptr;
      if (file == nullptr || file->kind != spec::NodeKind::kString) continue;
      const std::string name(file->text);
      auto known = trace_digests_.find(name);
      if (known == trace_digests_.end()) {
        const std::string pointer =
            spec::pointer_token("load") + spec::pointer_token(n->key) + spec::pointer_token(key);
        const spec::Text named{name, place_of(experiment_file_, pointer, out)};
        const auto path = spec::resolve_in_workspace(experiment_file_, named, "trace", issues);
        const auto bytes = path ? spec::read_file(*path, issues, spec::kMaxTraceBytes) : std::nullopt;
        if (!bytes) continue;
        known = trace_digests_.emplace(name, sha256(*bytes)).first;
      }
      out.traces.push_back({name, known->second});
    }
  }
}

}  // namespace twinvoice::campaign
