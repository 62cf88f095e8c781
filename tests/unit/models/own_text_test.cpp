// What a person wrote and can never act: refused at its place; what nothing uses: named.
#include "sim/compile/own_text.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/support/compile_text.hpp"

namespace twinvoice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A service at site a, called by the clients of "issue" there, with `more` members of it, of the operation and of the topology.
std::string shop(const std::string& of_service = "", const std::string& of_operation = "",
                 const std::string& of_topology = "", const std::string& of_client = "") {
  return R"("sites": {"a": {"region": "r"}, "b": {"region": "r"}},
    "links": {"line": {"between": ["a", "b"], "latency": "1 ms", "bandwidth": "1 Gbps"}},
    "components": {"svc": {"model": "service", "replicas": {"a": 2}, "demand": "1 ms", "threads": 10)" +
         of_service + R"(}}, "operations": {"issue": {"entry": "svc", "from": "a", "client": {)" + of_client +
         "}" + of_operation + "}}" + of_topology;
}

std::string load(const std::string& more = "") {
  return R"("load": {"issue": {"poisson": "10 tps"}}, "horizon": "1 min")" + more;
}

std::string fault(const std::string& text) { return load(R"(, "faults": [{"at": "10 s", )" + text + "}]"); }

/// What is wrong with the text, warnings too.
std::vector<std::string> found(const std::string& topology, const std::string& experiment) {
  Compiled read = compile_text(topology, experiment);
  if (!read.problems.empty()) return read.problems;
  read.experiment.topology = read.topology;
  Issues issues;
  try {
    static_cast<void>(compile::compile_own_text(read.experiment, catalog(), issues));
  } catch (const InvalidInput& invalid) {
    issues.append(invalid.issues());
  }
  std::vector<std::string> texts;
  for (const Issue& issue : issues.all()) texts.push_back(format_issue(issue));
  return texts;
}

TEST(OwnText, a_fault_that_changes_nothing_is_refused_at_the_field) {
  const std::vector<std::pair<std::string, std::string>> neutral{
      {R"("fault": "capacity_loss", "target": "svc", "fraction": "0 %")", "/faults/0/fraction"},
      {R"("fault": "cpu_slow", "target": "svc", "factor": 1)", "/faults/0/factor"},
      {R"("fault": "cpu_slow", "target": "svc", "factor": 1.0, "ramp": "5 s")", "/faults/0/factor"},
      {R"("fault": "spike", "target": "issue", "factor": 1)", "/faults/0/factor"},
      {R"("fault": "loss", "target": "line", "probability": "0 %")", "/faults/0/probability"},
      {R"("fault": "pool_shrink", "target": "svc", "to": 10)", "/faults/0/to"}};
  for (const auto& [text, place] : neutral)
    EXPECT_THAT(found(shop(), fault(text)), ElementsAre(HasSubstr(place + ": the fault"))) << text;
}

TEST(OwnText, a_fault_that_hits_nothing_is_named) {
  EXPECT_THAT(
      found(shop(),
            fault(R"("fault": "instance_kill", "target": "svc", "mode": "percent", "percent": "0 %")")),
      ElementsAre(HasSubstr("warning: /faults/0: the fault \"instance_kill\" hits nothing")));
}

TEST(OwnText, a_fault_that_changes_something_is_accepted) {
  for (const char* text :
       {R"("fault": "capacity_loss", "target": "svc", "fraction": "1 %")",
        R"("fault": "cpu_slow", "target": "svc", "factor": 0.5)",
        R"("fault": "spike", "target": "issue", "factor": 0)",
        R"("fault": "pool_shrink", "target": "svc", "to": 9)", R"("fault": "zone_down", "target": "a")",
        R"("fault": "instance_kill", "target": "svc")"})
    EXPECT_THAT(found(shop(), fault(text)), IsEmpty()) << text;
}

// A sweep may begin at the value that changes nothing: its cells are compiled without this judgement.
TEST(OwnText, a_neutral_value_compiles) {
  const Compiled cell = compile_text(shop(), fault(R"("fault": "cpu_slow", "target": "svc", "factor": 1)"));
  EXPECT_THAT(cell.problems, IsEmpty());
}

TEST(OwnText, weights_need_a_call_that_goes_by_them) {
  const std::string weights = R"(, "weights": {"a": 2})";
  EXPECT_THAT(found(shop(weights), load()), ElementsAre(HasSubstr("/components/svc/weights/a: no call")));
  EXPECT_THAT(found(shop(weights, "", "", R"("balance": "weighted")"), load()), IsEmpty());
}

TEST(OwnText, a_priority_needs_a_queue_that_goes_by_it) {
  const std::string second = R"(, "priority": 3)";
  EXPECT_THAT(found(shop("", second), load()),
              ElementsAre(HasSubstr("warning: /operations/issue/priority: no queue")));
  EXPECT_THAT(found(shop(R"(, "queue": {"discipline": "priority"})", second), load()), IsEmpty());
}

TEST(OwnText, completion_needs_jobs_that_are_handed_over) {
  const std::string on = R"(, "objective": {"availability": "99 %", "on": "completion"})";
  EXPECT_THAT(found(shop("", on), load()),
              ElementsAre(HasSubstr("/operations/issue/objective/on: its requests hand no jobs over")));
  EXPECT_THAT(
      found(shop(R"(, "emits": [{"to": "svc", "endpoint": "job"}], "endpoints": {"job": {"emits": []}})", on),
            load()),
      IsEmpty());
}

TEST(OwnText, what_nothing_uses_is_named) {
  const std::string more = R"(, "crews": {"night": {"size": 2}})";
  EXPECT_THAT(found(shop("", "", more), load()),
              ElementsAre(HasSubstr("warning: /crews/night: not used: no \"life\" names the crew")));
  EXPECT_THAT(
      found(shop(R"(}, "lonely": {"model": "service", "replicas": {"b": 1}, "demand": "1 ms")"), load()),
      ElementsAre(HasSubstr("not used: no request reaches the component \"lonely\"")));
}

TEST(OwnText, retries_that_are_none_say_nothing_more) {
  const auto with = [](const char* retries) { return found(shop("", "", "", retries), load()); };
  EXPECT_THAT(with(R"("retries": {"attempts": 0, "backoff": "1 s"})"),
              ElementsAre(HasSubstr("/client/retries: with 0 \"attempts\" nothing is tried again")));
  EXPECT_THAT(with(R"("retries": {"attempts": 0})"), IsEmpty());
  EXPECT_THAT(with(R"("retries": {"attempts": 1, "backoff": "1 s"})"), IsEmpty());
}

TEST(OwnText, what_comes_after_the_end_of_its_call_is_refused) {
  const auto with = [](const char* client) { return found(shop("", "", "", client), load()); };
  EXPECT_THAT(with(R"("timeout": "1 s", "hedge": {"after": "1 s"})"),
              ElementsAre(HasSubstr("/client/hedge: never sent")));
  EXPECT_THAT(with(R"("timeout": "1 s", "hedge": {"after": "999 ms"})"), IsEmpty());
  EXPECT_THAT(with(R"("timeout": "1 s", "retries": {"attempts": 1, "per_try_timeout": "1 s"})"),
              ElementsAre(HasSubstr("/client/retries: \"per_try_timeout\" is not below")));
  EXPECT_THAT(with(R"("timeout": "1 s", "retries": {"attempts": 1, "per_try_timeout": "999 ms"})"),
              IsEmpty());
}

TEST(OwnText, a_queue_without_an_end_is_never_full_and_one_without_places_has_nobody_waiting) {
  EXPECT_THAT(found(shop(R"(, "queue": {"on_full": "drop_oldest"})"), load()),
              ElementsAre(HasSubstr("/queue/on_full: without \"max\"")));
  EXPECT_THAT(found(shop(R"(, "queue": {"max": 0, "wait": "1 s"})"), load()),
              ElementsAre(HasSubstr("/queue/wait: with no waiting place")));
  EXPECT_THAT(found(shop(R"(, "queue": {"max": 1, "wait": "1 s", "on_full": "drop_oldest"})"), load()),
              IsEmpty());
}

}  // namespace
}  // namespace twinvoice::testing
