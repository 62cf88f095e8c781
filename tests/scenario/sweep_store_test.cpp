// What `twinvoice sweep` says about a store, as its users see it.
#include <gmock/gmock.h>

#include <limits>

#include "sim/store/store.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using store::Store;
using ::testing::HasSubstr;
using ::testing::Not;

class SweepStore : public testing::ProgramTest {
 protected:
  static measure::Estimate estimate(double value, double low, double high) {
    measure::Estimate e;
    e.value = value;
    e.low = low;
    e.high = high;
    e.method = "replications t";
    e.samples = 2;
    return e;
  }

  static store::SweepRow sweep() {
    return {"failover",
            "{}",
            "00",
            {"detection"},
            {{0, "aa", {{"detection", "5 s"}}},
             {1, "bb", {{"detection", "15 s"}}},
             {2, "cc", {{"detection", "60 s"}}}}};
  }

  /// Point 0 is complete, point 1 has failed, point 2 is under way.
  static void make(const std::string& file) {
    Store store(file, Store::Mode::kCreate);
    store.begin();
    store.put_sweep(sweep());
    store.finish({"aa",
                  "",
                  7,
                  "0.1.0",
                  "{}",
                  "{}",
                  "complete",
                  "precise",
                  {{"issue.p99", estimate(0.2, 0.19, 0.21)}, {"rto", estimate(60, 57, 63)}},
                  "met",
                  {{"rto <= 70 s", "met", "60 s", {}}}},
                 {replication(0), replication(1)});
    store.finish({"bb", "", 7, "0.1.0", "{}", "{}", "failed", "took longer than 5 min", {}, {}, {}}, {});
    store.put_pending("cc", 0, {});
    store.put_pending("cc", 1, {});
    store.commit();
  }

  static store::ReplicationRow replication(std::uint64_t number) {
    store::ReplicationRow row;
    row.number = number;
    row.fingerprint = 255;
    row.figures = {{"issue.p99", 0.2}, {"rto", std::numeric_limits<double>::infinity()}};
    row.failures = {{"issue", "database.no_leader", 3}};
    row.recoveries = {{"down", std::numeric_limits<double>::infinity(), 0.5, 2, {{"detected", 5.0}}}};
    return row;
  }
};

TEST_F(SweepStore, status_tells_how_far_a_campaign_is) {
  make(path("s.sqlite"));
  const auto text = run({"sweep", "status", path("s.sqlite")});
  EXPECT_EQ(text.code, 0) << text.err;
  for (const char* wanted :
       {"SWEEP failover: 3 cells", "2 replications; 1 precise", "detection=15 s: took longer than 5 min",
        "2 replications are acknowledged", "issue.p99", "5 %", "detection=5 s"})
    EXPECT_THAT(text.out, HasSubstr(wanted));
  const auto json = run({"sweep", "status", path("s.sqlite"), "--format", "json"}).json();
  EXPECT_EQ(json.at("twinvoice"), "sweep-status/1");
  const auto& sweep = json.at("sweeps").at(0);
  EXPECT_EQ(sweep.at("done"), false);
  EXPECT_EQ(sweep.at("cells"),
            nlohmann::json({{"total", 3}, {"complete", 1}, {"failed", 1}, {"missing", 1}}));
  EXPECT_EQ(sweep.at("pending"), nlohmann::json({{"cells", 1}, {"replications", 2}}));
  EXPECT_EQ(sweep.at("verdicts"), nlohmann::json({{"met", 1}, {"missed", 0}, {"undecided", 0}}));
  EXPECT_EQ(sweep.at("failures").at(0).at("reason"), "took longer than 5 min");
  EXPECT_NEAR(sweep.at("precision").at(0).at("widest").get<double>(), 0.05, 1e-9);
}

TEST_F(SweepStore, export_prints_tables_as_csv_and_json) {
  make(path("s.sqlite"));
  const auto csv = run({"sweep", "export", path("s.sqlite")});
  EXPECT_EQ(csv.code, 0) << csv.err;
  EXPECT_EQ(csv.out,
            "position,cell,detection,state,reason,verdict,not_met,replications,issue.p99,issue.p99_low,"
            "issue.p99_high,rto,rto_low,rto_high\n"
            "0,aa,5 s,complete,precise,met,,2,0.2,0.19,0.21,60,57,63\n"
            "1,bb,15 s,failed,took longer than 5 min,,,0,,,,,,\n"
            "2,cc,60 s,missing,,,,0,,,,,,\n");
  const auto cells = run({"sweep", "export", path("s.sqlite"), "--format", "json"}).json();
  EXPECT_EQ(cells.at("twinvoice"), "sweep-cells/1");
  EXPECT_EQ(cells.at("cells").size(), 3U);
  EXPECT_EQ(cells.at("cells").at(0).at("figures").at("rto").at("high"), 63.0);
  EXPECT_EQ(cells.at("cells").at(0).at("expectations").at(0).at("verdict"), "met");
  EXPECT_EQ(cells.at("cells").at(2).at("state"), "missing");
  const auto table = [&](const char* what) {
    return run({"sweep", "export", path("s.sqlite"), "--what", what, "--format", "json", "--sweep",
                "failover"})
        .json()
        .at(what);
  };
  EXPECT_EQ(table("replications").size(), 2U);
  EXPECT_EQ(table("replications").at(1).at("fingerprint"), "00000000000000ff");
  EXPECT_EQ(table("failures").at(0).at("count"), 3);
  EXPECT_EQ(table("recoveries").at(0).at("rto_s"), "infinity");
  EXPECT_EQ(table("recoveries").at(0).at("phases").at("detected"), 5.0);
  for (const char* what : {"replications", "failures", "recoveries"})
    EXPECT_EQ(run({"sweep", "export", path("s.sqlite"), "--what", what}).code, 0) << what;
}

