#include "sim/base/issues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/visible.hpp"

namespace twinvoice {
namespace {

auto order(const Issue& issue) {
  return std::tie(issue.place.file, issue.place.line, issue.place.column, issue.place.pointer, issue.message);
}

}  // namespace

std::string format_issue(const Issue& issue) {
  const Place& place = issue.place;
  std::string text = visible(place.file);
  if (place.line > 0) text += fmt::format(":{}:{}", place.line, place.column);
  text += ": ";
  if (issue.severity == Severity::kWarning) text += "warning: ";
  return text + visible(fmt::format("{}: {}", place.pointer.empty() ? "/" : place.pointer, issue.message));
}

void Issues::error(Place place, std::string message) {
  all_.push_back({std::move(place), std::move(message), Severity::kError});
}

void Issues::warning(Place place, std::string message) {
  all_.push_back({std::move(place), std::move(message), Severity::kWarning});
}

void Issues::append(const Issues& other) { all_.insert(all_.end(), other.all_.begin(), other.all_.end()); }

bool Issues::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Issue& i) { return i.severity == Severity::kError; });
}

void Issues::sort() {
  std::stable_sort(all_.begin(), all_.end(),
                   [](const Issue& a, const Issue& b) { return order(a) < order(b); });
  const auto same = [](const Issue& a, const Issue& b) { return order(a) == order(b); };
  all_.erase(std::unique(all_.begin(), all_.end(), same), all_.end());
}

InvalidInput::InvalidInput(Issues issues)
    : std::runtime_error(issues.all().empty() ? "invalid input" : format_issue(issues.all().front())),
      issues_(std::move(issues)) {}

}  // namespace twinvoice
