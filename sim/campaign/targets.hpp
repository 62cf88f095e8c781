// Where a target of a sweep leads: "/horizon", "topology:/components/mysql/cores" or "mysql.pool.max".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::campaign {

/// The two documents that a cell is made of.
struct Bases {
  const spec::Document* experiment;
  const spec::Document* topology;
};

/// A place in one of them.
struct Spot {
  bool in_topology = false;
  std::vector<std::string> tokens;
  friend bool operator==(const Spot&, const Spot&) = default;
  friend auto operator<=>(const Spot&, const Spot&) = default;
};
/// "/horizon" or "topology:/name".
[[nodiscard]] std::string spot_text(const Spot& spot);

/// A target's place, or why it has none.
struct Resolution {
  std::optional<Spot> spot;
  std::string problem;
};

/// Finds the place that `target` means. A value that is to be removed must exist; another one may be new when the object
/// that holds it exists. The first part of a dotted name is the id of a component, link, site, procedure or operation of the
/// topology, or of a load or fault of the experiment; the rest goes down its members, and in a list by index, or by "id" or
/// "to" of the only element that has it. A name that leads to several places is refused with the list of them.
[[nodiscard]] Resolution resolve(std::string_view target, bool removes, const Bases& bases);

}  // namespace twinvoice::campaign
