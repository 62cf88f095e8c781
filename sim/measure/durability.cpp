#include "sim/measure/durability.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/base/check.hpp"
#include "sim/measure/log_history.hpp"

namespace twinvoice::measure {

namespace {

enum class Told : std::uint8_t { kNothing, kFailed, kIssued };

struct Answer {
  std::uint64_t sequence = 0;
  Nanos arrived_ns = 0;
  Told told = Told::kNothing;
};

/// By sequence.
std::vector<Answer> answers_of(const std::vector<TimedRequest>& requests) {
  std::vector<Answer> answers;
  answers.reserve(requests.size());
  for (const TimedRequest& r : requests) {
    const Told decided = r.succeeded ? Told::kIssued : Told::kFailed;
    answers.push_back({r.sequence, r.arrived_ns, r.decided_ns == kNever ? Told::kNothing : decided});
  }
  const auto earlier = [](const Answer& a, const Answer& b) { return a.sequence < b.sequence; };
  if (!std::is_sorted(answers.begin(), answers.end(), earlier)) {
    std::sort(answers.begin(), answers.end(), earlier);
  }
  return answers;
}

/// One record and what became of it.
struct Copy {
  const CommitFact* record = nullptr;
  std::uint32_t without = LogHistory::kNone;  ///< the first epoch whose log lacks it
  bool merged = false;
  Reach reach = Reach::kGone;  ///< where the log has it, or where it was merged

  [[nodiscard]] bool kept() const { return without == LogHistory::kNone; }
};

/// Acknowledged records of one operation in one shard that one event cost.
struct Lost {
  Nanos oldest_ns = kNever;
  Nanos acknowledged_ns = 0;  ///< by the writer, the last of them
  std::uint64_t invoices = 0;
  std::uint64_t invoices_after = 0;
  std::uint64_t merged = 0;

  void add(const CommitFact& r) {
    oldest_ns = std::min(oldest_ns, r.commit_ns);
    acknowledged_ns = std::max(acknowledged_ns, r.returned_ns == kNever ? r.commit_ns : r.returned_ns);
  }
  void add(const Lost& other) {
    oldest_ns = std::min(oldest_ns, other.oldest_ns);
    acknowledged_ns = std::max(acknowledged_ns, other.acknowledged_ns);
  }
};

/// Which event: changes of leader by epoch, the others by instant and place.
struct Event {
  LossKind kind = LossKind::kLeaderChange;
  Nanos at_ns = 0;
  std::uint32_t epoch = 0;
  std::uint32_t place = 0;
  auto operator<=>(const Event&) const = default;
};

/// The accounts of one log. Invoices of one operation come together.
class LogAccounts {
 public:
  LogAccounts(const LogHistory& history, Nanos horizon_ns) : history_(history), horizon_ns_(horizon_ns) {
    for (std::uint32_t e = 1; e < history.reigns().size(); ++e) events_[change(e)];
  }
  /// All records of one invoice in this log.
  void add(std::span<const CommitFact* const> records, Told told, bool counted, InvoiceCounts& counts);
  [[nodiscard]] std::vector<LossEvent> events(std::uint32_t log) const;

 private:
  using Shards = std::map<std::pair<std::uint32_t, std::uint32_t>, Lost>;  ///< (operation, shard)

  [[nodiscard]] Event change(std::uint32_t epoch) const {
    return {LossKind::kLeaderChange, history_.reigns()[epoch].from_ns, epoch,
            history_.reigns()[epoch - 1].place};
  }
  /// Copies that were destroyed at one instant are one loss, of the place that led then. What is out of reach is by place.
  [[nodiscard]] Event event_of(LossKind kind, const LogHistory::LastHolder& last) const {
    const std::uint32_t epoch = history_.epoch_at(last.at_ns);
    const std::uint32_t place = kind == LossKind::kDestroyed ? history_.reigns()[epoch].place : last.place;
    return {kind, last.at_ns, epoch, place};
  }
  [[nodiscard]] Copy follow(const CommitFact& record) const;
  void count(Told told, InvoiceCounts& counts) const;
  void lose_at_changes(bool counted);
  void lose_at_end(Reach reach, bool counted);
  void lose(const Event& event, const CommitFact& record, bool counted);
  [[nodiscard]] Nanos rpo_ns(const Event& event, const Lost& lost) const;

