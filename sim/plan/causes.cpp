#include "sim/plan/causes.hpp"

#include <array>

namespace twinvoice::plan {
namespace {

struct Row {
  std::string_view name;
  std::uint8_t retried_by;
  std::string_view text;
};

constexpr std::array<Row, kReasons> kRows{{
#define REASON(enumerator, word, retried_by, text) {word, retried_by, text},
#include "sim/plan/vocabulary/reasons.def"
#undef REASON
}};

const Row& row_of(Reason reason) { return kRows[static_cast<std::size_t>(reason)]; }

}  // namespace

std::string_view reason_name(Reason reason) { return row_of(reason).name; }
std::string_view reason_text(Reason reason) { return row_of(reason).text; }
std::uint8_t retry_class(Reason reason) { return row_of(reason).retried_by; }

}  // namespace twinvoice::plan
