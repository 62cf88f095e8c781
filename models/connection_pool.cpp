// Model: a connection pooler between callers and one component, shared by all its callers.
//
// What it models: a pooler process such as PgBouncer or ProxySQL: callers queue in it for one of its
//   connections to the component behind it. A pool inside the caller (HikariCP, a Redis client) is the `pool`
//   of a call instead; a limit inside the server (max_connections) is the `pool` of a database. All three
//   lower to the same tokens.
// Parameters (each replica of the pooler):
//   to        component  required        what the connections lead to
//   endpoint  id         its default     endpoint of it
//   pool      pool       required        max [n], wait [s] unbounded, queue [n] unbounded, idle_timeout law
//                                        [s] none, max_age law [s] none, establish
//                                        {round_trips 1, message 512 B, demand 0},
//                                        preconnected false
//   demand    law [s]    "50 us"         CPU time of one request; assumed: copying a query and its result
//   cores     n          1               assumed: poolers run one event loop
//   and all fields of a call but `to` and `pool`
// Equations: request message; Serve demand; Acquire, or Connect when connections have an age, an idle limit
//   or a handshake; call; Release; reply. With c = max connections and holding time h the throughput is at
//   most c / h; waiting is that of c servers (Erlang C when arrivals are Poisson and h exponential).
// Assumptions and limits: transaction pooling: a connection is held for one call. A request that waits longer
//   than `wait` fails here; the caller's own timeout may end it earlier.
// References: A. Erlang, 1917; documentation of PgBouncer (pool_mode = transaction), of HikariCP
//   (connectionTimeout, maxLifetime).
#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct ConnectionPool {
  spec::ComponentRef to;
  spec::Name endpoint{"default", {}};
  spec::LawSpec demand{Duration{50'000}};
  spec::Cores cores{1, 1.0, false};
  spec::CallPolicy policy;

  void describe(spec::Fields& f) {
    f.required("to", to, "component that the connections lead to");
    f.optional("endpoint", endpoint, "endpoint of it");
    f.optional("demand", demand, "CPU time of one request",
               spec::Origin{"assumed: copying a query and its result"});
    f.optional("cores", cores, "servers of each replica", spec::kPositive,
               spec::Origin{"assumed: one event loop"});
    policy.describe(f);
    f.rule("pool", policy.pool.has_value(), "a connection pool needs its \"pool\"");
  }

  void lower(compile::ProgramBuilder& b) const {
    if (b.endpoint() != "default") {
      b.unknown_endpoint({"default"});
      return;
    }
    const auto station = b.station("cores", {cores, {}, {}, false, false});
    b.hop_in();
    b.serve(station, demand, "demand");
    b.call({&to, &endpoint, &policy}, to.place);
    b.reply();
  }
};

}  // namespace

compile::PartModel make_connection_pool() {
  return compile::part<ConnectionPool>("connection_pool", "pooler of connections shared by its callers");
}

}  // namespace twinvoice::models