TEST_F(SweepStore, merge_gives_the_same_export_in_any_order) {
  make(path("a.sqlite"));
  {
    Store store(path("b.sqlite"), Store::Mode::kCreate);
    store.put_sweep(sweep());
    store.finish(
        {"cc", "", 7, "0.1.0", "{}", "{}", "complete", "cap", {{"rto", estimate(1, 0.5, 1.5)}}, {}, {}},
        {replication(0)});
  }
  const auto merged = run({"sweep", "merge", path("ab.sqlite"), path("a.sqlite"), path("b.sqlite")});
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(merged.out, "");
  EXPECT_THAT(merged.err, HasSubstr("2 complete cells, 1 failed ones and 0 replications"));
  EXPECT_EQ(run({"sweep", "merge", path("ba.sqlite"), path("b.sqlite"), path("a.sqlite")}).code, 0);
  EXPECT_EQ(run({"sweep", "export", path("ab.sqlite")}).out, run({"sweep", "export", path("ba.sqlite")}).out);
}

TEST_F(SweepStore, a_merge_tells_which_sweeps_lack_cells_and_that_is_no_error) {
  make(path("a.sqlite"));
  const auto some = run({"sweep", "merge", path("one.sqlite"), path("a.sqlite")});
  EXPECT_EQ(some.code, 0) << some.err;
  EXPECT_THAT(some.err, HasSubstr("unfinished cells, 1 of 3 cells of failover are missing\n"));
  {
    Store store(path("b.sqlite"), Store::Mode::kCreate);
    store.put_sweep(sweep());
    store.finish(
        {"cc", "", 7, "0.1.0", "{}", "{}", "complete", "cap", {{"rto", estimate(1, 0.5, 1.5)}}, {}, {}},
        {replication(0)});
  }
  const auto all = run({"sweep", "merge", path("all.sqlite"), path("a.sqlite"), path("b.sqlite")});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.err, Not(HasSubstr("missing")));
}

TEST_F(SweepStore, a_merge_that_fails_leaves_no_store_behind) {
  make(path("a.sqlite"));
  write(path("text"), "no store");
  const auto merged = run({"sweep", "merge", path("out.sqlite"), path("a.sqlite"), path("text")});
  EXPECT_EQ(merged.code, 2);
  EXPECT_THAT(merged.err, HasSubstr(path("text") + ": cannot open the store: it is not a database"));
  EXPECT_FALSE(std::filesystem::exists(path("out.sqlite")));
}

TEST_F(SweepStore, what_cannot_be_used_is_exit_code_2) {
  make(path("s.sqlite"));
  const auto none = run({"sweep", "status", path("none.sqlite")});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("twinvoice: error: " + path("none.sqlite") +
                                  ": cannot open the store: there is no such file; "));
  EXPECT_THAT(run({"sweep", "export", path("s.sqlite"), "--sweep", "x"}).err,
              HasSubstr("it holds \"failover\""));
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"sweep"},
                                             {"sweep", "fly"},
                                             {"sweep", "status"},
                                             {"sweep", "merge", path("s.sqlite")},
                                             {"sweep", "export", path("s.sqlite"), "--what", "x"},
                                             {"sweep", "export", path("s.sqlite"), "--sweep", "x"}})
    EXPECT_EQ(run(arguments).code, 2) << arguments.back();
  const Store held(path("s.sqlite"), Store::Mode::kWrite);
  EXPECT_EQ(run({"sweep", "status", path("s.sqlite")}).code, 0) << "readers work while a campaign runs";
  const auto second = run({"sweep", "merge", path("s.sqlite"), path("s.sqlite")});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("is writing to it; wait until that one ends"));
}

TEST_F(SweepStore, a_damaged_store_is_exit_code_1) {
  make(path("s.sqlite"));
  const std::string whole = read(path("s.sqlite"));
  write(path("s.sqlite"), whole.substr(0, whole.size() / 2));
  const auto status = run({"sweep", "status", path("s.sqlite")});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.err, HasSubstr("damaged"));
}

TEST_F(SweepStore, help_has_examples) {
  for (const char* name : {"status", "export", "merge"})
    EXPECT_THAT(run({"sweep", name, "--help"}).out, HasSubstr("Example")) << name;
  EXPECT_THAT(run({"sweep", "--help"}).out, HasSubstr("merge"));
}

}  // namespace
}  // namespace twinvoice
