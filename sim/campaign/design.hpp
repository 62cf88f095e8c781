// Which combinations of the levels of a sweep's axes are cells: designs as points, before anything is patched.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::campaign {

inline constexpr std::uint64_t kMostCells = 1'000'000;  ///< of one sweep, skipped ones included
inline constexpr std::uint64_t kMostLevels = 100'000;   ///< of all axes together
inline constexpr std::size_t kMostSampledAxes = 16;     ///< of a Sobol or Saltelli design

/// One value of one axis.
struct Level {
  std::string axis;
  std::string label;  ///< "5 s", "on-call", "177.828 tps"
  double number = std::numeric_limits<
      double>::quiet_NaN();  ///< in base units (s, 1/s, bytes, bit/s, shares); NaN when not a quantity
};

/// What a level changes: target and value as written; no value removes.
struct LevelChange {
  spec::Text target;
  spec::JsonValue value;
};

/// A level with its changes.
struct AxisLevel {
  Level level;
  std::vector<LevelChange> changes;
};

/// One axis, its levels made. A continuous range has none; `at` samples it.
struct Axis {
  std::string name;
  Place place;
  spec::AxisRole role = spec::AxisRole::kDesign;
  std::vector<AxisLevel> levels;
  const spec::RangeAxis* range = nullptr;  ///< of a continuous axis; points into the sweep

  [[nodiscard]] bool is_continuous() const { return range != nullptr; }
  /// The level at u in [0, 1): equal shares for the levels of a list; along the range, in its scale, for a continuous axis.
  [[nodiscard]] AxisLevel at(double u) const;
  /// Of its quantities: "duration", "number", ...; "" when it has none (see spec::Quantity::dimension).
  [[nodiscard]] std::string_view dimension() const;
};

/// Makes the axes of a sweep. Adds to `issues` what cannot be: labels twice, more levels than kMostLevels.
[[nodiscard]] std::vector<Axis> make_axes(const spec::Sweep& sweep, Issues& issues);

/// The value of a range at u in [0, 1] (below 1 when it is continuous), with the unit of its ends: six significant digits, whole
/// numbers between whole numbers, whole nanoseconds and bytes.
[[nodiscard]] AxisLevel range_level(const spec::RangeAxis& range, const std::string& axis, double u);

/// What a cell is in the matrices of a Saltelli design of d axes: row j gives, in this order, A, B and d mixed cells that are
/// A but for the axis `axis`, which is B's.
struct Row {
  enum class Kind { kPlain, kA, kB, kMixed };
  Kind kind = Kind::kPlain;
  std::size_t number = 0;  ///< j
  std::size_t axis = 0;    ///< of kMixed
};

/// One combination. `position` counts those that are not skipped.
struct Point {
  std::size_t position = 0;
  std::vector<AxisLevel> levels;  ///< in the order of the axes
  Row row;
};

/// The points of a sweep, made one at a time. Immutable; keeps a reference to `sweep`.
class Design {
 public:
  /// Adds to `issues` what cannot be (see make_axes; more than kMostCells points, zipped axes of unequal lengths, a
  /// continuous axis in a design that does not sample, a condition that names no axis or label, no cell left). The design
  /// is usable only when there are no errors.
  Design(const spec::Sweep& sweep, Issues& issues);

  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  [[nodiscard]] std::size_t skipped() const { return raw_size_ - kept_.size(); }
  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  /// Cells come in design order: axes as written, the last one fastest. position < size().
  [[nodiscard]] Point at(std::size_t position) const;
  /// Axes of lists alone, crossed or zipped.
  [[nodiscard]] bool is_grid() const;
  /// Of a grid: which level of the axis the point has; at(position) without the texts.
  [[nodiscard]] std::size_t level_number(std::size_t position, std::size_t axis) const;
  /// How many different combinations of levels of the axes of that role the points have; 1 without such an axis.
  [[nodiscard]] std::size_t combinations(spec::AxisRole role) const;

 private:
  void check_size(Issues& issues);
  void check_skips(Issues& issues) const;
  void choose(Issues& issues);
  [[nodiscard]] std::size_t raw_level(std::size_t index, std::size_t axis) const;
  [[nodiscard]] Point raw(std::size_t index) const;
  [[nodiscard]] bool is_skipped(const Point& point) const;

  const spec::Sweep* sweep_;
  std::vector<Axis> axes_;
  std::uint64_t raw_size_ = 0;
  std::vector<std::vector<double>> sampled_;  ///< [point][column]; the columns of B follow those of A
  std::vector<std::uint32_t> kept_;           ///< raw index by position
};

/// True when the cell at `position` belongs to shard `number` (from 1) of `count`.
[[nodiscard]] constexpr bool in_shard(std::size_t position, std::size_t number, std::size_t count) {
  return position % count == number - 1;
}

}  // namespace twinvoice::campaign
