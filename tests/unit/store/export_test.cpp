#include "sim/store/export.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <sstream>

#include "tests/unit/store/store_fixture.hpp"

namespace twinvoice::store {
namespace {

using testing::HasSubstr;
using Mode = Store::Mode;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

measure::Estimate estimate(double value, double low, double high) {
  measure::Estimate e;
  e.value = value;
  e.low = low;
  e.high = high;
  return e;
}

class Exporting : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    Store store(path(), Mode::kCreate);
    store.put_sweep({"demo",
                     "{}",
                     "00",
                     {"detection", "approval"},
                     {{0, "aa", {{"detection", "5 s"}, {"approval", "standing"}}},
                      {1, "bb", {{"detection", "5 s"}, {"approval", "on call, by \"phone\""}}},
                      {2, "cc", {{"detection", "15 s"}, {"approval", "standing"}}}}});
    CellRow cell{"aa", "first", 18446744073709551615U, "0.1.0", "{}", "{}", "complete", "fixed", {}, {}, {}};
    cell.expectations = {{"rto <= 50 s", "missed", "60.5 s", {}},
                         {"p99 <= 1 s", "met", "0.1 s", {}},
                         {"availability >= 99 %, of all", "undecided", "the bound lies inside", 7}};
    cell.verdict = verdict_of(cell.expectations);
    cell.figures = {{"rto", estimate(60.5, 50.25, kInfinity)}, {"p99", estimate(0.1, 0.09, 0.11)}};
    ReplicationRow row{0, 0xfedcba9876543210U, 1000, 500, 0.25, {}, {}, {}, {}};
    row.figures = {{"p99", 0.1}, {"rto", kInfinity}};
    row.failures = {{"issue", "database.no_leader", 7}};
    row.recoveries = {{"down", 60.5, kNaN, 0, {{"detected", 5.0}, {"backlog drained", kInfinity}}}};
    measure::Histogram histogram;
    for (const Nanos ns : {Nanos{0}, Nanos{255}, Nanos{256}, Nanos{14'000'123}, Nanos{14'000'124},
                           measure::LogLinear::kLargest - 1})
      histogram.record(ns);
    row.latencies = {{"issue", histogram}};
    ReplicationRow second = row;
    second.number = 1;
    second.cpu_s = 3.5;
    store.finish(cell, {row, second});
    CellRow failed{"bb", "second", 1, "0.1.0", "{}", "{}", "failed", "took longer than 5 min", {}, {}, {}};
    failed.figures = {{"cost", estimate(kNaN, -kInfinity, kInfinity)}};
    store.finish(failed, {});
    store.put_pending("cc", 0, {});
  }
  std::string csv(Table table) {
    std::ostringstream out;
    export_csv(Store(path(), Mode::kRead), "", out, table);
    return out.str();
  }
  /// The rows of a query, cells separated by "|".
  std::string sql(const char* query) {
    sqlite3* handle = nullptr;
    sqlite3_open_v2(path().c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
    std::string text;
    const auto collect = [](void* to, int n, char** values, char**) {
      for (int i = 0; i < n; ++i)
        *static_cast<std::string*>(to) +=
            std::string(values[i] == nullptr ? "NULL" : values[i]) + (i + 1 < n ? "|" : "\n");
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle, query, collect, &text, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
    return text;
  }
};

TEST_F(Exporting, cells_are_one_row_each_in_order) {
  EXPECT_EQ(csv(Table::kCells),
            "position,cell,detection,approval,state,reason,verdict,not_met,replications,rto,rto_low,rto_high,"
            "p99,p99_low,p99_"
            "high,cost,"
            "cost_low,cost_high\n"
            "0,aa,5 s,standing,complete,fixed,missed,\"missed: rto <= 50 s; undecided: availability >= 99 %, "
            "of all\",2,60.5,50.25,inf,0.1,0.09,0.11,,,\n"
            "1,bb,5 s,\"on call, by \"\"phone\"\"\",failed,took longer than 5 min,,,0,,,,,,,,-inf,inf\n"
            "2,cc,15 s,standing,missing,,,,0,,,,,,,,,\n");
}

TEST_F(Exporting, replications_failures_and_recoveries_are_tables_of_their_own_without_processor_time) {
  EXPECT_EQ(csv(Table::kReplications),
            "position,cell,detection,approval,replication,fingerprint,events,hops,p99,rto\n"
            "0,aa,5 s,standing,0,fedcba9876543210,1000,500,0.1,inf\n"
            "0,aa,5 s,standing,1,fedcba9876543210,1000,500,0.1,inf\n");
  EXPECT_EQ(csv(Table::kFailures),
            "position,cell,detection,approval,replication,operation,cause,count\n"
            "0,aa,5 s,standing,0,issue,database.no_leader,7\n"
            "0,aa,5 s,standing,1,issue,database.no_leader,7\n");
  EXPECT_EQ(csv(Table::kRecoveries),
            "position,cell,detection,approval,replication,fault,rto_s,rpo_s,acknowledged_lost,detected_at_s,"
            "backlog_drained_at_s\n"
            "0,aa,5 s,standing,0,down,60.5,,0,5,inf\n"
            "0,aa,5 s,standing,1,down,60.5,,0,5,inf\n");
}

TEST_F(Exporting, a_sweep_is_found_by_name_or_by_being_the_only_one) {
  Store store(path(), Mode::kWrite);
  EXPECT_EQ(find_sweep(store, "demo").name, "demo");
  EXPECT_THAT(message_of([&] { (void)find_sweep(store, "other"); }),
              HasSubstr("no sweep \"other\"; it holds \"demo\""));
  store.put_sweep({"more", "{}", "00", {}, {}});
  EXPECT_THAT(message_of([&] { (void)find_sweep(store, ""); }), HasSubstr("it holds \"demo\", \"more\""));
}

TEST_F(Exporting, the_view_of_cells_says_levels_states_and_figures) {
  EXPECT_EQ(
      sql("SELECT position, cell, levels, state, reason, replications, pending, figures FROM cells ORDER BY "
          "position"),
      "0|aa|{\"detection\":\"5 s\",\"approval\":\"standing\"}|complete|fixed|2|0|{\"rto\":60.5,\"p99\":0.1}\n"
      "1|bb|{\"detection\":\"5 s\",\"approval\":\"on call, by \\\"phone\\\"\"}|failed|took longer than 5 "
      "min|0|0|"
      "{\"cost\":null}\n"
      "2|cc|{\"detection\":\"15 s\",\"approval\":\"standing\"}|missing|NULL|0|1|{}\n");
  EXPECT_EQ(
      sql("SELECT position, figure, value, low, high, converged FROM figures ORDER BY position, figure"),
      "0|p99|0.1|0.09|0.11|0\n0|rto|60.5|50.25|Inf|0\n1|cost|NULL|-Inf|Inf|0\n");
}

TEST_F(Exporting, the_views_say_what_was_expected_and_how_it_was_judged) {
  EXPECT_EQ(sql("SELECT position, verdict FROM cells ORDER BY position"), "0|missed\n1|NULL\n2|NULL\n");
  EXPECT_EQ(sql("SELECT position, expectation, verdict, why, more_to_decide FROM expectations"),
            "0|rto <= 50 s|missed|60.5 s|NULL\n0|p99 <= 1 s|met|0.1 s|NULL\n"
            "0|availability >= 99 %, of all|undecided|the bound lies inside|7\n");
}

TEST(Verdict, one_miss_decides_and_only_all_met_are_met) {
  const auto of = [](std::vector<std::string> verdicts) {
    std::vector<ExpectationRow> rows;
    for (std::string& verdict : verdicts) rows.push_back({"", std::move(verdict), "", {}});
    return verdict_of(rows);
  };
  EXPECT_EQ(of({}), "");
  EXPECT_EQ(of({"met", "met"}), "met");
  EXPECT_EQ(of({"met", "undecided"}), "undecided");
  EXPECT_EQ(of({"met", "no_sample"}), "undecided");
  EXPECT_EQ(of({"no_sample", "undecided", "missed"}), "missed");
}

TEST_F(Exporting, the_views_of_replications_and_recoveries_can_be_read_as_json) {
  EXPECT_EQ(sql("SELECT replication, fingerprint, cpu_s, json_extract(figures, '$.rto') FROM replications"),
            "0|fedcba9876543210|0.25|Inf\n1|fedcba9876543210|3.5|Inf\n");
  EXPECT_EQ(sql("SELECT figure, value FROM replication_figures WHERE replication = 1 ORDER BY figure"),
            "p99|0.1\nrto|Inf\n");
  EXPECT_EQ(sql("SELECT operation, cause, count FROM failures WHERE replication = 0"),
            "issue|database.no_leader|7\n");
  EXPECT_EQ(sql("SELECT fault, rto_s, rpo_s, json_extract(phases, '$.detected') FROM recoveries WHERE "
                "replication = 0"),
            "down|60.5|NULL|5.0\n");
}

TEST_F(Exporting, the_view_of_latencies_has_the_buckets_of_the_histogram) {
  using Grid = measure::LogLinear;
  std::string wanted;
  for (const auto& [ns, count] : {std::pair{Nanos{0}, 2},
                                  {Nanos{255}, 2},
                                  {Nanos{256}, 2},
                                  {Nanos{14'000'123}, 4},
                                  {Grid::kLargest - 1, 2}}) {
    const std::size_t bucket = Grid::index(ns);
    wanted += std::to_string(Grid::lower(bucket)) + "|" +
              std::to_string(Grid::lower(bucket) + Grid::width(bucket)) + "|" + std::to_string(count) + "\n";
  }
  EXPECT_EQ(sql("SELECT CAST(round(low_s * 1e9) AS INTEGER), CAST(round(high_s * 1e9) AS INTEGER), count "
                "FROM latency "
                "WHERE cell = 'aa' AND operation = 'issue' ORDER BY low_s"),
            wanted);
}

}  // namespace
}  // namespace twinvoice::store
