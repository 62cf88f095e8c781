#include "sim/report/calls_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/report/chart.hpp"
#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostCalls = 8;

std::uint64_t events_of(const CallTotals& t) {
  return t.retries + t.hedges + t.ejections + t.openings + t.rejections + t.late;
}

}  // namespace

std::string calls_text(const ResultDocument& d, const Style& style, std::size_t width, bool all) {
  std::vector<const CallResult*> list;
  for (const CallResult& call : d.calls) {
    if (call.measured.eventful()) list.push_back(&call);
  }
  if (list.empty()) return {};
  std::stable_sort(list.begin(), list.end(), [](const CallResult* a, const CallResult* b) {
    return events_of(a->measured) > events_of(b->measured);
  });
  const std::size_t shown = all ? list.size() : std::min(list.size(), kMostCalls);
  std::vector<TextColumn> table{{"", false, {}}, {"attempts", true, {}}, {"amplified", true, {}}};
  for (std::size_t i = 0; i < shown; ++i) {
    const CallResult& call = *list[i];
    table[0].texts.push_back(shortened(call.info.name, width - 30));
    table[1].texts.push_back(a_run_text(call.measured.attempts, d.replications));
    table[2].texts.push_back(call.amplification.samples > 0 ? fmt::format("{:.3f}", call.amplification.value)
                                                            : "-");
  }
  struct Kind {
    const char* title;
    std::uint64_t CallTotals::*count;
  };
  for (const Kind& kind : {Kind{"retries", &CallTotals::retries}, Kind{"hedges", &CallTotals::hedges},
                           Kind{"ejections", &CallTotals::ejections}, Kind{"opened", &CallTotals::openings},
                           Kind{"rejected", &CallTotals::rejections}, Kind{"late", &CallTotals::late}}) {
    TextColumn column{kind.title, true, {}};
    bool any = false;
    for (std::size_t i = 0; i < shown; ++i) {
      const std::uint64_t count = list[i]->measured.*kind.count;
      any = any || count > 0;
      column.texts.push_back(a_run_text(count, d.replications));
    }
    if (any) table.push_back(std::move(column));
  }
  std::string text = text_table_in_parts(table, 1, width, style);
  if (shown < list.size())
    text += style.dim(fmt::format("  … and {} more (--verbose)", list.size() - shown)) + "\n";
  return text + "\n" + calls_chart(d, style, width);
}

}  // namespace twinvoice::report
