// Histograms as the columns of the table `histogram`.
#pragma once

#include <string>

#include "sim/measure/histogram.hpp"
#include "sim/store/database.hpp"

namespace twinvoice::store {

/// {"bucket": count, ...} of the buckets that are not empty, in order.
[[nodiscard]] std::string buckets_text(const measure::Histogram& histogram);
[[nodiscard]] std::string decimal(measure::Int128 value);

/// The inverse. Throws StoreError when the texts are none that the functions above write.
[[nodiscard]] measure::Histogram histogram_of(Database& database, const std::string& buckets,
                                              const std::string& sum_ns, Nanos min_ns, Nanos max_ns);

}  // namespace twinvoice::store
