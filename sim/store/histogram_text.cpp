#include "sim/store/histogram_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

namespace twinvoice::store {
namespace {

using measure::Int128;
using measure::LogLinear;

/// Sums are not negative and below 2^126.
std::optional<Int128> int128_of(const std::string& text) {
  if (text.empty() || text.size() > 38) return std::nullopt;
  Int128 value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

[[noreturn]] void damaged(const Database& database) {
  throw StoreError(StoreError::Kind::kMedium, database.shown(), "read a histogram", "it is not one",
                   "the file is damaged: take a copy of it from before");
}

}  // namespace

std::string buckets_text(const measure::Histogram& histogram) {
  std::string text = "{";
  if (histogram.count() > 0) {
    const auto counts = histogram.counts();
    const std::size_t last = LogLinear::index(histogram.max_ns());
    for (std::size_t i = LogLinear::index(histogram.min_ns()); i <= last; ++i) {
      if (counts[i] == 0) continue;
      fmt::format_to(std::back_inserter(text), "{}\"{}\":{}", text.size() > 1 ? "," : "", i, counts[i]);
    }
  }
  return text + "}";
}

std::string decimal(Int128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value > 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

measure::Histogram histogram_of(Database& database, const std::string& buckets, const std::string& sum_ns,
                                Nanos min_ns, Nanos max_ns) {
  std::vector<std::uint64_t> counts(LogLinear::kBuckets);
  std::int64_t previous = -1;
  std::size_t first = 0;
  Query each(database, "SELECT CAST(key AS INTEGER), value FROM json_each(?)", buckets);
  while (each.step()) {
    const std::int64_t bucket = each.integer(0);
    const std::int64_t count = each.integer(1);
    if (bucket <= previous || bucket >= static_cast<std::int64_t>(counts.size()) || count <= 0)
      damaged(database);
    if (previous < 0) first = static_cast<std::size_t>(bucket);
    counts[static_cast<std::size_t>(bucket)] = static_cast<std::uint64_t>(count);
    previous = bucket;
  }
  const std::optional<Int128> sum = int128_of(sum_ns);
  if (!sum) damaged(database);
  if (previous < 0) return {};
  const bool fits = min_ns >= 0 && min_ns <= max_ns && LogLinear::index(min_ns) == first &&
                    LogLinear::index(max_ns) == static_cast<std::size_t>(previous);
  if (!fits) damaged(database);
  return measure::Histogram::from_counts(counts, *sum, min_ns, max_ns);
}

}  // namespace twinvoice::store
