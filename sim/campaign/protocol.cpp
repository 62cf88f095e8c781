#include "sim/campaign/protocol.hpp"

#include "sim/base/wire.hpp"

namespace twinvoice::campaign {
namespace {

template <class Items, class Each>
void write_each(wire::Writer& out, const Items& items, const Each& each) {
  out.u64(items.size());
  for (const auto& item : items) each(item);
}

template <class Item, class Each>
std::vector<Item> read_each(wire::Reader& in, const Each& each) {
  std::vector<Item> items;
  const std::size_t n = in.count(1);
  for (std::size_t i = 0; i < n; ++i) items.push_back(each());
  return items;
}

void write(wire::Writer& out, const store::RecoveryRow& r) {
  out.string(r.fault);
  for (const double v : {r.rto_s, r.rpo_s, r.acknowledged_lost}) out.f64(v);
  write_each(out, r.phases, [&](const store::PhaseRow& phase) {
    out.string(phase.name);
    out.f64(phase.at_s);
  });
}

store::RecoveryRow read_recovery(wire::Reader& in) {
  store::RecoveryRow r;
  r.fault = in.string();
  for (double* v : {&r.rto_s, &r.rpo_s, &r.acknowledged_lost}) *v = in.f64();
  r.phases = read_each<store::PhaseRow>(in, [&] {
    store::PhaseRow phase;
    phase.name = in.string();
    phase.at_s = in.f64();
    return phase;
  });
  return r;
}

void write(wire::Writer& out, const store::ReplicationRow& row) {
  for (const std::uint64_t n : {row.number, row.fingerprint, row.events, row.hops}) out.u64(n);
  out.f64(row.cpu_s);
  write_each(out, row.figures, [&](const store::Figure& figure) {
    out.string(figure.name);
    out.f64(figure.value);
  });
  write_each(out, row.failures, [&](const store::CauseRow& cause) {
    out.string(cause.operation);
    out.string(cause.cause);
    out.u64(cause.count);
  });
  write_each(out, row.recoveries, [&](const store::RecoveryRow& r) { write(out, r); });
  write_each(out, row.latencies, [&](const store::LatencyRow& latency) {
    out.string(latency.operation);
    latency.histogram.serialize(out);
  });
}

store::ReplicationRow read_row(wire::Reader& in) {
  store::ReplicationRow row;
  for (std::uint64_t* n : {&row.number, &row.fingerprint, &row.events, &row.hops}) *n = in.u64();
  row.cpu_s = in.f64();
  row.figures = read_each<store::Figure>(in, [&] {
    store::Figure figure;
    figure.name = in.string();
    figure.value = in.f64();
    return figure;
  });
  row.failures = read_each<store::CauseRow>(in, [&] {
    store::CauseRow cause;
    cause.operation = in.string();
    cause.cause = in.string();
    cause.count = in.u64();
    return cause;
  });
  row.recoveries = read_each<store::RecoveryRow>(in, [&] { return read_recovery(in); });
  row.latencies = read_each<store::LatencyRow>(in, [&] {
    store::LatencyRow latency;
    latency.operation = in.string();
    latency.histogram = measure::Histogram::deserialize(in);
    return latency;
  });
  return row;
}

template <class Kind>
Kind kind_of(std::uint8_t byte, Kind last) {
  if (byte > static_cast<std::uint8_t>(last)) throw wire::Malformed("a message of an unknown kind");
  return static_cast<Kind>(byte);
}

}  // namespace

std::vector<std::byte> encode(const Order& order) {
  wire::Writer out;
  out.u8(static_cast<std::uint8_t>(order.kind));
  out.u64(order.job.cell);
  out.u64(order.job.replication);
  return out.take();
}

Order decode_order(std::span<const std::byte> bytes) {
  wire::Reader in(bytes);
  Order order;
  order.kind = kind_of(in.u8(), Order::Kind::kForget);
  order.job.cell = in.u64();
  order.job.replication = in.u64();
  return order;
}

std::vector<std::byte> encode(const Report& report) {
  wire::Writer out;
  out.u8(static_cast<std::uint8_t>(report.kind));
  out.u64(report.job.cell);
  out.u64(report.job.replication);
  out.u8(static_cast<std::uint8_t>(report.end));
  out.string(report.why);
  std::vector<std::byte> bytes = out.take();
  bytes.insert(bytes.end(), report.bytes.begin(), report.bytes.end());
  return bytes;
}

Report decode_report(std::span<const std::byte> bytes) {
  wire::Reader in(bytes);
  Report report;
  report.kind = kind_of(in.u8(), Report::Kind::kDropped);
  report.job.cell = in.u64();
  report.job.replication = in.u64();
  report.end = kind_of(in.u8(), world::JobEnd::kOverLimit);
  report.why = in.string();
  const auto rest = bytes.last(in.remaining());
  report.bytes.assign(rest.begin(), rest.end());
  return report;
}

std::vector<std::byte> encode_replication(const store::ReplicationRow& row,
                                          const measure::RunRecord& record) {
  wire::Writer out;
  write(out, row);
  record.serialize(out);
  return out.take();
}

store::ReplicationRow decode_row(std::span<const std::byte> replication) {
  wire::Reader in(replication);
  return read_row(in);
}

measure::RunRecord decode_record(std::span<const std::byte> replication) {
  wire::Reader in(replication);
  (void)read_row(in);
  return measure::RunRecord::deserialize(in);
}

}  // namespace twinvoice::campaign
