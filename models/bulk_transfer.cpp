// Procedure: moves a file to another site: a backup, a re-synchronisation, a migration.
//
// What it models: a copy over the network that has no request waiting for it and takes what bandwidth it gets. It shares the
//   links of its way with requests and with other bulk transfers.
// Parameters (it leaves from the procedure's own `at`):
//   to       site      required  where it goes
//   size     [B]       required  of one transfer
//   start    span [s]  0 s       when the first one begins, since the start of the run: an instant of the calendar
//   every    span [s]  none      from one begin to the next; one that is still under way delays the next; absent: one only
//   phase    span [s] < every    with `every` and no `start`: begin of the first one; absent: drawn, see models/timetable.hpp
//   streams  n         1         parallel connections that carry equal parts (rsync, mysqldump, object stores: several)
//   give_up  span [s]  none      a transfer that takes longer is broken off; absent: only the network's user timeout does it
// Behaviour:
//   at start (or phase) + k x every, or as soon as the one before has ended: transfer(size); a line in the audit log at its end
// Equations: alone on its way it takes latency + size / min(bandwidth); on a shared link the streams of all transfers get
//   max-min fair shares, in inverse proportion to their latencies, so n streams weigh as much as n transfers.
// Assumptions and limits: disks and processors at both ends keep up; no slow start; a cut way suspends it, and it goes on
//   where it stopped; one that was broken off is not repeated before its next turn.
// References: D. Bertsekas and R. Gallager, Data Networks, 1992, 6.5 (max-min fairness); SimGrid documentation, CM02.
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "models/procedure_model.hpp"
#include "models/timetable.hpp"

namespace twinvoice::models {
namespace {

struct BulkTransfer;

class Mover final : public world::Procedure {
 public:
  Mover(const BulkTransfer& params, plan::LocationId from, plan::LocationId to);
  void run(world::ProcedureContext& c) override;

 private:
  plan::LocationId from_, to_;
  std::int64_t bytes_;
  std::optional<Duration> start_;
  std::optional<Period> period_;
  Nanos give_up_ns_;
  std::uint32_t streams_;
};

struct BulkTransfer {
  spec::LocationRef to;
  spec::Bytes size;
  std::optional<Duration> start;
  std::optional<Duration> every;
  std::optional<Duration> phase;
  std::int64_t streams = 1;
  std::optional<Duration> give_up;

  void describe(spec::Fields& f) {
    f.required("to", to, "site that receives it");
    f.required("size", size, "of one transfer", spec::kPositive);
    f.optional("start", start, "begin of the first one, since the start of the run; absent: see phase");
    f.optional("every", every, "from one begin to the next; absent: one transfer only", spec::kPositive);
    f.optional("phase", phase,
               "with \"every\" and no \"start\": begin of the first one; absent: drawn in each replication",
               spec::kNotNegative);
    f.rule("phase", !phase || every, "a phase needs a period: give \"every\"");
    f.rule("phase", !phase || !every || *phase < *every, "the phase must be shorter than the period");
    f.rule("phase", !phase || !start, "\"start\" is the first instant already: give one of the two");
    f.optional("streams", streams, "parallel connections that carry equal parts", spec::Range{1, 64});
    f.optional("give_up", give_up, "a transfer that takes longer is broken off; absent: never",
               spec::kPositive);
  }
  void declare(compile::ProcedureBuilder& b) const {
    const auto there = b.locations(to.id, to.place);
    if (there.empty() || !b.row().at.valid()) return;
    if (there.front() == b.row().at) b.error(to.place, "it already stands at \"" + to.id + "\"");
    if (!b.plan().route(b.row().at, there.front()).exists)
      b.error(to.place, "no way leads to \"" + to.id + "\"");
    b.transfers_between(b.row().at, there.front());
  }
  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& row) const {
    for (std::size_t l = 0; l < plan.locations.size(); ++l) {
      if (plan.locations[l].site == to.id || plan.locations[l].name == to.id)
        return std::make_unique<Mover>(*this, row.at, plan::LocationId(l));
    }
    throw std::invalid_argument("bulk_transfer " + row.name + ": there is no site " + to.id);
  }
};

Mover::Mover(const BulkTransfer& params, plan::LocationId from, plan::LocationId to)
    : from_(from),
      to_(to),
      bytes_(params.size.count),
      start_(params.start),
      give_up_ns_(params.give_up ? params.give_up->ns : 0),
      streams_(static_cast<std::uint32_t>(params.streams)) {
  if (params.every) period_ = Period{*params.every, params.phase};
}

void Mover::run(world::ProcedureContext& c) {
  const std::string there = c.plan().locations[to_.index()].name;
  Nanos begin_ns = start_ ? start_->ns : 0;
  if (period_ && !start_) begin_ns = Timetable(c, *period_).from(0);
  for (;; begin_ns = std::max(begin_ns + period_->every.ns, c.now_ns())) {
    c.wait_until(begin_ns);
    const Nanos deadline_ns = give_up_ns_ > 0 ? begin_ns + give_up_ns_ : kNever;
    const world::TransferResult result = c.transfer(from_, to_, bytes_, deadline_ns, streams_);
    c.log(std::to_string(result.moved_bytes) + " of " + std::to_string(bytes_) + " B are at " + there +
          (result.ok ? "" : ", broken off"));
    if (!period_) return;
  }
}

}  // namespace

ProcedureModel make_bulk_transfer() {
  return procedure<BulkTransfer>("bulk_transfer", "moves a file to another site: backup, migration");
}

}  // namespace twinvoice::models
