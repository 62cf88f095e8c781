#include "sim/store/canonical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/wire.hpp"

namespace twinvoice::store {
namespace {

void real(wire::Writer& out, double value) {
  out.f64(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value + 0.0);
}

void write(wire::Writer& out, const CellFigure& figure) {
  const measure::Estimate& e = figure.estimate;
  out.string(figure.name);
  for (const double value : {e.value, e.low, e.high, e.confidence}) real(out, value);
  out.string(e.method);
  out.u64(e.samples);
  out.u64(e.groups);
  out.boolean(e.converged);
}

void write(wire::Writer& out, const ExpectationRow& e) {
  for (const std::string* text : {&e.text, &e.verdict, &e.why}) out.string(*text);
  out.boolean(e.more_to_decide.has_value());
  out.u64(e.more_to_decide.value_or(0));
}

void write(wire::Writer& out, const Figure& figure) {
  out.string(figure.name);
  real(out, figure.value);
}

void write(wire::Writer& out, const CauseRow& failure) {
  out.string(failure.operation);
  out.string(failure.cause);
  out.u64(failure.count);
}

void write(wire::Writer& out, const PhaseRow& phase) {
  out.string(phase.name);
  real(out, phase.at_s);
}

void write(wire::Writer& out, const LatencyRow& latency) {
  out.string(latency.operation);
  latency.histogram.serialize(out);
}

template <class Row>
void write(wire::Writer& out, const std::vector<Row>& rows);

void write(wire::Writer& out, const RecoveryRow& recovery) {
  out.string(recovery.fault);
  for (const double value : {recovery.rto_s, recovery.rpo_s, recovery.acknowledged_lost}) real(out, value);
  write(out, recovery.phases);
}

void write(wire::Writer& out, const ReplicationRow& replication) {
  for (const std::uint64_t value :
       {replication.number, replication.fingerprint, replication.events, replication.hops})
    out.u64(value);
  write(out, replication.figures);
  write(out, replication.failures);
  write(out, replication.recoveries);
  write(out, replication.latencies);
}

template <class Row>
void write(wire::Writer& out, const std::vector<Row>& rows) {
  out.u64(rows.size());
  for (const Row& row : rows) write(out, row);
}

}  // namespace

std::vector<std::byte> canonical(const CellRow& cell, const std::vector<ReplicationRow>& replications) {
  wire::Writer out;
  for (const std::string* text : {&cell.id, &cell.label, &cell.tool_version, &cell.experiment_text,
                                  &cell.topology_text, &cell.state, &cell.reason, &cell.verdict})
    out.string(*text);
  out.u64(cell.seed);
  write(out, cell.figures);
  write(out, cell.expectations);
  write(out, replications);
  return out.take();
}

bool results_agree(CellRow a, std::vector<ReplicationRow> of_a, CellRow b, std::vector<ReplicationRow> of_b) {
  const std::size_t common = std::min(of_a.size(), of_b.size());
  for (CellRow* cell : {&a, &b}) {
    cell->label.clear();
    cell->reason.clear();
    if (of_a.size() == of_b.size()) continue;
    cell->figures.clear();
    cell->verdict.clear();
    cell->expectations.clear();
  }
  of_a.resize(common);
  of_b.resize(common);
  return canonical(a, of_a) == canonical(b, of_b);
}

}  // namespace twinvoice::store
