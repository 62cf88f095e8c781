// Model: a load balancer (reverse proxy) that passes each request on to one component.
//
// What it models: a proxy in front of a service, such as Nginx or Envoy: some CPU for each request, a limit
//   of connections held while a request passes through it, and a full call policy towards what stands behind
//   it.
// Parameters (each replica):
//   to           component  required       where requests go
//   endpoint     id         its default    endpoint of it
//   demand       law [s]    "200 us"       CPU time of a request; assumed: TLS termination and parsing on one
//                                          core
//   cores        n          8              assumed
//   connections  pool       no limit       {"max", "wait", "queue"} held from arrival to reply, as
//                                          worker_connections
//   and all fields of a call but `to`: balance, timeout, retries, hedge, breaker, ejection, on_failure,
//   fallback, pool, request, response
// Equations: request message; [Acquire connections]; Serve demand; call; [Release]; reply.
// Assumptions and limits: balancing acts on whole requests, each replica of the proxy on its own knowledge
//   (no shared state between proxies); CPU of the way back is part of `demand`; connections to clients are
//   not told apart from requests.
// References: M. Mitzenmacher, "The power of two choices in randomized load balancing", 2001; Envoy and Istio
//   documentation of outlier detection and retries (field names).
#include <optional>

#include "sim/compile/part.hpp"

namespace twinvoice::models {
namespace {

struct LoadBalancer {
  spec::ComponentRef to;
  spec::Name endpoint{"default", {}};
  spec::LawSpec demand{Duration{200'000}};
  spec::Cores cores{8, 8.0, false};
  std::optional<spec::PoolSpec> connections;
  spec::CallPolicy policy;

  void describe(spec::Fields& f) {
    f.required("to", to, "component that the requests go to");
    f.optional("endpoint", endpoint, "endpoint of it");
    f.optional("demand", demand, "CPU time of one request",
               spec::Origin{"assumed: TLS termination and parsing on one core"});
    f.optional("cores", cores, "servers of each replica", spec::kPositive, spec::Origin{"assumed"});
    f.optional("connections", connections, "limit of requests passing through at once; absent: none");
    policy.describe(f);
  }

  void lower(compile::ProgramBuilder& b) const {
    if (b.endpoint() != "default") {
      b.unknown_endpoint({"default"});
      return;
    }
    const auto station = b.station("cores", {cores, {}, {}, false, false});
    std::optional<plan::PoolId> held;
    if (connections) held = b.admission("connections", *connections);
    b.hop_in();
    if (held) b.acquire(*held);
    b.serve(station, demand, "demand");
    b.call({&to, &endpoint, &policy}, to.place);
    if (held) b.release(*held);
    b.reply();
  }
};

}  // namespace

compile::PartModel make_load_balancer() {
  return compile::part<LoadBalancer>("load_balancer",
                                     "reverse proxy that passes requests on under a call policy");
}

}  // namespace twinvoice::models
