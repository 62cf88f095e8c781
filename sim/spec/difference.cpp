#include "sim/spec/difference.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "sim/spec/patch.hpp"

namespace twinvoice::spec {
namespace {

/// Members by which people call the elements of a list, best first.
constexpr std::array<std::string_view, 6> kNames{"id", "name", "operation", "component", "to", "fault"};

/// A child with what it is called beside its siblings.
struct Named {
  std::string name;
  const Node* node = nullptr;
};

std::string called(const Document& document, const Node& element) {
  if (element.kind != NodeKind::kObject) return {};
  for (const std::string_view key : kNames) {
    const Node* name = document.member(element, key);
    if (name != nullptr && name->kind == NodeKind::kString) return "." + std::string(name->text);
  }
  return {};
}

std::vector<Named> children(const Document& document, const Node& parent) {
  std::vector<Named> list;
  for (const Node* n = document.first_child(parent); n != nullptr; n = document.next(*n)) {
    if (parent.kind == NodeKind::kObject) {
      if (is_meaning(*n)) list.push_back({"." + std::string(n->key), n});
    } else {
      list.push_back({called(document, *n), n});
    }
  }
  if (parent.kind == NodeKind::kObject) return list;
  std::map<std::string, std::size_t> bearers;
  for (const Named& child : list) ++bearers[child.name];
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name.empty() || bearers[list[i].name] > 1) list[i].name = fmt::format("[{}]", i);
  }
  return list;
}

class SideBySide {
 public:
  SideBySide(const Document& a, const Document& b) : a_(a), b_(b) {}

  /// Depth is bounded by kMaxDepth of the reader.
  void compare(const std::string& where, const Node& a, const Node& b) {
    const bool containers = a.kind == NodeKind::kObject || a.kind == NodeKind::kArray;
    if (a.kind == b.kind && containers) return compare_children(where, a, b);
    std::string text_a = canonical_text(a_, a, Keep::kMeaning);
    std::string text_b = canonical_text(b_, b, Keep::kMeaning);
    if (text_a != text_b) add(where, std::move(text_a), std::move(text_b));
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  void compare_children(const std::string& where, const Node& a, const Node& b) {
    const std::vector<Named> of_a = children(a_, a);
    const std::vector<Named> of_b = children(b_, b);
    std::map<std::string_view, const Node*> left_over;
    for (const Named& child : of_b) left_over.emplace(child.name, child.node);
    for (const Named& child : of_a) {
      const auto other = left_over.find(child.name);
      if (other == left_over.end()) {
        add(where + child.name, canonical_text(a_, *child.node, Keep::kMeaning), std::nullopt);
        continue;
      }
      compare(where + child.name, *child.node, *other->second);
      left_over.erase(other);
    }
    for (const Named& child : of_b) {
      if (left_over.contains(child.name))
        add(where + child.name, std::nullopt, canonical_text(b_, *child.node, Keep::kMeaning));
    }
  }

  void add(const std::string& where, std::optional<std::string> a, std::optional<std::string> b) {
    found_.push_back(
        {where.empty() ? where : where.substr(where.front() == '.' ? 1 : 0), std::move(a), std::move(b)});
  }

  const Document& a_;
  const Document& b_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> differences(const Document& a, const Document& b) {
  SideBySide comparison(a, b);
  comparison.compare("", a.root(), b.root());
  return comparison.take();
}

}  // namespace twinvoice::spec
