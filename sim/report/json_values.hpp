// Numbers and estimates as JSON: shared by the documents that the room writes.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/time.hpp"
#include "sim/measure/estimate.hpp"
#include "sim/store/rows.hpp"

namespace twinvoice::report {

using Json = nlohmann::ordered_json;

/// NaN and infinity are null.
[[nodiscard]] inline Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
[[nodiscard]] inline Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}
/// Seconds. The nearest double: a product with 1e-9 would turn 120 s into 120.00000000000001.
[[nodiscard]] inline Json instant(Nanos ns) {
  return ns == kNever ? Json(nullptr) : Json(static_cast<double>(ns) / 1e9);
}
/// A count for each replication that gave a result; a whole number where it is one.
[[nodiscard]] inline Json per_run(std::uint64_t total, std::uint64_t runs) {
  if (runs == 0) return 0;
  if (total % runs == 0) return total / runs;
  return static_cast<double>(total) / static_cast<double>(runs);
}
/// An end that is no bound of the data is null.
[[nodiscard]] inline Json estimate(const measure::Estimate& e) {
  Json j;
  j["value"] = number(e.value);
  j["low"] = number(e.low);
  j["high"] = number(e.high);
  j["method"] = e.method;
  j["samples"] = e.samples;
  j["converged"] = e.converged;
  return j;
}
/// A figure of a campaign or a comparison. Infinity is a word, since it means something else than "not observed", which is null:
/// an outage without end.
[[nodiscard]] inline Json figure_number(double value) {
  if (std::isinf(value)) return value > 0 ? "infinity" : "-infinity";
  return number(value);
}
[[nodiscard]] inline Json figure_estimate(const measure::Estimate& e) {
  return {{"value", figure_number(e.value)},
          {"low", number(e.low)},
          {"high", number(e.high)},
          {"method", e.method},
          {"samples", e.samples}};
}
/// An expectation of a cell.
[[nodiscard]] inline Json expectation_row(const store::ExpectationRow& e) {
  Json j{{"text", e.text}, {"verdict", e.verdict}, {"why", e.why}};
  if (e.more_to_decide) j["more_replications_to_decide"] = *e.more_to_decide;
  return j;
}
/// The text of a document: indented, with a line feed at the end; bytes that are no UTF-8 are replaced.
[[nodiscard]] inline std::string document_text(const Json& j) {
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace twinvoice::report
