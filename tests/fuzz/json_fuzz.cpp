// libFuzzer: the strict JSON reader alone. What it accepts has places inside the text; what it refuses has complaints with places.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sim/spec/document.hpp"
#include "tests/support/hostile.hpp"

using namespace twinvoice;

namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// Walks the tree: every value stands on a line of the text, and containers hold what they count.
void walk(const spec::Document& document, const spec::Node& node, std::uint32_t lines, int depth) {
  require(depth <= spec::kMaxDepth, "deeper than allowed");
  require(node.line >= 1 && node.line <= lines && node.column >= 1, "a value outside of the text");
  std::uint32_t children = 0;
  for (const spec::Node* child = document.first_child(node); child != nullptr;
       child = document.next(*child)) {
    ++children;
    walk(document, *child, lines, depth + 1);
  }
  require(children == node.size, "a wrong number of children");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  Issues issues;
  const auto document = spec::parse_document("fuzz.json", text, issues);
  for (const std::string& fault : testing::faults_of(issues)) require(false, fault.c_str());
  require(document.has_value() || issues.has_errors(), "refused without a word");
  if (document)
    walk(*document, document->root(),
         lines + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\r')), 0);
  return 0;
}
