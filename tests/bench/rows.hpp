// The sections of the table. Each function measures and adds its rows.
#pragma once

#include "tests/bench/options.hpp"
#include "tests/bench/table.hpp"

namespace twinvoice::bench {

/// W2, W3 and W5 in the kernel against loops written by hand. Throws std::runtime_error when the two do not do the same.
void add_tandem_rows(Table& table, const Options& options);
/// W2 in the kernel against SimGrid alone; the referee.
void add_simgrid_rows(Table& table, const Options& options);
/// experiments/national-day.json: cost, time and memory of the whole day.
void add_day_rows(Table& table, const Options& options);
/// What single semantics cost: the day's busiest minute with one of them taken out. No targets.
void add_cost_rows(Table& table, const Options& options);
/// A run in which nothing happens, in a worker of its own.
void add_empty_run_row(Table& table, const Options& options);
/// Cost per event as requests in flight and components grow; memory as the horizon grows.
void add_growth_rows(Table& table, const Options& options);
/// What must not be quadratic or go on for nothing: answers held at a cut, replicas that die at once, an idle stream.
void add_cliff_rows(Table& table, const Options& options);
/// Campaigns of short cells: their overhead, and two workers against one.
void add_campaign_rows(Table& table, const Options& options);

}  // namespace twinvoice::bench
