// experiment/1: a scenario as written, typed: load, faults, expectations, initial state, limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/spec/diurnal.hpp"
#include "sim/spec/expectation.hpp"
#include "sim/spec/fields.hpp"
#include "sim/spec/law_spec.hpp"
#include "sim/spec/topology.hpp"
#include "sim/spec/trace.hpp"

namespace twinvoice::spec {

/// {"poisson": R, "batch"?: n}
struct PoissonLoad {
  Rate rate;
  std::int64_t batch = 1;  ///< requests per arrival
  void describe(Fields& f);
};
/// {"deterministic": R or D, "first_at"?: D, "count"?: n, "batch"?: n}
struct DeterministicLoad {
  Duration interval;                 ///< between two arrivals; from a rate: rounded to the nearest nanosecond
  std::optional<Duration> first_at;  ///< absent: after one interval
  std::optional<std::int64_t> count;  ///< arrivals in all; absent: no end
  std::int64_t batch = 1;
  void describe(Fields& f);
};
/// {"trace": "file.csv", "starts"?: instant or "first"}: one arrival time per line.
struct TraceLoad {
  Text file;
  std::optional<RecordStart> starts;  ///< absent: times are seconds since the begin of the run
  ArrivalRecord record;               ///< filled by load_experiment
  void describe(Fields& f);
};
/// {"rate_trace": "file.csv", "starts"?}: time,rate_per_s; each rate holds until the next line.
struct RateTraceLoad {
  Text file;
  std::optional<RecordStart> starts;
  RateRecord record;  ///< filled by load_experiment
  void describe(Fields& f);
};
/// {"count_trace": "file.csv", "starts"?, "bin"?}: time,count; so many arrivals in each bin.
struct CountTraceLoad {
  Text file;
  std::optional<RecordStart> starts;
  std::optional<Duration> bin;  ///< absent: until the next line
  RateRecord record;            ///< filled by load_experiment
  void describe(Fields& f);
};
/// {"piecewise": [{"at": D, "rate": R}, ...]}: Poisson, each rate holds until the next entry; 0 before the first.
struct PiecewiseStep {
  Duration at;
  Rate rate;
  void describe(Fields& f);
};
struct PiecewiseLoad {
  std::vector<PiecewiseStep> steps;
  void describe(Fields& f);
};
struct DiurnalLoad {
  DiurnalShape diurnal;
  void describe(Fields& f);
};
/// {"closed": {"users": n, "think": L}}
struct ClosedUsers {
  std::int64_t users = 1;
  LawSpec think;
  void describe(Fields& f);
};
struct ClosedLoad {
  ClosedUsers closed;
  void describe(Fields& f);
};

struct LoadSpec {
  static constexpr std::string_view kDefinition = "Load";
  using Variant = std::variant<PoissonLoad, DeterministicLoad, TraceLoad, RateTraceLoad, CountTraceLoad,
                               PiecewiseLoad, DiurnalLoad, ClosedLoad>;
  Variant load;
  Place place;
  void choices(Choices& c);
};

/// State at time 0 of one component.
struct InitialSpec {
  std::optional<std::int64_t> pool_held;
  std::optional<std::int64_t> queue_length;
  std::optional<Probability> warmth;
  RefMap<RefKind::kSite, std::int64_t> log_positions;
  Place place;
  void describe(Fields& f);
};

/// One disturbance. Target and parameters are the model's.
struct FaultSpec {
  ModelChoice model;  ///< the kind: "region_down", "partition", ...
  std::string id;     ///< as written, else the kind, with -2, -3, ... for repetitions
  LawSpec
      at;  ///< begin: an instant, or a law from which each replication draws it; a window is the uniform law on it
  std::optional<Duration> duration;  ///< absent: to the end
  std::optional<Duration> ramp;
  Place place;
  Place id_place;
  void describe(Fields& f);
};
template <>
struct Codec<FaultSpec> {
  static void decode(Decoder& d, const Node& node, FaultSpec& v, const Range& range);
  static Type type();
  static std::string text(const FaultSpec& v);
};

struct LimitsSpec {
  std::optional<std::int64_t> events;  ///< absent: no limit
  std::optional<Bytes> memory;
  void describe(Fields& f);
};

struct Experiment {
  std::string name;
  std::string description;
  Text topology_path;  ///< as written
  RefMap<RefKind::kOperation, LoadSpec> load;
  Duration horizon;
  Duration warm_up;
  std::int64_t replications = 1;
  std::int64_t seed = 1;
  /// Health has been shown when it has lasted so long: the end of an interruption.
  Duration hold{60 * kNanosPerSecond};
  std::optional<Duration> window;  ///< of time-level availability; see window_or_default
  RefMap<RefKind::kComponent, InitialSpec> initial;
  std::vector<FaultSpec> faults;
  std::vector<ExpectationSpec> expect;
  LimitsSpec limits;
  Place place;
  std::vector<Reference> references;
  std::string file;
  std::string source;             ///< the raw bytes, for hashes
  std::vector<TraceFile> traces;  ///< files that the loads name, with their raw bytes
  Topology topology;              ///< the architecture under test, loaded and checked

  /// `window`, or 1 s, or the shortest whole number of seconds that gives at most 100000 windows.
  [[nodiscard]] Duration window_or_default() const;
  void describe(Fields& f);
};

/// Checks an experiment against its topology. Adds to `issues`.
void check_experiment(const Experiment& experiment, const Topology& topology, Issues& issues);

/// Reads the experiment, its topology and its traces, and checks all of it. Paths in it are relative to its own folder and
/// stay inside the workspace: the nearest ancestor folder that holds `topologies`, else the experiment's own folder.
/// Throws InvalidInput with every problem of all the files.
[[nodiscard]] Experiment load_experiment(const std::string& path, const ModelCatalog& catalog);

/// As load_experiment, of texts at hand: only the traces are opened, relative to `file`. Problems go to `issues`.
[[nodiscard]] Experiment assemble_experiment(std::string file, std::string text, std::string topology_file,
                                             std::string topology_text, const ModelCatalog& catalog,
                                             Issues& issues);

/// How a fault is called: as written, else by its kind, with -2, -3, ... for repetitions.
struct FaultName {
  std::string id;  ///< as written; "" when absent
  std::string kind;
};
/// The ids of all faults of an experiment, in order.
[[nodiscard]] std::vector<std::string> fault_ids(const std::vector<FaultName>& faults);

/// Decodes an experiment text alone: neither topology nor traces are opened and no reference is checked.
[[nodiscard]] Experiment read_experiment(std::string file, std::string text, const ModelCatalog& catalog,
                                         Issues& issues);

}  // namespace twinvoice::spec
