"""Procedures of a random world: probes, alerts, a runbook with its people, a backup."""


def staff(world, dice):
    found = {}
    if dice.percent(70):
        found["probe"] = {"model": "health_probe", "at": "net", "targets": dice.pick(["edge", "edge", "invoice"]),
                          "every": dice.pick(["2 s", "5 s", "1500 ms"]), "timeout": dice.pick(["500 ms", "1 s"]),
                          "fall": dice.between(1, 3), "rise": dice.between(1, 3)}
    if dice.percent(30):
        found["alert"] = {"model": "alert_rule", "at": "net", "every": "1 s",
                          "when": {"sensor": "success_rate", "below": dice.share(50, 95)}}
    if dice.percent(10):
        found["backup"] = {"model": "bulk_transfer", "at": world.sites[0], "to": "net", "size": "200 MiB",
                           "start": f"{dice.between(10, 100)} s", "every": f"{dice.between(60, 200)} s"}
    if world.staffed:
        found["runbook"] = runbook(world, dice)
    if found:
        world.topology["procedures"] = found


def runbook(world, dice):
    to = dice.pick(world.followers).split("/")[0]
    found = {"model": "site_failover", "at": dice.pick([to, to, to, "net"]), "service": ["edge"],
             "database": "database", "from": world.primary.split("/")[0], "to": to, "detect": detect(world, dice, to),
             "shift": {"takes": dice.law(500, 15_000)}, "verify": {"takes": dice.law(500, 10_000)}}
    if dice.percent(30):
        found["service"] = ["edge", "invoice"]
    if dice.percent(50):
        found["decide"] = person(dice, "engineer", 15_000)
    if dice.percent(70):
        found["approve"] = person(dice, "manager", 25_000)
        if dice.percent(30):
            found["approve"].update({"two_factor": True, "second_factor_takes": dice.law(1000, 8000)})
    if dice.percent(25):
        found["steps"] = dice.pick([["promote", "shift"], ["verify", "promote", "shift"], ["approve", "shift", "promote"]])
        if "approve" in found and "approve" not in found["steps"]:
            found["steps"] = ["approve"] + found["steps"]
        if "verify" not in found["steps"]:
            del found["verify"]
    found["fence"] = dice.percent(60)
    if dice.percent(60):
        found["failback"] = {"after": dice.seconds(15, 90), "every": dice.pick(["2 s", "5 s"]),
                             "takes": dice.law(500, 10_000)}
    return found


def detect(world, dice, to):
    looks = {"every": dice.pick(["1 s", "2 s", "500 ms"]), "for": dice.seconds(0, 12)}
    if dice.percent(55):
        return {"sensor": "replication_lag", "component": "database", "location": to, "above": dice.span(800, 4000), **looks}
    found = {"sensor": "success_rate", "below": dice.share(30, 90), **looks}
    if dice.percent(50):
        found["window"] = dice.seconds(5, 20)
    return found


def person(dice, who, most_ms):
    found = {"by": who, "takes": dice.law(1000, most_ms)}
    if dice.percent(20):
        found.update({"absent": dice.share(10, 60), "absent_delay": dice.law(5000, 40_000)})
    if dice.percent(15):
        found.update({"error": dice.share(5, 40), "redo": dice.law(1000, 10_000)})
    return found
