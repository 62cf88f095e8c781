#include "sim/campaign/race.hpp"

#include <algorithm>
#include <limits>

namespace twinvoice::campaign {
namespace {

measure::SelectionGoal goal_of(const RaceRule& race, const Rule& rule) {
  measure::SelectionGoal goal = race.goal;
  goal.first_stage = std::max<std::size_t>(2, static_cast<std::size_t>(rule.least));
  return goal;
}

}  // namespace

Race::Race(const std::vector<std::size_t>& cells, const RaceRule& race, const Rule& rule)
    : selection_(cells.size(), goal_of(race, rule)),
      round_(std::max<std::uint64_t>(2, rule.least)),
      most_(std::max<std::uint64_t>(rule.most, round_)) {
  for (const std::size_t cell : cells) {
    index_[cell] = runners_.size();
    runners_.push_back({cell, {}, 0, true, false, false});
  }
}

Race::Runner& Race::runner(std::size_t cell) { return runners_[index_.at(cell)]; }

void Race::add(std::size_t cell, std::uint64_t replication, double value) {
  runner(cell).values.emplace(replication, value);
}

void Race::fail(std::size_t cell) { runner(cell).failed = true; }
void Race::close(std::size_t cell) { runner(cell).closed = true; }

void Race::give_values() {
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    Runner& r = runners_[i];
    for (; r.given < round_ && selection_.is_alive(i); ++r.given) {
      const auto value = r.values.find(r.given);
      if (value == r.values.end() && !r.failed) break;
      selection_.add(i, value == r.values.end() ? std::numeric_limits<double>::quiet_NaN() : value->second);
    }
  }
}

std::vector<Race::Stop> Race::advance() {
  give_values();
  bool stuck = false;
  for (std::size_t i = 0; i < runners_.size(); ++i)
    stuck = stuck || (selection_.is_alive(i) && runners_[i].closed && runners_[i].given < round_);
  ended_ = selection_.finished() || round_ >= most_ || stuck;
  std::vector<Stop> stops;
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    Runner& r = runners_[i];
    if (!r.in_race || (selection_.is_alive(i) && !ended_)) continue;
    r.in_race = false;
    std::string reason = selection_.finished() ? "precise" : "cap";
    if (!selection_.is_alive(i)) {
      const measure::Standing standing = selection_.contenders()[i].standing;
      reason = standing == measure::Standing::kUnknown ? "not comparable" : "eliminated";
    }
    stops.push_back({r.cell, std::move(reason)});
  }
  round_ = std::min(most_, round_ + std::max<std::uint64_t>(1, round_ / 10));
  return stops;
}

std::optional<std::size_t> Race::winner() const {
  const auto winner = ended_ ? selection_.winner() : std::nullopt;
  if (!winner || runners_[*winner].failed) return std::nullopt;
  return runners_[*winner].cell;
}

}  // namespace twinvoice::campaign
