#include "sim/report/accounts.hpp"

#include <algorithm>
#include <functional>

#include "sim/measure/interruptions.hpp"
#include "sim/measure/walk_entries.hpp"

namespace twinvoice::report {
namespace {

using measure::FaultIndices;
using measure::FaultSpan;
using measure::Incident;
using measure::TimedRequest;

measure::InterruptionSettings settings_for(const Scenario& scenario, const measure::RunRecord& run,
                                           const Yardstick& yardstick, std::size_t op, Nanos hold_ns) {
  measure::InterruptionSettings settings;
  settings.bound_ns = yardstick.bound.bound_ns;
  settings.client_wait_ns = scenario.operations[op].client_wait_ns;
  settings.follow_ns = scenario.follow_ns;
  settings.allowed = yardstick.allowed.share;
  settings.hold_ns = hold_ns;
  settings.warm_up_ns = scenario.warm_up_ns;
  settings.horizon_ns = run.end_ns;
  settings.ended_ns = std::max(run.followed_to_ns, run.end_ns);
  settings.cycle_ns = yardstick.cycle_ns;
  return settings;
}

/// A fault that begins at or after the horizon is no incident and owns nothing: its place in the list is kept, and it never begins.
std::vector<FaultSpan> faults_before(const measure::RunRecord& run) {
  std::vector<FaultSpan> faults = run.faults;
  for (FaultSpan& fault : faults) {
    if (fault.begin_ns >= run.end_ns) fault = {kNever, kNever};
  }
  return faults;
}

/// The account of one replication while it is being written.
class RunAccountant {
 public:
  RunAccountant(const Scenario& scenario, Nanos hold_ns, const std::vector<Yardstick>& yardsticks,
                const Replays& replays, std::size_t position, const measure::RunRecord& run, Accounts& all,
                measure::OpenAs open_as)
      : scenario_(scenario),
        hold_ns_(hold_ns),
        yardsticks_(yardsticks),
        replays_(replays),
        position_(position),
        run_(run),
        all_(all),
        open_as_(open_as),
        faults_(faults_before(run)) {
    for (const measure::OperationBook& book : run.operations) requests_.push_back(book.times.sorted());
    account_.replication = run.replication;
    account_.end_ns = run.end_ns;
  }

  /// Whether the fate of some requests is not known. Before write().
  [[nodiscard]] bool leaves_open() const {
    for (std::size_t op = 0; op < requests_.size(); ++op) {
      if (measure::has_undecided(requests_[op], settings_for(scenario_, run_, yardsticks_[op], op, hold_ns_)))
        return true;
    }
    return false;
  }

  RunAccount write() {
    account_.procedures = procedure_runs(run_, run_.end_ns);
    for (ProcedureRun& one : account_.procedures) {
      if (!one.ordered) one.owners = owners_of(one);
    }
    for (std::size_t op = 0; op < requests_.size(); ++op) {
      std::vector<OwnedInterruption> owned;
      for (const measure::Interruption& one : interruptions_of(run_, requests_[op], op))
        owned.push_back({one, owners_of(one, op)});
      account_.interruptions.push_back(std::move(owned));
    }
    account_.durability = measure::durability(
        {run_.commits.all(), run_.log_events, requests_, run_.end_ns, scenario_.warm_up_ns});
    for (const measure::LossEvent& event : account_.durability.events)
      account_.loss_owners.push_back(owners_of(event));
    for (std::size_t f = 0; f < faults_.size(); ++f) account_.faults.push_back(fault(f));
    for (const ProcedureRun& one : account_.procedures) {
      if (one.ordered) account_.planned.push_back({one.procedure, planned(one)});
    }
    return std::move(account_);
  }

 private:
  std::vector<measure::Interruption> interruptions_of(const measure::RunRecord& run,
                                                      std::span<const TimedRequest> requests,
                                                      std::size_t op) const {
    measure::InterruptionSettings settings = settings_for(scenario_, run, yardsticks_[op], op, hold_ns_);
    settings.open_as = open_as_;
    return measure::find_interruptions(requests, run.faults, settings);
  }

