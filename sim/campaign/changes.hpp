// Making the changes of a cell: from targets and values to new documents.
#pragma once

#include <string>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/campaign/targets.hpp"
#include "sim/spec/sweep.hpp"

namespace twinvoice::campaign {

/// One change as written. `owner` names its axis, or is "set".
struct Wanted {
  const spec::Text* target;
  const spec::JsonValue* value;  ///< null removes
  std::string owner;
};

/// A place that changed, and where the sweep says so.
struct ChangedSpot {
  Spot spot;
  Place place;  ///< of the value
};

/// Canonical texts after the changes.
struct Changed {
  std::string experiment, topology;
  std::vector<ChangedSpot> spots;
};

/// Makes all the changes; the order in which they are listed does not matter. A change inside of a place that another one
/// replaces comes after it. Adds an issue, at the target and with `context` in front, for every target without a place, for
/// two changes of one place and for places that are not a sweep's to change.
///
///   until nothing is wanted: resolve what is wanted in the documents as they are;
///                            of the resolved ones, make those that lie in no other one's place;
///                            nothing resolved: the rest has no place.
[[nodiscard]] Changed make_changes(const Bases& bases, std::vector<Wanted> wanted, const std::string& context,
                                   Issues& issues);

}  // namespace twinvoice::campaign
