// Numbers as people read them: shared by the renderers and by the reasons of verdicts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/estimate.hpp"

namespace twinvoice::report {

/// "12.3 ms"; "-" for what is not there, "unbounded" for infinity.
[[nodiscard]] std::string seconds_text(double seconds);
/// "99.9912 %" with as many digits as the distance from 100 % deserves.
[[nodiscard]] std::string share_text(double share);
/// "1 234 567" with thin groups of three.
[[nodiscard]] std::string count_text(std::uint64_t count);

/// What `totals` are in each of `runs` runs, in whole numbers that add up to their sum a run, which comes last: every one is within 1 of
/// its share, and what is 0 in all stays 0.
[[nodiscard]] std::vector<std::uint64_t> parts_of_a_run(std::span<const std::uint64_t> totals,
                                                        std::uint64_t runs);
/// The nearest whole number likewise; "-" for what is unknown, "unbounded" for what no count holds.
[[nodiscard]] std::string whole_text(double count);
/// A sum over `runs` replications as a count of one of them: whole, below ten with two digits.
[[nodiscard]] std::string a_run_text(std::uint64_t sum, std::uint64_t runs);
/// Four significant digits, "1.234e+09" beyond a million millions.
[[nodiscard]] std::string number_text(double value);
/// "value [low, high]" in the given rendering; only the value when there is no interval.
[[nodiscard]] std::string estimate_text(const measure::Estimate& e, std::string (*text)(double));

/// Whether the estimate carries an error bar.
[[nodiscard]] bool has_interval(const measure::Estimate& e);

}  // namespace twinvoice::report
