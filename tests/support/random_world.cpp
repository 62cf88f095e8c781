#include "tests/support/random_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/acting.hpp"
#include "tests/support/mutate.hpp"

namespace twinvoice::testing {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLoadMs = 6'000;  ///< arrivals end by then, faults 2 s later

class Writer {
 public:
  Writer(std::uint64_t seed, WorldKind kind)
      : dice_(seed),
        continuous_(kind == WorldKind::kContinuous),
        staffed_(kind == WorldKind::kStaffed),
        staff_(seed ^ 0x57aff),
        detail_(seed ^ 0xde7a11) {}

  RandomWorld world() {
    sites();
    links();
    components();
    operations();
    if (staffed_) staff();
    if (dice_.once_in(4))
      topology_["network"] = {{"user_timeout", span(200, 3'000)}, {"resend_timeout", span(50, 300)}};
    loads();
    faults();
    initial();
    RandomWorld world;
    world.ends = ends_;
    leave_out_what_never_acts(topology_);
    world.topology = topology_.dump(1);
    world.experiment = experiment_.dump(1);
    return world;
  }

 private:
  [[nodiscard]] std::size_t between(std::size_t low, std::size_t high) {
    return low + dice_.below(high - low + 1);
  }
  [[nodiscard]] bool percent(std::size_t p) { return dice_.below(100) < p; }
  [[nodiscard]] std::string word(std::initializer_list<const char*> words) {
    return *(words.begin() + static_cast<std::ptrdiff_t>(dice_.below(words.size())));
  }
  /// In milliseconds, half of the time whole ones; in continuous worlds to the nanosecond.
  [[nodiscard]] std::string span(std::size_t low_ms, std::size_t high_ms) {
    if (continuous_) {
      const std::size_t low_ns = std::max<std::size_t>(low_ms * 1'000'000, 1);
      return fmt::format("{} ns", between(low_ns, high_ms * 1'000'000));
    }
    if (dice_.once_in(2)) return fmt::format("{} ms", between(low_ms, high_ms));
    return fmt::format("{} us", between(low_ms * 1'000, high_ms * 1'000));
  }
  [[nodiscard]] std::string share(std::size_t low, std::size_t high) {
    return fmt::format("{} %", between(low, high));
  }

  [[nodiscard]] Json law(std::size_t most_ms) {
    const std::string mean = span(1, most_ms);
    switch (dice_.below(continuous_ ? 7 : 9)) {
      case 0: return {{"exponential", mean}};
      case 1: return {{"lognormal", {{"mean", mean}, {"cv", 0.5}}}};
      case 2: return {{"gamma", {{"mean", mean}, {"cv", 1.5}}}};
      case 3: return {{"erlang", {{"k", between(1, 4)}, {"mean", mean}}}};
      case 4: return {{"hyper_exponential", {{"mean", mean}, {"cv", 2.0}}}};
      case 5: return {{"weibull", {{"shape", 1.5}, {"scale", mean}}}};
      case 6: return {{"uniform", {{"low", "0 s"}, {"high", mean}}}};
      case 7: return {{"empirical", Json::array({mean, span(1, most_ms), "0 s"})}};
      default: return mean;
    }
  }

  // What call sites and parts may say beyond their first shape is drawn from dice of its own.

  [[nodiscard]] bool detail(std::size_t p) { return detail_.below(100) < p; }
  [[nodiscard]] std::string detail_ms(std::size_t low, std::size_t high) {
    return fmt::format("{} ms", low + detail_.below(high - low + 1));
  }
  void details_of_retries(Json& r) {
    if (detail(30)) r["avoid_tried"] = false;
    if (!r.contains("budget") && detail(10))
      r["budget"] = {{"ratio", fmt::format("{} %", detail_.below(3) * 10)}, {"burst", detail_.below(2)}};
  }
  void details_of_pool(Json& p) {
    if (p.contains("max_age") && detail(60)) p["max_age"] = {{"exponential", detail_ms(100, 3'000)}};
    if (p.contains("idle_timeout") && detail(50))
      p["idle_timeout"] = {{"uniform", {{"low", "10 ms"}, {"high", detail_ms(50, 2'000)}}}};
  }
  /// Two calls over one pool, what a kill makes cold, verdicts by invoice.
  void details_of_service(Json& c) {
    if (detail(15))
      c["checks"]["content"] = {{"rejects", "10 %"}, {"by", detail(70) ? "invoice" : "attempt"}};
    if (detail(15)) c["warm_up"] = {{"requests", 5 + detail_.below(20)}, {"demand", detail_ms(1, 20)}};
    if (!c.contains("calls") || !detail(40)) return;
    Json shared;
    std::string peer;
    for (Json& call : c["calls"]) {
      if (!call.contains("pool") || (!peer.empty() && call["to"] != peer)) continue;
      if (peer.empty()) shared = call["pool"];
      peer = call["to"];
      call["pool"] = "shared";
    }
    if (!peer.empty()) c["pools"]["shared"] = shared;
  }
  void fate_group() {
    if (names_.size() < 3 || !detail(20)) return;
    const Json life{{"fails", {{"exponential", detail_ms(500, 4'000)}}},
                    {"repairs", detail_ms(10, 300)},
                    {"in_service", "lose"}};
    Json members = Json::array();
    for (const std::string& name : names_) {
      Json& c = topology_["components"][name];
      if (members.size() == 2 || !c.contains("life")) continue;
      members.push_back(name);
      c["life"] = life;
    }
    if (members.size() == 2)
      topology_["shares"]["power"] = {{"members", members},
                                      {"beta", fmt::format("{} %", 10 + detail_.below(90))}};
  }

  void sites() {
    const std::size_t count = between(staffed_ ? 2 : 1, 3);
    for (std::size_t i = 0; i < count; ++i) {
      Json site{{"region", percent(30) ? "shared" : "region" + std::to_string(i)}};
      site["lan"] = {{"latency", percent(30) ? std::string("0 s") : span(0, 2)},
                     {"bandwidth", word({"1 Gbps", "10 Gbps", "100 Mbps"})}};
      const std::string name = "site" + std::to_string(i);
      if (percent(40)) {
        site["zones"] = {"a", "b"};
        places_.push_back(name + "/a");
        places_.push_back(name + "/b");
      } else {
        places_.push_back(name);
      }
      sites_.push_back(name);
      topology_["sites"][name] = site;
    }
  }

  void link(std::size_t from, std::size_t to) {
    Json link{{"between", {sites_[from], sites_[to]}},
              {"latency", span(1, 20)},
              {"bandwidth", word({"1 Gbps", "10 Mbps", "1 Mbps"})}};
    if (percent(30)) link["loss"] = share(1, 10);
    if (percent(15)) link["life"] = {{"fails", {{"exponential", "5 s"}}}, {"repairs", law(200)}};
    const std::string name = fmt::format("link{}", links_.size());
    topology_["links"][name] = link;
    links_.push_back(name);
  }
  void links() {
    for (std::size_t i = 1; i < sites_.size(); ++i) link(i - 1, i);
    if (sites_.size() == 3 && percent(60)) link(0, 2);
  }

  [[nodiscard]] Json retries() {
    Json r{{"attempts", between(0, 3)}};
    if (percent(50)) r["per_try_timeout"] = span(5, 60);
    if (percent(60)) r["backoff"] = law(20);
    if (percent(30)) r["multiplier"] = 1.5;
    if (percent(30)) r["jitter"] = word({"none", "full", "equal"});
    if (percent(50)) r["on"] = Json::array({word({"timeout", "reset"}), word({"rejected", "error"})});
    if (percent(30)) r["budget"] = {{"ratio", share(5, 50)}, {"burst", between(1, 10)}};
    details_of_retries(r);
    return r;
  }
  [[nodiscard]] Json pool() {
    Json p{{"max", between(1, 12)}};
    if (percent(60)) p["wait"] = law(80);
    if (percent(40)) p["queue"] = between(0, 20);
    if (percent(40)) p["idle_timeout"] = span(50, 2'000);
    if (percent(30)) p["max_age"] = span(100, 3'000);
    if (percent(50)) p["establish"] = {{"round_trips", between(0, 3)}, {"demand", span(0, 2)}};
    if (percent(40)) p["preconnected"] = true;
    details_of_pool(p);
    return p;
  }
  /// Everything a call may say about how it is made, but for its pool.
  void policy(Json& call, std::size_t caller) {
    if (percent(70)) call["timeout"] = span(20, 400);
    if (percent(25)) call["deadline"] = "propagate";
    if (percent(50)) call["retries"] = retries();
    if (percent(20)) call["hedge"] = {{"after", span(5, 40)}, {"max", between(1, 2)}};
    if (percent(35)) call["cancellation"] = "propagate";
    if (percent(20))
      call["breaker"] = {{"consecutive_errors", between(2, 8)},
                         {"open_for", span(50, 500)},
                         {"half_open_requests", between(1, 2)}};
    if (percent(60))
      call["balance"] =
          word({"round_robin", "random", "least_request", "power_of_two", "weighted", "nearest"});
    if (percent(20))
      call["ejection"] = {{"consecutive_errors", between(2, 6)},
                          {"base_ejection_time", span(50, 500)},
                          {"max_ejection_percent", share(10, 100)}};
    if (percent(30)) call["request"] = fmt::format("{} B", dice_.below(20'000));
    if (percent(20)) call["on_failure"] = "ignore";
    if (caller + 2 < names_.size() && !call.contains("on_failure") && percent(15)) {
      call["on_failure"] = "fallback";
      call["fallback"] = {{"to", names_[between(caller + 2, names_.size() - 1)]}};
    }
  }
  [[nodiscard]] Json call(std::size_t caller) {
    Json c{{"to", names_[between(caller + 1, std::min(caller + 3, names_.size() - 1))]}};
    if (percent(20)) c["probability"] = share(20, 90);
    if (percent(10)) c["times"] = between(2, 3);
    policy(c, caller);
    if (percent(30)) c["pool"] = pool();
    return c;
  }
  [[nodiscard]] Json calls(std::size_t caller) {
    Json all = Json::array();
    if (caller + 1 >= names_.size()) return all;
    for (std::size_t i = between(1, 3); i > 0; --i) {
      if (percent(20)) {
        Json group{{"parallel", Json::array({call(caller), call(caller)})}};
        if (percent(60)) group["join"] = word({"all", "any"});
        if (percent(40)) group["cancellation"] = "propagate";
        all.push_back(group);
      } else {
        all.push_back(call(caller));
      }
    }
    return all;
  }
  [[nodiscard]] Json queue() {
    Json q = Json::object();
    if (percent(50)) q["max"] = between(0, 30);
    if (percent(60)) q["on_full"] = word({"reject", "block", "drop_oldest"});
    if (percent(80))
      q["discipline"] = word({"fifo", "lifo", "priority", "priority_preemptive", "processor_sharing"});
    if (percent(30)) q["wait"] = law(100);
    return q;
  }

  [[nodiscard]] Json service(std::size_t i) {
    Json c{{"model", "service"}, {"demand", law(12)}, {"cores", between(1, 3)}};
    if (percent(20)) c["demand_after"] = law(5);
    if (percent(50))
      c["threads"] = {{"max", between(1, 20)}, {"wait", span(10, 200)}, {"queue", between(0, 40)}};
    if (percent(60)) c["queue"] = queue();
    if (percent(25)) c["error_rate"] = share(1, 20);
    if (percent(15))
      c["rate_limit"] = {{"rate", fmt::format("{} tps", between(5, 80))}, {"burst", between(1, 20)}};
    if (percent(20)) c["speed_by_load"] = {1.0, 0.8, 0.6};
    if (Json all = calls(i); !all.empty()) c["calls"] = all;
    if (i + 1 < names_.size() && percent(20))
      c["emits"] = Json::array({{{"to", names_.back()}, {"probability", "50 %"}}});
    details_of_service(c);
    return c;
  }
  [[nodiscard]] Json component(std::size_t i) {
    const bool last = i + 1 == names_.size();
    switch (dice_.below(last ? 3 : 8)) {
      case 0: {
        Json c{
            {"model", "database"}, {"demand", law(6)}, {"cores", between(1, 4)}, {"shards", between(1, 3)}};
        if (percent(50)) c["pool"] = {{"max", between(2, 20)}, {"wait", span(20, 200)}};
        if (percent(30)) c["queue"] = queue();
        if (percent(30)) c["idempotent"] = false;
        return c;
      }
      case 1: {
        Json c{{"model", "cache"}, {"hit_ratio", share(20, 99)}, {"entries", between(10, 1'000)}};
        if (!last) c["origin"] = call(i);
        if (percent(30)) c["fill_demand"] = law(2);
        if (detail(30)) c["persistent"] = true;
        return c;
      }
      case 3: {
        Json c{{"model", "load_balancer"}, {"to", names_[i + 1]}};
        policy(c, i);
        if (percent(30)) c["connections"] = {{"max", between(2, 30)}, {"wait", span(10, 100)}};
        return c;
      }
      case 4: {
        Json c{{"model", "connection_pool"}, {"to", names_[i + 1]}, {"pool", pool()}};
        policy(c, i);
        return c;
      }
      default: return service(i);
    }
  }
  void components() {
    const std::size_t count = between(2, 6);
    for (std::size_t i = 0; i < count; ++i) names_.push_back("part" + std::to_string(i));
    for (std::size_t i = 0; i < count; ++i) {
      const bool ledger = staffed_ && i + 1 == count;
      Json c =
          ledger ? Json{{"model", "database"}, {"demand", law(6)}, {"shards", between(1, 3)}} : component(i);
      if (ledger) c["replicas"] = {{places_.front(), between(1, 3)}, {places_.back(), between(1, 3)}};
      c["replicas"][dice_.pick(places_)] = between(1, 3);
      if (percent(40)) c["replicas"][dice_.pick(places_)] = between(1, 2);
      if (percent(15)) {
        c["life"] = {{"fails", law(4'000)},
                     {"repairs", law(300)},
                     {"in_service", word({"resume", "restart", "lose"})}};
        if (percent(50)) {
          c["life"]["crew"] = "crew";
          topology_["crews"]["crew"] = {{"size", 1}};
        }
      }
      topology_["components"][names_[i]] = c;
    }
    fate_group();
  }

  // Procedures draw from dice of their own.

  [[nodiscard]] std::string staff_span(std::size_t low_ms, std::size_t high_ms) {
    return fmt::format("{} ms", low_ms + staff_.below(high_ms - low_ms + 1));
  }
  /// Sites where a component stands, in the order of its replicas.
  [[nodiscard]] static std::vector<std::string> sites_of(const Json& component) {
    std::vector<std::string> sites;
    for (const auto& [place, count] : component["replicas"].items()) {
      const std::string site = place.substr(0, place.find('/'));
      if (std::find(sites.begin(), sites.end(), site) == sites.end()) sites.push_back(site);
    }
    return sites;
  }
  void replicate(const std::string& name, Json& database, const std::vector<std::string>& sites) {
    static const std::vector<std::string> kModes{"async", "semi_sync", "sync"};
    primary_site_ = sites[0];
    database["primary"] = sites[0];
    database["replication"] = {{"to", sites[1]},
                               {"mode", staff_.pick(kModes)},
                               {"batch_every", staff_span(5, 100)},
                               {"record", fmt::format("{} B", 100 + staff_.below(20'000))}};
    Json& replication = database["replication"];
    if (detail(40)) replication["apply"] = detail_ms(1, 150);
    if (replication["mode"] != "async" && detail(40)) replication["wait_for"] = "applied";
    if (replication["mode"] == "semi_sync") {
      if (detail(30))
        replication["fallback"] = "none";
      else if (detail(60))
        replication["timeout"] = detail_ms(100, 2'000);
    }
    Json runbook{{"model", "site_failover"}, {"at", sites[1]},   {"service", {name}},
                 {"database", name},         {"from", sites[0]}, {"to", sites[1]}};
    runbook["detect"] = {{"sensor", "replication_lag"},  {"component", name},
                         {"location", sites[1]},         {"above", staff_span(50, 400)},
                         {"every", staff_span(20, 200)}, {"for", staff_span(0, 500)}};
    runbook["approve"] = {{"by", "somebody"}, {"takes", {{"exponential", staff_span(50, 800)}}}};
    runbook["fence"] = staff_.once_in(2);
    if (staff_.once_in(2)) runbook["failback"] = {{"after", "1 s"}, {"takes", "200 ms"}};
    const std::string writes = "write-" + name;
    topology_["operations"][writes] = {
        {"entry", name}, {"from", staff_.pick(places_)}, {"client", {{"timeout", "400 ms"}}}};
    experiment_["load"][writes] = {{"deterministic", staff_span(20, 60)},
                                   {"count", 50 + staff_.below(60)},
                                   {"first_at", staff_span(1, 900)}};
    if (staff_.below(3) != 0) topology_["procedures"]["runbook-" + name] = runbook;
  }
  void staff() {
    for (const std::string& name : names_) {
      Json& component = topology_["components"][name];
      const std::vector<std::string> sites = sites_of(component);
      if (component["model"] == "database" && sites.size() > 1) replicate(name, component, sites);
      if (staff_.once_in(3)) {
        topology_["procedures"]["probe-" + name] = {
            {"model", "health_probe"},      {"at", staff_.pick(sites_)},    {"targets", name},
            {"every", staff_span(50, 500)}, {"timeout", staff_span(5, 45)}, {"fall", 1 + staff_.below(3)},
            {"rise", 1 + staff_.below(3)}};
      }
    }
    topology_["procedures"]["alert"] = {{"model", "alert_rule"},
                                        {"at", staff_.pick(sites_)},
                                        {"every", staff_span(50, 500)},
                                        {"when",
                                         {{"sensor", "success_rate"},
                                          {"operation", operations_.front()},
                                          {"below", "90 %"},
                                          {"window", "1 s"}}}};
    experiment_["horizon"] = "300 s";
  }

  void operations() {
    const std::size_t count = between(1, 3);
    for (std::size_t i = 0; i < count; ++i) {
      Json client = Json::object();
      policy(client, names_.size());
      const std::string name = "operation" + std::to_string(i);
      const std::string entry = names_[dice_.below(2)];
      topology_["operations"][name] = {
          {"entry", entry}, {"from", dice_.pick(places_)}, {"priority", dice_.below(4)}, {"client", client}};
      operations_.push_back(name);
      entries_.push_back(entry);
    }
  }

  void loads() {
    for (const std::string& name : operations_) {
      Json load;
      const std::size_t rate = between(5, 60);
      // A spike multiplies a rate, and always hits the first operation.
      switch (name == operations_.front() || continuous_ ? 7 : dice_.below(8)) {
        case 0:
          load = {{"deterministic", span(10, 50)}, {"count", between(50, 120)}};
          if (percent(30)) load["batch"] = between(2, 8);
          break;
        case 1:
          if (dice_.once_in(2)) {
            load = {{"closed", {{"users", between(1, 10)}, {"think", law(100)}}}};
            ends_ = false;
            break;
          }
          [[fallthrough]];
        default:
          load = {{"piecewise",
                   Json::array({{{"at", "0 s"}, {"rate", fmt::format("{} tps", rate)}},
                                {{"at", "2 s"}, {"rate", fmt::format("{} tps", rate * between(1, 3))}},
                                {{"at", fmt::format("{} ms", kLoadMs)}, {"rate", "0 tps"}}})}};
      }
      experiment_["load"][name] = load;
    }
  }

  [[nodiscard]] std::string replicas() { return dice_.pick(names_); }
  [[nodiscard]] Json disturbance() {
    // The last kinds need a second place, then a link.
    switch (dice_.below(!links_.empty() ? 10 : places_.size() > 1 ? 8 : 7)) {
      case 0: return {{"fault", "instance_kill"}, {"target", replicas()}, {"mode", word({"one", "all"})}};
      case 1: return {{"fault", "instance_pause"}, {"target", replicas()}, {"mode", word({"one", "all"})}};
      case 2: return {{"fault", "capacity_loss"}, {"target", replicas()}, {"fraction", share(10, 100)}};
      case 3: return {{"fault", "cpu_slow"}, {"target", replicas()}, {"factor", between(2, 20)}};
      case 4: return {{"fault", "zone_down"}, {"target", dice_.pick(places_)}};
      case 5: return {{"fault", "region_down"}, {"target", topology_["sites"][dice_.pick(sites_)]["region"]}};
      case 6:
        if (percent(30))
          return {{"fault", "shed"}, {"target", operations_.front()}, {"share", share(10, 100)}};
        return {{"fault", "spike"}, {"target", operations_.front()}, {"factor", between(0, 4)}};
      case 7:
        return {{"fault", "partition"},
                {"between", partition()},
                {"direction", word({"both", "a_to_b", "b_to_a"})},
                {"new_only", percent(20)}};
      case 8: return {{"fault", "latency"}, {"target", dice_.pick(links_)}, {"extra", span(1, 100)}};
      default: return {{"fault", "loss"}, {"target", dice_.pick(links_)}, {"probability", share(1, 60)}};
    }
  }
  [[nodiscard]] Json partition() {
    const std::size_t i = dice_.below(places_.size() - 1);
    return Json::array({Json::array({places_[i]}), Json::array({places_[i + 1]})});
  }
  void faults() {
    Json all = Json::array();
    for (std::size_t i = between(0, 5); i > 0; --i) {
      Json f = disturbance();
      f["id"] = "fault" + std::to_string(i);
      const std::string at = span(1, kLoadMs);
      f["at"] = at;
      if (i == 2) f["at"] = {{"empirical", Json::array({at, "0 s"})}};
      if (i == 3) f["at"] = {{"uniform", {{"low", "0 s"}, {"high", at}}}};
      if (i == 4) f.erase("at"), f["within"] = Json::array({"0 s", at});
      f["duration"] = span(1, 2'000);
      all.push_back(f);
    }
    if (!primary_site_.empty() && staff_.below(3) != 0) {
      all.push_back({{"fault", "zone_down"},
                     {"id", "primary"},
                     {"target", primary_site_},
                     {"at", staff_span(500, kLoadMs)},
                     {"duration", staff_span(500, 3'000)}});
    }
    if (!all.empty()) experiment_["faults"] = all;
  }
  void initial() {
    if (percent(20) && !continuous_)
      experiment_["initial"][entries_.front()] = {{"queue_length", between(1, 30)}};
  }

  Dice dice_;
  bool continuous_, staffed_;
  Dice staff_, detail_;
  bool ends_ = true;
  std::string primary_site_;  ///< of a replicated log
  std::vector<std::string> sites_, places_, links_, names_, operations_, entries_;
  Json topology_ = {{"twinvoice", "topology/1"}, {"name", "random"}};
  Json experiment_ = {
      {"twinvoice", "experiment/1"}, {"name", "random"}, {"topology", "topology.json"}, {"horizon", "600 s"}};
};

}  // namespace

RandomWorld random_world(std::uint64_t seed, WorldKind kind) { return Writer(seed, kind).world(); }

}  // namespace twinvoice::testing
