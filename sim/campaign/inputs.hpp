// The inputs of cells: the base experiment and its topologies, with the changes of the sweep and of a cell's levels made.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/campaign/changes.hpp"
#include "sim/campaign/design.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::campaign {

/// A trace by its name in the experiment and its content.
struct TraceDigest {
  std::string name;
  std::string sha256;
};

/// What a cell runs (see Cell).
struct Texts {
  std::string experiment, topology;
  std::string topology_file;
  std::uint64_t seed = 1;
  std::vector<TraceDigest> traces;
  std::vector<ChangedSpot> spots;  ///< what differs from the bases, those of "set" first
};

/// "in the cell LABEL: ": how complaints about one cell begin.
[[nodiscard]] std::string in_the_cell(const std::string& label);

/// The canonical experiment text with another seed. Throws InvalidInput when the text is nested too deep to be read.
[[nodiscard]] std::string with_seed(const std::string& experiment_text, std::uint64_t seed);

/// Reads the bases once; patches them for each cell. Keeps a reference to the sweep. Not for several threads: it remembers what it
/// has read.
class Inputs {
 public:
  /// Opens the experiment and every topology that the sweep or a level names. Problems go to `issues`.
  Inputs(const spec::Sweep& sweep, const std::vector<Axis>& axes, Issues& issues);

  /// The texts of a cell with these levels. Throws InvalidInput, naming `label`, when a target has no place, two levels change
  /// the same place, or a trace cannot be read.
  [[nodiscard]] Texts texts(const std::vector<AxisLevel>& levels, const std::string& label) const;
  [[nodiscard]] const std::string& experiment_file() const { return experiment_file_; }
  [[nodiscard]] std::int64_t replications() const { return replications_; }
  /// Where `pointer` of the document called `file` stands for a reader: at the value in the sweep that changed it, else in the
  /// file itself, at the nearest place that exists there.
  [[nodiscard]] Place place_of(const std::string& file, const std::string& pointer, const Texts& texts) const;

 private:
  /// Both documents for one topology, with the changes of "set" made.
  struct Prepared {
    std::optional<spec::Document> experiment, topology;
    std::optional<spec::Document> written;  ///< the topology's file
    std::vector<ChangedSpot> spots;         ///< of "set"
    std::string topology_file;
    std::uint64_t seed = 1;
  };
  void open_experiment(Issues& issues);
  void read_replications(const spec::Document& written, Issues& issues);
  void prepare_level(const AxisLevel& level, Issues& issues);
  void prepare(const spec::Text& topology, Issues& issues);
  void refuse_two_seeds(const std::vector<ChangedSpot>& spots, const std::string& context,
                        Issues& issues) const;
  void read_traces(const spec::Document& experiment, Texts& out, Issues& issues) const;

  const spec::Sweep* sweep_;
  std::string experiment_file_;
  std::optional<spec::Document> written_;     ///< the experiment's file
  std::optional<spec::Document> experiment_;  ///< without what no result depends on
  spec::Text topology_path_;                  ///< of the base, as written
  std::int64_t replications_ = 1;
  std::map<std::string, Prepared> prepared_;                  ///< by the path of the topology as written
  mutable std::map<std::string, std::string> trace_digests_;  ///< by name in the experiment
};

}  // namespace twinvoice::campaign
