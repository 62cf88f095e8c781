#include "sim/spec/file_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace twinvoice::spec {
namespace {

struct Kind {
  std::string_view name;
  std::string_view with_article;
};
constexpr std::array<Kind, 4> kKinds{Kind{"topology", "a topology"}, Kind{"experiment", "an experiment"},
                                     Kind{"sweep", "a sweep"}, Kind{"policies", "a file of policies"}};

const Kind* kind_named(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

/// How the file that is there goes with the one that is needed.
std::string_view advice(std::string_view found, std::string_view wanted) {
  if (found == "topology" && wanted == "experiment") return ", whose \"topology\" names this file";
  if (found == "experiment" && wanted == "sweep") return ", whose \"experiment\" names this file";
  if (found == "sweep" && wanted == "experiment") return "; \"twinvoice sweep run\" plays a sweep";
  if (found == "policies" && wanted == "experiment") return "; policies stand behind \"--policies\"";
  return "";
}

}  // namespace

bool is_kind(const Document& document, std::string_view wanted, Issues& issues) {
  const Node* node = document.member(document.root(), "twinvoice");
  if (node == nullptr || node->kind != NodeKind::kString) return true;
  const Kind* found = kind_named(node->text.substr(0, node->text.find('/')));
  const Kind* needed = kind_named(wanted);
  if (found == nullptr || needed == nullptr || found == needed) return true;
  issues.error({document.file(), static_cast<int>(node->line), static_cast<int>(node->column), "/twinvoice"},
               fmt::format("this file is {}; need {}{}", found->with_article, needed->with_article,
                           advice(found->name, needed->name)));
  return false;
}

}  // namespace twinvoice::spec
