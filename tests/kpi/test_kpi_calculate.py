from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.kpi import DEFINITIONS, MeasuresFold, measures, presence, timelines
from nightmill.vocabulary import commands, events, reports
from nightmill.vocabulary.shop import Economy, Finishing, Item, MachineLimits, PartFile, Shift, Shop, WorkUnit

H = 3600.0


def shop(**changes: object) -> Shop:
    made = Shop(
        name="x",
        start=datetime(2026, 11, 2, 6, 0, tzinfo=UTC),  # Monday 7 h in Berlin
        time_zone="Europe/Berlin",
        currency="EUR",
        country="DE",
        work_units=(
            WorkUnit("m1", "mill", "c", MachineLimits(), rate_usd_h=30, power_kw_idle=1, power_kw_cutting=6),
            WorkUnit("m2", "mill", "c", MachineLimits(), rate_usd_h=30, power_kw_idle=1, power_kw_cutting=6),
            WorkUnit("robot", "robot", "c", power_kw_idle=0, power_kw_cutting=0),
            WorkUnit("bench", "bench", "c", power_kw_idle=0),
        ),
        shifts=(Shift(days=(0, 1, 2, 3, 4), begins_h=7, ends_h=15, persons=2),),
        tools=(),
        parts=(),
        orders=(),
        items=(Item("blank", price_usd=10),),
        bom=(),
        receipts=(),
        economy=Economy(wage_usd_h=50, energy_usd_kwh=0.2, overhead_share=0.1),
    )
    return msgspec.structs.replace(made, **changes)


class Log:
    def __init__(self) -> None:
        self.events: list[events.Event] = []

    def add(self, at_s: float, fact: events.AnyFact, actor: str = "software") -> None:
        self.events.append(events.Event(len(self.events) + 1, at_s, actor, fact))

    def report(self, report: reports.AnyReport) -> None:
        self.add(report.at_s, events.Reported(report), "machine")

    def route(self, part: str = "p", cycle_s: float = 3600.0) -> None:
        operation = events.RoutedOperation(f"{part}/1", "hash", cycle_s, {})
        self.add(0, events.RouteCertified(part, 1, "cad", "Al 6061", (operation,), True, 1.0))

    def order(self, name: str, due_s: float, quantity: int = 1, remake_of: str = "") -> None:
        self.add(0, events.OrderReceived(name, "p", quantity, due_s, 1, remake_of))

    def part(
        self, serial: str, machine: str, start: float, end: float, word: str = "good", verdict: str = "good"
    ) -> None:
        mount = commands.MountPart(f"mount {serial}", "bench", "P1", serial, "p/1", "blank", 240.0)
        self.add(start - 300, events.CommandIssued(mount))
        self.report(reports.PartMounted(0, start - 60, "bench", mount.command_id, "P1", serial, "p/1"))
        self.report(reports.PalletMoved(0, start - 1, "robot", f"move {serial}", "P1", machine))
        self.report(reports.CycleStarted(0, start, machine, f"cut {serial}", serial, "p/1", "hash"))
        self.report(
            reports.CycleFinished(
                0, end, machine, f"cut {serial}", serial, "p/1", end - start, 5.0, {"1": 9.0}, {"1": "e1"}, {}, {}
            )
        )
        self.add(end, events.VerdictGiven(serial, "p/1", "gauge", verdict, {}))
        self.add(end, events.PartDisposed(serial, word, ""))
        self.add(end, events.PartCosted(serial, {"machine": 30.0, "material": 10.0}))


def test_a_slower_machine_is_measured_by_its_own_planned_time() -> None:
    log = Log()
    operation = events.RoutedOperation("p/1", "hash", 1 * H, {}, seconds_on={"m2": 2 * H})
    log.add(0, events.RouteCertified("p", 1, "cad", "Al 6061", (operation,), True, 1.0))
    log.order("A", 20 * H, 2)
    log.part("s1", "m1", 1 * H, 2 * H)
    log.part("s2", "m2", 1 * H, 3 * H)
    assert measures(log.events, shop(), 24 * H).effectiveness == pytest.approx(1.0)


