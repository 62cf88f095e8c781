// sweep/1: many runs of one experiment: axes over anything in it and in its topology, a design, how often and how
// exactly, and what counts as better. As written, typed; sim/campaign makes cells of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/spec/document.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/fields.hpp"

namespace twinvoice::spec {

/// Any JSON value, kept as text.
struct JsonValue {
  NodeKind kind = NodeKind::kNull;
  std::string json = "null";  ///< canonical text, without remarks
  std::string text;           ///< of a string or a number, as a person reads it; otherwise as `json`
  Place place;
};
template <>
struct Codec<JsonValue> {
  static void decode(Decoder& d, const Node& node, JsonValue& v, const Range& range);
  static Type type();
  static std::string text(const JsonValue& v);
};

/// Entries under keys that are free text of 1 to 200 characters, in file order.
template <class T>
struct FreeMap : std::vector<Named<T>> {};
/// True when the key of `member` can stand in a FreeMap; otherwise complains. The pointer stands at it.
bool accept_free_key(Decoder& d, const Node& member);
template <class T>
struct Codec<FreeMap<T>> {
  static void decode(Decoder& d, const Node& node, FreeMap<T>& v, const Range& range) {
    if (!d.is(node, NodeKind::kObject, "an object")) return;
    v.clear();
    d.members(node, [&](const Node& member) {
      if (!accept_free_key(d, member)) return;
      Named<T> entry{std::string(member.key), d.key_place(member), T{}};
      Codec<T>::decode(d, member, entry.value, range);
      v.push_back(std::move(entry));
    });
  }
  static Type type() { return detail::map_type(Codec<T>::type(), "text", "^[^\\u0000-\\u001f]{1,200}$"); }
  static std::string text(const FreeMap<T>& v) { return v.empty() ? "{}" : ""; }
};

/// What changes and to what. A target is a JSON pointer into the experiment ("/horizon"), "topology:" and a pointer into
/// the topology, or a dotted name ("mysql.pool.max"); null removes it. Values are written as if they stood in the base:
/// paths in them are relative to the experiment's own folder.
using Changes = FreeMap<JsonValue>;

/// One target or several that get the same value.
struct Targets {
  std::vector<Text> all;
};
template <>
struct Codec<Targets> {
  static void decode(Decoder& d, const Node& node, Targets& v, const Range& range);
  static Type type();
  static std::string text(const Targets& v);
};

/// Who has an axis in his hands.
enum class AxisRole {
  kDesign,  ///< we: what is to be chosen
  kWorld,   ///< nobody: what happens to whatever was chosen, such as the load or the zone that fails
};
template <>
struct Words<AxisRole> {
  static const std::vector<std::pair<std::string_view, AxisRole>>& table();
};

/// {"of": target, "values": [...]}
struct ListAxis {
  Targets of;
  std::vector<JsonValue> values;
  AxisRole role = AxisRole::kDesign;
  void describe(Fields& f);
};

/// One end of a range: a number or a quantity, with its text as written ("5 s" is 5 and "s").
struct RangeEnd {
  Quantity value;
  std::string number;  ///< as written
  std::string unit;    ///< "" for a bare number
  bool quoted = false;
  Place place;
  [[nodiscard]] bool is_whole() const;  ///< a bare number that is written with digits only
};
template <>
struct Codec<RangeEnd> {
  static void decode(Decoder& d, const Node& node, RangeEnd& v, const Range& range);
  static Type type();
  static std::string text(const RangeEnd& v);
};

enum class Scale { kLinear, kLog };
template <>
struct Words<Scale> {
  static const std::vector<std::pair<std::string_view, Scale>>& table();
};

/// {"of": target, "from": q, "to": q, "points"?: n, "scale"?: "linear" | "log"}
struct RangeAxis {
  Targets of;
  RangeEnd from;
  RangeEnd to;
  std::optional<std::int64_t> points;  ///< absent: continuous, for the designs that sample
  Scale scale = Scale::kLinear;
  AxisRole role = AxisRole::kDesign;
  void describe(Fields& f);
};

/// {"choices": {"label": {target: value, ...}, ...}}
struct ChoiceAxis {
  FreeMap<Changes> choices;
  AxisRole role = AxisRole::kDesign;
  void describe(Fields& f);
};

struct AxisSpec {
  static constexpr std::string_view kDefinition = "Axis";
  std::variant<ListAxis, RangeAxis, ChoiceAxis> kind;
  Place place;
  [[nodiscard]] AxisRole role() const;
  void choices(Choices& c);
};

enum class DesignKind { kCartesian, kZip, kLatinHypercube, kSobol, kSaltelli };
/// "cartesian", "zip", {"latin_hypercube": {"points": n}}, {"sobol": ...} or {"saltelli": ...}
struct DesignSpec {
  DesignKind kind = DesignKind::kCartesian;
  std::int64_t points = 0;  ///< of the designs that sample; rows of a Saltelli design
  Place place;
};
template <>
struct Codec<DesignSpec> {
  static void decode(Decoder& d, const Node& node, DesignSpec& v, const Range& range);
  static Type type();
  static std::string text(const DesignSpec& v);
};

/// One condition of a skip: "on-call", ["a", "b"] or ">= 60 s".
struct SkipCondition {
  std::vector<std::string> labels;  ///< any of these; empty: the comparison
  Comparison comparison = Comparison::kAtMost;
  Quantity bound;
  Place place;
};
template <>
struct Codec<SkipCondition> {
  static void decode(Decoder& d, const Node& node, SkipCondition& v, const Range& range);
  static Type type();
  static std::string text(const SkipCondition& v);
};
/// Cells for which all conditions hold are left out.
using Skip = Map<SkipCondition>;

/// {"figure": name, "relative": "10 %"} or {"figure": name, "absolute": "5 ms"}: half-width of its 95 % interval.
struct PrecisionSpec {
  Text figure;
  std::optional<Probability> relative;
  std::optional<Quantity> absolute;  ///< in the unit of the figure: seconds, shares, counts or 1/s
  Place place;
  void describe(Fields& f);
};

inline constexpr std::int64_t kLeastLooks = 10;   ///< default of "least"
inline constexpr std::int64_t kMostLooks = 1000;  ///< default of "most"

/// A number, or {"least": n, "most": n, "until": [...], "outages": n}.
struct ReplicationsSpec {
  std::int64_t least = 1;
  std::int64_t most = 1;
  std::vector<PrecisionSpec> until;     ///< all of them are needed
  std::optional<std::int64_t> outages;  ///< seen in all replications together
  Place place;
  [[nodiscard]] bool is_fixed() const { return least == most; }
  void describe(Fields& f);
};
template <>
struct Codec<ReplicationsSpec> {
  static void decode(Decoder& d, const Node& node, ReplicationsSpec& v, const Range& range);
  static Type type();
  static std::string text(const ReplicationsSpec& v);
};

/// {"minimise": figure} or {"maximise": figure}
struct ObjectiveFigure {
  std::optional<Text> minimise;
  std::optional<Text> maximise;
  Place place;
  [[nodiscard]] const Text& figure() const { return minimise ? *minimise : *maximise; }
  void describe(Fields& f);
};

/// Ranking and selection: replications go where they tell the best cell from the others.
struct SelectSpec {
  ObjectiveFigure figure;
  Quantity indifference;         ///< differences below it do not matter; in the unit of the figure
  Probability confidence{0.95};  ///< of having selected a cell that is best but for the indifference
  Place place;
  void describe(Fields& f);
};

enum class DrawsMode { kCommon, kIndependent };
template <>
struct Words<DrawsMode> {
  static const std::vector<std::pair<std::string_view, DrawsMode>>& table();
};

/// What one replication may take. A cell that goes beyond fails, with the reason; it never changes a result.
struct SweepLimits {
  std::optional<Duration> time;  ///< processor or wall time, whichever is longer; absent: none
  std::optional<Bytes> memory;   ///< of its process; absent: none
  std::optional<std::int64_t> events;
  void describe(Fields& f);
};

struct Sweep {
  Name name;
  std::string description;
  Text experiment_path;  ///< as written
  Changes set;
  Map<AxisSpec> axes;
  DesignSpec design;
  std::vector<Skip> skip;
  std::optional<ReplicationsSpec> replications;  ///< absent: as many as the experiment says
  std::optional<SelectSpec> select;
  std::vector<ObjectiveFigure> objectives;
  std::optional<std::int64_t> seed;  ///< absent: the experiment's own
  DrawsMode draws = DrawsMode::kCommon;
  SweepLimits limits;
  Place place;
  std::string file;
  std::string source;  ///< the raw bytes, for hashes
  void describe(Fields& f);
};

/// Decodes a sweep text alone: its experiment is not opened. Problems go to `issues`.
[[nodiscard]] Sweep read_sweep(std::string file, std::string text, Issues& issues);

/// Reads and decodes a file. Throws InvalidInput with every problem of the file.
[[nodiscard]] Sweep load_sweep(const std::string& path);

}  // namespace twinvoice::spec
