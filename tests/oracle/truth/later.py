"""Fields of a random world that the formats did not have at first: each is drawn once the schemas have it.

Nothing else depends on these dice, so a seed's world stays what it was but for such a field.
"""


def later_formats(world, dice, formats):
    if dice.percent(30) and formats.field("experiment", "hold"):
        world.experiment["hold"] = f"{dice.pick([20, 30, 45, 90])} s"
    for fault in world.experiment["faults"]:
        of_fault(world, dice, formats, fault)
    for procedure in world.topology.get("procedures", {}).values():
        of_procedure(dice, formats, procedure)
    replication = world.topology["components"]["database"].get("replication")
    if replication is not None:
        of_replication(dice, formats, replication)


def of_fault(world, dice, formats, fault):
    kind = f"Fault.{fault['fault']}"
    if dice.percent(15) and formats.field(kind, "within") and fault["at"].endswith(" s"):
        at = int(fault.pop("at").split()[0])
        fault["within"] = [f"{at} s", f"{at + 20} s"]
    if dice.percent(30) and formats.field(kind, "data") and takes_a_whole_database(world, fault):
        fault["data"] = "destroyed"


def takes_a_whole_database(world, fault):
    """All replicas of a place are lost: otherwise no data can be destroyed."""
    placed = world.topology["components"]["database"]["replicas"]
    target = fault.get("target", "")
    if fault["fault"] == "region_down":
        return any(place.split("/")[0] in world.regions.get(target, []) for place in placed)
    if fault["fault"] == "zone_down":
        return any(target in (place, place.split("/")[0]) for place in placed)
    return fault["fault"] == "instance_kill" and target.split("@")[0] == "database" and "mode" not in fault


def of_procedure(dice, formats, procedure):
    name = f"Procedure.{procedure['model']}"
    if dice.percent(25) and formats.field(name, "phase") and "start" not in procedure:
        procedure["phase"] = f"{dice.between(0, 900)} ms"
    if procedure["model"] != "site_failover":
        return
    if dice.percent(25) and formats.field(name, "detect", "phase"):
        procedure["detect"]["phase"] = "0 s"
    if dice.percent(30) and "lease" in str(formats.field(name, "fence")):
        procedure["fence"] = "lease"
    if dice.percent(15) and formats.field(name, "unless"):
        procedure["unless"] = {"sensor": "success_rate", "above": "95 %", "window": "20 s"}
    if dice.percent(60) and "failback" in procedure and formats.field(name, "failback", "reseed"):
        procedure["failback"]["reseed"] = dice.pick(["none", "all", "1 MiB"])


def of_replication(dice, formats, replication):
    fields = formats.field("Component.database", "replication")
    has = (fields or {}).get("properties", {})
    values = {"apply": dice.span(0, 500), "phase": "0 s"}
    if replication["mode"] == "semi_sync":
        values.update({"timeout": dice.seconds(1, 12), "fallback": dice.pick(["async", "none"]),
                       "wait_for": dice.pick(["received", "applied"])})
    for name, value in values.items():
        if dice.percent(40) and name in has:
            replication[name] = value
    if replication.get("fallback") == "none":
        replication.pop("timeout", None)  # it is the time until the fallback
