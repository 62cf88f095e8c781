#include "sim/cli/baseline_file.hpp"

#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "sim/base/issues.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::cli {
namespace {

class Reader {
 public:
  Reader(const spec::Document& document, Issues& issues) : d_(document), issues_(issues) {}

  report::Baseline baseline() {
    report::Baseline baseline;
    baseline.path = d_.file();
    const spec::Node& root = d_.root();
    const spec::Node* figures = member(root, "figures", spec::NodeKind::kObject);
    if (text(member(root, "twinvoice", spec::NodeKind::kString)) != "result/2" || figures == nullptr) {
      issues_.error(
          {d_.file(), static_cast<int>(root.line), static_cast<int>(root.column), ""},
          "is no result/2 document with \"figures\": a baseline is what `run --format json` printed");
      return baseline;
    }
    if (const spec::Node* manifest = member(root, "manifest", spec::NodeKind::kObject)) {
      baseline.version = text(member(*manifest, "version", spec::NodeKind::kString));
      baseline.seed = whole(member(*manifest, "seed", spec::NodeKind::kNumber));
    }
    for (const spec::Node* n = d_.first_child(*figures); n != nullptr; n = d_.next(*n)) {
      if (n->kind == spec::NodeKind::kObject) baseline.figures.push_back({std::string(n->key), estimate(*n)});
    }
    return baseline;
  }

 private:
  /// Null where there is none of that kind.
  const spec::Node* member(const spec::Node& object, std::string_view key, spec::NodeKind kind) const {
    if (object.kind != spec::NodeKind::kObject) return nullptr;
    const spec::Node* node = d_.member(object, key);
    return node != nullptr && node->kind == kind ? node : nullptr;
  }
  static std::string text(const spec::Node* node) { return node == nullptr ? "" : std::string(node->text); }
  static std::uint64_t whole(const spec::Node* node) {
    return node == nullptr ? 0 : std::strtoull(text(node).c_str(), nullptr, 10);
  }

  /// "infinity" is a number of results, null is what was not observed.
  double number(const spec::Node& object, std::string_view key) const {
    if (const spec::Node* n = member(object, key, spec::NodeKind::kNumber))
      return std::strtod(text(n).c_str(), nullptr);
    const std::string word = text(member(object, key, spec::NodeKind::kString));
    if (word == "infinity") return std::numeric_limits<double>::infinity();
    if (word == "-infinity") return -std::numeric_limits<double>::infinity();
    return std::numeric_limits<double>::quiet_NaN();
  }

  measure::Estimate estimate(const spec::Node& figure) const {
    measure::Estimate e;
    e.value = number(figure, "value");
    e.low = number(figure, "low");
    e.high = number(figure, "high");
    e.samples = whole(member(figure, "samples", spec::NodeKind::kNumber));
    e.method = text(member(figure, "method", spec::NodeKind::kString));
    return e;
  }

  const spec::Document& d_;
  Issues& issues_;
};

}  // namespace

report::Baseline read_baseline(const std::string& path) {
  Issues issues;
  report::Baseline baseline;
  if (auto text = spec::read_file(path, issues)) {
    if (const auto document = spec::parse_document(path, std::move(*text), issues))
      baseline = Reader(*document, issues).baseline();
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return baseline;
}

}  // namespace twinvoice::cli