def eventful_day() -> Log:
    """Four parts on two mills, a failure, a stop that a person asked for; orders of all kinds."""
    log = Log()
    log.route()
    log.order("A", 6 * H)
    log.order("B", 6 * H)
    log.order("C", 20 * H)
    log.order("D", 30 * H)  # due after the period
    log.order("A2", 6 * H, remake_of="A")
    log.part("s1", "m1", 1 * H, 2 * H)
    log.part("s2", "m1", 7 * H, 9 * H)  # 8 h of people: one of the two hours is dark
    log.part("s3", "m2", 10 * H, 11 * H, "scrap", "bad")
    log.part("s4", "m2", 11.2 * H, 12.2 * H, "good", "doubt")
    log.add(2 * H, events.OrderCompleted("A", 1, True))
    log.add(9 * H, events.OrderCompleted("B", 1, False))
    log.add(9 * H, events.OrderCompleted("C", 1, True))
    log.report(reports.MachineFailed(0, 15 * H, "m1", "spindle"))
    log.report(reports.MachineRepaired(0, 17 * H, "m1", "r", "bearing"))
    stop = commands.MaintainMachine("stop", "m2", 2 * H)
    log.add(3 * H, events.CommandIssued(stop), "person:anna")
    log.report(reports.MachineMaintained(0, 5 * H, "m2", "stop", "worn"))
    return log


def words(event: events.Event) -> set[str]:
    """What the definitions of the figures call an event."""
    if isinstance(event.fact, events.Reported):
        return {str(event.fact.report.__struct_config__.tag)}
    named = {"actor"} if event.actor.startswith("person") else set()
    if isinstance(event.fact, events.CommandIssued):
        return named | {str(event.fact.command.__struct_config__.tag), "command_issued"}
    return named | {str(event.fact.__struct_config__.tag)}


def test_a_figure_changes_with_no_events_but_those_that_its_definition_names() -> None:
    told = eventful_day().events
    whole = measures(told, shop(), 24 * H)
    changed = 0
    for word in set().union(*map(words, told)):
        without = measures([each for each in told if word not in words(each)], shop(), 24 * H)
        gone = set().union(*(words(each) for each in told if word in words(each)))
        for each in DEFINITIONS:
            if getattr(without, each.figure) != getattr(whole, each.figure):
                assert gone & set(each.events), f"{each.figure} changes with {word}"
                changed += 1
    assert changed > 40


def test_hand_worked_day() -> None:
    log = eventful_day()
    made = measures(log.events, shop(), 24 * H)

    assert (made.orders, made.orders_due, made.orders_on_time) == (4, 3, 2)
    assert made.on_time_share == pytest.approx(2 / 3)
    assert (made.good, made.scrapped, made.quarantined) == (3, 1, 0)
    assert made.spindle_hours == pytest.approx(5)
    assert made.unattended_hours == pytest.approx(3)
    assert made.lights_out_longest_h == pytest.approx(2.2)  # 10 .. 12.2: the pause of 12 min doesn't break it
    assert made.first_pass_yield == pytest.approx(2 / 4)
    assert made.availability == pytest.approx(5 / (24 + 22))
    assert made.effectiveness == pytest.approx(4 / 5)
    assert made.quality_ratio == pytest.approx(3 / 4)
    assert made.oee == pytest.approx(5 / 46 * 4 / 5 * 3 / 4)
    assert made.cost_usd == pytest.approx(160)
    assert made.cost_per_good_part_usd == pytest.approx(160 / 3)
    assert made.energy_kwh == pytest.approx(4 * 5 + (48 - 5) * 1)
    assert made.period_cost_usd == pytest.approx((2 * 30 * 24 + 16 * 50) * 1.1 + 63 * 0.2 + 4 * 10)
    assert made.interventions == 4 + 1 + 1 + 1
    assert made.interventions_by_cause["maintain_machine"] == 1
    assert made.mean_time_between_interventions_h == pytest.approx(24 / 7)
    decisions = 1 + 4 + 1 + 4 + 4
    assert sum(made.decisions_by_kind.values()) == decisions
    assert made.decision_automation == pytest.approx((decisions - 1) / decisions)
    assert made.thread_completeness == pytest.approx(1.0)
    one, two = made.machines
    assert one.failures == 1
    assert one.mtbf_h == pytest.approx(3)
    assert one.mttr_h == pytest.approx(2)
    assert two.maintenance_h == pytest.approx(2)
    assert two.availability == pytest.approx(2 / 22)


def test_an_alarm_of_a_mill_that_is_down_is_no_second_failure() -> None:
    log = Log()
    log.report(reports.MachineFailed(0, 1 * H, "m1", "spindle"))
    log.report(reports.MachineFailed(0, 2 * H, "m1", "coolant"))
    log.report(reports.MachineRepaired(0, 3 * H, "m1", "r", "bearing"))
    log.report(reports.MachineFailed(0, 5 * H, "m1", "spindle"))
    first, _ = measures(log.events, shop(), 24 * H).machines
    assert first.failures == 2


