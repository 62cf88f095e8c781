// What differs between two documents, in words for people: the two files of a comparison side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {

/// One place at which two documents say other things.
struct Difference {
  /// Names from the root, with dots: "faults.zone-b-down.duration". Elements of a list stand by their `id`, `operation` and the like
  /// where they have one that no other element of the list has, else by their position: "expect[1].share".
  std::string where;
  std::optional<std::string> a, b;  ///< canonical JSON text; absent: that document has nothing there
};

/// Every place in which `b` differs from `a`, in the order of `a`, then what `b` alone has. Values that differ in kind, and what
/// one side lacks, are one difference, however large. Remarks are left out (spec::is_meaning).
[[nodiscard]] std::vector<Difference> differences(const Document& a, const Document& b);

}  // namespace twinvoice::spec
