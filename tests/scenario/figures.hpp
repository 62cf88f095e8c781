// The figures of a result document by name: the one place that knows where result/2 keeps what the tests of
// meaning ask for.
#pragma once

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace twinvoice::testing {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// A figure with its range. In JSON null is: no value, no lower end, no upper end; "infinity" is what has no end.
struct Range {
  std::optional<double> value;
  double low = -kInfinite;
  double high = kInfinite;
};

struct Interruption {
  int replication = 0;
  double begin_s = 0.0, begin_low_s = 0.0, begin_high_s = 0.0;
  double end_s = 0.0, end_low_s = 0.0, end_high_s = 0.0;  ///< kInfinite: not restored
  std::string walk;                                       ///< failing | late
  double bad = 0.0, late = 0.0, bad_time_s = 0.0;
  std::vector<std::string> faults;  ///< sorted
  bool shared = false;

  [[nodiscard]] double length_s() const { return end_s - begin_s; }
  [[nodiscard]] double shortest_s() const { return end_low_s - begin_high_s; }
  [[nodiscard]] double longest_s() const { return end_high_s - begin_low_s; }
};

/// Reads a result document. What is missing in it throws, and so fails the test with the name of what is
/// missing.
class Figures {
 public:
  explicit Figures(nlohmann::json document) : document_(std::move(document)) {}
  [[nodiscard]] const nlohmann::json& json() const { return document_; }

  [[nodiscard]] static double number(const nlohmann::json& j, double absent) {
    if (j == "infinity") return kInfinite;
    return j.is_null() ? absent : j.get<double>();
  }
  /// null as a whole: nothing is known of it (the onset of a fault that interrupts nothing).
  [[nodiscard]] static Range range(const nlohmann::json& j) {
    Range r;
    if (j.is_null()) return r;
    if (!j.at("value").is_null()) r.value = j.at("value").get<double>();
    r.low = number(j.at("low"), -kInfinite);
    r.high = number(j.at("high"), kInfinite);
    return r;
  }

  // ---- operations
  [[nodiscard]] const nlohmann::json& operation(const std::string& name) const {
    return document_.at("operations").at(name);
  }
  [[nodiscard]] Range availability(const std::string& name, const std::string& of) const {
    return range(operation(name).at("availability").at(of));
  }
  /// Of a run: a number, or an object whose "total" it is (failed has it beside its causes).
  [[nodiscard]] double count(const std::string& name, const std::string& what) const {
    const nlohmann::json& j = operation(name).at(what);
    return j.is_object() ? j.at("total").get<double>() : j.get<double>();
  }
  [[nodiscard]] std::optional<double> bound_s(const std::string& name) const {
    const nlohmann::json& j = operation(name).at("bound_s");
    return j.is_null() ? std::nullopt : std::optional<double>(j.get<double>());
  }
  [[nodiscard]] std::vector<Interruption> interruptions(const std::string& name, int replication = 0) const {
    std::vector<Interruption> all;
    for (const nlohmann::json& j : operation(name).at("interruptions")) {
      Interruption i;
      i.replication = j.at("replication").get<int>();
      if (i.replication != replication) continue;
      i.begin_s = j.at("begin_s").get<double>();
      i.begin_low_s = number(j.at("begin_low_s"), -kInfinite);
      i.begin_high_s = number(j.at("begin_high_s"), kInfinite);
      i.end_s = number(j.at("end_s"), kInfinite);
      i.end_low_s = number(j.at("end_low_s"), -kInfinite);
      i.end_high_s = number(j.at("end_high_s"), kInfinite);
      i.walk = j.at("walk").get<std::string>();
      i.bad = j.at("bad").get<double>();
      i.late = j.at("late").get<double>();
      i.bad_time_s = j.at("bad_time_s").get<double>();
      i.faults = j.at("faults").get<std::vector<std::string>>();
      std::sort(i.faults.begin(), i.faults.end());
      const nlohmann::json& shared = j.at("shared");  // yes or no, or with whom
      i.shared = shared.is_boolean() ? shared.get<bool>() : !shared.empty();
      all.push_back(i);
    }
    return all;
  }
  /// Of a run: the document has the sum over the replications.
  [[nodiscard]] double invoices(const std::string& name, const std::string& what) const {
    return operation(name).at("invoices").at(what).get<double>() /
           document_.at("replications_done").get<double>();
  }

  // ---- disruptions
  [[nodiscard]] const nlohmann::json& disruption(const std::string& fault) const {
    for (const nlohmann::json& j : document_.at("disruptions"))
      if (j.at("fault") == fault) return j;
    throw std::runtime_error("no disruption " + fault);
  }
  [[nodiscard]] bool has_disruption(const std::string& fault) const {
    const auto& all = document_.at("disruptions");
    return std::any_of(all.begin(), all.end(),
                       [&](const nlohmann::json& j) { return j.at("fault") == fault; });
  }
  /// "rto_s", "rpo_s", "onset_s" of one fault in one replication.
  [[nodiscard]] Range of_fault(const std::string& fault, const std::string& figure,
                               std::size_t replication = 0) const {
    return range(disruption(fault).at("replications").at(replication).at(figure));
  }
  [[nodiscard]] std::size_t replications_of(const std::string& fault) const {
    return disruption(fault).at("replications").size();
  }

  // ---- expectations
  [[nodiscard]] const nlohmann::json& expectation(std::size_t i) const {
    return document_.at("expectations").at(i);
  }
  [[nodiscard]] std::string verdict(std::size_t i) const {
    return expectation(i).at("verdict").get<std::string>();
  }

  /// What both engines must say alike. Without what the referee does not tell (it keeps no record of what is
  /// lost) and the largest number at one instant, which hangs on the order of what happens at that instant.
  [[nodiscard]] nlohmann::json what_happened() const {
    nlohmann::json all;
    for (const char* part : {"operations", "disruptions"}) all[part] = document_.at(part);
    for (const nlohmann::json& e : document_.at("expectations"))
      if (e.at("text").get<std::string>().rfind("rpo", 0) != 0) all["expectations"].push_back(e);
    forget(all);
    return all;
  }

 private:
  static void forget(nlohmann::json& j) {
    if (j.is_object()) {
      for (auto it = j.begin(); it != j.end();) {
        const std::string& key = it.key();
        const bool kept = key.rfind("rpo", 0) != 0 && key != "invoices" && key != "in_flight_max";
        it = kept ? std::next(it) : j.erase(it);
      }
    }
    if (j.is_structured())
      for (nlohmann::json& part : j) forget(part);
  }

  nlohmann::json document_;
};

}  // namespace twinvoice::testing
