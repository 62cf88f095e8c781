#include "sim/cli/fact_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/base/csv.hpp"
#include "sim/random/keys.hpp"

namespace twinvoice::cli {
namespace {

std::string time_cell(Nanos ns) {
  if (ns == kNever) return {};
  return fmt::format("{}.{:09}", ns / kNanosPerSecond, ns % kNanosPerSecond);
}

std::string_view told_word(plan::Told told) {
  switch (told) {
    case plan::Told::kIssued: return "issued";
    case plan::Told::kRefused: return "refused";
    case plan::Told::kUnknown: return "unknown";
  }
  return "";
}

std::string cause_cell(const plan::Plan& plan, std::uint32_t packed) {
  const plan::Cause cause = plan::Cause::of_packed(packed);
  return cause.none() ? std::string() : csv_cell(plan::cause_name(plan, cause));
}

/// A request's number in its operation.
struct Ordinal {
  std::size_t operation = 0;
  std::uint64_t ordinal = 0;
};

/// By sequence, of one replication.
using Ordinals = std::map<std::uint64_t, Ordinal>;

Ordinals ordinals_of(const measure::RunRecord& record) {
  Ordinals all;
  for (std::size_t op = 0; op < record.operations.size(); ++op) {
    std::uint64_t ordinal = 0;
    for (const measure::TimedRequest& r : record.operations[op].times.sorted())
      all[r.sequence] = {op, ordinal++};
  }
  return all;
}

class FactWriter {
 public:
  explicit FactWriter(const Facts& facts) : f_(facts) {
    for (const measure::RunRecord& record : facts.records) ordinals_.push_back(ordinals_of(record));
  }

  struct Table {
    const char* name;
    std::string (FactWriter::*text)() const;
  };
  static constexpr std::size_t kTables = 5;
  static const Table tables[kTables];

  std::vector<report::CsvFile> files() const {
    std::vector<report::CsvFile> files;
    for (const Table& table : tables) files.push_back({table.name, (this->*table.text)()});
    return files;
  }

 private:
  const std::string& operation_name(std::size_t op) const { return f_.plan.operations[op].name; }
  const std::string& log_name(std::uint32_t log) const { return f_.plan.logs[log].name; }
  const std::string& place_name(std::uint32_t place) const { return f_.plan.locations[place].name; }

