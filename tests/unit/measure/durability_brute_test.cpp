// Random small histories in which every place literally has a set of records, against the accounts made of positions and epochs.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/unit/measure/log_story.hpp"

namespace twinvoice::measure {
namespace {

using Kind = LogEventKind;

struct Literal {
  CommitFact fact;
  int lost_by = 0;  ///< number of the change of leader whose log does not have it; 0: none
  bool merged = false;
  Nanos merged_ns = 0;
  std::uint32_t merged_from = 0;
  std::uint32_t merged_into = 0;  ///< the leader of that instant
};

struct Place {
  bool up = true;
  bool cut = false;
  bool led = false;
  std::uint32_t epoch = 0;        ///< it last led
  std::int64_t position = 0;      ///< of its own last record, while it writes
  std::int64_t has = 0;           ///< positions of the log that it surely has; what it is elected with
  std::set<std::size_t> holds;    ///< records of the log
  std::set<std::size_t> of_lead;  ///< records it has as one who led
  Nanos destroyed_ns = -1;
};

/// One log with one shard. Instants are 1, 2, 3 ... and every step has its own.
class World {
 public:
  World(std::uint64_t seed, std::uint32_t places) : random_(seed), story(places), places_(places) {
    story.horizon_ns = 200;
    places_[0].led = true;
  }

  void run() {
    serving_.assign(places_.size(), {});
    for (now_ = 1; now_ < 200; ++now_) {
      step();
      for (std::size_t p = 0; p < places_.size(); ++p) {
        serving_[p].push_back(places_[p].up && !places_[p].cut);
      }
    }
    // Whether each client was told, and when, is decided afterwards.
    for (std::uint64_t invoice = 1; invoice <= invoices_; ++invoice) {
      const auto told = random_() % 4;
      story.request(invoice, 0, told == 0 ? kNever : 500, told != 1);
    }
  }

  [[nodiscard]] InvoiceCounts counts() const;
  /// By number of the change of leader, from 1.
  [[nodiscard]] std::vector<Nanos> rpo_ns() const;

 private:
  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  std::uint32_t any_place() { return static_cast<std::uint32_t>(random_() % places_.size()); }
  void step();
  void write(std::uint32_t p);
  void ship(std::uint32_t p);
  void promote(std::uint32_t p);
  void reconcile(std::uint32_t p);
  void destroy(std::uint32_t p);
  void reseed(std::uint32_t p);
  [[nodiscard]] bool told(const Literal& r, bool decided, bool succeeded) const {
    const TimedRequest& q = story.requests[0][r.fact.sequence - 1];
    return (q.decided_ns != kNever) == decided && (!decided || q.succeeded == succeeded);
  }
  [[nodiscard]] bool stranded(std::size_t id) const;
  /// 0: at a place that is up, 1: at one that is down, 2: nowhere.
  [[nodiscard]] int reach(std::size_t id) const;

  std::mt19937_64 random_;
  Nanos now_ = 0;
  std::uint64_t invoices_ = 0;
  std::uint32_t leader_ = 0;
  std::uint32_t epoch_ = 0;
  std::vector<Literal> records_;
  std::vector<std::size_t> log_;                          ///< that leads: ids by position - 1
  std::vector<std::pair<Nanos, std::uint32_t>> changes_;  ///< instant, deposed place

 public:
  LogStory story;

