"""What the twin makes of a change before it is decided, in a process of its own."""

from pathlib import Path

import msgspec
import pytest
from desk_sample import turn, write_shop

from nightmill.plant.analysis.scheduling.promise import NewItem, promise_item, promise_lots
from nightmill.plant.plan_store.plan_artifacts import OperationRecord
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Caller, impact_simulated
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.plan import Certificate
from nightmill.vocabulary.units import HOUR_S
from nightmill.workers import Limits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def test_a_promise_says_how_sure_it_is_and_whom_it_puts_at_risk(folder: Path) -> None:
    found = promise_item(folder, NewItem("N-1", "bracket", 8, 12 * HOUR_S, priority=9), time_limit_s=0.1)
    own = found.chances.orders[0]
    assert (own.order, own.late_share_before) == ("N-1", None)
    assert found.chances.why == ""
    assert own.p50 is not None
    assert own.p80 is not None
    assert own.p90 is not None
    assert own.p50 <= own.p80 <= own.p90
    assert own.late_share is not None
    assert all(
        abs((each.late_share or 0.0) - (each.late_share_before or 0.0)) >= 0.05 for each in found.chances.orders[1:]
    )


def test_the_plan_alone_waits_for_no_future_and_progress_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order, said = NewItem("N-1", "bracket", 8, 12 * HOUR_S, priority=9), []
    whole = promise_item(folder, order, time_limit_s=0.0, progress=lambda phase, share: said.append((phase, share)))
    assert [share for _, share in said] == sorted(share for _, share in said)
    assert "futures with the change" in said[-1][0]
    monkeypatch.setattr(impact_simulated, "run_guarded", lambda *_, **__: pytest.fail("the twin was asked"))
    alone = promise_item(folder, order, time_limit_s=0.0, chances=False)
    assert alone.chances is None
    assert alone.promise_s == whole.promise_s
    assert Desk(folder).promise("bracket", 8, None, chances=False)["chances"] is None


def test_a_promise_takes_no_blank_that_another_order_waits_for(folder: Path) -> None:
    (folder / "stock.csv").write_text("item,on_hand\nblank-bracket,3\n")
    sooner = NewItem("N-1", "bracket", 2, 9 * HOUR_S)
    found = promise_item(folder, sooner, time_limit_s=0.1, chances=False)
    assert found.promise_s > 48 * HOUR_S, "its blanks are bought first, in two days: A-1 has those that are there"
    assert found.material_s is not None
    assert 48 * HOUR_S <= found.material_s < found.promise_s
    (folder / "stock.csv").write_text("item,on_hand\nblank-bracket,5\n")
    there = promise_item(folder, sooner, time_limit_s=0.1, chances=False)
    assert there.promise_s < 12 * HOUR_S
    assert there.material_s is None


def test_a_lot_takes_no_edge_of_another_lot(folder: Path) -> None:
    cut = OperationRecord("plate/1", "1", "c" * 64, 600.0, {"1": 55.0})
    lot = RouteRecord(
        "plate", "0" * 64, "Al 6061", True, Certificate(True, 0.0, 0.0, 1.0, (), 0, 0), (cut,), (), (), part_volume_mm3=5e4,
        stock_volume_mm3=1e6, density_kg_m3=2700.0, faces=6, features=1, seconds=1.0, notes=(),
    )  # fmt: skip
    other = msgspec.structs.replace(lot, part="other")
    alone = promise_lots(folder, [(lot, 4)], time_limit_s=0.0)
    both = promise_lots(folder, [(lot, 4), (other, 4)], time_limit_s=0.0)
    assert both == (*alone, *alone)
    assert promise_lots(folder, [(lot, 8)], time_limit_s=0.0) != alone, "there are edges for one lot, not for two"


def test_the_same_question_has_the_same_answer(folder: Path) -> None:
    order = e.OrderReceived("N-1", "bracket", 2, 9 * HOUR_S, 1)
    assert impact_simulated.order_job(str(folder), msgspec.to_builtins(order), 0.0) == impact_simulated.order_job(
        str(folder), msgspec.to_builtins(order), 0.0
    )


def test_a_proposal_is_weighed_with_and_without(folder: Path) -> None:
    desk = Desk(folder)
    ann = Caller("Ann", "operator")
    made = desk.propose(ann, "c-1", a.TakeOrder("R-1", "bracket", 4, 30 * HOUR_S))
    weighed = desk.chances(made.id)
    assert (weighed.orders[0].order, weighed.orders[0].late_share_before) == ("R-1", None)
    assert weighed.throughput is not None
    assert weighed.throughput_before is not None
    assert weighed.throughput > weighed.throughput_before
    desk.reject(ann, made.id, "c-2")
    assert "rejected" in desk.chances(made.id).why


def test_what_the_shop_can_no_longer_do_has_no_chances(folder: Path) -> None:
    assert "no order B-99" in impact_simulated.chances_of_asks(folder, [a.CancelOrder("B-99")], by="Ann", why="").why


def test_who_comes_while_another_change_is_weighed_is_told_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact_simulated, "PATIENCE_S", 0.0)
    with impact_simulated._TURN:
        found = impact_simulated.chances_of_asks(folder, [a.CancelOrder("A-1")], by="Ann", why="")
    assert "try again" in found.why


def test_a_simulation_that_dies_takes_nothing_with_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact_simulated, "LIMITS", Limits(memory_mib=4096, cpu_s=120, wall_s=0.05))
    found = promise_item(folder, NewItem("N-1", "bracket", 2, 9 * HOUR_S), time_limit_s=0.1)
    assert found.promise_s > 0
    assert found.chances.orders == ()
    assert found.chances.why
    assert turn(folder) is not None
