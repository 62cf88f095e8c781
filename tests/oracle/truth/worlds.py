#!/usr/bin/python3
"""Small random worlds with staff, as the texts that a user would write.

usage: worlds.py SEED FOLDER      writes topology.json, experiment.json and what they read into the folder

A world has one to three sites, a chain edge -> service -> database, open, traced and closed loads of 2 to 30 requests a
second for 3 to 15 minutes, a replicated log, probes, alerts and a runbook with people, and one to five faults: most of them
do harm, some do none; some overlap, some begin in the warm-up, some last beyond the end. The same seed gives the same texts.
What later versions of the formats can say is drawn, with dice of its own, once the committed JSON Schemas have it.
"""

import json
import os
import sys

from dice import Dice
from later import later_formats
from quantities import duration
from staff import staff
from troubles import troubles

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "topologies", "schema")
MOST_REQUESTS = 12_000  # of a replication, about
CLIENTS = "net"


class Formats:
    """What the formats can say, from the committed JSON Schemas."""

    def __init__(self, folder=SCHEMAS):
        self.definitions, self.roots = {}, {}
        for name in ("experiment", "topology"):
            with open(os.path.join(folder, f"{name}-1.json"), encoding="utf-8") as file:
                schema = json.load(file)
            self.roots[name] = schema.get("properties", {})
            self.definitions.update(schema.get("$defs", {}))

    def field(self, definition, *path):
        """The schema of a field of a definition ("experiment", "Fault.spike", ...), or None."""
        fields = self.roots.get(definition) or self.definitions.get(definition, {}).get("properties", {})
        for i, name in enumerate(path):
            found = fields.get(name)
            if found is None:
                return None
            fields = found.get("properties", {})
        return found


class World:
    """The texts of a world, and what is needed to draw the next part of it."""

    def __init__(self, seed):
        self.seed = seed
        self.topology = {"twinvoice": "topology/1", "name": f"world-{seed}"}
        self.experiment = {"twinvoice": "experiment/1", "name": f"world-{seed}", "topology": "topology.json"}
        self.files = {}  # name -> text
        self.sites, self.places, self.links, self.operations = [], [], [], []
        self.primary, self.followers, self.regions = None, [], {}
        self.horizon_s = self.warm_up_s = 0
        self.staffed = False
        self.bounded = 75  # per cent of the calls and clients that have a timeout
        self.silence = None  # the second from which on nothing arrives for a while

    @property
    def has_procedures(self):
        """Replication is a procedure too."""
        return bool(self.topology.get("procedures")) or "replication" in self.topology["components"]["database"]

    def texts(self):
        return {"topology.json": json.dumps(self.topology, indent=1) + "\n",
                "experiment.json": json.dumps(self.experiment, indent=1) + "\n", **self.files}

    def write(self, folder):
        """The path of the experiment."""
        os.makedirs(folder, exist_ok=True)
        for name, text in self.texts().items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        return os.path.join(folder, "experiment.json")


def draw(seed, formats=None):
    world, dice = World(seed), Dice("world", seed)
    kind = dice.below(20)  # 0-10 a runbook; 11-14 replication, perhaps probes; 15-19 nobody, so that both engines can play it
    world.staffed = kind < 11
    world.bounded = 10 if dice.percent(20) else 80
    sites(world, dice, 2 if world.staffed else 1)
    times(world, dice)
    components(world, dice, replicated=kind < 15)
    operations(world, dice)
    loads(world, dice)
    if kind < 15:
        staff(world, dice)
    troubles(world, dice)
    promises(world, dice)
    later_formats(world, Dice("later", seed), formats or Formats())
    return world


# ---- where ---------------------------------------------------------------------------------------------------------

def sites(world, dice, least):
    count = dice.between(least, 3)
    world.topology["sites"] = {CLIENTS: {"region": CLIENTS}}
    for i in range(count):
        name = f"s{i}"
        site = {"region": "both" if count > 2 and i > 0 and dice.percent(30) else f"r{i}"}
        if dice.percent(35):
            site["zones"] = ["a", "b"]
            world.places += [f"{name}/a", f"{name}/b"]
        else:
            world.places.append(name)
        world.topology["sites"][name] = site
        world.sites.append(name)
        world.regions.setdefault(site["region"], []).append(name)
    links = world.topology["links"] = {}
    ends = [CLIENTS] + world.sites
    for i, one in enumerate(ends):
        for other in ends[i + 1:]:
            links[f"{one}-{other}"] = {"between": [one, other], "latency": dice.span(1, 20), "bandwidth": "1 Gbps"}
            if dice.percent(8):
                links[f"{one}-{other}"]["loss"] = "0.5 %"
    world.links = list(links)
    if dice.percent(50):
        world.topology["network"] = {"user_timeout": dice.seconds(5, 40)}


