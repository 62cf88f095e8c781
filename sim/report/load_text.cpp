#include "sim/report/load_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/report/text.hpp"
#include "sim/report/text_table.hpp"

namespace twinvoice::report {
namespace {

constexpr std::size_t kMostComponents = 12;
constexpr std::size_t kMostLines = 3;        ///< of one component or pool
constexpr std::size_t kMostPools = 8;        ///< lines
constexpr std::size_t kWideForGauges = 100;  ///< columns
constexpr std::size_t kLongestPlace = 22;
constexpr std::size_t kThirdColumn =
    20;  ///< columns that a table needs beside name and place, blanks included
constexpr std::size_t kGauge = 10;

double load_of(const LoadResult& load) {
  return load.utilisation && load.utilisation->samples > 0 ? load.utilisation->value : 0.0;
}

double busiest_of(const ComponentResult& c) {
  return c.places.empty() ? load_of(c) : load_of(c.places.front());
}

/// Two figures that a reader takes for the same: within a tenth, or within `least`.
bool near(double a, double b, double least) {
  return std::abs(a - b) <= std::max(least, 0.1 * std::max(std::abs(a), std::abs(b)));
}

bool near(std::uint64_t a, std::uint64_t b) {
  return near(static_cast<double>(a), static_cast<double>(b), 0.0);
}

/// Those that share a line: the first one speaks for all.
template <class Item>
struct Alike {
  const Item* first = nullptr;
  std::size_t count = 0;
};

/// In the given order, which has the busiest first.
template <class Item, class Same>
std::vector<Alike<Item>> folded(const std::vector<const Item*>& items, const Same& same) {
  std::vector<Alike<Item>> lines;
  for (const Item* item : items) {
    const auto found =
        std::find_if(lines.begin(), lines.end(), [&](const Alike<Item>& l) { return same(*l.first, *item); });
    if (found == lines.end()) {
      lines.push_back({item, 1});
    } else {
      ++found->count;
    }
  }
  return lines;
}

std::string where_text(const std::string& place, std::size_t alike) {
  const std::string name = shortened(place, kLongestPlace);
  return alike == 1 ? name : fmt::format("{} and {} alike", name, alike - 1);
}

std::string replicas_text(std::uint32_t replicas, std::size_t alike) {
  return alike == 1 ? fmt::format("{}", replicas) : fmt::format("{} × {}", alike, replicas);
}

std::string gauge(double share, const Style& style) {
  const auto cells =
      static_cast<std::size_t>(std::clamp(share * static_cast<double>(kGauge) + 0.5, 0.0, double{kGauge}));
  std::string filled, rest;
  for (std::size_t i = 0; i < kGauge; ++i) (i < cells ? filled : rest) += i < cells ? "■" : "·";
  return style.wrap(share >= 0.9 ? "31" : share >= 0.7 ? "33" : "32", filled) + style.dim(rest);
}

/// Rows by name of the column.
class Rows {
 public:
  explicit Rows(std::vector<std::pair<const char*, bool>> titles) {
    for (const auto& [title, to_the_right] : titles) columns_.push_back({title, to_the_right, {}});
  }
  void add(std::vector<std::string> texts) {
    texts.resize(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) columns_[c].texts.push_back(std::move(texts[c]));
  }
  /// Of the columns from `first` on those in which nothing is but zeros go.
  void drop_zeros(std::size_t first) {
    const auto nothing = [](const std::string& text) { return text == "0" || text == "0 s" || text == "-"; };
    for (std::size_t c = columns_.size(); c-- > first;) {
      const std::vector<std::string>& texts = columns_[c].texts;
      if (std::all_of(texts.begin(), texts.end(), nothing))
        columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(c));
    }
  }
  /// Names are cut where not even one column more would fit beside them.
  [[nodiscard]] std::string text(std::size_t width, const Style& style) {
    std::size_t place = 0;
    for (const std::string& text : columns_[1].texts) place = std::max(place, columns(text));
    for (std::string& name : columns_[0].texts) name = shortened(name, width - place - kThirdColumn);
    return text_table_in_parts(columns_, 2, width, style);
  }

 private:
  std::vector<TextColumn> columns_;
};

bool alike_places(const PlaceResult& a, const PlaceResult& b) {
  return a.replicas == b.replicas && near(load_of(a), load_of(b), 0.02) &&
         near(a.queue.value, b.queue.value, 0.1) && near(a.wait_s, b.wait_s, 1e-3) &&
         near(a.rejected + a.expired, b.rejected + b.expired);
}

class LoadTable {
 public:
  LoadTable(const ResultDocument& d, const Style& style, std::size_t width)
      : d_(d), style_(style), width_(width) {}

  void add(const ComponentResult& c, bool all) {
    std::vector<const PlaceResult*> places;
    for (const PlaceResult& place : c.places) places.push_back(&place);
    const auto lines = folded(places, alike_places);
    const std::size_t shown = all || lines.size() <= kMostLines ? lines.size() : kMostLines - 1;
    for (std::size_t i = 0; i < shown; ++i) add(i == 0 ? c.info.name : "", *lines[i].first, lines[i].count);
    if (shown == lines.size()) return;
    std::size_t left = 0;
    for (std::size_t i = shown; i < lines.size(); ++i) left += lines[i].count;
    rows_.add({"", style_.dim(fmt::format("… {} more, less busy", left))});
  }
  [[nodiscard]] std::string text() { return rows_.text(width_, style_); }

