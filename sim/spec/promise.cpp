#include "sim/spec/promise.hpp"

#include <fmt/format.h>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {

void PromiseSpec::describe(Fields& f) {
  f.required("bound", bound, "that an incident must not exceed");
  f.optional("share", share, kShareMeaning, kShareRange);
  f.rule("share", share.value < 1.0, kShareRule);
}

void Codec<PromiseSpec>::decode(Decoder& d, const Node& node, PromiseSpec& v, const Range& range) {
  v.place = d.place(node);
  if (node.kind == NodeKind::kObject) {
    d.object(node, [&v](Fields& f) { v.describe(f); });
  } else if (node.kind == NodeKind::kString || node.kind == NodeKind::kNumber) {
    Codec<Duration>::decode(d, node, v.bound, range);
  } else {
    d.error(node, fmt::format("need a duration such as \"25 min\" or {{\"bound\", \"share\"}}, found {}",
                              kind_name(node.kind)));
  }
}
Type Codec<PromiseSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "promise");
  t.definition = "Promise";
  t.parts.push_back(Codec<Duration>::type());
  t.parts.push_back(detail::plain(Type::Kind::kObject, "bound and share"));
  t.parts.back().describe = [](Fields& f) { PromiseSpec{}.describe(f); };
  return t;
}
std::string Codec<PromiseSpec>::text(const PromiseSpec&) { return {}; }

}  // namespace twinvoice::spec
