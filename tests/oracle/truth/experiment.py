"""What the texts of an experiment and its topology state: times, promises, patience, closed users."""

from quantities import duration, plain, read_json, share

DEFAULT_HOLD = 60_000_000_000


class Experiment:
    def __init__(self, experiment, topology):
        self.text = experiment
        self.topology = topology
        self.horizon = duration(experiment["horizon"])
        self.warm_up = duration(experiment.get("warm_up", "0 s"))
        self.hold = duration(experiment["hold"]) if "hold" in experiment else DEFAULT_HOLD
        self.loaded = sorted(name for name, load in experiment.get("load", {}).items() if isinstance(load, dict))
        self.expectations = experiment.get("expect", [])
        self.followed = None  # the longest wait allowed, where the program says it: it knows the bounds of every call

    @property
    def measured(self):
        return self.horizon - self.warm_up

    def objective(self, operation):
        return self.topology.get("operations", {}).get(operation, {}).get("objective", {})

    def stated_p99(self, operation):
        objective = self.objective(operation)
        return duration(objective["p99"]) if "p99" in objective else None

    def stated_availability(self, operation):
        objective = self.objective(operation)
        return share(objective["availability"]) if "availability" in objective else None

    def users(self, operation):
        """The number of closed users, or None for an open load."""
        load = self.text.get("load", {}).get(operation, {})
        return int(plain(load["closed"]["users"])) if "closed" in load else None

    def client_timeout(self, operation):
        """How long the client waits, retries included; None where nothing says so."""
        client = self.topology.get("operations", {}).get(operation, {}).get("client", {})
        return longest_of_call(client)

    def client_wait(self, operation):
        """As above; a client that states nothing waits as long as the run looks after it."""
        stated = self.client_timeout(operation)
        return self.longest_wait() if stated is None else stated

    def longest_wait(self):
        """The longest bound that can end a request, at most the measured time; a tenth of it where nothing does."""
        if self.followed is not None:
            return self.followed
        bounds = []
        for operation in self.loaded:
            bound = self.client_timeout(operation)
            if bound is None:
                inner = list(waits(self.topology.get("components", {})))
                bound = max(inner) if inner else self.measured // 10
            bounds.append(bound)
        return min(max(bounds, default=self.measured // 10), self.measured)

    def destroys(self, fault):
        return any(other.get("data") == "destroyed" for other in self.faults_named(fault))

    def faults_named(self, name):
        """The entries of the experiment's text from which a fault of faults.csv comes."""
        return [entry for identifier, entry in identified(self.text.get("faults", []))
                if identifier == name or base_name(name) == identifier]


def longest_of_call(call):
    if "timeout" in call:
        return duration(call["timeout"])
    retries = call.get("retries", {})
    if "per_try_timeout" not in retries:
        return None
    attempts = int(plain(retries.get("attempts", 0)))
    backoff = plain(retries.get("backoff", "0 s"))
    pause = duration(backoff) if isinstance(backoff, str) else 0
    return (attempts + 1) * duration(retries["per_try_timeout"]) + attempts * pause


def waits(node):
    """All stated bounds below a node: timeouts of calls and waits of queues and pools."""
    if isinstance(node, list):
        for item in node:
            yield from waits(item)
    elif isinstance(node, dict):
        call = longest_of_call(node) if isinstance(node.get("timeout", ""), str) else None
        if call is not None:
            yield call
        if isinstance(node.get("wait"), str):
            yield duration(node["wait"])
        for key, item in node.items():
            if key != "retries":
                yield from waits(item)


def identified(faults):
    """Each fault with its id; absent: the kind, with -2, -3, ... for repetitions."""
    seen = {}
    for fault in faults:
        if "id" in fault:
            yield fault["id"], fault
            continue
        kind = fault["fault"]
        seen[kind] = seen.get(kind, 0) + 1
        yield (kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"), fault


def base_name(name):
    """The id of "id@target", "id/target", "id:target" or "id[target]", as faults with a target each may be listed."""
    for mark in "@/:[":
        name = name.split(mark)[0]
    return name


def read_experiment(experiment_path, topology_path):
    return Experiment(read_json(experiment_path), read_json(topology_path))
