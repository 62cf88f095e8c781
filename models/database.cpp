// Model: a database with one primary, read replicas and a replicated log.
//
// What it models: connections of the server side held for a whole operation, CPU of reads and writes, commits
//   to a log that is shipped to follower sites. Writes go to the primary, wherever it is at that moment;
//   reads go to any replica by the caller's `balance`.
// Parameters (each replica unless said):
//   demand         law [s]   required          CPU time of an operation
//   cores          n         8                 assumed
//   pool           pool      no limit          {"max", "wait", "queue"}: max_connections
//   queue          queue     unbounded FIFO    in front of the cores
//   speed_by_load  [x]       1                 rate of each job with 1, 2, 3 ... in service: lock contention
//   endpoints      {"write": {demand}, "read": {demand}}   each demand instead of the common one; a call
//                                                          without endpoint writes
//   shards         n         1                 of the log; a request's shard is a hash of the request
//   primary        site      first replica     where writes go at the start
//   replication    object    none              to (site or list), mode async | semi_sync | sync, batch_every
//                                              [s] (async "50 ms", else as it is written), phase [s] (drawn: models/timetable.hpp),
//                                              batch_bytes "64 KiB", record [B] "1 KiB", apply [s] 0: implies a
//                                              procedure replication_stream; see its card
//                                              semi_sync and sync: wait_for received | applied (received);
//                                              semi_sync: fallback async | none (async), timeout [s] "10 s"
//   idempotent     flag      true              a second write of the same invoice is recognised while the
//                                              first is known at the primary
// Equations: write: request message; [Acquire]; Serve demand; Commit; [Release]; reply. Read: the same
//   without Commit. Commit returns at once (async), when the leader has heard that one other member has the
//   record written and flushed (semi_sync; wait_for applied: that it has applied it), or that all have (sync).
//   semi_sync with fallback async: a commit that has waited for `timeout` releases all that wait at its primary,
//   which waits for nobody from then on until another member has caught up. Lag of a follower = batch_every / 2 (0 as it is written)
//   + transfer + latency + apply on average while the link keeps up.
// Assumptions and limits: one log per component, not per replica; reads may be stale, staleness is not
//   judged; no lock waits between transactions but through speed_by_load; recovery of a failed primary is a
//   procedure (site_failover).
// References: J. Gray and A. Reuter, Transaction Processing, 1993; MySQL manual, "Semisynchronous
//   Replication" (rpl_semi_sync_source_timeout: 10 s).
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/compile/part.hpp"

namespace twinvoice::models {

enum class ReplicationMode { kAsync, kSemiSync, kSync };
enum class WaitFor { kReceived, kApplied };
enum class Fallback { kAsync, kNone };

/// One site or a list of them.
struct Sites {
  std::vector<spec::LocationRef> list;
};

}  // namespace twinvoice::models

namespace twinvoice::spec {

template <>
struct Words<models::ReplicationMode> {
  static const std::vector<std::pair<std::string_view, models::ReplicationMode>>& table() {
    static const std::vector<std::pair<std::string_view, models::ReplicationMode>> words{
        {"async", models::ReplicationMode::kAsync},
        {"semi_sync", models::ReplicationMode::kSemiSync},
        {"sync", models::ReplicationMode::kSync}};
    return words;
  }
};

template <>
struct Words<models::WaitFor> {
  static const std::vector<std::pair<std::string_view, models::WaitFor>>& table() {
    static const std::vector<std::pair<std::string_view, models::WaitFor>> words{
        {"received", models::WaitFor::kReceived}, {"applied", models::WaitFor::kApplied}};
    return words;
  }
};

template <>
struct Words<models::Fallback> {
  static const std::vector<std::pair<std::string_view, models::Fallback>>& table() {
    static const std::vector<std::pair<std::string_view, models::Fallback>> words{
        {"async", models::Fallback::kAsync}, {"none", models::Fallback::kNone}};
    return words;
  }
};

template <>
struct Codec<models::Sites> {
  static void decode(Decoder& d, const Node& node, models::Sites& v, const Range& range) {
    if (node.kind == NodeKind::kArray) {
      Codec<std::vector<LocationRef>>::decode(d, node, v.list, range);
      return;
    }
    v.list.assign(1, {});
    Codec<LocationRef>::decode(d, node, v.list.front(), range);
  }
  static Type type() {
    Type t;
    t.kind = Type::Kind::kEither;
    t.name = "site or list of sites";
    t.parts = {Codec<LocationRef>::type(), Codec<std::vector<LocationRef>>::type()};
    return t;
  }
  static std::string text(const models::Sites& v) { return Codec<std::vector<LocationRef>>::text(v.list); }
};

}  // namespace twinvoice::spec