  /// The replay without a fault; nothing when it is not at hand, and then it is wanted.
  const measure::RunRecord* replay(std::size_t fault) {
    const ReplayKey key{position_, fault};
    const auto found = replays_.find(key);
    if (found != replays_.end()) return &found->second;
    if (position_ < kReplayedReplications) all_.wanted.insert(key);
    return nullptr;
  }

  /// Whether all of several candidates can be asked about. Those that cannot share it.
  bool replayed(const FaultIndices& candidates) {
    bool all = true;
    for (const std::size_t fault : candidates) all = replay(fault) != nullptr && all;
    return all;
  }

  FaultIndices candidates(Nanos begin_ns, Nanos end_ns) const {
    return measure::candidate_faults(begin_ns, end_ns, faults_, hold_ns_);
  }

  /// Of the procedure whose failback began it; nothing where none did.
  std::optional<FaultIndices> owners_of_failback(const measure::Interruption& one) const {
    for (const ProcedureRun& by : account_.procedures) {
      for (std::size_t k = 0; k < by.marks.size(); ++k) {
        if (!by.owners.empty() && failback_began(run_, by, k, one, hold_ns_)) return by.owners;
      }
    }
    return std::nullopt;
  }

  FaultIndices owners_of(const measure::Interruption& one, std::size_t op) {
    if (const auto owners = owners_of_failback(one)) return *owners;
    const FaultIndices near = candidates(one.begin_ns, one.end_ns.value_or(kNever));
    const bool alone = near.size() == 1 && faults_[near.front()].begin_ns <= one.begin_ns;
    if (near.empty() || alone || !replayed(near)) return near;
    return measure::owners_of(one, faults_, hold_ns_,
                              [&](std::size_t fault) {
                                const measure::RunRecord& other = *replay(fault);
                                return interruptions_of(other, other.operations[op].times.sorted(), op);
                              })
        .faults;
  }

  FaultIndices owners_of(const ProcedureRun& one) {
    const FaultIndices near = candidates(one.began_ns, one.began_ns);
    if (near.size() < 2 || !replayed(near)) return near;
    return measure::owners_among(near, one.began_ns, faults_,
                                 [&](std::size_t fault) -> measure::Without {
                                   const bool begins =
                                       detected_near(*replay(fault), one.procedure, one.began_ns, hold_ns_);
                                   return {begins, begins};
                                 })
        .faults;
  }

  /// A change of leader is the act of a procedure; what was destroyed or went down for good is by the faults of that instant.
  FaultIndices owners_of(const measure::LossEvent& event) {
    for (const ProcedureRun& one : account_.procedures) {
      for (const std::size_t m : one.marks) {
        if (event.kind == measure::LossKind::kLeaderChange && run_.marks[m].at_ns == event.at_ns)
          return one.owners;
      }
    }
    return candidates(event.at_ns, event.at_ns);
  }

  static bool owns(const FaultIndices& owners, std::size_t fault) {
    return std::find(owners.begin(), owners.end(), fault) != owners.end();
  }

  /// Of what is out of reach none may be lost, or all; of nothing, nothing.
  static Incident none_to(std::int64_t all) {
    return {0, all, all == 0 ? std::optional<std::int64_t>(0) : std::nullopt};
  }

  /// What the loss event cost in ns and invoices, of one operation or (absent) of all.
  static std::pair<Incident, Incident> cost_of(const measure::LossEvent& event,
                                               std::optional<std::size_t> op) {
    Nanos rpo_ns = 0;
    std::int64_t lost = 0;
    for (const measure::OperationLoss& loss : event.operations) {
      if (op && loss.operation != *op) continue;
      rpo_ns = std::max(rpo_ns, loss.rpo_ns);
      lost += static_cast<std::int64_t>(loss.lost + loss.written_after - loss.merged);
    }
    // Invoices count from the warm-up on, records always: there may be a range of time and no invoice.
    if (event.kind == measure::LossKind::kOutOfReach) return {none_to(rpo_ns), none_to(lost)};
    return {{rpo_ns, rpo_ns, rpo_ns}, {lost, lost, lost}};
  }

  /// What belongs to a fault or to a planned change: positions in the account of the run.
  struct Belongings {
    std::function<bool(const OwnedInterruption&)> interruption;
    std::function<bool(std::size_t)> loss;  ///< of account_.durability.events
  };

