// The facts of every replication as CSV, exact to the nanosecond: what any other program needs to compute the figures of a report
// again. Times are seconds with nine decimals; an empty cell says that it has not happened.
//
//   requests.csv  replication, operation, ordinal, root, arrived_s, decided_s, outcome (succeeded, failed, unanswered), cause,
//                 told (issued, refused, unknown), first_cause, attempts: a line for each request that arrived before the horizon
//   commits.csv   replication, log, place, epoch, shard, position, operation, ordinal, commit_s, returned_s
//   log.csv       replication, log, at_s, event, place, shard, epoch, position: see measure::LogEventKind; no shard and no
//                 position where the event is of the place as a whole
//   faults.csv    replication, fault, begin_s, end_s (empty: for good)
//   audit.csv     replication, at_s, procedure, act, faults (those it belongs to, separated by ";")
//
// An ordinal numbers the requests of an operation by arrival, from 0. What happens at or after the horizon is in no file, but
// for the decisions of requests and the acknowledgements of commits.
#pragma once

#include <string>
#include <vector>

#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/plan.hpp"
#include "sim/report/accounts.hpp"
#include "sim/report/render.hpp"

namespace twinvoice::cli {

/// What the engines leave, replication by replication.
struct Facts {
  const plan::Plan& plan;
  const std::vector<measure::RunRecord>& records;
  const std::vector<std::vector<measure::RequestRecord>>& requests;
  const report::Accounts& accounts;
};

[[nodiscard]] std::vector<report::CsvFile> fact_files(const Facts& facts);
/// The names of these files.
[[nodiscard]] std::vector<std::string> fact_names();

}  // namespace twinvoice::cli