def places_of(world, site):
    return [place for place in world.places if place.split("/")[0] == site]


def replicas(world, dice, most, everywhere=80):
    """At least one somewhere in the first site; mostly in every one."""
    found = {}
    for i, site in enumerate(world.sites):
        if i == 0 or dice.percent(everywhere):
            place = dice.pick(places_of(world, site))
            found[place] = dice.between(1, most)
            if place != site and dice.percent(50):
                found[dice.pick(places_of(world, site))] = 1
    return found


# ---- what ----------------------------------------------------------------------------------------------------------

def times(world, dice):
    world.horizon_s = dice.between(360 if world.staffed else 180, 900)
    world.warm_up_s = dice.pick([0, 0, 10, 30, 60])
    world.experiment.update({"horizon": f"{world.horizon_s} s", "replications": 2, "seed": world.seed + 1})
    if world.warm_up_s:
        world.experiment["warm_up"] = f"{world.warm_up_s} s"


def retries(dice, per_try_ms):
    found = {"attempts": dice.between(1, 3)}
    if dice.percent(50):
        found["per_try_timeout"] = dice.span(per_try_ms // 2, per_try_ms)
    if dice.percent(60):
        found["backoff"] = dice.span(10, 300)
    if dice.percent(40):
        found["on"] = dice.pick([["timeout", "reset"], ["reset"], ["reset", "rejected"]])
    if dice.percent(20):
        found["budget"] = {"ratio": "20 %", "burst": 10}
    return found


def call(world, dice, to, timeout_ms):
    found = {"to": to}
    if dice.percent(world.bounded):
        found["timeout"] = dice.span(timeout_ms // 2, timeout_ms)
    if dice.percent(45):
        found["retries"] = retries(dice, timeout_ms // 2)
    if dice.percent(15):
        found["cancellation"] = "propagate"
    return found


def pool(dice, low, high):
    found = {"max": dice.between(low, high)}
    if dice.percent(70):
        found["wait"] = dice.span(50, 1000)
    if dice.percent(30):
        found["queue"] = dice.between(0, 50)
    return found


def components(world, dice, replicated):
    edge = {"model": "load_balancer", "replicas": replicas(world, dice, 2), **call(world, dice, "invoice", 6000)}
    if dice.percent(30):
        edge = {"model": "service", "replicas": edge["replicas"], "demand": dice.law(1, 3),
                "calls": [call(world, dice, "invoice", 6000)]}
    service = {"model": "service", "replicas": replicas(world, dice, 2), "demand": dice.law(4, 25),
               "cores": dice.between(1, 3), "calls": [database_call(world, dice, "write")]}
    if dice.percent(50):
        service["threads"] = pool(dice, 8, 80)
    if dice.percent(40):
        service["queue"] = {"max": dice.between(5, 60), "on_full": dice.pick(["reject", "drop_oldest", "block"])}
    if dice.percent(15):
        service["error_rate"] = dice.pick(["0.1 %", "1 %", "2 %", "5 %"])
    world.topology["components"] = {"edge": edge, "invoice": service, "database": database(world, dice, replicated)}


def database_call(world, dice, endpoint):
    found = {**call(world, dice, "database", 2500), "endpoint": endpoint}
    if dice.percent(35):
        found["pool"] = pool(dice, 4, 30)
    return found


def database(world, dice, replicated):
    found = {"model": "database", "demand": dice.law(2, 10), "cores": dice.between(1, 4)}
    if dice.percent(60):
        found["pool"] = pool(dice, 6, 60)
    if dice.percent(60):
        found["shards"] = dice.between(1, 3)
    if dice.percent(20):
        found["idempotent"] = False
    world.primary = world.places[0]
    placed = {world.primary: dice.between(1, 2)}
    others = [site for site in world.sites if site != world.primary.split("/")[0]]
    if replicated:
        least = 1 if world.staffed else 0
        chosen = dice.some(others, dice.between(least, len(others))) if len(others) >= least else []
        world.followers = [dice.pick(places_of(world, site)) for site in chosen]
        beside = [place for place in world.places[1:] if place.startswith("s0/")]
        if beside and not world.staffed and len(world.followers) < 2 and dice.percent(40):
            world.followers.append(beside[0])  # another zone of the same site
        for place in world.followers:
            placed[place] = 1
    found["replicas"] = placed
    found["primary"] = world.primary
    if world.followers:
        found["replication"] = {"to": world.followers, "mode": dice.pick(["async", "async", "semi_sync", "sync"]),
                                "batch_every": dice.span(20, dice.pick([200, 1000, 3000])), "record": f"{dice.between(200, 4000)} B"}
    return found


def operations(world, dice):
    found = world.topology["operations"] = {}
    for name in ["issue", "query"][:1 + dice.percent(35)]:
        one = found[name] = {"entry": "edge", "from": CLIENTS}
        if dice.percent(world.bounded):
            one["client"] = {"timeout": dice.seconds(2, 15)}
            if dice.percent(40):
                tried = dice.between(1, 2), dice.span(100, 2000), dice.seconds(1, 4)
                one["client"]["retries"] = {"attempts": tried[0], "backoff": tried[1]}
                # A call that is over before the attempt is refused.
                if duration(tried[2]) < duration(one["client"]["timeout"]):
                    one["client"]["retries"]["per_try_timeout"] = tried[2]
        objective = {}
        if dice.percent(70):
            objective["availability"] = dice.pick(["90 %", "95 %", "99 %", "99.5 %", "99.9 %", "99.99 %"])
        if dice.percent(50):
            objective["p99"] = dice.span(100, 1500)
        if objective:
            one["objective"] = objective
    world.operations = list(found)
    if len(found) > 1:
        calls = world.topology["components"]["invoice"]["calls"]
        calls[0]["operations"] = ["issue"]
        calls.append({**database_call(world, dice, "read"), "operations": ["query"]})


# ---- how much ------------------------------------------------------------------------------------------------------

def loads(world, dice):
    found = world.experiment["load"] = {}
    most = max(3, min(30, MOST_REQUESTS // world.horizon_s)) // len(world.operations)
    for name in world.operations:
        rate = dice.between(2, max(2, most))
        kind = dice.below(10)
        if kind < 5:
            found[name] = {"poisson": f"{rate} tps"}
        elif kind == 5:
            found[name] = {"deterministic": f"{rate} tps"}
        elif kind == 6:
            found[name] = {"piecewise": [{"at": "0 s", "rate": f"{rate} tps"},
                                         {"at": f"{world.horizon_s // 2} s", "rate": f"{dice.between(2, rate + 2)} tps"}]}
        elif kind == 7:
            found[name] = {"trace": f"{name}.csv"}
            world.files[f"{name}.csv"] = trace(world, dice, rate)
        else:
            think = dice.between(1, 8)
            found[name] = {"closed": {"users": rate * think, "think": {"exponential": f"{think} s"}}}


def trace(world, dice, rate):
    """Arrivals at times to the nanosecond, some of them at one instant; half of the traces have 80 s without any."""
    at, lines, step = 0, [], 2_000_000_000 // rate
    world.silence = dice.between(60, world.horizon_s - 80) if dice.percent(50) else None
    while at < (world.horizon_s + 30) * 1_000_000_000:
        at += dice.below(step) if dice.percent(95) else 0
        if world.silence is None or not world.silence <= at // 1_000_000_000 < world.silence + 80:
            lines.append(f"{at // 1_000_000_000}.{at % 1_000_000_000:09d}\n")
    return "".join(lines)


def promises(world, dice):
    """Bounds on every fault or on one of them; the verdicts are the program's own affair, the incidents are not."""
    found = []
    if dice.percent(60):
        found.append({"rto": f"<= {dice.between(20, 300)} s"})
    if dice.percent(40) and world.followers:
        found.append({"rpo": f"<= {dice.between(100, 5000)} ms"})
    if dice.percent(20):
        found.append({"rto": f"<= {dice.between(20, 300)} s", "operation": dice.pick(world.operations)})
    if found and any(fault["fault"] != "spike" for fault in world.experiment["faults"]):
        world.experiment["expect"] = found


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    print(draw(int(arguments[0])).write(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
