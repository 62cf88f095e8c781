"""Pieces of the rows: paths, and features that have to be there before a field of them can move anything."""

C = "t/components/front/calls/0/"
F = "t/components/front/"
B = "t/components/back/"
O = "t/operations/op/"
L = "t/links/ab/"
D = "t/components/db/"
R = "t/procedures/runbook/"
SLOW = {C + "timeout": "60 ms"}
RETRY = {C + "retries": {"attempts": 2, "backoff": "10 ms"}, B + "error_rate": "40 %"}
LATE = {C + "retries": {"attempts": 2, "backoff": "10 ms", "per_try_timeout": "40 ms"}}
POOL = {C + "pool": {"max": 2, "establish": {"round_trips": 2, "demand": "2 ms"}, "idle_timeout": "200 ms", "max_age": "2 s"}}
EJECT = {B + "error_rate": "40 %", C + "ejection": {"consecutive_errors": 2, "base_ejection_time": "2 s"}}
BREAK = {B + "error_rate": "60 %", C + "breaker": {"consecutive_errors": 3, "open_for": "1 s"}}
HEDGE = {C + "hedge": {"after": "20 ms"}}
FALL = {B + "error_rate": "40 %", C + "on_failure": "fallback", C + "fallback": {"to": "spare"}}
LIFE = {B + "life": {"fails": {"exponential": "4 s"}, "repairs": {"exponential": "2 s"}, "in_service": "lose"}}
CREW = {**LIFE, "t/crews": {"night": {"size": 1}}, B + "life/crew": "night"}
FORK = {F + "calls": [{"parallel": [{"to": "back"}, {"to": "spare"}], "join": "any"}], "t/components/spare/error_rate": "50 %"}
BUSY = {"e/load/op": {"poisson": "160 tps"}, B + "replicas": {"a": 2}}
QUEUE = {**BUSY, B + "queue": {"max": 4, "wait": "100 ms"}}
THREAD = {**BUSY, F + "threads": {"max": 3, "queue": 4, "wait": "50 ms"}}
CACHE = {"t/components/cache": {"model": "cache", "replicas": {"a": 1}, "demand": "1 ms", "cores": 1, "hit_ratio": "50 %",
                                "entries": 50, "origin": {"to": "back"}}, F + "calls": [{"to": "cache"}]}
POOLER = {"t/components/pooler": {"model": "connection_pool", "replicas": {"a": 1}, "to": "back", "demand": "1 ms", "cores": 1,
                                  "pool": {"max": 3}}, F + "calls": [{"to": "pooler"}]}
BALANCER = {"t/components/lb": {"model": "load_balancer", "replicas": {"a": 1}, "to": "back", "demand": "2 ms", "cores": 1},
            F + "calls": [{"to": "lb"}]}
EMIT = {F + "emits": [{"to": "spare"}]}
DOWN = {"e/faults": [{"fault": "instance_kill", "target": "back@a", "at": "5 s", "duration": "10 s"}]}
CHECKS = {B + "checks": {"sieve": {"rejects": "20 %", "by": "invoice"}}}
WARM = {**DOWN, B + "warm_up": {"requests": 50, "demand": "80 ms"}}
NAMED = {F + "pools": {"orders": {"max": 4}}, C + "pool": "orders"}
PROBE = {**DOWN, "t/procedures": {"probe": {"model": "health_probe", "at": "a", "targets": "back", "every": "1 s", "phase": "0 s"}}}
SEMI = {D + "replication/mode": "semi_sync", D + "replication/timeout": "1 s", "e/faults": [
    {"fault": "zone_down", "id": "lost", "target": "b", "at": "20 s", "duration": "30 s"}]}
COPY = {"t/procedures": {"copy": {"model": "bulk_transfer", "at": "a", "to": "b", "size": "40 MB", "start": "1 s", "every": "10 s"}},
        C + "request": "64 KiB"}
SECOND = {"t/components/db2": {"model": "database", "replicas": {"a": 1, "b": 1}, "demand": "1 ms", "cores": 8, "primary": "a",
                               "replication": {"to": "b", "mode": "async", "batch_every": "100 ms"}},
          "t/operations/second": {"entry": "db2", "from": "c", "client": {"timeout": "1 s"}}, "e/load/second": {"deterministic": "50 ms"}}
ALERT = {R + "detect": {"sensor": "success_rate", "below": "1 %", "window": "100 s"}, "t/procedures/alert": {
    "model": "alert_rule", "at": "c", "every": "1 s", "phase": "0 s", "when": {"sensor": "success_rate", "below": "60 %", "window": "5 s"}}}
STREAM = {R + "approve/takes": "100 s", D + "replication/mode": "semi_sync",
          "t/procedures/stream": {"model": "replication_stream", "at": "a", "log": "db"}}
SHARES = {**LIFE, "t/components/spare/life": {"fails": {"exponential": "4 s"}, "repairs": {"exponential": "2 s"}, "in_service": "lose"},
          "t/shares": {"power": {"members": ["back", "spare"], "beta": "50 %"}}}
ENDPOINTS = {B + "endpoints": {"x": {"demand": "60 ms", "error_rate": "1 %"}}, C + "endpoint": "x"}
UNIFORM = {B + "demand": {"uniform": {"low": "10 ms", "high": "30 ms"}}}


def law(name, values, key, value):
    return ("Law." + name + ("." + key if key else ""), "shop", {B + "demand": {name: values}},
            {B + "demand/" + name + ("/" + key if key else ""): value})


def fault(kind, target, more=None, **parts):
    row = {"fault": kind, "id": "it", "at": "5 s", "duration": "10 s", **({"target": target} if target else {}), **parts}
    return {**(more or {}), "e/faults": [row]}


P = "Expectation.^p(?!0+(\\.0+)?$)"
X = "e/faults/0/"
KILL = fault("instance_kill", "back@a")