def test_cost_in_the_mix_ordered() -> None:
    log = Log()
    for order, item, quantity in (("A", "p", 3), ("B", "q", 1), ("C", "never made", 7)):
        log.add(0, events.OrderReceived(order, item, quantity, 6 * H, 1, ""))
    log.order("A", 6 * H, remake_of="A.2")
    for serial, disposition, usd in (
        ("A.1", "good", 10.0),
        ("A.2", "scrap", 4.0),
        ("B.1", "good", 50.0),
        ("B.2", "good", 70.0),
    ):
        log.add(H, events.PartDisposed(serial, disposition, ""))
        log.add(H, events.PartCosted(serial, {"machine": usd}))
    made = measures(log.events, shop(), 24 * H)
    assert (made.orders, made.orders_due) == (3, 3)
    assert made.cost_per_good_part_usd == pytest.approx(134 / 3)
    assert made.cost_per_good_part_order_mix_usd == pytest.approx((3 * 14 + 1 * 60) / 4)


def test_nothing_measured_is_none() -> None:
    made = measures([], shop(), 24 * H)
    assert made.on_time_share is made.oee is made.first_pass_yield is made.unattended_share is None
    assert (
        made.cost_per_good_part_usd
        is made.cost_per_good_part_order_mix_usd
        is made.thread_completeness
        is made.schedule_adherence
        is None
    )
    assert made.spindle_hours == 0
    with pytest.raises(ValueError, match="end_s"):
        measures([], shop(), 0)


@pytest.mark.parametrize("fault", ["program", "verdict", "blank", "edge", "second cut"])
def test_a_broken_thread_is_seen(fault: str) -> None:
    log = Log()
    log.route()
    log.part("s1", "m1", 1 * H, 2 * H)
    broken: list[events.Event] = []
    for event in log.events:
        fact = event.fact
        if fault == "verdict" and isinstance(fact, events.VerdictGiven):
            continue
        if fault == "blank" and isinstance(fact, events.CommandIssued):
            continue
        if isinstance(fact, events.Reported):
            report = fact.report
            if fault == "program" and isinstance(report, reports.CycleStarted):
                report = msgspec.structs.replace(report, program_sha256="other")
            if fault == "edge" and isinstance(report, reports.CycleFinished):
                report = msgspec.structs.replace(report, tool_edges={})
            event = msgspec.structs.replace(event, fact=events.Reported(report))
        broken.append(event)
        if (
            fault == "second cut"
            and isinstance(fact, events.Reported)
            and isinstance(fact.report, reports.CycleFinished)
        ):
            broken += [
                one
                for one in log.events
                if isinstance(one.fact, events.Reported) and "Cycle" in type(one.fact.report).__name__
            ]
    assert measures(log.events, shop(), 24 * H).thread_completeness == 1.0
    assert measures(broken, shop(), 24 * H).thread_completeness == 0.0


def test_schedule_adherence_uses_the_schedule_in_force() -> None:
    log = Log()
    log.route()
    log.add(0, events.SchedulePublished("start", (events.ScheduleLine("s1", "p/1", "m1", 0, 5 * H, 6 * H),), 0, 0))
    log.add(
        0.5 * H, events.SchedulePublished("again", (events.ScheduleLine("s1", "p/1", "m1", 0, 1 * H, 2 * H),), 0, 0)
    )
    log.part("s1", "m1", 1 * H + 600, 2 * H)
    log.add(2 * H, events.SchedulePublished("late", (events.ScheduleLine("s2", "p/1", "m1", 0, 3 * H, 4 * H),), 0, 0))
    log.part("s2", "m1", 4 * H, 5 * H)
    assert measures(log.events, shop(), 24 * H).schedule_adherence == pytest.approx(0.5)


def test_presence_follows_the_site_clock() -> None:
    spans = presence(shop(), 7 * 24 * H)
    assert spans[:2] == ((0.0, 8 * H), (24 * H, 32 * H))
    assert len(spans) == 5
    summer_ends = shop(
        start=datetime(2026, 10, 24, 5, 0, tzinfo=UTC), shifts=(Shift(days=(5, 6), begins_h=0, ends_h=24),)
    )
    assert presence(summer_ends, 72 * H) == (
        (0.0, 42 * H),
    )  # 24 Oct 7 h CEST to 26 Oct 0 h CET: 41 h and the hour twice


