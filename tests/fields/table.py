"""For every field of topology/1, experiment/1, sweep/1 and policies/1: what moves when it changes, or why nothing may.

A row says: the field, a world of worlds.py, what is set in it first, and what is then changed; figures.txt says which
figure of `twinvoice run --format json` moves, or of `sweep report` or `run --branch-at`. WORDS: fields for people, and why. OTHERS: fields that another command reads, or that
end a run, and the test that shows it. SAME: families that one declaration describes, so that the rows of the right side speak for
those of the left. HOLDERS, CHOOSERS, ONLY_KIND: fields that hold other fields or choose among kinds."""
import rows_experiment
import rows_sweep
import rows_topology

ROWS = rows_topology.ROWS + rows_experiment.ROWS + rows_sweep.ROWS

# Told to people, and by nothing else.
WORDS = {
    "name": "of the architecture or the scenario, in the heads of reports",
    "description": "what it is about",
    "Component.service.labels": "words for people: nothing selects by them",
    "sites.*.provider": "who runs it",
    "sweep/name": "of the sweep, and of its store",
    "sweep/description": "what it asks",
    "policies/name": "of the list, in the head of the report",
    "policies/description": "what it is about",
    "policies/policies.*.description": "what a policy does",
    "shares.*.kind": "power, certificate, ...",
    "HumanStep.by": "stands in the audit log",
    "Procedure.replication_stream.at": "every procedure stands somewhere; a stream goes with the leader of its log",
    "Procedure.alert_rule.severity": "stands in the audit log",
}

# What another command reads, or what ends a run: the file of the test that shows it.
OTHERS = {
    "sites.*.cost": ("sweep report, compare: cost", "tests/unit/report/figures_test.cpp"),
    "Link.wan_link.cost": ("sweep report, compare: cost", "tests/unit/report/figures_test.cpp"),
    "Component.service.cost": ("sweep report, compare: cost", "tests/unit/report/figures_test.cpp"),
    "Component.service.needs": ("plan: single points of failure", "tests/scenario/plan_test.cpp"),
    "operations.*.volume": ("plan: load of a topology alone", "tests/scenario/plan_test.cpp"),
    "topology": ("another file is another architecture", "tests/unit/spec/experiment_test.cpp"),
    "limits": ("run: the run stops", "tests/scenario/limits_test.cpp"),
    "limits.events": ("run: the run stops", "tests/scenario/limits_test.cpp"),
    "limits.memory": ("run: the run stops", "tests/scenario/limits_test.cpp"),
    "Component.service.observe.occupancy": ("run: at most n replicas busy, in the records", "tests/unit/kernel/stations_test.cpp"),
    "Fault.instance_kill.ramp": ("refused where a fault cannot grow", "tests/unit/models/faults_test.cpp"),
    "Call.name": ("run: places of one name share breaker, budget and turn", "tests/scenario/call_sites_test.cpp"),
    "sweep/limits.time": ("sweep run: the cell fails", "tests/unit/campaign/zygote_test.cpp"),
    "sweep/limits.memory": ("sweep run: the cell fails", "tests/unit/campaign/zygote_test.cpp"),
    "policies/policies.*.start.procedure": ("run --branch-at: which procedure is begun", "tests/scenario/branching_test.cpp"),
    "window": ("run --csv: timeline.csv", "tests/unit/report/render_test.cpp"),
}

# Families that one declaration describes: what is below the left side is below the right side too.
SAME = [
    ("operations.*.client", "Call"), ("operations.*.volume", "Load.diurnal"), ("Component.load_balancer", "Call"), ("Component.connection_pool", "Call"),
    ("Component.load_balancer", "Component.service"), ("Component.connection_pool", "Component.service"),
    ("Component.cache", "Component.service"), ("Life", "ReplicaLife"), ("Component.database", "Component.service"),
    ("Procedure.alert_rule.when", "Procedure.site_failover.detect"),
    ("Procedure.site_failover.unless", "Procedure.site_failover.detect"),
] + [("Fault." + kind, "Fault.instance_kill") for kind in
     ("capacity_loss", "cpu_slow", "instance_pause", "latency", "loss", "partition", "pool_shrink", "region_down", "shed", "spike", "zone_down")]

# Fields that hold others: the row that speaks for them. Fields that choose among kinds: likewise; or there is one kind alone.
HOLDERS = {"sites": "sites.*.region", "links": "Link.wan_link.latency", "components": "Component.service.demand",
           "operations": "operations.*.entry", "procedures": "Procedure.health_probe.targets", "shares": "shares.*.beta",
           "crews": "crews.*.size", "network": "network.epoch", "Component.service.needs.at_least": "Component.service.needs"}
ONLY_KIND = "Link.model", "Link.wan_link.model"
CHOOSERS = {"model": "Procedure.model", "fault": "Fault.fault"}
