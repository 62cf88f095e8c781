// A history of one or more logs told step by step, for tests of what is lost. Instants are what the teller says they are.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/measure/durability.hpp"

namespace twinvoice::measure {

struct LogStory {
  std::vector<CommitFact> commits;
  std::vector<LogEvent> events;
  std::vector<std::vector<TimedRequest>> requests{1};
  Nanos horizon_ns = 1'000 * kNanosPerSecond;
  Nanos warm_up_ns = 0;

  /// Place 0 leads at first.
  explicit LogStory(std::uint32_t places, std::uint32_t log = 0) { begin(places, log); }
  void begin(std::uint32_t places, std::uint32_t log) {
    for (std::uint32_t p = 0; p < places; ++p) tell(0, LogEventKind::kUp, p, 0, 0, log);
    leads(0, 0, 0, 0, log);
  }
  void tell(Nanos at_ns, LogEventKind kind, std::uint32_t place, std::uint32_t epoch = 0,
            std::int64_t position = 0, std::uint32_t log = 0, std::uint32_t shard = 0) {
    events.push_back({at_ns, log, kind, place, shard, epoch, position});
  }
  void leads(Nanos at_ns, std::uint32_t place, std::uint32_t epoch, std::int64_t position,
             std::uint32_t log = 0) {
    tell(at_ns, LogEventKind::kLeads, place, epoch, position, log);
  }
  void received(Nanos at_ns, std::uint32_t place, std::uint32_t epoch, std::int64_t position) {
    tell(at_ns, LogEventKind::kReceived, place, epoch, position);
  }
  /// Returned by the writer after `kReturn`.
  CommitFact& commit(Nanos at_ns, std::uint32_t place, std::uint32_t epoch, std::int64_t position,
                     std::uint64_t sequence) {
    commits.push_back({0, place, epoch, 0, position, 0, sequence, at_ns, at_ns + kReturn});
    return commits.back();
  }
  void request(std::uint64_t sequence, Nanos arrived_ns, Nanos decided_ns, bool succeeded = true,
               std::uint32_t operation = 0) {
    if (operation >= requests.size()) requests.resize(operation + 1);
    requests[operation].push_back({arrived_ns, decided_ns, sequence, succeeded});
  }
  /// Arrived 50 ms before the commit and told "issued" 20 ms after it.
  CommitFact& issued(Nanos at_ns, std::uint32_t place, std::uint32_t epoch, std::int64_t position,
                     std::uint64_t sequence) {
    request(sequence, std::max<Nanos>(at_ns - 50'000'000, 0), at_ns + 20'000'000);
    return commit(at_ns, place, epoch, position, sequence);
  }

  [[nodiscard]] Durability account() const {
    return durability({commits, events, requests, horizon_ns, warm_up_ns});
  }
  [[nodiscard]] InvoiceCounts counts() const {
    const Durability d = account();
    return d.counts.empty() ? InvoiceCounts{} : d.counts.front();
  }

  static constexpr Nanos kReturn = 1'000'000;
};

}  // namespace twinvoice::measure
