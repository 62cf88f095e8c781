#!/usr/bin/python3
"""The worked scenarios of DEFINITIONS.md, section 9, that are about interruptions and recovery, told by made requests."""

import random
import unittest

from quantities import BILLION
from scenes import experiment, first, ns, requests, run, truth

MINUTE = 60


def between(*spans):
    """A rule: the requests in [begin, end) of a span have its answer."""
    def rule(t):
        for begin, end, answer in spans:
            if begin <= t < end:
                return answer(t) if callable(answer) else answer
        return None
    return rule


def chance(share, seed):
    source = random.Random(seed)
    return lambda t: "failed" if source.random() < share else None


def dead(begin, end):
    return begin, end, "failed"


def rto(one, fault="f", operation=None):
    incident = one.incidents(fault)[0]
    return incident["rto"] if operation is None else incident["operations"][operation]["rto"]


class Scenario(unittest.TestCase):
    def near(self, value, wanted, tolerance):
        self.assertIsNotNone(value)
        self.assertLessEqual(abs(value - ns(wanted)), ns(tolerance), f"{value / BILLION} s, wanted {wanted} s")

    def holds(self, one, length):
        """The printed interval of the length holds it."""
        low = max(0, one.end_low - one.begin_high)
        self.assertLessEqual(low, ns(length))
        if one.end_high is not None and one.begin_low is not None:
            self.assertGreaterEqual(one.end_high - one.begin_low, ns(length))


class Dead(Scenario):
    def world(self, good_at_the_end):
        rule = between(dead(600, 2700 - good_at_the_end))
        expect = [{"rto": "<= 40 min"}, {"rto": "<= 25 min"}]
        return truth(experiment("45 min", availability="99 %", expect=expect),
                     run({"op": requests(rule, "0.1", 2700)}, [("f", 600, None)]))

    def test_1_for_ever(self):
        one = self.world(0)
        span = rto(one)
        self.assertIsNone(span["value"])
        self.assertEqual(span["high"], "infinity")
        self.assertEqual(span["low"], ns(2100))  # the first bad arrives at 600 s exactly
        forty, twenty_five = (one.promise(p)["faults"][0] for p in one.experiment.expectations)
        self.assertEqual((forty["unknown"], twenty_five["broken"]), (1, 1))

    def test_2_good_again_for_the_last_30_s(self):
        span = rto(self.world(30))
        self.near(span["low"], 34.5 * MINUTE, "0.1")
        self.assertIsNone(span["value"])
        self.assertEqual(span["high"], "infinity")

    def test_24_collapse_stays_after_a_spike(self):
        one = truth(experiment("20 min", availability="99 %"),
                    run({"op": requests(between(dead(305, 1200)), "0.1", 1200)}, [("f", 300, 360)]))
        self.assertEqual(rto(one)["high"], "infinity")
        self.assertEqual(first(one)[0].begin, ns(305))
        self.assertEqual(one.incidents("f")[0]["onset"]["value"], ns(5))


class Seen(Scenario):
    def test_3_not_seen(self):
        every = requests(between(), 60, 6 * 3600)
        kept = [r for r in every if not 2 * 3600 + 58 * 60 <= r.arrived / BILLION < 3 * 3600 + 8 * 60]
        one = truth(experiment("6 h"), run({"op": kept}, [("f", 3 * 3600, 3 * 3600 + 300)]))
        self.assertEqual(rto(one), {"low": 0, "value": None, "high": ns(8 * MINUTE)})

    def test_an_operation_that_did_not_see_is_left_out(self):
        text = experiment("20 min")
        text.loaded.append("rare")
        one = truth(text, run({"op": requests(between(dead(600, 660)), "0.1", 1200),
                               "rare": requests(between(), 1000, 1200)}, [("f", 600, 660)]))
        incident = one.incidents("f")[0]
        self.assertEqual(incident["unseen"], ["rare"])
        self.assertEqual(incident["rto"]["value"], ns(60))
        self.assertEqual(incident["operations"]["rare"]["rto"]["high"], ns(400))


