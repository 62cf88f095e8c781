#include "sim/compile/stay.hpp"

#include <algorithm>
#include <cmath>

#include "sim/random/elementary.hpp"

namespace twinvoice::compile {
namespace {

/// Quotients of decimal fractions that should be whole.
constexpr double kRounding = 1e-9;

double whole(double periods) { return std::ceil(periods - kRounding); }

/// From one release of a place to the next, with one commit in between.
double cycle_s(double plain_s, double way_s, double batch_s, bool varies) {
  if (batch_s <= 0.0) return plain_s + way_s;
  const double steady = whole((plain_s + way_s) / batch_s);
  if (!varies || plain_s <= 0.0) return steady * batch_s;
  const double least = whole(way_s / batch_s);
  const double left_s = std::max(0.0, least * batch_s - way_s);
  const double drawn = least + random::exp(-left_s / plain_s) / -random::expm1(-batch_s / plain_s);
  return std::max(steady, drawn) * batch_s;
}

}  // namespace

void Stay::add(const Stay& other, double times) {
  if (times <= 0.0) return;
  plain_s += times * other.plain_s;
  varies = varies || other.varies;
  commits += times * other.commits;
  ways_s += times * other.ways_s;
  batch_s = std::max(batch_s, other.batch_s);
}

double Stay::alone_s() const { return plain_s + ways_s + commits * batch_s / 2.0; }

double Stay::crowded_s() const {
  if (commits <= 0.0) return plain_s;
  const double way_s = ways_s / commits;
  if (commits >= 1.0) return commits * cycle_s(plain_s / commits, way_s, batch_s, varies);
  return (1.0 - commits) * plain_s + commits * cycle_s(plain_s, way_s, batch_s, varies);
}

}  // namespace twinvoice::compile