  /// Its losses: the worst of its changes for the time, the sum for the invoices.
  std::pair<Incident, Incident> losses(const Belongings& its, std::optional<std::size_t> op) const {
    std::vector<Incident> times{{0, 0, 0}};
    Incident lost{0, 0, 0};
    for (std::size_t i = 0; i < account_.durability.events.size(); ++i) {
      if (!its.loss(i)) continue;
      const auto [time, invoices] = cost_of(account_.durability.events[i], op);
      times.push_back(time);
      lost.low += invoices.low;
      lost.high += invoices.high;
      lost.value = lost.value && invoices.value ? std::optional(*lost.value + *invoices.value) : std::nullopt;
    }
    return {measure::worst_incident(times), lost};
  }

  FaultAccount cost_of(const FaultSpan& span, std::optional<Nanos> last_act_ns, const Belongings& its) const {
    FaultAccount account;
    account.span = span;
    account.last_act_ns = last_act_ns;
    std::vector<measure::OperationRecovery> loaded;
    for (std::size_t op = 0; op < requests_.size(); ++op) {
      std::vector<measure::Interruption> owned;
      for (const OwnedInterruption& one : account_.interruptions[op]) {
        if (its.interruption(one)) owned.push_back(one.interruption);
      }
      OperationCost cost;
      cost.recovery = measure::recovery_time(requests_[op], span, owned,
                                             {yardsticks_[op].bound.bound_ns, hold_ns_, last_act_ns});
      std::tie(cost.rpo_ns, cost.acknowledged_lost) = losses(its, op);
      if (scenario_.operations[op].loaded) loaded.push_back({scenario_.operations[op].name, cost.recovery});
      account.operations.push_back(std::move(cost));
    }
    if (!loaded.empty()) account.worst = measure::worst_recovery(loaded);
    std::tie(account.rpo_ns, account.acknowledged_lost) = losses(its, std::nullopt);
    return account;
  }

  std::optional<FaultAccount> fault(std::size_t f) const {
    if (faults_[f].begin_ns == kNever) return std::nullopt;
    FaultAccount account = cost_of(faults_[f], last_act_ns(run_, account_.procedures, f),
                                   {[f](const OwnedInterruption& one) { return owns(one.owners, f); },
                                    [&](std::size_t i) { return owns(account_.loss_owners[i], f); }});
    account.shared_with = sharers(f);
    return account;
  }

  FaultIndices sharers(std::size_t f) const {
    FaultIndices others;
    const auto add = [&](const FaultIndices& owners) {
      if (owns(owners, f)) others.insert(others.end(), owners.begin(), owners.end());
    };
    for (const auto& of_operation : account_.interruptions) {
      for (const OwnedInterruption& one : of_operation) add(one.owners);
    }
    for (std::size_t i = 0; i < account_.loss_owners.size(); ++i) {
      if (!account_.durability.events[i].operations.empty()) add(account_.loss_owners[i]);
    }
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    std::erase(others, f);
    return others;
  }

  /// What no fault owns and that begins from its first line to `hold` after its last one.
  FaultAccount planned(const ProcedureRun& one) const {
    const auto follows = [&](Nanos at_ns) {
      return at_ns >= one.began_ns && at_ns < one.ended_ns + hold_ns_;
    };
    return cost_of({one.began_ns, one.ended_ns}, one.ended_ns,
                   {[&](const OwnedInterruption& interruption) {
                      return interruption.owners.empty() && follows(interruption.interruption.begin_ns);
                    },
                    [&](std::size_t i) {
                      return account_.loss_owners[i].empty() && follows(account_.durability.events[i].at_ns);
                    }});
  }

