#include "sim/campaign/cell.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "sim/base/sha256.hpp"
#include "sim/base/version.hpp"
#include "sim/base/wire.hpp"
#include "sim/campaign/inputs.hpp"
#include "sim/random/keys.hpp"
#include "sim/world/simgrid_version.hpp"

namespace twinvoice::campaign {
namespace {

constexpr std::string_view kIdFormat = "twinvoice cell/1";  ///< changes when the making of ids does
constexpr std::uint64_t kMostSeed = 9'000'000'000'000'000'000;

std::string digest(const wire::Writer& writer) {
  const auto& bytes = writer.bytes();
  return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string content_of(const Texts& texts, const Identity& identity) {
  wire::Writer out;
  out.string(kIdFormat);
  out.string(texts.experiment);
  out.string(texts.topology);
  out.u64(texts.traces.size());
  for (const TraceDigest& trace : texts.traces) {
    out.string(trace.name);
    out.string(trace.sha256);
  }
  out.string(identity.tool_version);
  out.string(identity.model_flags);
  return digest(out);
}

/// A seed that belongs to the content of a cell alone, so that other cells may come and go.
std::uint64_t own_seed(std::uint64_t seed, const std::string& content) {
  return random::mix(seed, random::hash_name(content)) % kMostSeed;
}

}  // namespace

std::string label_of(const std::vector<AxisLevel>& levels) {
  std::string out;
  for (const AxisLevel& level : levels)
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", level.level.axis, level.level.label);
  return out;
}

Identity this_program() {
  return {fmt::format("{} ({})", version(), commit()),
          fmt::format("kernel, SimGrid {} CM02", world::simgrid_version())};
}

struct Cells::State {
  State(spec::Sweep written, Identity program) : sweep(std::move(written)), identity(std::move(program)) {
    Issues issues;
    design.emplace(sweep, issues);
    inputs.emplace(sweep, design->axes(), issues);
    issues.sort();
    if (issues.has_errors()) throw InvalidInput(std::move(issues));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  spec::Sweep sweep;
  Identity identity;
  std::optional<Design> design;
  std::optional<Inputs> inputs;
};

Cells::Cells(spec::Sweep sweep, Identity identity)
    : state_(std::make_unique<State>(std::move(sweep), std::move(identity))) {}
Cells::~Cells() = default;
Cells::Cells(Cells&&) noexcept = default;
Cells& Cells::operator=(Cells&&) noexcept = default;

const spec::Sweep& Cells::sweep() const { return state_->sweep; }
const Design& Cells::design() const { return *state_->design; }
const Identity& Cells::identity() const { return state_->identity; }
std::size_t Cells::size() const { return state_->design->size(); }

Cell Cells::at(std::size_t position) const { return at(state_->design->at(position)); }

Cell Cells::at(const Point& point) const {
  Cell cell;
  cell.position = point.position;
  cell.row = point.row;
  for (const AxisLevel& level : point.levels) cell.levels.push_back(level.level);
  cell.label = label_of(point.levels);
  Texts texts = state_->inputs->texts(point.levels, cell.label);
  if (state_->sweep.draws == spec::DrawsMode::kIndependent) {
    texts.seed = own_seed(texts.seed, content_of(texts, state_->identity));
    texts.experiment = with_seed(texts.experiment, texts.seed);
  }
  cell.id = content_of(texts, state_->identity);
  cell.seed = texts.seed;
  cell.experiment_text = std::move(texts.experiment);
  cell.topology_text = std::move(texts.topology);
  cell.experiment_file = state_->inputs->experiment_file();
  cell.topology_file = std::move(texts.topology_file);
  return cell;
}

Issues Cells::explain(const Point& point, const Issues& found) const {
  const Texts texts = state_->inputs->texts(point.levels, label_of(point.levels));
  Issues out;
  for (Issue issue : found.all()) {
    Place& at = issue.place;
    if (at.file == texts.topology_file || at.file == state_->inputs->experiment_file()) {
      Place place = state_->inputs->place_of(at.file, at.pointer, texts);
      if (place.file != at.file)
        issue.message = fmt::format("{}: {}: {}", at.file, at.pointer, issue.message);
      at = std::move(place);
    }
    const bool warns = issue.severity == Severity::kWarning;
    warns ? out.warning(std::move(at), std::move(issue.message))
          : out.error(std::move(at), std::move(issue.message));
  }
  return out;
}

std::vector<Cell> Cells::all() const {
  std::vector<Cell> out;
  out.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) out.push_back(at(i));
  return out;
}

spec::ReplicationsSpec Cells::replications() const {
  if (state_->sweep.replications) return *state_->sweep.replications;
  spec::ReplicationsSpec spec;
  spec.least = state_->sweep.select ? spec::kLeastLooks : state_->inputs->replications();
  spec.most = state_->sweep.select ? spec::kMostLooks : spec.least;
  return spec;
}

spec::Experiment read_experiment_of(const Cell& cell, const spec::ModelCatalog& catalog, Issues& issues) {
  spec::Experiment experiment = spec::assemble_experiment(
      cell.experiment_file, cell.experiment_text, cell.topology_file, cell.topology_text, catalog, issues);
  issues.sort();
  return experiment;
}

spec::Experiment experiment_of(const Cell& cell, const spec::ModelCatalog& catalog) {
  Issues found;
  spec::Experiment experiment = read_experiment_of(cell, catalog, found);
  if (!found.has_errors()) return experiment;
  Issues told;
  for (const Issue& issue : found.all()) {
    told.error({issue.place.file, 0, 0, issue.place.pointer}, in_the_cell(cell.label) + issue.message);
  }
  throw InvalidInput(std::move(told));
}

}  // namespace twinvoice::campaign
