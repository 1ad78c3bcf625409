"""How far work departs from its plan, on plans made by hand."""

import math
from random import Random

import pytest

from nightmill.twin.replanning import ASSUMED, PlanReader
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


def test_what_has_not_begun_counts_as_later() -> None:
    """The first half of the plan was left, the second done: nothing of what was begun moved against each other."""
    whole = names(12, 6)
    found = lived({name: float((k + 36) % 72) for k, name in enumerate(whole)}, begun=36).found()
    kept = lived({name: float(k) for k, name in enumerate(whole)}, begun=36).found()
    assert found is not None
    assert kept is not None
    assert found.steps >= kept.steps