namespace twinvoice::models {
namespace {

struct Replication {
  Sites to;
  ReplicationMode mode = ReplicationMode::kAsync;
  std::optional<Duration> batch_every;
  std::optional<Duration> phase;
  spec::Bytes batch_bytes{64 * 1024};
  spec::Bytes record{1024};
  Duration apply{0};
  std::optional<WaitFor> wait_for;
  std::optional<Fallback> fallback;
  std::optional<Duration> timeout;

  /// Zero: each record as it is written.
  [[nodiscard]] Duration period() const {
    return batch_every.value_or(Duration{mode == ReplicationMode::kAsync ? 50'000'000 : 0});
  }
  void describe(spec::Fields& f) {
    f.required("to", to, "sites that receive the log");
    f.optional("mode", mode, "when a write is acknowledged: at once, with one follower, with all of them");
    f.optional("batch_every", batch_every,
               "a batch is sent at least so often; absent: async 50 ms (assumed), semi_sync and sync: each "
               "record as it is written",
               spec::kPositive,
               spec::Origin{"MySQL's source sends a transaction as it is written to its binary log"});
    f.optional("phase", phase, "first batch; absent: drawn in each replication", spec::kNotNegative);
    const Duration every = period();
    f.rule("phase", !phase || every.ns > 0,
           "what is sent as it is written has no phase: state `batch_every`");
    f.rule("phase", !phase || every.ns == 0 || *phase < every, "the phase must be shorter than batch_every");
    f.optional("batch_bytes", batch_bytes, "a batch is sent when it is so large", spec::kPositive,
               spec::Origin{"assumed"});
    f.optional("record", record, "size of the log record of one write", spec::Range{0.0, 4e9, true},
               spec::Origin{"assumed"});
    f.optional("apply", apply, "from the arrival of a batch to its application", spec::kNotNegative,
               spec::Origin{"assumed"});
    f.optional("wait_for", wait_for,
               "what a write waits for: received (written and flushed there) or applied",
               spec::Origin{"MySQL semi-synchronous replication: received"});
    f.optional("fallback", fallback, "semi_sync: what follows when a write has waited for `timeout`",
               spec::Origin{"MySQL: async until a replica has caught up"});
    f.optional("timeout", timeout, "semi_sync: how long a write waits before the fallback; absent: 10 s",
               spec::kPositive, spec::Origin{"MySQL rpl_semi_sync_source_timeout: 10 s"});
    const bool semi_sync = mode == ReplicationMode::kSemiSync;
    f.rule("wait_for", !wait_for || mode != ReplicationMode::kAsync, "an async write waits for nobody");
    f.rule("fallback", !fallback || semi_sync, "only semi_sync writes have a fallback");
    f.rule("timeout", !timeout || (semi_sync && fallback != Fallback::kNone),
           "it is the time until semi_sync writes fall back to async");
  }
};

struct DatabaseEndpoint {
  std::optional<spec::LawSpec> demand;
  void describe(spec::Fields& f) { f.optional("demand", demand, "CPU time; absent: the database's"); }
};

struct DatabaseEndpoints {
  DatabaseEndpoint write;
  DatabaseEndpoint read;
  void describe(spec::Fields& f) {
    f.optional("write", write, "operations that append to the log");
    f.optional("read", read, "operations that any replica answers");
  }
};

struct Database {
  spec::LawSpec demand;
  spec::Cores cores{8, 8.0, false};
  std::optional<spec::PoolSpec> pool;
  std::optional<spec::QueueSpec> queue;
  std::vector<double> speed_by_load;
  DatabaseEndpoints endpoints;
  std::int64_t shards = 1;
  std::optional<spec::LocationRef> primary;
  std::optional<Replication> replication;
  bool idempotent = true;

