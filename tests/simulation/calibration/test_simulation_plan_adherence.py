"""How far work departs from its plan, on plans made by hand."""

import math
from random import Random

import pytest

from nightmill.simulation.calibration.plan_adherence import ASSUMED, LARGEST_SAMPLE, PlanReader, thinned
from nightmill.simulation.cell.floor_behaviour import Returns
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r


def lived(places: dict[str, float], begun: int | None = None, plans: int = 40) -> PlanReader:
    """Plans of the operations in the order of their names, carried out in the order of ``places``."""
    reader = PlanReader()
    for number in range(plans):
        at = number * 1e6
        lines = tuple(
            e.ScheduleLine(f"{number}-{name}", "p/1", "A", at + k, at + k, at + k + 1.0)
            for k, name in enumerate(places)
        )
        reader.read(e.Event(1, at, "software", e.SchedulePublished("test", lines, 0.0, 0.0)))
        order = sorted(places, key=places.__getitem__)[:begun]
        for k, name in enumerate(order):
            report = r.CycleStarted(1, at + k, "A", "c", f"{number}-{name}", "p/1", "")
            reader.read(e.Event(1, at + k, "machine", e.Reported(report)))
    return reader


def names(orders: int, parts: int) -> list[str]:
    rng = Random(7)
    found = [f"O{order}.{part:03d}" for order in range(orders) for part in range(parts)]
    rng.shuffle(found)
    return found


def test_a_log_without_plans_says_nothing() -> None:
    assert PlanReader().found() is None


def test_a_plan_that_was_kept_leaves_only_what_is_assumed() -> None:
    found = lived({name: float(k) for k, name in enumerate(names(10, 5))}).found()
    assert found is not None
    assert found.orders == found.steps == pytest.approx(ASSUMED / math.sqrt(41.0))
    assert found.queue == 50.0


def test_orders_that_moved_are_told_from_operations_that_moved() -> None:
    rng = Random(1)
    whole = names(12, 6)
    by_order = {f"O{order}": math.exp(rng.gauss(0.0, 0.4)) for order in range(12)}
    orders = lived({name: (k + 1) * by_order[name.split(".")[0]] for k, name in enumerate(whole)}).found()
    steps = lived({name: (k + 1) * math.exp(rng.gauss(0.0, 0.4)) for k, name in enumerate(whole)}).found()
    assert orders is not None
    assert steps is not None
    assert orders.orders > 1.5 * steps.orders
    assert steps.steps > 1.5 * orders.steps
    assert 0.2 < steps.steps < 0.6
    assert 0.2 < orders.orders < 0.6


def fed(*deeds: tuple[str, str, str], reader: PlanReader | None = None) -> PlanReader:
    """A plan, then at 0 s, 1 s ...: a part is mounted ("on", serial, operation) or taken off ("off", serial, where to)."""
    reader = reader or PlanReader()
    line = e.ScheduleLine("O1.001", "p/1", "A", 0.0, 0.0, 1.0)
    reader.read(e.Event(1, 0.0, "software", e.SchedulePublished("test", (line,), 0.0, 0.0)))
    for k, (deed, serial, what) in enumerate(deeds):
        on = deed == "on"
        report: r.AnyReport = (
            r.PartMounted(k, float(k), "bench", f"c{k}", "P1", serial, what)
            if on
            else r.PartDismounted(k, float(k), "bench", f"c{k}", "P1", serial, what)
        )
        reader.read(e.Event(1, float(k), "machine", e.Reported(report)))
    return reader


LAID_DOWN = (
    ("on", "O1.001", "p/1"), ("on", "O2.001", "p/1"), ("off", "O1.001", "wip"), ("on", "O2.002", "p/1"),
    ("off", "O2.001", "wip"), ("on", "O1.001", "p/2"), ("off", "O2.002", "quarantine"), ("on", "O2.002", "p/1"),
    ("on", "O2.001", "p/2"), ("off", "O2.001", "finished"),
)  # fmt: skip


def with_orders(sizes: dict[str, int], *deeds: tuple[str, str, str]) -> PlanReader:
    reader = PlanReader()
    for order, quantity in sizes.items():
        reader.read(e.Event(1, -1.0, "person", e.OrderReceived(order, "p", quantity, 1e6, 1)))
    return fed(*deeds, reader=reader)


RETURNED = (("on", "O1.001", "p/1"), ("off", "O1.001", "wip"), *(("on", f"O2.00{k}", "p/1") for k in range(1, 4)))