  const Scenario& scenario_;
  const Nanos hold_ns_;
  const std::vector<Yardstick>& yardsticks_;
  const Replays& replays_;
  const std::size_t position_;
  const measure::RunRecord& run_;
  Accounts& all_;
  const measure::OpenAs open_as_;
  const std::vector<FaultSpan> faults_;
  std::vector<std::vector<TimedRequest>> requests_;
  RunAccount account_;
};

void widen(FaultAccount& known, const FaultAccount& other) {
  measure::widen(known.worst.recovery, other.worst.recovery);
  for (std::size_t op = 0; op < known.operations.size(); ++op)
    measure::widen(known.operations[op].recovery, other.operations[op].recovery);
}

/// `other` is of the same run, with another fate of the open requests.
void widen(RunAccount& known, const RunAccount& other) {
  for (std::size_t f = 0; f < known.faults.size(); ++f) {
    if (known.faults[f]) widen(*known.faults[f], *other.faults[f]);
  }
  for (std::size_t i = 0; i < known.planned.size(); ++i)
    widen(known.planned[i].account, other.planned[i].account);
}

}  // namespace

std::vector<Yardstick> yardsticks_of(const Scenario& scenario, const measure::RunRecord& first) {
  std::vector<Yardstick> yardsticks;
  for (std::size_t op = 0; op < scenario.operations.size(); ++op) {
    const OperationInfo& info = scenario.operations[op];
    Yardstick y;
    const auto stated_p99_ns = info.p99_ns == kNever ? std::nullopt : std::optional(info.p99_ns);
    y.calm = measure::calm_of(first.operations[op].times.sorted(), first.faults, scenario.calm_from_ns,
                              first.end_ns);
    y.bound = measure::late_bound(y.calm, stated_p99_ns);
    y.flaw = measure::flaw_of(y.calm, stated_p99_ns);
    y.allowed = measure::allowed_share(
        y.calm, info.availability_stated ? std::optional(info.availability) : std::nullopt);
    if (info.users > 0) y.cycle_ns = measure::calm_cycle_ns(y.calm, info.users);
    yardsticks.push_back(y);
  }
  return yardsticks;
}

std::vector<Yardstick> common_yardsticks(const Scenario& first, const std::vector<Yardstick>& of_first,
                                         const Scenario& scenario, std::vector<Yardstick> own) {
  for (std::size_t op = 0; op < own.size(); ++op) {
    for (std::size_t other = 0; other < of_first.size(); ++other) {
      if (first.operations[other].name == scenario.operations[op].name) own[op] = of_first[other];
    }
  }
  return own;
}

Accounts accounts_of(const Scenario& scenario, std::span<const measure::RunRecord> runs, Nanos hold_ns,
                     const Replays& replays, const std::vector<Yardstick>* yardsticks) {
  Accounts accounts;
  accounts.hold_ns = hold_ns;
  if (runs.empty()) return accounts;
  accounts.yardsticks = yardsticks != nullptr ? *yardsticks : yardsticks_of(scenario, runs.front());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto accountant = [&](measure::OpenAs open_as) {
      return RunAccountant(scenario, hold_ns, accounts.yardsticks, replays, i, runs[i], accounts, open_as);
    };
    RunAccountant known = accountant(measure::OpenAs::kUndecided);
    const bool open = known.leaves_open();
    RunAccount account = known.write();
    if (open) {
      RunAccount if_bad = accountant(measure::OpenAs::kBad).write();
      RunAccount if_good = accountant(measure::OpenAs::kGood).write();
      widen(account, if_bad);
      widen(account, if_good);
      account.if_open_bad = std::move(if_bad.interruptions);
      account.if_open_good = std::move(if_good.interruptions);
    }
    accounts.runs.push_back(std::move(account));
  }
  return accounts;
}

const std::vector<OwnedInterruption>& interruptions_in(const RunAccount& account, std::size_t operation,
                                                       measure::OpenAs open_as) {
  if (open_as == measure::OpenAs::kBad && !account.if_open_bad.empty()) return account.if_open_bad[operation];
  if (open_as == measure::OpenAs::kGood && !account.if_open_good.empty())
    return account.if_open_good[operation];
  return account.interruptions[operation];
}

Nanos interrupted_ns(std::span<const OwnedInterruption> interruptions, Nanos from_ns, Nanos until_ns) {
  Nanos sum = 0;
  for (const OwnedInterruption& one : interruptions) {
    const Nanos begin_ns = std::max(one.interruption.begin_ns, from_ns);
    const Nanos end_ns = std::min(one.interruption.end_ns.value_or(until_ns), until_ns);
    sum += std::max<Nanos>(0, end_ns - begin_ns);
  }
  return sum;
}

}  // namespace twinvoice::report
