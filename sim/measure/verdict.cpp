#include "sim/measure/verdict.hpp"

#include <cmath>

namespace twinvoice::measure {

namespace {

Verdict from(bool met, bool missed) {
  if (met) return Verdict::met;
  return missed ? Verdict::missed : Verdict::undecided;
}

int severity(Verdict v) {
  switch (v) {
    case Verdict::met: return 0;
    case Verdict::undecided: return 1;
    case Verdict::missed: return 2;
    case Verdict::no_sample: return 3;
  }
  return 3;
}

}  // namespace

Verdict judge(const Estimate& e, const Bound& bound) {
  if (e.samples == 0 || std::isnan(e.value)) return Verdict::no_sample;
  switch (bound.relation) {
    case Relation::at_most: return from(e.high <= bound.value, e.low > bound.value);
    case Relation::below: return from(e.high < bound.value, e.low >= bound.value);
    case Relation::at_least: return from(e.low >= bound.value, e.high < bound.value);
    case Relation::above: return from(e.low > bound.value, e.high <= bound.value);
    case Relation::within:
      return from(e.low >= bound.value && e.high <= bound.upper, e.high < bound.value || e.low > bound.upper);
  }
  return Verdict::undecided;
}

Verdict worse(Verdict a, Verdict b) { return severity(a) >= severity(b) ? a : b; }

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::met: return "met";
    case Verdict::missed: return "missed";
    case Verdict::undecided: return "undecided";
    case Verdict::no_sample: return "no_sample";
  }
  return "undecided";
}

std::string_view name(Relation relation) {
  switch (relation) {
    case Relation::at_most: return "<=";
    case Relation::below: return "<";
    case Relation::at_least: return ">=";
    case Relation::above: return ">";
    case Relation::within: return "within";
  }
  return "within";
}

}  // namespace twinvoice::measure