  std::string requests() const {
    std::string text =
        "replication,operation,ordinal,root,arrived_s,decided_s,outcome,cause,told,first_cause,attempts\n";
    for (std::size_t i = 0; i < f_.requests.size(); ++i) {
      std::vector<measure::RequestRecord> list = f_.requests[i];
      std::sort(list.begin(), list.end(),
                [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
      for (const measure::RequestRecord& r : list)
        text += request(f_.records[i].replication, ordinals_[i], r);
    }
    return text;
  }

  std::string request(std::uint64_t replication, const Ordinals& ordinals,
                      const measure::RequestRecord& r) const {
    const Ordinal& number = ordinals.at(r.sequence);
    const bool open = r.decided_ns == kNever;
    const plan::Told told = open          ? plan::Told::kUnknown
                            : r.succeeded ? plan::Told::kIssued
                                          : plan::told_by(plan::Cause::of_packed(r.cause).reason());
    return fmt::format("{},{},{},{:016x},{},{},{},{},{},{},{}\n", replication,
                       csv_cell(operation_name(number.operation)), number.ordinal,
                       random::root_frame(f_.plan.sources[r.source].name_key, r.ordinal),
                       time_cell(r.arrived_ns), time_cell(r.decided_ns),
                       open          ? "unanswered"
                       : r.succeeded ? "succeeded"
                                     : "failed",
                       cause_cell(f_.plan, r.cause), told_word(told),
                       r.succeeded ? std::string() : cause_cell(f_.plan, r.first_cause), r.attempts);
  }

  std::string commits() const {
    std::string text = "replication,log,place,epoch,shard,position,operation,ordinal,commit_s,returned_s\n";
    for (std::size_t i = 0; i < f_.records.size(); ++i) {
      const measure::RunRecord& record = f_.records[i];
      for (const measure::CommitFact& c : record.commits.all()) {
        const auto found = ordinals_[i].find(c.sequence);
        // Requests that arrive after the horizon have no number, and what is written then is in no figure.
        if (c.commit_ns >= record.end_ns || found == ordinals_[i].end()) continue;
        text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", record.replication, csv_cell(log_name(c.log)),
                            csv_cell(place_name(c.place)), c.epoch, c.shard, c.position,
                            csv_cell(operation_name(found->second.operation)), found->second.ordinal,
                            time_cell(c.commit_ns), time_cell(c.returned_ns));
      }
    }
    return text;
  }

  /// Other events are of the place, with all its shards.
  static bool of_a_shard(const measure::LogEvent& e) {
    switch (e.kind) {
      case measure::LogEventKind::kLeads:
      case measure::LogEventKind::kReceived:
      case measure::LogEventKind::kApplied:
      case measure::LogEventKind::kReconciled:
      case measure::LogEventKind::kReseeded: return true;
      case measure::LogEventKind::kFenced:
      case measure::LogEventKind::kPaused:
      case measure::LogEventKind::kResumed:
      case measure::LogEventKind::kDown:
      case measure::LogEventKind::kUp:
      case measure::LogEventKind::kCutOff:
      case measure::LogEventKind::kReachable:
      case measure::LogEventKind::kDestroyed: return false;
    }
    return false;
  }

  std::string log() const {
    std::string text = "replication,log,at_s,event,place,shard,epoch,position\n";
    for (const measure::RunRecord& record : f_.records) {
      for (const measure::LogEvent& e : record.log_events) {
        if (e.at_ns >= record.end_ns) continue;
        text += fmt::format("{},{},{},{},{},{},{},{}\n", record.replication, csv_cell(log_name(e.log)),
                            time_cell(e.at_ns), measure::kLogEventWords[static_cast<std::size_t>(e.kind)],
                            csv_cell(place_name(e.place)), of_a_shard(e) ? fmt::format("{}", e.shard) : "",
                            e.epoch, of_a_shard(e) ? fmt::format("{}", e.position) : "");
      }
    }
    return text;
  }

  std::string faults() const {
    std::string text = "replication,fault,begin_s,end_s\n";
    for (const measure::RunRecord& record : f_.records) {
      for (std::size_t f = 0; f < record.faults.size(); ++f) {
        if (record.faults[f].begin_ns >= record.end_ns) continue;
        text += fmt::format("{},{},{},{}\n", record.replication, csv_cell(f_.plan.faults[f].name),
                            time_cell(record.faults[f].begin_ns), time_cell(record.faults[f].end_ns));
      }
    }
    return text;
  }

  std::string audit() const {
    std::string text = "replication,at_s,procedure,act,faults\n";
    for (std::size_t i = 0; i < f_.records.size(); ++i) {
      const measure::RunRecord& record = f_.records[i];
      std::map<std::size_t, const measure::FaultIndices*> owners;
      for (const report::ProcedureRun& run : f_.accounts.runs[i].procedures) {
        for (const std::size_t m : run.marks) owners[m] = &run.owners;
      }
      for (const auto& [m, faults] : owners) {
        const measure::Mark& mark = record.marks[m];
        std::string names;
        for (const std::size_t f : *faults) names += (names.empty() ? "" : ";") + f_.plan.faults[f].name;
        const std::string act = (mark.is_phase ? measure::phase_name(mark.phase) + ": " : "") + mark.text;
        text += fmt::format("{},{},{},{},{}\n", record.replication, time_cell(mark.at_ns),
                            csv_cell(mark.procedure), csv_cell(act), csv_cell(names));
      }
    }
    return text;
  }

  const Facts& f_;
  std::vector<Ordinals> ordinals_;
};

const FactWriter::Table FactWriter::tables[] = {{"requests.csv", &FactWriter::requests},
                                                {"commits.csv", &FactWriter::commits},
                                                {"log.csv", &FactWriter::log},
                                                {"faults.csv", &FactWriter::faults},
                                                {"audit.csv", &FactWriter::audit}};

}  // namespace

std::vector<report::CsvFile> fact_files(const Facts& facts) { return FactWriter(facts).files(); }

std::vector<std::string> fact_names() {
  std::vector<std::string> names;
  for (const FactWriter::Table& table : FactWriter::tables) names.emplace_back(table.name);
  return names;
}

}  // namespace twinvoice::cli
