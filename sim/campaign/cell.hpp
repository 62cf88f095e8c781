// Cells: the points of a sweep with the inputs that they run, and their identity.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/campaign/design.hpp"
#include "sim/spec/catalog.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::campaign {

/// One cell, ready to be run. Cells that run the same inputs have the same id, wherever they stand and in whichever sweep.
struct Cell {
  std::size_t position = 0;
  std::string id;  ///< SHA-256, 64 hex digits
  std::vector<Level> levels;
  std::uint64_t seed = 0;
  /// Canonical inputs: no blanks, no comments, no remarks, key order kept. The experiment has neither name nor replications,
  /// its seed is the cell's and its topology is "topology.json": the two texts side by side are a runnable experiment.
  std::string experiment_text, topology_text;
  std::string experiment_file,
      topology_file;  ///< the bases: paths in the texts are relative to them, and messages name them
  std::string label;  ///< "detection=5 s, approval=standing"
  Row row;            ///< place in a Saltelli design
};

/// "detection=5 s, approval=standing"
[[nodiscard]] std::string label_of(const std::vector<AxisLevel>& levels);

/// What of the program takes part in an id: another version may give other results.
struct Identity {
  std::string tool_version;  ///< version and commit
  std::string model_flags;   ///< engine and network model
};
/// Of this build, for kernel runs on SimGrid's default network.
[[nodiscard]] Identity this_program();

/// All the cells of a sweep, made one at a time: a cell is a function of the sweep and its position.
class Cells {
 public:
  /// Reads the base experiment and every topology that an axis names. Throws InvalidInput with every problem of the design and
  /// of the files as JSON; what the models think of a patched text is known only to experiment_of.
  explicit Cells(spec::Sweep sweep, Identity identity = this_program());
  ~Cells();
  Cells(Cells&&) noexcept;
  Cells& operator=(Cells&&) noexcept;

  [[nodiscard]] const spec::Sweep& sweep() const;
  [[nodiscard]] const Design& design() const;
  [[nodiscard]] const Identity& identity() const;
  [[nodiscard]] std::size_t size() const;
  /// position < size(). Throws InvalidInput, naming the levels, when a target has no place in this cell.
  [[nodiscard]] Cell at(std::size_t position) const;
  /// The cell of a point that need not be one of the design.
  [[nodiscard]] Cell at(const Point& point) const;
  /// What was found in the texts of a point's cell, told at the values of the sweep that made them so, else at the base files.
  [[nodiscard]] Issues explain(const Point& point, const Issues& found) const;
  /// Every cell in order. Memory: both texts of each.
  [[nodiscard]] std::vector<Cell> all() const;
  /// How often a cell is run: the sweep's rule, else the number that the experiment says (with "select": 10 to 1000).
  [[nodiscard]] spec::ReplicationsSpec replications() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// Reads and checks a cell's texts: seed and topology are the cell's, replications are 1. Throws InvalidInput; the issues name
/// the levels of the cell, the base files and the pointers.
[[nodiscard]] spec::Experiment experiment_of(const Cell& cell, const spec::ModelCatalog& catalog);

/// The same with the problems in `issues`, at their places in the cell's own texts.
[[nodiscard]] spec::Experiment read_experiment_of(const Cell& cell, const spec::ModelCatalog& catalog,
                                                  Issues& issues);

}  // namespace twinvoice::campaign
