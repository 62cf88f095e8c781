#include "sim/measure/verdict.hpp"

namespace twinvoice::measure {

namespace {

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
  if (e.samples == 0) return Verdict::no_sample;
  if (!e.converged) return Verdict::undecided;
  return side(e.low, e.high, bound.relation, bound.value, bound.upper);
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
