"""Why all late orders of a shop are late: told as each alone, from one plan, which the desk keeps as long as it is in force."""

from pathlib import Path
from typing import Any

import pytest
from desk_sample import FACTS, append, write_shop

from nightmill.plant.analysis.scheduling import late_orders
from nightmill.plant.analysis.scheduling.late_orders import LateOrders
from nightmill.plant.proposals.proposal_service import Desk
from nightmill.vocabulary import events as e
from nightmill.vocabulary.units import HOUR_S

DUE = {"C-1": 1.2 * HOUR_S, "D-1": 1.5 * HOUR_S, "E-1": 900 * HOUR_S}
LATER: tuple[tuple[float, e.AnyFact], ...] = (
    *((HOUR_S, e.OrderReceived(order, "bracket", 2, due_s, 1)) for order, due_s in DUE.items()),
    (HOUR_S, e.RouteRefused("plate", "a wall is too thin")),
    (HOUR_S, e.OrderReceived("F-1", "plate", 1, 0.5 * HOUR_S, 1)),
)


def published(at_s: float, *orders: str) -> list[tuple[float, e.AnyFact]]:
    """A schedule of these orders' first parts, and promises by it."""
    lines = tuple(
        e.ScheduleLine(f"{order}.001", "bracket/1", "mill-2", at_s, at_s + 600.0 + k, at_s + 2400.0 + k)
        for k, order in enumerate(orders)
    )
    promised = [(at_s, e.OrderPromised(order, at_s + 2 * HOUR_S, 0.0, "")) for order in orders]
    return [(at_s, e.SchedulePublished("orders", lines, 0.0, 0.0)), *promised]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    facts = (*FACTS, *LATER, *published(HOUR_S, "C-1"), *published(1.1 * HOUR_S, "C-1", "D-1", "E-1"))
    return write_shop(tmp_path / "shop", *facts)


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """A list that grows with every call of a function that ``late_orders`` uses."""
    calls: list[str] = []
    real = getattr(late_orders, name)

    def called(*given: Any) -> Any:
        calls.append(name)
        return real(*given)

    monkeypatch.setattr(late_orders, name, called)
    return calls


def test_all_late_orders_are_told_as_each_alone_and_read_in_one_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {order: LateOrders(folder).of(order) for order in ("A-1", *DUE, "F-1")}
    plans, reads = counted(monkeypatch, "planned_whole"), counted(monkeypatch, "since_published")
    told = LateOrders(folder).all()
    assert {each.order for each in told} == {"C-1", "D-1", "F-1"}
    assert [each.late_by_s for each in told] == sorted((each.late_by_s for each in told), reverse=True)
    assert all(each == alone[each.order] for each in told)
    for each in told:
        assert each.waits_for or sum(b.seconds for b in each.blame) == pytest.approx(each.late_by_s)
    assert (plans, reads) == (["planned_whole"], ["since_published"])


def test_the_desk_keeps_what_it_has_read_as_long_as_the_plan_is_in_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = counted(monkeypatch, "planned_whole")
    desk = Desk(folder, loop_wait_s=0.0)
    told = [desk.why_late(order) for order in ("C-1", "D-1", "C-1")]
    assert told[0] == told[2] != told[1]
    assert len(plans) == 1
    append(folder, (1.2 * HOUR_S, e.HoldPlaced("hold-A-1.003", ("A-1.003",), "cut by a worn edge")))
    assert desk.why_late("D-1") == told[1]
    assert len(plans) == 1
    append(folder, *published(1.3 * HOUR_S, "D-1", "C-1"))
    assert desk.why_late("D-1")["late_by_s"] > 0
    assert len(plans) == 2
    append(folder, (1.4 * HOUR_S, e.OrderReceived("G-1", "bracket", 1, 1.5 * HOUR_S, 1)))
    assert desk.why_late("G-1")["order"] == "G-1"
    append(folder, (1.5 * HOUR_S, e.OrderCompleted("C-1", 2, True)))
    assert desk.why_late("C-1")["order"] == "C-1"
    assert len(plans) == 4


def test_the_desk_tells_how_overdue_an_order_without_a_plan_is_by_now(folder: Path) -> None:
    append(folder, (1.2 * HOUR_S, e.OrderReceived("P-1", "plate", 1, 1.3 * HOUR_S, 1)))
    desk = Desk(folder, loop_wait_s=0.0)
    assert desk.why_late("P-1")["late_by_s"] == 0.0
    append(folder, (5.0 * HOUR_S, e.HoldPlaced("hold-A-1.003", ("A-1.003",), "cut by a worn edge")))
    assert desk.why_late("P-1")["late_by_s"] == pytest.approx(3.7 * HOUR_S)


def test_a_new_due_date_is_another_lateness_though_the_plan_is_the_same(folder: Path) -> None:
    desk = Desk(folder, loop_wait_s=0.0)
    before = desk.why_late("C-1")["late_by_s"]
    append(folder, (1.2 * HOUR_S, e.OrderChanged("C-1", DUE["C-1"] + 600.0, 1)))
    assert desk.why_late("C-1")["late_by_s"] == LateOrders(folder).of("C-1").late_by_s < before


def test_a_cancelled_order_is_late_for_nobody(folder: Path) -> None:
    append(folder, (5.0 * HOUR_S, e.OrderCancelled("F-1", ())), (5.0 * HOUR_S, e.OrderCancelled("C-1", ())))
    late = LateOrders(folder)
    assert "D-1" in late.late()
    assert not {"C-1", "F-1"} & set(late.late()), "C-1 has parts that were begun and are finished"
    assert late.of("F-1").late_by_s == 0.0