UNITS = st.sampled_from(["m1", "m2", "robot", "bench", "nobody"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), UNITS, st.floats(0, 40 * H))), st.floats(1, 40 * H))
def test_time_is_conserved_whatever_the_log_says(script: list[tuple[int, str, float]], end_s: float) -> None:
    log = Log()
    for kind, unit, at in sorted(script, key=lambda row: row[2]):
        report: reports.AnyReport = (
            reports.CycleStarted(0, at, unit, "c", "s", "p/1", "hash"),
            reports.CycleFinished(0, at, unit, "c", "s", "p/1", 1.0, 1.0, {}, {}, {}, {}),
            reports.CycleInterrupted(0, at, unit, "c", "s", "p/1", "x", {}),
            reports.MachineFailed(0, at, unit, "x"),
            reports.MachineRepaired(0, at, unit, "c", "x"),
            reports.PalletMoved(0, at, unit, "c", "P", "pool"),
            reports.MachineMaintained(0, at, unit, "c", "good"),
        )[kind]
        log.report(report)
    for line in timelines(log.events, shop(), end_s):
        edges = [0.0, *(one.end_s for one in line.stretches)]
        assert [one.start_s for one in line.stretches] == edges[:-1]
        assert edges[-1] == end_s
        assert all(one.end_s > one.start_s for one in line.stretches)
    made = measures(log.events, shop(), end_s)
    assert made.unattended_hours <= made.spindle_hours + 1e-9
    assert made.spindle_hours <= 2 * end_s / H + 1e-9
    for machine in made.machines:
        total = machine.running_h + machine.down_h + machine.maintenance_h + machine.idle_h
        assert total == pytest.approx(end_s / H)
    folded, now_s = MeasuresFold(shop()), 1.0
    for n, event in enumerate(log.events, 1):  # asked on the way, a fold goes on as if it hadn't been
        folded.take(event)
        now_s = max(now_s, event.at_s)
        assert folded.until(shop(), now_s) == measures(log.events[:n], shop(), now_s)


def test_effectiveness_is_held_against_the_revision_that_runs() -> None:
    """Half of an hour's cycle is tool 3's, whose feed rate rises by a half: 50 minutes, kept; the old program still takes an hour."""
    log = Log()
    operation = events.RoutedOperation("p/1", "old", H, {"3": 30.0})
    log.add(0, events.RouteCertified("p", 1, "cad", "Al 6061", (operation,), True, 1.0))
    for number, (program, took) in enumerate([("old", H), ("new", H * 5 / 6), ("old", H)]):
        if number == 1:
            log.add(2 * H, events.ParametersRevised("p/1", 2, 3, 1.25, 1.2, "new", 1.0, 0.1))
        start, cycle = 2 * H * number, f"cut {number}"
        log.report(reports.CycleStarted(0, start, "m1", cycle, f"p.{number}", "p/1", program))
        log.report(reports.CycleFinished(0, start + took, "m1", cycle, f"p.{number}", "p/1", took, 5.0, {}, {}, {}, {}))
    assert measures(log.events, shop(), end_s=8 * H).effectiveness == pytest.approx(1.0)


def baked(*, attended: bool) -> tuple[Shop, Log]:
    """An hour in an oven of 10 kW, ten minutes to put in and as long to take out."""
    step = Finishing("bake", machines=("oven",), hours=1.0, load_s=600.0, attended=attended)
    oven = WorkUnit("oven", "process", "c", power_kw_idle=1.0, power_kw_cutting=10.0)
    part = PartFile("p", "p.step", "Al 6061", finishing=(step,))
    site, log = shop(work_units=(oven, WorkUnit("bench", "bench", "c", power_kw_idle=0)), parts=(part,)), Log()
    treat = commands.TreatParts("t", "oven", ("A.001",), "bake", 600.0, H, attended)
    log.add(0.0, events.CommandIssued(treat))
    log.report(reports.TreatmentStarted(0, 600.0, "oven", "t", ("A.001",), "bake"))
    log.report(reports.PartsTreated(0, 600.0 + H, "oven", "t", ("A.001",), "bake", H))
    log.add(600.0 + H, events.CommandIssued(commands.UnloadParts("u", "oven", ("A.001",), "finished", 600.0)))
    log.report(reports.PartsUnloaded(0, 1200.0 + H, "oven", "u", ("A.001",), "finished"))
    return site, log


def test_an_oven_draws_its_power_and_is_put_in_and_emptied_by_hand() -> None:
    site, log = baked(attended=False)
    found = measures(log.events, site, 1200.0 + H)
    assert found.energy_kwh == pytest.approx(10.0 + 1200.0 / H)
    assert found.interventions == 2
    assert found.automation_degree == pytest.approx(H / (H + 1200.0))
    site, log = baked(attended=True)
    assert measures(log.events, site, 1200.0 + H).automation_degree == 0.0