  const LogHistory& history_;
  Nanos horizon_ns_;
  std::vector<Copy> copies_;  ///< of the present invoice
  Reach best_ = Reach::kGone;
  std::map<Event, Shards> events_;
};

Copy LogAccounts::follow(const CommitFact& record) const {
  Copy copy{&record, history_.first_without(record)};
  if (copy.kept()) {
    copy.reach = history_.reach(record);
  } else if (history_.reconciled(record, copy.without)) {
    copy.merged = true;
    copy.reach = history_.reach_reconciled(record, copy.without);
  }
  return copy;
}

void LogAccounts::add(std::span<const CommitFact* const> records, Told told, bool counted,
                      InvoiceCounts& counts) {
  copies_.clear();
  best_ = Reach::kGone;
  for (const CommitFact* record : records) {
    copies_.push_back(follow(*record));
    best_ = std::min(best_, copies_.back().reach);
  }
  if (counted) count(told, counts);
  if (told != Told::kIssued) return;
  lose_at_changes(counted);
  if (best_ != Reach::kUp) lose_at_end(best_, counted);
}

void LogAccounts::count(Told told, InvoiceCounts& counts) const {
  const auto any = [&](const auto& test) { return std::any_of(copies_.begin(), copies_.end(), test); };
  const auto in_log = [](const Copy& c) { return c.reach != Reach::kGone; };
  if (std::count_if(copies_.begin(), copies_.end(), in_log) > 1) ++counts.duplicates_written;
  const bool durable = best_ != Reach::kGone;
  if (told == Told::kFailed && durable) ++counts.voided;
  if (told == Told::kNothing && durable) ++counts.unacknowledged_durable;
  if (told != Told::kIssued) {
    const bool known = any([](const Copy& c) { return c.record->returned_ns != kNever; });
    if (known && !durable) ++counts.lost_known_inside;
    return;
  }
  ++counts.acknowledged;
  if (best_ == Reach::kDown) ++counts.out_of_reach;
  if (durable) {
    if (!any([](const Copy& c) { return c.kept() && c.reach != Reach::kGone; })) ++counts.reconciled;
    return;
  }
  ++counts.acknowledged_lost;
  if (any([&](const Copy& c) { return !c.kept() && history_.stranded(*c.record, c.without); })) {
    ++counts.stranded;
  }
}

/// An invoice that was written again belongs to what took the last of its records, and to no change while one is kept: what
/// happened to the ones before was never told to the client.
void LogAccounts::lose_at_changes(bool counted) {
  std::uint32_t last = 0;
  for (const Copy& copy : copies_) last = std::max(last, copy.without);
  if (last == LogHistory::kNone) return;
  for (const Copy& copy : copies_) {
    if (copy.without != last) continue;
    lose(change(last), *copy.record, counted);
    counted = false;
  }
}

void LogAccounts::lose_at_end(Reach reach, bool counted) {
  const LossKind kind = reach == Reach::kDown ? LossKind::kOutOfReach : LossKind::kDestroyed;
  for (const Copy& copy : copies_) {
    if (!copy.kept() || copy.reach != reach) continue;
    const CommitFact& r = *copy.record;
    lose(event_of(kind, reach == Reach::kDown ? history_.down(r) : history_.destroyed(r)), r, counted);
    counted = false;
  }
}

void LogAccounts::lose(const Event& event, const CommitFact& record, bool counted) {
  Lost& lost = events_[event][{record.operation, record.shard}];
  lost.add(record);
  if (!counted) return;
  ++(record.commit_ns > event.at_ns ? lost.invoices_after : lost.invoices);
  if (best_ == Reach::kUp) ++lost.merged;
}

Nanos LogAccounts::rpo_ns(const Event& event, const Lost& lost) const {
  if (event.kind == LossKind::kOutOfReach) return horizon_ns_ - lost.oldest_ns;
  const Nanos ended_ns = history_.out_of_service(event.place, lost.acknowledged_ns, event.at_ns);
  // Something is lost, however little: only nothing is 0.
  return std::max<Nanos>(ended_ns - lost.oldest_ns, 1);
}

std::vector<LossEvent> LogAccounts::events(std::uint32_t log) const {
  std::vector<LossEvent> events;
  for (const auto& [event, shards] : events_) {
    LossEvent& e = events.emplace_back();
    e.kind = event.kind;
    e.log = log;
    e.at_ns = event.at_ns;
    e.from = event.place;
    e.to = history_.reigns()[event.epoch].place;
    e.epoch = event.epoch;
    std::map<std::uint32_t, Lost> all;  // by shard
    for (const auto& [where, lost] : shards) {
      const auto [operation, shard] = where;
      all[shard].add(lost);
      if (e.operations.empty() || e.operations.back().operation != operation) {
        e.operations.push_back({operation, 0, 0, 0, 0});
      }
      OperationLoss& of = e.operations.back();
      of.rpo_ns = std::max(of.rpo_ns, rpo_ns(event, lost));
      of.lost += lost.invoices;
      of.written_after += lost.invoices_after;
      of.merged += lost.merged;
    }
    for (const auto& [shard, lost] : all) e.rpo_ns = std::max(e.rpo_ns, rpo_ns(event, lost));
  }
  return events;
}

std::vector<LogHistory> histories_of(std::span<const LogEvent> events, Nanos horizon_ns) {
  std::vector<LogHistory> histories;
  for (const LogEvent& event : events) {
    if (event.at_ns >= horizon_ns) continue;
    if (event.log >= histories.size()) histories.resize(event.log + 1);
    histories[event.log].add(event);
  }
  for (LogHistory& history : histories) history.close();
  return histories;
}

/// One commit, sorted so that those of an invoice stand together.
struct InvoiceRow {
  std::uint32_t log = 0;
  std::uint32_t operation = 0;
  std::uint64_t sequence = 0;
  const CommitFact* record = nullptr;
  [[nodiscard]] auto account() const { return std::tuple(log, operation); }
  [[nodiscard]] auto invoice() const { return std::tuple(log, operation, sequence); }
};

std::vector<InvoiceRow> rows_of(std::span<const CommitFact> commits, Nanos horizon_ns) {
  std::vector<InvoiceRow> rows;
  rows.reserve(commits.size());
  for (const CommitFact& c : commits) {
    if (c.commit_ns < horizon_ns) rows.push_back({c.log, c.operation, c.sequence, &c});
  }
  std::sort(rows.begin(), rows.end(), [](const InvoiceRow& a, const InvoiceRow& b) {
    return std::tuple(a.invoice(), a.record) < std::tuple(b.invoice(), b.record);
  });
  return rows;
}

/// The rows of one log and operation.
void add_rows(std::span<const InvoiceRow> rows, std::span<const Answer> answers, Nanos warm_up_ns,
              LogAccounts& accounts, InvoiceCounts& counts) {
  std::vector<const CommitFact*> records;
  auto answer = answers.begin();
  for (std::size_t i = 0; i < rows.size();) {
    const std::uint64_t sequence = rows[i].sequence;
    records.clear();
    for (; i < rows.size() && rows[i].sequence == sequence; ++i) records.push_back(rows[i].record);
    while (answer != answers.end() && answer->sequence < sequence) ++answer;
    const bool found = answer != answers.end() && answer->sequence == sequence;
    const bool counted = !found || answer->arrived_ns >= warm_up_ns;
    accounts.add(records, found ? answer->told : Told::kNothing, counted, counts);
  }
}

}  // namespace

Durability durability(const DurabilityInput& input) {
  const std::vector<LogHistory> histories = histories_of(input.events, input.horizon_ns);
  const std::vector<InvoiceRow> rows = rows_of(input.commits, input.horizon_ns);
  std::vector<std::vector<Answer>> answers;
  for (const std::vector<TimedRequest>& requests : input.requests) answers.push_back(answers_of(requests));
  std::vector<LogAccounts> accounts;
  accounts.reserve(histories.size());
  for (const LogHistory& history : histories) accounts.emplace_back(history, input.horizon_ns);

  Durability result;
  for (std::size_t begin = 0; begin < rows.size();) {
    const InvoiceRow& first = rows[begin];
    ensure(first.log < accounts.size(), "log facts: a record of a log without events");
    std::size_t end = begin;
    while (end < rows.size() && rows[end].account() == first.account()) ++end;
    InvoiceCounts& counts = result.counts.emplace_back();
    counts.log = first.log;
    counts.operation = first.operation;
    const std::span<const Answer> of = first.operation < answers.size()
                                           ? std::span<const Answer>(answers[first.operation])
                                           : std::span<const Answer>();
    add_rows(std::span(rows).subspan(begin, end - begin), of, input.warm_up_ns, accounts[first.log], counts);
    begin = end;
  }
  for (std::uint32_t log = 0; log < accounts.size(); ++log) {
    for (LossEvent& event : accounts[log].events(log)) result.events.push_back(std::move(event));
  }
  return result;
}

}  // namespace twinvoice::measure
