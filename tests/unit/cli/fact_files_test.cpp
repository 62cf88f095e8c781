// The facts of a hand-made replication as CSV, cell by cell.
#include "sim/cli/fact_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "sim/plan/causes.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::cli {
namespace {

using ::testing::ElementsAre;

constexpr Nanos kMs = 1'000'000;
constexpr random::Key kIssueKey = 7;

/// Operations "issue" and "read, fast", a log "ledger" at the places "east" and "west", one fault.
plan::Plan small_plan() {
  plan::Plan plan;
  plan.operations.resize(2);
  plan.operations[0].name = "issue";
  plan.operations[1].name = "read, fast";
  plan.sources.resize(2);
  plan.sources[0].operation = plan::OperationId{0};
  plan.sources[0].name_key = kIssueKey;
  plan.sources[1].operation = plan::OperationId{1};
  plan.sources[1].name_key = kIssueKey + 1;
  plan.locations.resize(2);
  plan.locations[0].name = "east";
  plan.locations[1].name = "west";
  plan.logs.resize(1);
  plan.logs[0].name = "ledger";
  plan.faults.resize(2);
  plan.faults[0].name = "down";
  plan.faults[1].name = "never";
  return plan;
}

/// A second of measured time; the first operation has two requests and one that is never answered, the second has one.
struct Replication {
  measure::RunRecord record;
  std::vector<measure::RequestRecord> requests;

  explicit Replication(std::uint64_t number) {
    measure::LedgerLayout layout;
    layout.slow_above_ns = {kNever, kNever};
    layout.causes = 1;
    layout.horizon_ns = kNanosPerSecond;
    measure::Ledger ledger(layout);
    const auto add = [&](std::uint32_t source, std::uint64_t ordinal, Nanos arrived_ns, Nanos decided_ns,
                         plan::Cause cause) {
      const auto sequence = static_cast<std::uint64_t>(requests.size());
      const measure::TimedRequest request{arrived_ns, decided_ns, sequence, cause.none()};
      ledger.arrive(source, arrived_ns);
      if (decided_ns == kNever)
        ledger.leave_open(source, request);
      else if (cause.none())
        ledger.succeed(source, request);
      else
        ledger.fail(source, request, 0, 0);
      requests.push_back({source, ordinal, sequence, arrived_ns, decided_ns,
                          decided_ns != kNever && cause.none(), cause.packed, cause.packed, 1, 0});
    };
    add(0, 0, 100 * kMs, 150 * kMs, {});
    add(1, 0, 200 * kMs, 201 * kMs + 1, {});
    add(0, 1, 300 * kMs, 400 * kMs, plan::Cause(plan::Reason::kLost, 0));
    add(0, 2, 999 * kMs, kNever, {});
    ledger.close(kNanosPerSecond);
    record.replication = number;
    record.end_ns = record.followed_to_ns = kNanosPerSecond;
    record.operations = ledger.take_books();
    record.commits = {{0, 0, 0, 0, 1, 0, 0, 120 * kMs, 130 * kMs}, {0, 0, 0, 0, 2, 0, 2, 350 * kMs, kNever}};
    record.commits.push_back({0, 0, 0, 0, 3, 0, 3, 1500 * kMs, kNever});  // after the horizon
    using Kind = measure::LogEventKind;
    record.log_events = {{0, 0, Kind::kLeads, 0, 0, 0, 0},
                         {160 * kMs, 0, Kind::kReceived, 1, 0, 0, 1},
                         {1600 * kMs, 0, Kind::kDown, 0, 0, 0, 0}};
    record.faults = {{250 * kMs, kNever}, {2 * kNanosPerSecond, kNever}};
    record.marks = {{260 * kMs, "dr", true, measure::Phase::kDetected, "3 probes fail, at once"},
                    {270 * kMs, "dr", false, measure::Phase::kDetected, "load is shifted"}};
  }
};

/// The lines of a file of two equal replications; of a file that starts with a replication's number those of the second one alone.
std::vector<std::string> lines_of(const std::string& file) {
  const plan::Plan plan = small_plan();
  std::vector<measure::RunRecord> records;
  std::vector<std::vector<measure::RequestRecord>> requests;
  report::Accounts accounts;
  for (const std::uint64_t number : {4U, 5U}) {
    Replication one(number);
    std::reverse(one.requests.begin(), one.requests.end());  // engines list them by source
    report::RunAccount& account = accounts.runs.emplace_back();
    account.procedures = report::procedure_runs(one.record, one.record.end_ns);
    account.procedures[0].owners = {0, 1};
    records.push_back(std::move(one.record));
    requests.push_back(std::move(one.requests));
  }
  std::vector<std::string> lines;
  for (const report::CsvFile& csv : fact_files({plan, records, requests, accounts})) {
    if (csv.name != file) continue;
    std::istringstream text(csv.text);
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with("4,")) lines.push_back(line);
    }
  }
  return lines;
}

TEST(FactFiles, requests_are_numbered_by_arrival_in_their_operation) {
  const auto root = [](random::Key key, std::uint64_t ordinal) {
    std::ostringstream text;
    text.width(16);
    text.fill('0');
    text << std::hex << random::root_frame(key, ordinal);
    return text.str();
  };
  EXPECT_THAT(
      lines_of("requests.csv"),
      ElementsAre(
          "replication,operation,ordinal,root,arrived_s,decided_s,outcome,cause,told,first_cause,attempts",
          "5,issue,0," + root(kIssueKey, 0) + ",0.100000000,0.150000000,succeeded,,issued,,1",
          "5,\"read, fast\",0," + root(kIssueKey + 1, 0) + ",0.200000000,0.201000001,succeeded,,issued,,1",
          "5,issue,1," + root(kIssueKey, 1) + ",0.300000000,0.400000000,failed,client.lost,unknown,client.lost,1",
          "5,issue,2," + root(kIssueKey, 2) + ",0.999000000,,unanswered,,unknown,,1"));
}

TEST(FactFiles, commits_name_their_invoice_and_end_at_the_horizon) {
  EXPECT_THAT(lines_of("commits.csv"),
              ElementsAre("replication,log,place,epoch,shard,position,operation,ordinal,commit_s,returned_s",
                          "5,ledger,east,0,0,1,issue,0,0.120000000,0.130000000",
                          "5,ledger,east,0,0,2,issue,1,0.350000000,"));
}

TEST(FactFiles, events_of_logs_end_at_the_horizon) {
  EXPECT_THAT(lines_of("log.csv"), ElementsAre("replication,log,at_s,event,place,shard,epoch,position",
                                               "5,ledger,0.000000000,leads,east,0,0,0",
                                               "5,ledger,0.160000000,received,west,0,0,1"));
}

TEST(FactFiles, faults_that_do_not_happen_are_left_out_and_an_open_end_is_empty) {
  EXPECT_THAT(lines_of("faults.csv"), ElementsAre("replication,fault,begin_s,end_s", "5,down,0.250000000,"));
}

TEST(FactFiles, lines_of_procedures_have_the_faults_of_their_run) {
  EXPECT_THAT(lines_of("audit.csv"),
              ElementsAre("replication,at_s,procedure,act,faults",
                          "5,0.260000000,dr,\"detected: 3 probes fail, at once\",down;never",
                          "5,0.270000000,dr,load is shifted,down;never"));
}

}  // namespace
}  // namespace twinvoice::cli
