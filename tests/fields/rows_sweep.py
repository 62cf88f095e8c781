"""Rows of sweep/1 and policies/1: (field, world, what is set first, what is changed). A world with "s" is played as a sweep and shows its
report; one with "p" is branched and shows its policies."""
import json

from bases import B
from worlds import SHOP


def sweep(axes, **more):
    """A sweep over ten seconds of the shop, and its members."""
    head = {"twinvoice": "sweep/1", "name": "s", "experiment": "e.json", "replications": 2}
    return {"e/horizon": "10 s", "s": {**head, "axes": axes, **more}}


A = "s/axes/load/"
LOADS = {"load": {"of": "/load/op/poisson", "values": ["20 tps", "60 tps"]}}
RANGE = {"load": {"of": "/load/op/poisson", "from": "20 tps", "to": "60 tps", "points": 3}}
BETWEEN = {"load": {"of": "/load/op/poisson", "from": "20 tps", "to": "60 tps"}, "cores": {"of": "front.cores", "values": [1, 2]}}
TWO = {**LOADS, "cores": {"of": "front.cores", "values": [1, 2]}}
CHOICE = {"load": {"choices": {"low": {"/load/op/poisson": "20 tps"}, "high": {"/load/op/poisson": "60 tps"}}}}
SAMPLED = sweep(BETWEEN, design={"sobol": {"points": 4}})


def until(**rule):
    return sweep(LOADS, replications={"least": 2, "most": 4, "until": [rule]})


ROUGH = until(figure="op.mean", absolute="1 h")
SELECT = {"minimise": "op.mean", "indifference": "1 ms"}
RACE = sweep(LOADS, replications={"least": 2, "most": 4}, select=SELECT)
OTHER = json.dumps({**SHOP["e"], "horizon": "6 s"})

