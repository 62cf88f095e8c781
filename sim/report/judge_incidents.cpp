// Promises for each incident: is the share of incidents that keep it what was promised?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/measure/promise.hpp"
#include "sim/report/begun_by.hpp"
#include "sim/report/judge.hpp"
#include "sim/report/recovery.hpp"
#include "sim/report/text.hpp"

namespace twinvoice::report {
namespace {

using measure::Incident;
using measure::Verdict;

constexpr double kUsualShare = 0.95;  ///< of the incidents

/// Incidents of one fault, or of what else began them.
struct Subject {
  std::string name;
  std::vector<Incident> incidents;
  std::vector<std::uint64_t> replications;  ///< of each of them
};

double scale_of(Measure measure) { return measure == Measure::kRpoInvoices ? 1.0 : 1e-9; }

measure::Promise promise_of(const ExpectationInfo& e) {
  measure::Promise promise;
  promise.relation = e.bound.relation;
  promise.bound = std::llround(e.bound.value / scale_of(e.measure));
  promise.share = e.share.value_or(kUsualShare);
  promise.of_mean = !e.share.has_value();
  return promise;
}

/// What one replication says of the fault; absent where it does not play it, or (onset) nothing was interrupted.
std::optional<Incident> incident(const FaultAccount& account, const ExpectationInfo& e) {
  const OperationCost* one = e.operation ? &account.operations[*e.operation] : nullptr;
  const measure::RecoveryTime& recovery = one != nullptr ? one->recovery : account.worst.recovery;
  switch (e.measure) {
    case Measure::kRto: return incident_of(recovery.time);
    case Measure::kRpo: return one != nullptr ? one->rpo_ns : account.rpo_ns;
    case Measure::kRpoInvoices: return one != nullptr ? one->acknowledged_lost : account.acknowledged_lost;
    case Measure::kOnset: return recovery.onset ? std::optional(incident_of(*recovery.onset)) : std::nullopt;
    default: return std::nullopt;
  }
}

std::vector<std::size_t> faults_meant(const Scenario& s, const ExpectationInfo& e) {
  if (!e.faults.empty()) return e.faults;
  std::vector<std::size_t> all;
  for (std::size_t f = 0; f < s.faults.size(); ++f) {
    if (s.faults[f].at_ns < s.horizon_ns) all.push_back(f);
  }
  return all;
}

std::vector<Subject> of_faults(const Scenario& s, const Accounts& accounts, const ExpectationInfo& e,
                               const std::vector<std::size_t>& faults) {
  std::vector<Subject> subjects;
  for (const std::size_t fault : faults) {
    Subject subject{s.faults[fault].name, {}, {}};
    for (const RunAccount& run : accounts.runs) {
      const auto one = run.faults[fault] ? incident(*run.faults[fault], e) : std::nullopt;
      if (!one) continue;
      subject.incidents.push_back(*one);
      subject.replications.push_back(run.replication);
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

Incident length_of(const measure::Interruption& i) {
  Incident length{std::max<Nanos>(0, i.end_low_ns - i.begin_high_ns), kNever, std::nullopt};
  if (i.end_high_ns) length.high = *i.end_high_ns - i.begin_low_ns.value_or(0);
  if (i.end_ns) length.value = *i.end_ns - i.begin_ns;
  return length;
}

/// One of the two, nobody knows which.
Incident either(const Incident& a, const Incident& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high), a.value == b.value ? a.value : std::nullopt};
}

bool is_meant(const ExpectationInfo& e, const measure::RunRecord& run, const RunAccount& account,
              const OwnedInterruption& one, Nanos hold_ns) {
  const auto owned_by = [&](std::size_t fault) {
    return std::find(one.owners.begin(), one.owners.end(), fault) != one.owners.end();
  };
  if (!e.begun_by.faults.empty())
    return std::any_of(e.begun_by.faults.begin(), e.begun_by.faults.end(), owned_by);
  if (!e.begun_by.act) return true;
  const std::optional<Act> act = begun_by(run, account, one.interruption, hold_ns);
  if (*e.begun_by.act != Act::kRelapse) return act == e.begun_by.act;
  if (act) return false;
  return std::any_of(account.faults.begin(), account.faults.end(), [&](const auto& fault) {
    return fault && std::any_of(fault->operations.begin(), fault->operations.end(), [&](const auto& cost) {
             return std::any_of(cost.recovery.later.begin(), cost.recovery.later.end(),
                                [&](const auto& l) { return l.end_ns == one.interruption.end_ns; });
           });
  });
}

/// Whether the replication has what may begin an interruption: without it, it is no incident.
bool may_begin(const ExpectationInfo& e, const measure::RunRecord& run, const RunAccount& account) {
  if (!e.begun_by.faults.empty())
    return std::any_of(e.begun_by.faults.begin(), e.begun_by.faults.end(),
                       [&](std::size_t f) { return account.faults[f].has_value(); });
  if (!e.begun_by.act || *e.begun_by.act == Act::kRelapse) return true;
  return !act_instants(run, account, *e.begun_by.act).empty();
}

/// The longest interruption of each replication that was begun so; 0 where none was.
Subject of_interruptions(const Evidence& evidence, const Accounts& accounts, const ExpectationInfo& e) {
  Subject subject{e.begun_by.act ? std::string(act_word(*e.begun_by.act)) : "interruptions", {}, {}};
  for (std::size_t i = 0; i < accounts.runs.size(); ++i) {
    const RunAccount& account = accounts.runs[i];
    if (!may_begin(e, evidence.runs[i], account)) continue;
    std::optional<Incident> longest;
    for (const measure::OpenAs fate : kFates) {
      std::vector<Incident> lengths{{0, 0, 0}};
      for (std::size_t op = 0; op < account.interruptions.size(); ++op) {
        if (e.operation && *e.operation != op) continue;
        for (const OwnedInterruption& one : interruptions_in(account, op, fate)) {
          if (is_meant(e, evidence.runs[i], account, one, accounts.hold_ns))
            lengths.push_back(length_of(one.interruption));
        }
      }
      const Incident worst = measure::worst_incident(lengths);
      longest = longest ? either(*longest, worst) : worst;
    }
    subject.incidents.push_back(*longest);
    subject.replications.push_back(account.replication);
  }
  return subject;
}

std::string range_text(const ExpectationInfo& e, const Incident& i) {
  const double scale = scale_of(e.measure);
  const auto text = [&](std::int64_t v) {
    return v == kNever ? std::string("never") : value_text(e, static_cast<double>(v) * scale);
  };
  if (i.value) return text(*i.value);
  if (i.high == kNever) return i.low > 0 ? "more than " + text(i.low) : std::string("not known");
  return i.low == 0 ? "up to " + text(i.high) : fmt::format("{} to {}", text(i.low), text(i.high));
}

std::string why_of(const ExpectationInfo& e, const measure::PromiseResult& r) {
  const auto n = r.incidents;
  if (n == 0) return "no replication has it";
  std::string why = fmt::format("kept in {} of {} incidents", r.kept, n);
  if (r.broken > 0) why += fmt::format(", broken in {}", r.broken);
  if (n > r.kept + r.broken) why += fmt::format(", unknown in {}", n - r.kept - r.broken);
  if (e.share) {
    why += fmt::format(" (share kept {} to {})", share_text(r.share.low), share_text(r.share.high));
  } else {
    const double scale = scale_of(e.measure);
    const auto end = [&](double v) { return std::isfinite(v) ? value_text(e, v * scale) : "never"; };
    why += fmt::format("; mean {} [{}, {}]", std::isnan(r.mean.value) ? "not known" : end(r.mean.value),
                       end(r.mean.low), end(r.mean.high));
  }
  why += fmt::format("; median {}, p90 {}, worst {}", range_text(e, r.median), range_text(e, r.p90),
                     range_text(e, r.worst));
  if (r.verdict == Verdict::undecided) {
    why += r.more_to_decide
               ? fmt::format("; {} more replications would decide if they go on like this", *r.more_to_decide)
               : std::string("; no number of replications would decide if they go on like this");
  }
  if (r.unseen)
    why += fmt::format("; all alike: another fate of up to {} may be unseen", share_text(*r.unseen));
  return why;
}

/// The incidents replication by replication, in the unit of the bound. Targets of one fault have replications of their own.
std::vector<ReplicationValue> values_of(const ExpectationInfo& e, const std::vector<Subject>& subjects) {
  const double scale = scale_of(e.measure);
  const auto end = [scale](std::int64_t v) {
    if (v == kNever) return std::numeric_limits<double>::infinity();
    return scale == 1.0 ? static_cast<double>(v) : static_cast<double>(v) / 1e9;
  };
  std::vector<ReplicationValue> values;
  for (const Subject& subject : subjects) {
    for (std::size_t i = 0; i < subject.incidents.size(); ++i) {
      const Incident& one = subject.incidents[i];
      values.push_back(
          {subject.replications[i], one.value ? end(*one.value) : std::nan(""), end(one.low), end(one.high)});
    }
  }
  std::stable_sort(values.begin(), values.end(), [](const ReplicationValue& a, const ReplicationValue& b) {
    return a.replication < b.replication;
  });
  return values;
}

Estimate kept_share(const measure::PromiseResult& r) {
  Estimate kept;
  kept.value =
      r.incidents > 0 ? static_cast<double>(r.kept) / static_cast<double>(r.incidents) : std::nan("");
  kept.low = r.share.low;
  kept.high = r.share.high;
  kept.samples = kept.groups = r.incidents;
  kept.method = "Clopper-Pearson";
  kept.converged = true;
  return kept;
}

Judgement judgement_of(std::string name, const ExpectationInfo& e, std::vector<PromiseStanding> standings) {
  Judgement j;
  j.name = std::move(name);
  const PromiseStanding* worst = nullptr;
  std::vector<measure::PromiseResult> results;
  for (const PromiseStanding& one : standings) {
    results.push_back(one.result);
    const bool worse =
        worst == nullptr || (one.result.verdict != worst->result.verdict &&
                             measure::worse(one.result.verdict, worst->result.verdict) == one.result.verdict);
    const bool lower = worst != nullptr && one.result.verdict == worst->result.verdict &&
                       one.result.share.low < worst->result.share.low;
    if (worse || lower) worst = &one;
  }
  if (worst == nullptr) return j;
  j.verdict = measure::verdict_of_all(results);
  const measure::PromiseResult& r = worst->result;
  j.estimate = r.mean;
  for (double* end : {&j.estimate.value, &j.estimate.low, &j.estimate.high}) {
    if (std::isfinite(*end)) *end *= scale_of(e.measure);
  }
  if (e.share) j.kept = kept_share(r);
  j.why = (standings.size() > 1 ? worst->name + ", the worst of " + std::to_string(standings.size()) + ": "
                                : j.name + ": ") +
          why_of(e, r);
  j.standings = std::move(standings);
  return j;
}

}  // namespace

std::vector<Judgement> judge_incidents(const Evidence& evidence, const ExpectationInfo& e) {
  const Scenario& s = evidence.document.scenario;
  Accounts other;
  const Accounts* accounts = &evidence.document.accounts;
  if (e.hold_ns != accounts->hold_ns) {
    other = accounts_of(s, evidence.runs, e.hold_ns, evidence.replays);
    accounts = &other;
  }
  const measure::Promise promise = promise_of(e);
  std::vector<Judgement> judgements;
  if (e.measure == Measure::kInterruption) {
    Subject subject = of_interruptions(evidence, *accounts, e);
    const measure::PromiseResult result = measure::judge_promise(subject.incidents, promise, kLevel);
    judgements.push_back(judgement_of(subject.name, e, {{subject.name, result}}));
    judgements.back().replications = values_of(e, {subject});
    return judgements;
  }
  // Targets of one fault stand together: whichever fails, the promise is to hold.
  std::map<std::size_t, std::vector<std::size_t>> declared;
  for (const std::size_t fault : faults_meant(s, e)) declared[s.faults[fault].declared].push_back(fault);
  for (const auto& [_, faults] : declared) {
    std::vector<Subject> subjects = of_faults(s, *accounts, e, faults);
    std::vector<std::vector<Incident>> lists;
    for (const Subject& subject : subjects) lists.push_back(subject.incidents);
    const auto results = measure::judge_each_target(lists, promise, kLevel);
    std::vector<PromiseStanding> standings;
    for (std::size_t i = 0; i < subjects.size(); ++i) standings.push_back({subjects[i].name, results[i]});
    judgements.push_back(judgement_of(subjects.front().name, e, std::move(standings)));
    judgements.back().replications = values_of(e, subjects);
  }
  // A fault whose begin is drawn beyond the horizon is no incident; where every one is, nothing is known.
  const bool any = std::any_of(judgements.begin(), judgements.end(),
                               [](const Judgement& j) { return j.verdict != Verdict::no_sample; });
  for (Judgement& j : judgements) {
    if (!any) j.verdict = Verdict::undecided;
  }
  if (any) std::erase_if(judgements, [](const Judgement& j) { return j.verdict == Verdict::no_sample; });
  return judgements;
}

}  // namespace twinvoice::report
