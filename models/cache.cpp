// Model: a cache whose hit ratio is earned: cold after a flush, it warms up by its misses.
//
// What it models: an in-memory cache such as Redis, either read-through (it asks `origin` itself on a miss)
//   or beside its callers (without `origin` a miss just returns, and the callers state in their own next call
//   with which probability they go further).
// Parameters (each replica):
//   demand       law [s]  "200 us"   CPU time of a look-up; assumed: one round of a single-threaded store
//                                    under load
//   cores        n        4          assumed: I/O threads
//   hit_ratio    [0, 1]   required   of a warm cache
//   entries      n        required   working set: so many misses warm a cold cache
//   origin       call     none       asked on a miss
//   fill_demand  law [s]  none       CPU time of storing what came back
//   persistent   bool     false      what it held survives a kill (Redis with RDB or AOF)
//   pool         pool     no limit   {"max", "wait", "queue"} of the server side, as Redis pool max active
//                                    and max wait
// Equations: warmth w in [0, 1], 1 at the start unless `initial` says otherwise; P(hit) = hit_ratio x w; each
//   completed miss adds 1 / entries to w, up to 1; a flush sets w = 0, and so does a kill unless it is persistent. A cold cache under L look-ups per
//   second warms as dw/dt = L (1 - hit_ratio w) / entries.
// Assumptions and limits: all entries are equally popular, so that warmth is linear in the number of misses
//   (a Zipf working set warms its popular part sooner: the model is pessimistic about the first seconds);
//   entries do not expire; warmth is per replica. The time to warm is not valid for working sets larger than
//   the cache.
// References: H. Che, Y. Tung, Z. Wang, "Hierarchical web caching systems", 2002 (where popularity matters);
//   Redis documentation of maxclients.
#include <optional>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct Cache {
  spec::LawSpec demand{Duration{200'000}};
  spec::Cores cores;
  spec::Probability hit_ratio;
  std::int64_t entries = 1;
  std::optional<spec::CallSpec> origin;
  std::optional<spec::LawSpec> fill_demand;
  bool persistent = false;
  std::optional<spec::PoolSpec> pool;

  void describe(spec::Fields& f) {
    f.optional("demand", demand, "CPU time of a look-up",
               spec::Origin{"assumed: a single-threaded store under load"});
    f.optional("cores", cores, "servers of each replica", spec::kPositive,
               spec::Origin{"assumed: I/O threads"});
    f.required("hit_ratio", hit_ratio, "share of look-ups that a warm cache answers");
    f.required("entries", entries, "working set: how many misses warm a cold cache", spec::kCount);
    f.optional("origin", origin, "call made on a miss; absent: a miss just returns");
    f.optional("fill_demand", fill_demand, "CPU time of storing what came back; absent: none");
    f.optional("persistent", persistent, "what it held survives a kill",
               spec::Origin{"memcached, and Redis without RDB and AOF: false"});
    f.optional("pool", pool, "requests worked on at once; absent: no limit");
  }

  void lower(compile::ProgramBuilder& b) const {
    if (b.endpoint() != "default") {
      b.unknown_endpoint({"default"});
      return;
    }
    const auto station = b.station("cores", {cores, {}, {}, false, false});
    plan::Cell cell;
    cell.initial = 1.0;
    cell.lost_in_kill = !persistent;
    const auto warmth = b.cell("warmth", cell);
    std::optional<plan::PoolId> held;
    if (pool) held = b.admission("pool", *pool);

    b.hop_in();
    if (held) b.acquire(*held);
    b.serve(station, demand, "demand");
    const auto hit = b.branch(warmth, hit_ratio.value, "hit");
    if (origin) b.call(*origin);
    if (fill_demand) b.serve(station, *fill_demand, "fill_demand");
    b.update(warmth, plan::UpdateOp::kAdd, 1.0 / static_cast<double>(entries));
    b.land(hit);
    if (held) b.release(*held);
    b.reply();
  }
};

}  // namespace

compile::PartModel make_cache() {
  return compile::part<Cache>("cache",
                              "cache that is earned by misses: hit ratio, working set, read-through");
}

}  // namespace twinvoice::models