SWEEP = [
    ("sweep/experiment", "shop", sweep(LOADS), {"s/experiment": "other.json", "f/other.json": OTHER}),
    ("sweep/set", "shop", sweep(LOADS), {"s/set": {"/horizon": "6 s"}}),
    ("sweep/axes", "shop", sweep(LOADS), {"s/axes/cores": TWO["cores"]}),
    ("Axis.of", "shop", sweep({"load": {"of": "front.demand", "values": ["4 ms", "8 ms"]}}), {A + "of": "back.demand"}),
    ("Axis.values", "shop", sweep(LOADS), {A + "values": ["20 tps", "40 tps"]}),
    ("Axis.from", "shop", sweep(RANGE), {A + "from": "30 tps"}),
    ("Axis.to", "shop", sweep(RANGE), {A + "to": "50 tps"}),
    ("Axis.points", "shop", sweep(RANGE), {A + "points": 2}),
    ("Axis.scale", "shop", sweep(RANGE), {A + "scale": "log"}),
    ("Axis.choices", "shop", sweep(CHOICE), {A + "choices/high": {"/load/op/poisson": "40 tps"}}),
    ("Axis.role", "shop", sweep(TWO), {A + "role": "world"}),
    ("sweep/design", "shop", sweep(TWO), {"s/design": "zip"}),
    ("sweep/design.sobol", "shop", sweep(BETWEEN, design={"latin_hypercube": {"points": 4}}), {"s/design": {"sobol": {"points": 4}}}),
    ("sweep/design.sobol.points", "shop", SAMPLED, {"s/design/sobol/points": 3}),
    ("sweep/design.latin_hypercube", "shop", SAMPLED, {"s/design": {"latin_hypercube": {"points": 4}}}),
    ("sweep/design.latin_hypercube.points", "shop", sweep(BETWEEN, design={"latin_hypercube": {"points": 4}}),
     {"s/design/latin_hypercube/points": 3}),
    ("sweep/design.saltelli", "shop", SAMPLED, {"s/design": {"saltelli": {"points": 1}}}),
    ("sweep/design.saltelli.points", "shop", sweep(BETWEEN, design={"saltelli": {"points": 1}}), {"s/design/saltelli/points": 2}),
    ("sweep/skip", "shop", sweep(LOADS), {"s/skip": [{"load": "> 30 tps"}]}),
    ("sweep/replications", "shop", sweep(LOADS), {"s/replications": 3}),
    ("sweep/replications.least", "shop", ROUGH, {"s/replications/least": 3}),
    ("sweep/replications.most", "shop", until(figure="op.mean", relative="0.001 %"), {"s/replications/most": 3}),
    ("sweep/replications.until", "shop", ROUGH, {"s/replications/until/1": {"figure": "op.mean", "relative": "0.001 %"}}),
    ("sweep/replications.until.figure", "shop", until(figure="replicas", relative="0.001 %"), {"s/replications/until/0/figure": "op.mean"}),
    ("sweep/replications.until.relative", "shop", until(figure="op.mean", relative="100 %"), {"s/replications/until/0/relative": "0.001 %"}),
    ("sweep/replications.until.absolute", "shop", until(figure="op.mean", absolute="1 h"), {"s/replications/until/0/absolute": "1 ns"}),
    ("sweep/replications.outages", "shop", {**sweep(LOADS, replications={"least": 2, "most": 4, "outages": 1}), B + "error_rate": "60 %"},
     {"s/replications/outages": 1000}),
    ("sweep/select", "shop", sweep(LOADS), {"s/select": SELECT, "s/replications": {"least": 2, "most": 2}}),
    ("sweep/select.minimise", "shop", RACE, {"s/select/minimise": "op.p50"}),
    ("sweep/select.maximise", "shop", RACE, {"s/select/minimise": None, "s/select/maximise": "op.mean"}),
    ("sweep/select.indifference", "shop", RACE, {"s/select/indifference": "10 s"}),
    ("sweep/select.confidence", "shop", RACE, {"s/select/confidence": "60 %"}),
    ("sweep/objectives", "shop", sweep(LOADS), {"s/objectives": [{"minimise": "op.p50"}]}),
    ("sweep/objectives.minimise", "shop", sweep(LOADS, objectives=[{"minimise": "op.p50"}]), {"s/objectives/0/minimise": "op.p95"}),
    ("sweep/objectives.maximise", "shop", sweep(LOADS, objectives=[{"minimise": "op.p50"}]),
     {"s/objectives/0": {"maximise": "op.p50"}}),
    ("sweep/seed", "shop", sweep(LOADS), {"s/seed": 2}),
    ("sweep/draws", "shop", sweep(LOADS), {"s/draws": "independent"}),
    ("sweep/limits", "shop", sweep(LOADS), {"s/limits": {"events": 10}}),
    ("sweep/limits.events", "shop", sweep(LOADS, limits={"events": 100000000}), {"s/limits/events": 10}),
]


def branched(policies):
    """The drill of the data world, branched five seconds after its begin."""
    return {"p": {"twinvoice": "policies/1", "name": "p", "policies": {"wait": {}, **policies}}}


RUNBOOK = "t/procedures/runbook/"
ORDER = {RUNBOOK + "decide/takes": "60 s", **branched({"now": {"start": [{"procedure": "runbook"}]}})}
SHED = {"fault": "shed", "id": "shedding", "target": "op", "share": "50 %", "at": "0 s", "duration": "20 s"}
POLICIES = [
    ("policies/policies", "data", branched({}), {"p/policies/shed": {"faults": [SHED]}}),
    ("policies/policies.*.faults", "data", branched({"now": {}}), {"p/policies/now/faults": [SHED]}),
    ("policies/policies.*.start", "data", {RUNBOOK + "decide/takes": "60 s", **branched({"now": {}})},
     {"p/policies/now/start": [{"procedure": "runbook"}]}),
    ("policies/policies.*.start.at", "data", ORDER, {"p/policies/now/start/0/at": "15 s"}),
]
ROWS = SWEEP + POLICIES