 private:
  std::vector<Place> places_;
  std::vector<std::vector<bool>> serving_;  ///< [place][instant - 1]
};

void World::step() {
  const std::uint32_t p = any_place();
  Place& place = places_[p];
  const auto dice = random_() % 24;
  if (dice < 10) {
    if (places_[leader_].up) write(leader_);
  } else if (dice < 16) {
    if (p != leader_ && place.up) ship(p);
  } else if (dice == 16) {
    if (p != leader_ && place.led && place.up) write(p);
  } else if (dice == 17) {
    if (p != leader_) promote(p);
  } else if (dice == 18) {
    place.up = !place.up;
    story.tell(now_, place.up ? Kind::kUp : Kind::kDown, p, epoch_);
  } else if (dice == 19) {
    place.cut = !place.cut;
    story.tell(now_, place.cut ? Kind::kCutOff : Kind::kReachable, p, epoch_);
  } else if (dice == 20) {
    if (p != leader_ && place.led && one_in(2)) reconcile(p);
  } else if (dice == 21) {
    if (p != leader_ && one_in(2)) reseed(p);
  } else if (dice == 22) {
    if (one_in(3)) destroy(p);
  }
}

void World::write(std::uint32_t p) {
  Place& place = places_[p];
  // One in five is written again for an invoice that was written before.
  const bool again = invoices_ > 0 && one_in(5);
  const std::uint64_t invoice = again ? 1 + random_() % invoices_ : ++invoices_;
  CommitFact& c = story.commit(now_, p, place.epoch, ++place.position, invoice);
  c.returned_ns = one_in(4) ? kNever : now_ + static_cast<Nanos>(random_() % 9);
  const std::size_t id = records_.size();
  records_.push_back({c});
  place.holds.insert(id);
  place.of_lead.insert(id);
  if (p == leader_) {
    log_.push_back(id);
    place.has = place.position;
  } else {
    records_[id].lost_by = static_cast<int>(place.epoch) + 1;
  }
}

void World::ship(std::uint32_t p) {
  Place& place = places_[p];
  const auto all = static_cast<std::int64_t>(log_.size());
  const std::int64_t upto = place.has + static_cast<std::int64_t>(random_() % 4);
  place.has = std::min(all, upto);
  for (std::int64_t i = 0; i < place.has; ++i) place.holds.insert(log_[static_cast<std::size_t>(i)]);
  story.tell(now_, one_in(2) ? Kind::kReceived : Kind::kApplied, p, epoch_, place.has);
}

void World::promote(std::uint32_t p) {
  changes_.emplace_back(now_, leader_);
  Place& place = places_[p];
  const auto kept = static_cast<std::size_t>(place.has);
  for (std::size_t i = kept; i < log_.size(); ++i) records_[log_[i]].lost_by = static_cast<int>(epoch_) + 1;
  log_.resize(kept);
  place.holds = {log_.begin(), log_.end()};
  place.of_lead = place.holds;
  place.position = place.has;
  place.led = true;
  for (Place& other : places_) other.has = std::min(other.has, place.has);
  leader_ = p;
  place.epoch = ++epoch_;
  story.leads(now_, p, epoch_, place.has);
}

void World::reconcile(std::uint32_t p) {
  const auto upto = static_cast<std::int64_t>(random_() % 40);
  for (const std::size_t id : places_[p].of_lead) {
    Literal& r = records_[id];
    if (r.lost_by == 0 || r.merged || r.fact.position > upto) continue;
    r.merged = true;
    r.merged_ns = now_;
    r.merged_from = p;
    r.merged_into = leader_;
  }
  story.tell(now_, Kind::kReconciled, p, places_[p].epoch, upto);
}

void World::reseed(std::uint32_t p) {
  Place& place = places_[p];
  place.holds = {log_.begin(), log_.end()};
  place.of_lead.clear();
  place.has = static_cast<std::int64_t>(log_.size());
  story.tell(now_, Kind::kReseeded, p, epoch_);
}

void World::destroy(std::uint32_t p) {
  Place& place = places_[p];
  place.holds.clear();
  place.of_lead.clear();
  if (p != leader_) place.has = 0;
  place.destroyed_ns = now_;
  story.tell(now_, Kind::kDestroyed, p, epoch_);
}

bool World::stranded(std::size_t id) const {
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    if (p != leader_ && places_[p].led && places_[p].up && places_[p].of_lead.contains(id)) return true;
  }
  return false;
}

int World::reach(std::size_t id) const {
  const Literal& r = records_[id];
  int best = 2;
  if (r.lost_by == 0) {
    for (const Place& place : places_) {
      if (place.holds.contains(id)) best = std::min(best, place.up ? 0 : 1);
    }
  } else if (r.merged) {
    for (const Place& place : {places_[leader_], places_[r.merged_into], places_[r.merged_from]}) {
      if (place.destroyed_ns < r.merged_ns) best = std::min(best, place.up ? 0 : 1);
    }
  }
  return best;
}

InvoiceCounts World::counts() const {
  InvoiceCounts n;
  std::map<std::uint64_t, std::vector<std::size_t>> invoices;
  for (std::size_t id = 0; id < records_.size(); ++id) invoices[records_[id].fact.sequence].push_back(id);
  for (const auto& [invoice, ids] : invoices) {
    int best = 2;
    int copies = 0;
    bool in_log = false, any_stranded = false, known = false;
    for (const std::size_t id : ids) {
      const Literal& r = records_[id];
      const int at = reach(id);
      best = std::min(best, at);
      copies += at < 2 ? 1 : 0;
      in_log |= r.lost_by == 0 && at < 2;
      any_stranded |= r.lost_by > 0 && stranded(id);
      known |= r.fact.returned_ns != kNever;
    }
    const Literal& r = records_[ids.front()];
    n.duplicates_written += copies > 1 ? 1 : 0;
    if (told(r, true, true)) {
      ++n.acknowledged;
      n.acknowledged_lost += best == 2 ? 1 : 0;
      n.out_of_reach += best == 1 ? 1 : 0;
      n.reconciled += best < 2 && !in_log ? 1 : 0;
      n.stranded += best == 2 && any_stranded ? 1 : 0;
    } else {
      n.voided += best < 2 && told(r, true, false) ? 1 : 0;
      n.unacknowledged_durable += best < 2 && told(r, false, false) ? 1 : 0;
      n.lost_known_inside += best == 2 && known ? 1 : 0;
    }
  }
  return n;
}

std::vector<Nanos> World::rpo_ns() const {
  std::vector<Nanos> rpo;
  for (int change = 1; change <= static_cast<int>(changes_.size()); ++change) {
    const auto [at, deposed] = changes_[static_cast<std::size_t>(change) - 1];
    Nanos oldest = kNever;
    Nanos last = 0;
    for (const Literal& r : records_) {
      bool counts = r.lost_by == change && told(r, true, true);
      for (const Literal& other : records_) {
        const bool kept_longer = other.lost_by == 0 || other.lost_by > change;
        counts = counts && !(other.fact.sequence == r.fact.sequence && kept_longer);
      }
      if (!counts) continue;
      oldest = std::min(oldest, r.fact.commit_ns);
      last = std::max(last, r.fact.returned_ns == kNever ? r.fact.commit_ns : r.fact.returned_ns);
    }
    Nanos d = last;
    while (d < at && d < 200 && serving_[deposed][static_cast<std::size_t>(d) - 1]) ++d;
    rpo.push_back(oldest == kNever ? 0 : std::max<Nanos>(d - oldest, 1));
  }
  return rpo;
}

TEST(DurabilityBrute, literal_sets_of_records_agree_in_every_random_history) {
  InvoiceCounts seen;
  Nanos lost_back = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    World w(seed, 2 + static_cast<std::uint32_t>(seed % 3));
    w.run();
    const Durability d = w.story.account();
    const InvoiceCounts expected = w.counts();
    ASSERT_EQ(d.counts.empty() ? InvoiceCounts{} : d.counts[0], expected);
    const std::vector<Nanos> rpo = w.rpo_ns();
    ASSERT_GE(d.events.size(), rpo.size());
    for (std::size_t i = 0; i < rpo.size(); ++i) {
      ASSERT_EQ(d.events[i].kind, LossKind::kLeaderChange);
      ASSERT_EQ(d.events[i].rpo_ns, rpo[i]) << "change " << i + 1;
      lost_back += rpo[i];
    }
    seen.acknowledged_lost += expected.acknowledged_lost;
    seen.stranded += expected.stranded;
    seen.out_of_reach += expected.out_of_reach;
    seen.reconciled += expected.reconciled;
    seen.voided += expected.voided;
    seen.duplicates_written += expected.duplicates_written;
    seen.lost_known_inside += expected.lost_known_inside;
  }
  // Every kind occurs, or the agreement would say little.
  for (const std::uint64_t kind : {seen.acknowledged_lost, seen.stranded, seen.out_of_reach, seen.reconciled,
                                   seen.voided, seen.duplicates_written, seen.lost_known_inside}) {
    EXPECT_GT(kind, 1000U);
  }
  EXPECT_GT(lost_back, 1000);
}

}  // namespace
}  // namespace twinvoice::measure