class Interruptions(Scenario):
    def found(self, rule, horizon, every="0.1", availability="99 %", fault_rows=(), **fields):
        return truth(experiment(f"{horizon} s", availability=availability, **fields),
                     run({"op": requests(rule, every, horizon)}, fault_rows))

    def test_4b_a_lone_failure_before(self):
        one, = first(self.found(between(dead(60, 60.1), dead(101, 161)), 600, availability="99.99 %", fault_rows=[("f", 30, 161)]))
        self.assertEqual((one.begin, one.end), (ns(101), ns(161)))

    def test_a_lone_failure_after(self):
        one, = first(self.found(between(dead(101, 161), dead(222, 222.1)), 600))
        self.assertEqual((one.begin, one.end), (ns(101), ns(161)))

    def test_4c_two_that_overlap(self):
        rule = between(dead(600, 3000))
        faults = [("f", 600, 1800), ("g", 900, 3000)]
        one = self.found(rule, 3600, fault_rows=faults)
        text = one.experiment
        replay = {"f": [run({"op": requests(between(dead(900, 3000)), "0.1", 3600)}, [("g", 900, 3000)])],
                  "g": [run({"op": requests(between(dead(600, 1800)), "0.1", 3600)}, [("f", 600, 1800)])]}
        for without in (None, replay):
            one = truth(text, run({"op": requests(rule, "0.1", 3600)}, faults), without=without)
            self.assertEqual(len(first(one)), 1)
            self.assertTrue(first(one)[0].shared)
            self.assertEqual((rto(one, "f")["value"], rto(one, "g")["value"]), (ns(40 * MINUTE), ns(35 * MINUTE)))

    def test_4d_lone_failures(self):
        rule = between(*[dead(300 * i, 300 * i + 0.1) for i in range(1, 7)])
        self.assertEqual(first(self.found(rule, 2100, availability="99.999 %")), [])
        one = self.found(rule, 2100, availability="99.999 %", fault_rows=[("f", 299, 2100)])
        self.assertEqual(first(one), [])
        self.assertEqual(one.basis["op"].allowed, 10_000)
        document = one.operation("op")
        self.assertEqual((document["failed"], document["runs"][0]["bad"]), (6, 6))
        self.assertLess(document["availability"]["request"]["if_all_succeed"], 0.99999)

    def test_4e_a_request_in_ten_minutes(self):
        hour = 3600
        rule = between(dead(24 * hour, 24 * hour + 3000), dead(24 * hour + 12000, 24 * hour + 15000))
        one = self.found(rule, 48 * hour, every=600)
        self.assertEqual(len(first(one)), 2)
        for broken in first(one):
            self.holds(broken, 3000)

    def test_6_and_7_latency(self):
        slow = between((600, 900, "0.97"))
        one, = first(self.found(slow, 1500, p99="800 ms", fault_rows=[("f", 600, 900)]))
        self.assertEqual((one.walk, one.begin, one.end, one.late, one.bad), ("late", ns(600), ns(900), 3000, 0))
        seventh = self.found(between((600, 900, "0.37")), 1500, fault_rows=[("f", 600, 900)])
        self.assertEqual(first(seventh), [])
        document = seventh.operation("op")
        self.assertEqual((document["bound_s"], document["bound_origin"]),
                         ("0.700000000", "ten times the p99 of the calm"))

    def test_8_a_healthy_queue(self):
        source, now, free, rows = random.Random(5), 0.0, 0.0, []
        while now < 3600:
            now += source.expovariate(8)
            free = max(free, now) + source.expovariate(10)
            rows.append((now, f"{free - now:.9f}"))
        rows.pop()
        p99 = sorted(float(latency) for _, latency in rows)[len(rows) * 99 // 100]
        made = []
        for i, (at, latency) in enumerate(rows):
            one, = requests(lambda t, latency=latency: latency, 1, 1.5)
            made.append(one._replace(ordinal=i, arrived=ns(f"{at:.9f}"), decided=ns(f"{at:.9f}") + ns(latency)))
        one = truth(experiment("1 h", availability="99.99 %", p99=f"{p99:.6f} s"), run({"op": made}))
        self.assertEqual(first(one), [])

    def test_9_failures_by_design(self):
        for share, rate, seeds in ((0.03, 50, 2), (0.1, 5, 10)):
            held = 0
            for seed in range(seeds):
                rule = between((600, 1200, chance(share, seed)))
                found = first(self.found(rule, 1800, every=f"{1 / rate:.3f}", fault_rows=[("f", 600, 1200)]))
                self.assertEqual(len(found), 1, (share, seed))
                one, = found
                held += max(0, one.end_low - one.begin_high) <= ns(600) <= one.end_high - one.begin_low
            self.assertEqual(held, seeds, share)

    def test_10_down_five_seconds_each_minute(self):
        one, = first(self.found(between(*[dead(600 + 60 * i, 605 + 60 * i) for i in range(10)]), 1800,
                                fault_rows=[("f", 600, 1145)]))
        self.assertEqual((one.begin, one.end, one.bad_time, one.bad), (ns(600), ns(1145), ns(50), 500))

    def test_11_two_in_a_row(self):
        one, = first(self.found(between(dead(600, 610), dead(640, 642)), 1200, fault_rows=[("f", 600, 642)]))
        self.assertEqual((one.end - one.begin, one.bad_time), (ns(42), ns(12)))
        two = first(self.found(between(dead(600, 610), dead(685, 687)), 1200, fault_rows=[("f", 600, 687)]))
        self.assertEqual([o.end - o.begin for o in two], [ns(10), ns(2)])

    def test_12_a_request_a_minute(self):
        fault = {"fault_rows": [("f", 7200, 7800)]}
        for lag, restored in ((6, False), (7, True), (8, True)):
            end = 7200 + 600
            one, = first(self.found(between(dead(7200, end)), end + lag * 60, every=60, **fault))
            self.assertEqual(one.restored, restored, lag)
        self.assertEqual(one.bad, 10)
        self.assertEqual(one.end - one.begin, ns(600))
        self.assertEqual((one.begin - one.begin_low, one.begin_high - one.begin), (ns(60), 0))
        self.assertEqual((one.end - one.end_low, one.end_high - one.end), (ns(60), 0))
        self.assertEqual(len(first(self.found(between(dead(7200, 7200 + 180)), 9000, every=60, **fault))), 0)
        self.assertEqual(len(first(self.found(between(dead(7200, 7200 + 240)), 9000, every=60, **fault))), 1)

    def test_13_a_fault_in_the_warm_up(self):
        one = self.found(between(dead(100, 400)), 1200, warm_up="300 s", fault_rows=[("f", 100, 400)])
        self.assertIsNone(one.basis["op"].bound)
        document = one.operation("op")
        self.assertEqual(document["bound_s"], None)
        listed, = document["interruptions"]
        self.assertEqual((listed["begin_s"], listed["before_measured"]), ("100.000000000", True))
        self.assertEqual(document["availability"]["time"]["interrupted_s"], "100.000000000")
        self.assertEqual(document["arrived"], 9000)

    def test_15_a_retry_that_succeeds_late(self):
        one = self.found(between((600, 660, "9.1")), 1200, p99="800 ms", fault_rows=[("f", 600, 660)])
        document = one.operation("op")
        self.assertEqual(document["availability"]["request"]["if_all_fail"], 1)
        self.assertEqual(document["interruptions"][0]["walk"], "late")
        self.assertEqual(document["interruptions"][0]["late"], 600)

    def test_16_in_flight_at_the_kill(self):
        made = [r._replace(outcome="failed", decided=ns(600)) if ns(599) < r.arrived < ns(600) else r
                for r in requests(between(dead(600, 660)), "0.1", 1200)]
        one = truth(experiment("20 min", p99="2 s"), run({"op": made}, [("f", 600, 660)]))
        self.assertEqual(first(one)[0].begin, ns(600))
        self.assertEqual(first(one)[0].bad, 609)
        self.assertEqual(one.incidents("f")[0]["onset"]["value"], 0)

    def test_17_failover_and_an_hour_later_failback(self):
        rule = between(dead(600, 600 + 840), dead(600 + 840 + 3600, 600 + 840 + 3620))
        acts = [(700, "dr", "detected", ["f"]), (1430, "dr", "lead", ["f"]), (5000, "dr", "failback", ["f"]),
                (5040, "dr", "lead", ["f"])]
        one = truth(experiment("2 h"), run({"op": requests(rule, "0.1", 7200)}, [("f", 600, None)], acts))
        self.assertEqual(rto(one)["value"], ns(14 * MINUTE))
        later, = one.incidents("f")[0]["operations"]["op"]["later"]
        self.assertEqual(later.end - later.begin, ns(20))

    def test_17_a_second_interruption_before_the_last_act_counts(self):
        rule = between(dead(600, 700), dead(900, 960))
        for last, wanted in ((1000, 360), (890, 100)):
            acts = [(700, "dr", "shifted", ["f"]), (last, "dr", "lead", ["f"])]
            one = truth(experiment("30 min"), run({"op": requests(rule, "0.1", 1800)}, [("f", 600, 1000)], acts))
            self.assertEqual(rto(one)["value"], ns(wanted))

    def test_18_sessions_outlive_the_certificate(self):
        source = random.Random(2)
        lives = between((600, 3000, lambda t: "failed" if source.random() < min(1, (t - 600) / 1020) else None))
        one = self.found(lives, 3600, availability="99.9 %", fault_rows=[("f", 600, 3000)])
        incident = one.incidents("f")[0]
        onset = incident["onset"]
        self.assertTrue(onset["low"] <= onset["value"] <= onset["high"] <= ns(17 * MINUTE))
        self.assertEqual(onset["value"] + incident["rto"]["value"], ns(2400))

    def test_18b_fails_then_answers_late(self):
        one, = first(self.found(between(dead(600, 630), (630, 900, "2")), 1500, p99="800 ms",
                                fault_rows=[("f", 600, 900)]))
        self.assertEqual((one.begin, one.end, one.walk), (ns(600), ns(900), "failing"))
        self.assertEqual((one.bad, one.late), (300, 2700))

    def test_18c_never_met_its_promise(self):
        for seed in range(1):
            base = chance(0.02, seed)
            def rule(t):
                return "failed" if 1800 <= t < 1860 else base(t)
            one = self.found(rule, 2700, every="0.04", fault_rows=[("h", 600, 660), ("f", 1800, 1860)])
            basis = one.basis["op"]
            self.assertGreater(basis.allowed, 10_000_000)
            self.assertEqual(basis.allowed_origin, "raised to the share that failed in the calm")
            broken, = first(one)
            self.near(broken.end - broken.begin, 60, 1)
            self.holds(broken, 60)
            self.assertEqual(rto(one, "h"), {"low": 0, "value": 0, "high": 0})


class Planned(Scenario):
    def test_19_a_switch_over_by_order(self):
        acts = [(600, "switch", "ordered", []), (610, "switch", "lead", [])]
        one = truth(experiment("20 min"), run({"op": requests(between(dead(605, 612)), "0.1", 1200)}, (), acts))
        planned, = one.document()["planned"]
        self.assertEqual([i["begin_s"] for i in planned["interruptions"]["op"]], ["605.000000000"])
        self.assertEqual(planned["procedure"], "switch")

    def test_replications_added_change_nothing(self):
        runs = [run({"op": requests(between(dead(600, 600 + length)), "0.1", 1200, latency)}, [("f", begin, 700)])
                for length, latency, begin in ((60, "0.07", 600), (90, "0.5", 50))]
        alone, both = truth(experiment("20 min"), runs[0]), truth(experiment("20 min"), *runs)
        self.assertEqual(alone.basis, both.basis)
        self.assertEqual(alone.operation("op")["interruptions"], both.operation("op")["interruptions"][:1])
        self.assertEqual([i["rto"]["value"] for i in both.incidents("f")], [ns(60), ns(90)])


class Closed(Scenario):
    def users(self, hanging, patience=None):
        """100 users with a cycle of 5.05 s; the hanging ones wait from 600 s to 1140 s, or until their patience ends."""
        made, ordinal = [], 0
        for user in range(100):
            at = ns("0.05") * user
            while at < ns(1800):
                ordinal += 1
                answer, outcome = at + ns("0.05"), "succeeded"
                if user < hanging and ns(600) <= at < ns(1140):
                    answer = ns(1140) + ns("0.05")
                    if patience is not None and at + ns(patience) < answer:
                        answer, outcome = at + ns(patience), "failed"
                made.append(dict(ordinal=ordinal, arrived=at, decided=answer, outcome=outcome))
                at = answer + ns(5)
        source = requests(between(), 1, 1.5)[0]
        return sorted((source._replace(**one) for one in made), key=lambda r: (r.arrived, r.ordinal))

    def test_14_all_or_half_hang(self):
        load = {"closed": {"users": 100, "think": "5 s"}}
        for hanging in (100, 50):
            for patience in (None, 30):
                one = truth(experiment("30 min", p99="800 ms", load=load, timeout="20 min"),
                            run({"op": self.users(hanging, patience)}, [("f", 600, 1140)]))
                broken, = first(one)
                self.near(broken.end - broken.begin, 540, "5.9")
                self.near(one.basis["op"].cycle, "5.05", "0.05")
                self.assertTrue(one.operation("op")["availability"]["time"]["first"])
                self.assertLessEqual(broken.bad + broken.late, len(one.runs[0].requests["op"]))

    def test_14b_a_harmless_fault_while_others_hang(self):
        rule = between((600, 660, "open"))
        made = [r._replace(decided=ns(700), outcome="failed") if r.decided is None else r
                for r in requests(rule, "0.1", 1200)]
        one = truth(experiment("20 min", p99="800 ms"), run({"op": made}, [("f", 600, 660), ("h", 690, 691)]),
                    without={"f": [run({"op": requests(between(), "0.1", 1200)}, [("h", 690, 691)])],
                             "h": [run({"op": made}, [("f", 600, 660)])]})
        broken, = first(one)
        self.assertEqual((broken.begin, broken.end), (ns(600), ns(660)))
        self.assertEqual([fault.name for fault in broken.faults], ["f"])
        self.assertEqual(broken.answered_again, ns("700.07"))


if __name__ == "__main__":
    unittest.main()
