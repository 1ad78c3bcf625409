"""The control room's read models, against a log written by hand whose truth is known."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from screens_sample import CYCLE_S, append, facts, finished, sample_shop  # type: ignore[import-not-found]

from nightmill.api import AppSettings, create_app
from nightmill.api.screens import floor, machines
from nightmill.api.screens.machines import thin
from nightmill.api.screens.part import capability, result
from nightmill.api.screens.shop_at_moment import Sight
from nightmill.api.stream.log_reader import LogReader, NoLog
from nightmill.floor.records import Parts, PartState
from nightmill.plant import views, workspace
from nightmill.plant.views import ShopLook
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.ids import OrderId, PartId, SerialId


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return sample_shop(tmp_path / "shop")  # type: ignore[no-any-return]


@pytest.fixture
def client(shop: Path, signed: Callable[..., dict[str, str]]) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(shop), base_url="http://127.0.0.1") as found:
        found.headers.update(signed())
        yield found


def ask(client: TestClient[Litestar], name: str, **query: Any) -> Any:
    answer = client.get(f"/api/screens/{name}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def as_told(found: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(found))


def unit(found: Any, name: str) -> Any:
    return next(each for each in found["units"] if each["id"] == name)


def test_a_cutting_mill_says_what_and_until_when(client: TestClient[Litestar]) -> None:
    mill = unit(ask(client, "floor"), "mill-1")
    assert (mill["state"], mill["subject"], mill["item"]) == ("cutting", "O-1.001 bracket/1", "bracket")
    assert (mill["since_s"], mill["until_s"]) == (400.0, 400.0 + CYCLE_S)
    assert mill["next"] == "O-1.002 bracket/1"


def test_a_mill_that_is_down_says_why(client: TestClient[Litestar]) -> None:
    mill = unit(ask(client, "floor"), "mill-2")
    assert mill["state"] == "down"
    assert mill["reason"] == "spindle bearing; no repair has started"
    assert mill["since_s"] == 500.0


def test_the_past_is_as_it_was(client: TestClient[Litestar]) -> None:
    before = ask(client, "floor", at=450)
    assert unit(before, "mill-2")["state"] != "down"
    assert unit(before, "mill-1")["state"] == "cutting"
    assert not [each for each in before["attention"] if each["kind"] in {"down", "hold"}]
    assert ask(client, "head", at=450)["last_s"] == 520.0


def test_orders_by_state_item_and_page(client: TestClient[Litestar]) -> None:
    whole = client.get("/api/orders").json()
    assert whole
    for order in whole:
        same = client.get("/api/orders", params={"status": order["state"], "item": order["item"]}).json()
        assert order in same
        assert {(each["state"], each["item"]) for each in same} == {(order["state"], order["item"])}
    past = client.get("/api/orders", params={"at": 450, "limit": 1})
    assert len(past.json()) == 1
    assert client.get("/api/orders?item=nothing").json() == []
    assert client.get("/api/orders?status=odd").status_code == 400
    assert client.get("/api/orders?after=nothing").status_code == 404
    pages, address = [], "/api/orders?limit=1"
    while address:
        answer = client.get(address)
        pages += answer.json()
        link = answer.headers.get("link", "")
        address = link.partition(">")[0].lstrip("<")
    assert pages == whole


def test_a_page_of_orders_goes_on_behind_one_whose_state_has_changed(client: TestClient[Litestar], shop: Path) -> None:
    received = [e.OrderReceived(f"O-{n}", "bracket", 2, 9e6, 1) for n in (2, 3, 4)]
    append(shop, [(521.0, fact) for fact in (*received, e.OrderCancelled("O-3", ()))])
    found = client.get("/api/orders", params={"status": "open"}).json()
    assert [order["id"] for order in found][-2:] == ["O-2", "O-4"]
    behind = client.get("/api/orders", params={"status": "open", "after": "O-3"}).json()
    assert [order["id"] for order in behind] == ["O-4"]


def test_a_time_that_has_not_come_is_the_present(client: TestClient[Litestar]) -> None:
    for screen in ("floor", "head", "schedule", "machines", "stock", "quality"):
        assert ask(client, screen, at=1e10) == ask(client, screen)
    view = client.get("/api/view?at=10000000000").json()
    assert view == client.get("/api/view").json()
    assert view["now_s"] == 520.0
    assert max(ends_s for _, ends_s in view["presence"]) < 30 * 86400.0


def test_who_looks_ahead_does_not_change_what_others_see(shop: Path) -> None:
    ahead, plain = Sight(LogReader(shop)), Sight(LogReader(shop))
    ahead.ask(1e9, lambda look: look.whole())
    assert ahead.ask(None, lambda look: look.whole()) == plain.ask(None, lambda look: look.whole())


def test_parts_that_rest_are_not_read_for_the_floor(shop: Path) -> None:
    """A shop that has made parts for years answers as fast as a new one."""

    answered: list[Any] = []

    def look(seen: Any) -> int:
        state = seen.state
        state.schedule = ()
        resting = {
            f"old-{n}": msgspec.Raw(
                msgspec.msgpack.encode(
                    PartState(SerialId(f"old-{n}"), OrderId("O-0"), PartId("bracket"), "finished", disposition="good")
                )
            )
            for n in range(30)
        }
        state.parts = Parts({**resting, **dict(state.parts.items())}, [part.serial for part in state.in_play()])
        state.words["bracket"] = {"good": 30}
        found = floor.floor(seen), floor.head(seen)
        assert "old-1" not in found[1]["serials"]
        assert all(type(dict.__getitem__(state.parts, name)) is msgspec.Raw for name in resting)
        answered.append(found[0])
        return 0

    Sight(LogReader(shop)).answer("floor", None, look)
    found = answered[0]
    assert found["figures"]["good"] == 30
    assert found["figures"]["in_work"] == 1
    assert {each.id: each.state for each in found["units"]}["mill-1"] == "cutting"


def test_many_machines_share_the_points_of_one_answer() -> None:
    points = tuple((k * 60.123456789, 1 / (k + 3), 1234567.891) for k in range(5000))
    assert 300 < len(thin(points, 2)) <= 400
    many = thin(points, 40)
    assert len(many) == 100
    assert many[-1] == [pytest.approx(points[-1][0]), pytest.approx(points[-1][1], rel=1e-4), 1234600.0]
    assert len(thin(points[:7], 1000)) == 7
    assert max(len(repr(value)) for point in many for value in point) <= 11


def test_both_curves_of_a_machine_count(shop: Path) -> None:
    found: list[Any] = []

    def look(seen: Any) -> int:
        view = seen.look()
        points = tuple((k * 60.0, float(k)) for k in range(5000))
        unit = msgspec.structs.replace(view.units[0], signals=points, health=tuple((*point, 1.0) for point in points))
        found.extend(machines.machines(seen, cast("ShopLook", SimpleNamespace(units=(unit,) * 20))))
        return 0

    Sight(LogReader(shop)).answer("machines", None, look)
    drawn = sum(len(each[curve]) for each in found for curve in ("signals", "health"))
    assert 0.9 * machines.ALL_POINTS < drawn <= machines.ALL_POINTS


def test_what_waits_for_a_person_is_all_there(client: TestClient[Litestar]) -> None:
    found = {each["kind"]: each for each in ask(client, "floor")["attention"]}
    assert found["hold"]["subject"] == "H-1"
    assert "an edge broke" in found["hold"]["text"]
    assert found["down"]["subject"] == "mill-2"
    assert found["late"]["subject"] == "O-1"
    assert "mill-1 is full" in found["late"]["text"]


def test_a_part_whose_programs_leave_something_is_told_while_it_is_ordered(
    client: TestClient[Litestar], shop: Path
) -> None:
    operations = (e.RoutedOperation("bracket/1", "a" * 64, CYCLE_S, {}),)
    notes = ("the programs don't finish the part; left to another process: 90 mm² of face 4 (undercut)",)
    for part in ("bracket", "clamp_body"):
        route = e.RouteCertified(part, 2, "c" * 64, "Al 6061", operations, True, 0.99, notes=notes)
        append(shop, [(520.0, route)])
    told = [each for each in ask(client, "floor")["attention"] if each["kind"] == "route"]
    assert [(each["subject"], each["text"]) for each in told] == [("bracket", notes[0])]


def test_the_present_moves_on_with_the_log_as_a_fresh_fold_has_it(client: TestClient[Litestar], shop: Path) -> None:
    assert unit(ask(client, "floor"), "mill-1")["state"] == "cutting"
    append(shop, finished())
    moved_on = ask(client, "floor")
    assert unit(moved_on, "mill-1")["state"] != "cutting"
    assert moved_on["figures"]["not_good"] == 1
    with TestClient(create_app(shop), base_url="http://127.0.0.1") as fresh:
        fresh.headers.update(client.headers)
        for name in ("floor", "head", "schedule", "night", "machines", "stock", "money", "quality", "parts"):
            assert ask(fresh, name) == ask(client, name), name


def test_a_new_run_is_a_new_log(client: TestClient[Litestar], shop: Path) -> None:
    assert ask(client, "head")["events"] == 14
    for suffix in ("", ".head"):
        (shop / ".nightmill" / f"log.sqlite{suffix}").rename(shop / ".nightmill" / f"old.sqlite{suffix}")
    append(shop, facts()[:3])
    assert ask(client, "head")["events"] == 3


def test_bars_are_what_was_done_and_what_is_planned(client: TestClient[Litestar]) -> None:
    found = ask(client, "schedule")
    bars = found["bars"]
    rows = [
        (found["units"][row]["id"], found["states"][state], bars["subjects"][what], start, end)
        for row, start, end, state, what in zip(
            *(bars[key] for key in ("row", "start", "end", "state", "what")), strict=True
        )
    ]
    assert ("mill-1", "running", "O-1.001 bracket/1", 400.0, 520.0) in rows
    assert ("mill-2", "down", "", 500.0, 520.0) in rows
    assert ("bench-1", "busy", "O-1.001", 0.0, 240.0) in rows
    assert ("mill-1", "planned", "O-1.001 bracket/2", 1600.0, 1900.0) in rows
    assert not [row for row in rows if row[1] == "planned" and row[2] == "O-1.001 bracket/1"], "it is being cut"


def test_a_planned_operation_says_what_holds_it(client: TestClient[Litestar]) -> None:
    found = ask(client, "why", serial="O-1.001", operation="bracket/2")
    first = found["because"][0]
    assert first["binding"]
    assert first["kind"] == "machine"
    assert "O-1.002 bracket/1" in first["text"]
    assert [each["machine"] for each in found["elsewhere"] if not each["free"]] == ["mill-2"]
    assert client.get("/api/screens/why", params={"serial": "X", "operation": "y"}).status_code == 404


def test_a_re_plan_says_what_it_moved(client: TestClient[Litestar]) -> None:
    plans = ask(client, "schedule")["plans"]
    assert [plan["cause"] for plan in plans] == ["mill-2 failed", "the start"]
    found = ask(client, "replan", seq=plans[0]["seq"])
    moved = {(each["serial"], each["operation"]): each for each in found["moved"]}
    assert set(moved) == {("O-1.001", "bracket/2")}, "what began in between was not moved"
    only = moved["O-1.001", "bracket/2"]
    assert (only["from_machine"], only["to_machine"], only["to_s"] - only["from_s"]) == ("mill-2", "mill-1", 200.0)
    assert found["kept"] == 1
    assert client.get("/api/screens/replan", params={"seq": 3}).status_code == 404


def test_the_night_tells_what_lies_ready_and_what_went_wrong(client: TestClient[Litestar]) -> None:
    found = ask(client, "night")
    assert found["back_s"] > found["leaves_s"] >= 0
    assert [each["operation"] for each in found["ahead"]] == ["bracket/1", "bracket/2"]
    assert any("spindle bearing" in each["text"] for each in found["exceptions"])
    assert any(check["ok"] is None for check in found["checks"]), "nobody has checked the coolant"


@pytest.mark.parametrize(
    ("value", "word"),
    [(10.0, "good"), (10.07, "good"), (10.08, "near"), (9.91, "near"), (10.1, "near"), (10.11, "bad"), (9.89, "bad")],
)
def test_a_reading_is_good_near_or_bad(value: float, word: str) -> None:
    assert result(value, 10.0, 9.9, 10.1) == word


def test_capability_is_of_the_sample() -> None:
    assert capability([1.0, 2.0], 0.0, 4.0) is None
    assert capability([2.0] * 6, 0.0, 4.0) is None
    # mean 3, s = sqrt(2.5): (8 - 3) / (3 s)
    assert capability([1.0, 2.0, 3.0, 4.0, 5.0], -9.0, 8.0) == pytest.approx(5 / (3 * 2.5**0.5))


def test_unknown_names_are_told(client: TestClient[Litestar]) -> None:
    assert client.get("/api/screens/part/nothing").status_code == 404
    assert client.get("/api/screens/chart", params={"family": "nothing"}).status_code == 404
    assert client.get("/api/screens/floor", params={"at": -1}).status_code == 400


def test_a_screen_reads_only_what_is_new_in_the_log(
    client: TestClient[Litestar], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("parts", "quality", "machines", "stock", "money")
    for name in names:
        ask(client, name)
    append(shop, finished())
    fresh = TestClient(create_app(shop), base_url="http://127.0.0.1")
    fresh.headers.update(client.headers)
    expected = {name: ask(fresh, name) for name in names}
    log, new = tuple(workspace.read_events(shop)), list[int]()

    def only_new(self: LogReader, seq: int, limit: int) -> tuple[Event, ...]:
        new.append(seq)
        return log[seq : seq + limit]

    monkeypatch.setattr(LogReader, "after", only_new)
    monkeypatch.setattr(
        "nightmill.plant.workspace.event_log.open_log", lambda *_, **__: pytest.fail("the whole log is read")
    )
    monkeypatch.setattr(
        "nightmill.plant.views.shop_view.open_log", lambda *_, **__: pytest.fail("the whole log is read")
    )
    assert {name: ask(client, name) for name in names} == expected
    assert new, "what came since is read"
    assert 0 not in new


def test_views_and_metrics_read_only_what_is_new_in_the_log(
    client: TestClient[Litestar], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = ("/api/view", "/api/units", "/api/measures", "/metrics")
    for route in routes:
        assert client.get(route).status_code == 200
    append(shop, finished())
    whole = as_told(views.view_shop(shop))
    log, new = tuple(workspace.read_events(shop)), list[int]()

    def only_new(self: LogReader, seq: int, limit: int) -> tuple[Event, ...]:
        new.append(seq)
        return log[seq : seq + limit]

    monkeypatch.setattr(LogReader, "after", only_new)
    answers = {route: client.get(route) for route in routes}
    assert answers["/api/view"].json() == whole
    assert answers["/api/units"].json() == whole["units"]
    assert answers["/api/measures"].json() == whole["measures"]
    assert "nightmill_parts_scrapped 1\n" in answers["/metrics"].text
    assert new == [len(facts())]


def test_the_past_of_a_view_is_as_it_was(client: TestClient[Litestar], shop: Path) -> None:
    append(shop, finished())
    for at_s in (0.0, 400.0, 515.0, 1010.0, 5000.0):
        seen = client.get("/api/view", params={"at": at_s}).json()
        assert seen == as_told(views.view_shop(shop, at_s=at_s)), at_s
    first = client.get("/api/view", params={"at": 515.0}).json()
    append(shop, [(2000.0, e.AlarmRaised("note", "mill-1", "later"))])
    assert client.get("/api/view", params={"at": 515.0}).json() == first


def test_a_night_counts_only_what_was_cut_in_it(client: TestClient[Litestar], shop: Path) -> None:
    free = ask(client, "night")
    begins = free["leaves_s"]
    cut = r.CycleFinished(90, begins + 300.0, "mill-1", "c3", "O-1.001", "bracket/1", 4 * 3600.0, 1.0, {}, {}, {}, {})
    append(shop, [(begins + 300.0, e.Reported(cut)), (begins + 4.5 * 3600.0, e.AlarmRaised("note", "mill-1", "later"))])
    last = ask(client, "night")["last"]
    assert (last["begins_s"], last["cycles"], last["under_way"]) == (begins, 1, True)
    assert last["spindle_share"] == pytest.approx(300.0 / (last["ends_s"] - begins) / 3)
    append(shop, [(free["back_s"], e.AlarmRaised("note", "mill-1", "people are back"))])
    assert ask(client, "night")["last"]["under_way"] is False


def test_the_limits_of_a_split_are_shares(client: TestClient[Litestar]) -> None:
    for name in ("loss_limit", "keep_share"):
        assert client.get("/api/sites", params={"part": "bracket", name: 1.5}).status_code == 400


def test_the_log_is_folded_before_anybody_looks(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = LogReader(shop)
    sight = Sight(reader)
    sight.warm_up().join()
    monkeypatch.setattr(LogReader, "after", lambda *_: pytest.fail("the log is read again"))
    assert sight.ask(None, lambda look: look.events) == reader.version()
    empty = Sight(LogReader(tmp_path / "nothing"))
    empty.warm_up().join()  # who asks is told that there is no log
    with pytest.raises(NoLog):
        empty.ask(None, lambda look: look.events)
    began: list[str] = []
    monkeypatch.setattr(Sight, "warm_up", lambda self: began.append("fold"))
    with TestClient(create_app(shop, AppSettings(warm=True))):
        assert began == ["fold"]


def test_an_oven_says_what_it_does_and_what_is_to_be_taken_out(
    shop: Path, signed: Callable[..., dict[str, str]]
) -> None:
    with (shop / "shop.toml").open("a") as file:
        file.write('\n[[machines]]\nid = "oven"\nkind = "process"\nplaces = 4\n')
    with (shop / "parts" / "bracket.toml").open("a") as file:
        file.write('\n[[finishing]]\nname = "bake"\nmachine = "oven"\nhours = 1\n')
    line = e.ScheduleLine("O-1.002", "bracket/bake", "oven", 5000.0, 5100.0, 8700.0)
    treat = c.TreatParts("t1", "oven", ("O-1.002",), "bake", 60.0, 3600.0)
    append(
        shop,
        [
            (2000.0, e.PartDisposed("O-1.002", "good", "all checks passed")),
            (2000.0, e.SchedulePublished("an oven", (line,), 0.0, 0.0)),
        ],
    )
    with TestClient(create_app(shop), base_url="http://127.0.0.1") as client:
        client.headers.update(signed())
        assert unit(ask(client, "floor"), "oven")["reason"] == "idle"
        assert planned_bars(ask(client, "schedule")) == [("oven", 5100.0)]
        started = e.Reported(r.TreatmentStarted(90, 5160.0, "oven", "t1", ("O-1.002",), "bake"))
        append(shop, [(5100.0, e.CommandIssued(treat)), (5160.0, started)])
        oven = unit(ask(client, "floor"), "oven")
        assert (oven["state"], oven["reason"]) == ("busy", "treats O-1.002")
        assert planned_bars(ask(client, "schedule")) == []
        through = e.Reported(r.PartsTreated(91, 8760.0, "oven", "t1", ("O-1.002",), "bake", 3600.0))
        append(shop, [(8760.0, through)])
        assert unit(ask(client, "floor"), "oven")["reason"] == "bake of O-1.002 is done: ready to unload"


def planned_bars(found: Any) -> list[tuple[str, float]]:
    bars, planned = found["bars"], found["states"].index("planned")
    rows = zip(bars["row"], bars["start"], bars["state"], strict=True)
    return [(found["units"][row]["id"], start) for row, start, state in rows if state == planned]