def test_mounts_between_the_operations_of_a_part_are_counted_as_a_share_of_what_waited() -> None:
    """Of O1 and O2 eight parts wait when O1.001 comes off; three of them are mounted before it is again."""
    found = with_orders({"O1": 1, "O2": 8}, *RETURNED, ("on", "O1.001", "p/2")).found()
    assert found is not None
    assert found.returns == (Returns(8, (3 / 8,)),)


def test_a_half_made_part_and_a_remake_wait_too_and_a_cancelled_order_does_not() -> None:
    deeds = (("on", "O3.001", "p/1"), ("off", "O3.001", "wip"), *RETURNED, ("on", "O1.001", "p/2"))
    reader = with_orders({"O1": 1, "O2": 8, "O3": 1, "O4": 5})
    reader.read(e.Event(1, -1.0, "person", e.OrderCancelled("O4", ("O4.001",))))
    reader.read(e.Event(1, -1.0, "software", e.OrderReceived("O3", "p", 1, 1e6, 1, remake_of="O3.001")))
    found = fed(*deeds, reader=reader).found()
    assert found is not None
    assert found.returns == (Returns(10, (3 / 10,)),)


def test_where_few_parts_wait_nothing_is_learned_of_the_place_in_the_queue() -> None:
    found = with_orders({"O1": 1, "O2": 4}, *RETURNED, ("on", "O1.001", "p/2")).found()
    assert found is not None
    assert found.returns == ()


def test_half_made_parts_that_are_left_behind_are_counted_by_how_long_people_stay_away() -> None:
    presence = [(0.0, 2.5), (2.75, 4.5), (4.75, 5.5), (7.5, 9.5), (20.0, 30.0)]
    found = fed(*LAID_DOWN).found(presence, 15.0)
    assert found is not None
    assert found.left == ((0.25, 2.0), (2.0, 1.0))
    assert found.left_for(0.1) == 2.0
    assert found.left_for(50.0) == 1.0


def test_of_absences_longer_than_a_night_the_mean_number_is_kept() -> None:
    """People leave with one part lying, then with two."""
    days = 86400.0
    presence = [(0.0, 2.5), (2.5 + days, 4.5 + days), (4.5 + 2 * days, 5e6)]
    reader = fed(*LAID_DOWN[:3])
    reader.read(
        e.Event(1, 3.0 + days, "machine", e.Reported(r.PartDismounted(9, 3.0 + days, "b", "c", "P1", "O2.001", "wip")))
    )
    found = reader.found(presence, 5e6)
    assert found is not None
    assert found.left == ((days, 1.5),)


def test_parts_mounted_again_are_told_apart_by_how_many_waited() -> None:
    returned = [
        deed
        for k in range(1, 9)
        for deed in (("on", f"O1.{k:03d}", "p/1"), ("off", f"O1.{k:03d}", "wip"), ("on", f"O1.{k:03d}", "p/2"))
    ]
    found = with_orders({"O1": 8, "O2": 5}, *returned).found()
    assert found is not None
    assert found.returns == tuple(Returns(waiting, (0.0, 0.0)) for waiting in (6, 8, 10, 12))


def test_a_half_made_part_that_is_scrapped_lies_there_no_more() -> None:
    reader = fed(("on", "O1.001", "p/1"), ("off", "O1.001", "wip"))
    reader.read(e.Event(1, 2.0, "person", e.PartDisposed("O1.001", "scrap", "fell down")))
    found = reader.found([(0.0, 1.5), (1.75, 3.0), (4.0, 5.0)], 6.0)
    assert found is not None
    assert found.left == ((0.25, 1.0), (1.0, 0.0))


def test_a_long_sample_keeps_its_shape() -> None:
    assert thinned([3, 1, 2]) == (1, 2, 3)
    long = thinned(list(range(10 * LARGEST_SAMPLE)))
    assert len(long) == LARGEST_SAMPLE
    assert long[0] < 10
    assert long[-1] >= 10 * LARGEST_SAMPLE - 10
    assert long[LARGEST_SAMPLE // 2] == pytest.approx(5 * LARGEST_SAMPLE, abs=10)


def test_what_has_not_begun_counts_as_later() -> None:
    """The first half of the plan was left, the second done: nothing of what was begun moved against each other."""
    whole = names(12, 6)
    found = lived({name: float((k + 36) % 72) for k, name in enumerate(whole)}, begun=36).found()
    kept = lived({name: float(k) for k, name in enumerate(whole)}, begun=36).found()
    assert found is not None
    assert kept is not None
    assert found.steps >= kept.steps