 private:
  void add(const std::string& name, const PlaceResult& p, std::size_t alike) {
    std::string load = "-";
    if (p.utilisation && p.utilisation->samples > 0) {
      const double u = p.utilisation->value;
      load = fmt::format("{:.1f} %", u * 100.0);
      if (width_ >= kWideForGauges) load = right(load, 7) + "  " + gauge(u, style_);
    } else if (width_ >= kWideForGauges) {
      load = left(right(load, 7), 9 + kGauge);
    }
    const std::string rejected = a_run_text(p.rejected + p.expired, d_.replications);
    rows_.add({name, where_text(p.name, alike), replicas_text(p.replicas, alike), load,
               fmt::format("{:.2f}", p.queue.value), p.visits > 0 ? seconds_text(p.wait_s) : "-",
               p.rejected + p.expired > 0 ? style_.red(rejected) : rejected});
  }

  const ResultDocument& d_;
  const Style& style_;
  std::size_t width_;
  Rows rows_{{{"", false},
              {"place", false},
              {"replicas", true},
              {"load", true},
              {"queue", true},
              {"wait", true},
              {"rejected", true}}};
};

/// The pool of one name at one place.
struct PlacedPool {
  const ComponentResult* component = nullptr;
  const PlaceResult* place = nullptr;
  const PoolResult* pool = nullptr;

  [[nodiscard]] double fill() const {
    return pool->max && *pool->max > 0 ? pool->active / static_cast<double>(*pool->max) : 0.0;
  }
};

bool alike_pools(const PlacedPool& a, const PlacedPool& b) {
  return a.component == b.component && a.pool->name == b.pool->name && a.pool->max == b.pool->max &&
         near(a.fill(), b.fill(), 0.02) && near(a.pool->active, b.pool->active, 0.1) &&
         near(a.pool->waiting, b.pool->waiting, 0.1) && near(a.pool->wait_s, b.pool->wait_s, 1e-3) &&
         near(a.pool->rejected + a.pool->expired, b.pool->rejected + b.pool->expired);
}

std::vector<PlacedPool> placed_pools(const ResultDocument& d) {
  std::vector<PlacedPool> list;
  for (const ComponentResult& c : d.components) {
    for (const PlaceResult& place : c.places) {
      for (const PoolResult& pool : place.pools) list.push_back({&c, &place, &pool});
    }
  }
  std::stable_sort(list.begin(), list.end(), [](const PlacedPool& a, const PlacedPool& b) {
    return a.fill() != b.fill() ? a.fill() > b.fill() : a.pool->waiting > b.pool->waiting;
  });
  return list;
}

}  // namespace

std::size_t components_shown(const ResultDocument& d, bool all) {
  return all ? d.components.size() : std::min(d.components.size(), kMostComponents);
}

std::string components_text(const ResultDocument& d, const Style& style, std::size_t width, bool all) {
  std::vector<const ComponentResult*> list;
  for (const ComponentResult& c : d.components) list.push_back(&c);
  std::stable_sort(list.begin(), list.end(), [](const ComponentResult* a, const ComponentResult* b) {
    return busiest_of(*a) > busiest_of(*b);
  });
  LoadTable table(d, style, width);
  for (std::size_t i = 0; i < components_shown(d, all); ++i) table.add(*list[i], all);
  return table.text();
}

std::string pools_text(const ResultDocument& d, const Style& style, std::size_t width, bool all) {
  const std::vector<PlacedPool> pools = placed_pools(d);
  if (pools.empty()) return {};
  std::vector<const PlacedPool*> list;
  for (const PlacedPool& pool : pools) list.push_back(&pool);
  const auto lines = folded(list, alike_pools);
  const std::size_t shown = all ? lines.size() : std::min(lines.size(), kMostPools);
  Rows rows({{"", false},
             {"place", false},
             {"held", true},
             {"most", true},
             {"waiting", true},
             {"wait", true},
             {"rejected", true}});
  for (std::size_t i = 0; i < shown; ++i) {
    const PlacedPool& at = *lines[i].first;
    const PoolResult& p = *at.pool;
    const std::string rejected = a_run_text(p.rejected + p.expired, d.replications);
    rows.add({at.component->info.name + "/" + p.name, where_text(at.place->name, lines[i].count),
              p.max ? fmt::format("{:.3g} of {}", p.active, *p.max) : fmt::format("{:.3g}", p.active),
              fmt::format("{}", p.peak), fmt::format("{:.3g}", p.waiting),
              p.acquired > 0 ? seconds_text(p.wait_s) : "-",
              p.rejected + p.expired > 0 ? style.red(rejected) : rejected});
  }
  rows.drop_zeros(4);
  std::string text = rows.text(width, style);
  if (shown < lines.size())
    text += style.dim(fmt::format("  … and {} more lines (--verbose)", lines.size() - shown)) + "\n";
  return text;
}

}  // namespace twinvoice::report