  void describe(spec::Fields& f) {
    f.required("demand", demand, "CPU time of one operation");
    f.optional("cores", cores, "servers of each replica", spec::kPositive, spec::Origin{"assumed"});
    f.optional("pool", pool, "connections of the server side, held for a whole operation; absent: no limit");
    f.optional("queue", queue, "line in front of the cores; absent: unbounded, first come first served");
    f.optional("speed_by_load", speed_by_load,
               "rate of each job with 1, 2, 3, ... in service: lock contention", spec::kPositive);
    f.optional("endpoints", endpoints, "demands of \"write\" and \"read\"");
    f.optional("shards", shards, "of the log", spec::Range{1.0, 1000.0});
    f.optional("primary", primary, "where writes go at the start; absent: where the first replica stands");
    f.optional("replication", replication,
               "who receives the log, and when a write counts as done; absent: nobody");
    f.optional("idempotent", idempotent, "a second write of the same invoice is recognised");
  }

  void lower(compile::ProgramBuilder& b) const {
    const bool write = b.endpoint() == "write";
    if (!write && b.endpoint() != "read") {
      b.unknown_endpoint({"write", "read"});
      return;
    }
    const auto station = b.station("cores", {cores, queue, speed_by_load, false, false});
    const auto log = make_log(b);
    std::optional<plan::PoolId> held;
    if (pool) held = b.admission("pool", *pool);
    if (write) b.called_at_primary();

    b.hop_in();
    if (held) b.acquire(*held);
    b.serve(station, (write ? endpoints.write : endpoints.read).demand.value_or(demand), "demand");
    if (write) b.commit(log);
    if (held) b.release(*held);
    b.reply();
  }

 private:
  [[nodiscard]] plan::LogId make_log(compile::ProgramBuilder& b) const {
    plan::Log log;
    log.shards = static_cast<std::uint32_t>(shards);
    log.idempotent = idempotent;
    log.leader_location = b.first_location();
    if (primary) {
      const auto at = b.replica_locations(primary->id);
      if (at.empty())
        b.error(primary->place, "no replica of \"" + b.owner() + "\" stands at \"" + primary->id + "\"");
      if (!at.empty()) log.leader_location = at.front();
    }
    if (replication) replicate(b, log);
    return b.log(log);
  }

  void replicate(compile::ProgramBuilder& b, plan::Log& log) const {
    switch (replication->mode) {
      case ReplicationMode::kAsync: log.mode = plan::CommitMode::kAsync; break;
      case ReplicationMode::kSemiSync: log.mode = plan::CommitMode::kSemiSync; break;
      case ReplicationMode::kSync: log.mode = plan::CommitMode::kSync; break;
    }
    log.record_bytes = static_cast<std::uint32_t>(replication->record.count);
    log.batch_every_ns = replication->period().ns;
    if (replication->phase) log.batch_phase_ns = replication->phase->ns;
    log.batch_bytes = replication->batch_bytes.count;
    log.apply_ns = replication->apply.ns;
    log.waits_applied = replication->wait_for == WaitFor::kApplied;
    const bool falls_back =
        log.mode == plan::CommitMode::kSemiSync && replication->fallback != Fallback::kNone;
    if (falls_back) log.fallback_ns = replication->timeout.value_or(Duration{10 * kNanosPerSecond}).ns;
    for (const spec::LocationRef& to : replication->to.list) {
      const auto at = b.replica_locations(to.id);
      if (at.empty()) {
        b.error(to.place,
                "no replica of \"" + b.owner() + "\" stands at \"" + to.id + "\" to receive the log");
      } else if (at.front() == log.leader_location) {
        b.error(to.place, "the primary of \"" + b.owner() + "\" itself stands at \"" + to.id + "\"");
      } else if (std::find(log.followers.begin(), log.followers.end(), at.front()) != log.followers.end()) {
        b.error(to.place, "the log of \"" + b.owner() + "\" goes to \"" + to.id + "\" already");
      } else {
        log.followers.push_back(at.front());
      }
    }
    b.implies_procedure("replication_stream", log.leader_location);
  }
};

}  // namespace

compile::PartModel make_database() {
  return compile::part<Database>(
      "database", "database: primary, read replicas, replicated log, server-side pool", "write");
}

}  // namespace twinvoice::models
