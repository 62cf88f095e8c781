"""Small worlds in which the fields of the formats are changed, and how a change is written."""
import copy

SHOP = {
    "t": {
        "twinvoice": "topology/1", "name": "shop",
        "sites": {"a": {"region": "north", "zones": ["1", "2"]}, "b": {"region": "south"}},
        "links": {"ab": {"between": ["a", "b"], "latency": "5 ms", "bandwidth": "100 Mbps"}},
        "components": {
            "front": {"model": "service", "replicas": {"a": 2}, "demand": {"exponential": "5 ms"}, "cores": 2,
                      "calls": [{"to": "back", "balance": "random"}]},
            "back": {"model": "service", "replicas": {"a": 2, "b": 2}, "demand": {"exponential": "30 ms"}, "cores": 1,
                     "error_rate": "5 %"},
            "spare": {"model": "service", "replicas": {"a": 1}, "demand": "1 ms"}},
        "operations": {"op": {"entry": "front", "from": "a"}}},
    "e": {"twinvoice": "experiment/1", "name": "shop", "topology": "t.json", "load": {"op": {"poisson": "80 tps"}},
          "horizon": "30 s", "replications": 2, "seed": 1}}

DATA = {
    "t": {
        "twinvoice": "topology/1", "name": "data",
        "sites": {name: {"region": "r" + name} for name in "abc"},
        "links": {"ca": {"between": ["c", "a"], "latency": "10 ms", "bandwidth": "1 Gbps"},
                  "cb": {"between": ["c", "b"], "latency": "10 ms", "bandwidth": "1 Gbps"},
                  "ab": {"between": ["a", "b"], "latency": "20 ms", "bandwidth": "20 Mbps"}},
        "components": {
            "web": {"model": "load_balancer", "replicas": {"a": 1, "b": 1}, "to": "db", "timeout": "500 ms"},
            "db": {"model": "database", "replicas": {"a": 1, "b": 1}, "demand": {"exponential": "2 ms"}, "cores": 8,
                   "primary": "a", "replication": {"to": "b", "mode": "async", "batch_every": "100 ms"}}},
        "operations": {"op": {"entry": "web", "from": "c", "client": {"timeout": "1 s", "balance": "nearest"}}},
        "procedures": {
            "runbook": {"model": "site_failover", "at": "c", "service": ["web"], "database": "db", "from": "a", "to": "b",
                        "detect": {"sensor": "success_rate", "below": "60 %", "window": "5 s", "every": "1 s", "phase": "0 s"},
                        "decide": {"by": "engineer", "takes": "2 s"}, "shift": {"takes": "2 s"}, "verify": {"takes": "2 s"},
                        "approve": {"by": "boss", "takes": "3 s"},
                        "failback": {"after": "5 s", "every": "1 s", "phase": "0 s", "takes": "2 s"}}}},
    "e": {"twinvoice": "experiment/1", "name": "data", "topology": "t.json", "load": {"op": {"deterministic": "50 ms"}},
          "horizon": "200 s", "hold": "10 s", "replications": 2, "seed": 1,
          "faults": [{"fault": "region_down", "id": "lost", "target": "ra", "at": "20 s", "duration": "60 s"}]}}

WORLDS = {"shop": SHOP, "data": DATA}


def changed(documents, changes):
    """The documents with these values at these paths ("t/components/front/cores"); None takes the field away."""
    documents = copy.deepcopy(documents)
    for path, value in changes.items():
        *way, last = path.split("/")
        at = documents
        for name in way:
            at = at[int(name)] if isinstance(at, list) else at.setdefault(name, {})
        last = int(last) if isinstance(at, list) else last
        if value is None:
            del at[last]
        elif isinstance(at, list) and last == len(at):
            at.append(value)
        else:
            at[last] = copy.deepcopy(value)
    return documents
