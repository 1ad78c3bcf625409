"""The parts of a folder compared: which are, which aren't and why; the board's paper; a scenario of a shop's part."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nightmill.formats import copy_example, read_shop
from nightmill.plant.part_planning import routes
from nightmill.plant.part_planning.checkpoint import Keeper
from nightmill.plant.plan_store.kept_plans import PartRoute, Refusal
from nightmill.plant.plan_store.plan_artifacts import OperationRecord
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.quoting import make_or_buy, reshoring
from nightmill.plant.quoting.home_capacity import HomeCapacity, fill
from nightmill.plant.quoting.reshoring import bring_home, write_board_report
from nightmill.plant.quoting.site_scenario import sites_under
from nightmill.plant.quoting.sourcing_request import SiteFacts, SplitLimits, YearlyDemand
from nightmill.plant.shop_state import live
from nightmill.plant.shop_state.live import live_shop, uncounted
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan
from nightmill.workers import ChildFailed


def brought_home(folder: Path, *, report: Path | None = None, **asked: Any) -> dict[str, Any]:
    """``bring_home`` with the fields of its records by name; with ``report`` its paper, too."""
    demand, facts = (
        {name: asked.pop(name) for name in kind.__struct_fields__ if name in asked}
        for kind in (YearlyDemand, SiteFacts)
    )
    answer = bring_home(folder, YearlyDemand(**{"quantity": 1000, **demand}), SiteFacts(**facts), **asked)
    if report is not None:
        write_board_report(answer, report)
    return answer


def filled(kind: Any, **values: Any) -> Any:
    """A record with zeros where nothing is given."""

    def empty(annotation: Any) -> Any:
        text = str(annotation)
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            return filled(annotation)
        return "" if annotation is str else {} if text.startswith("dict") else () if text.startswith("tuple") else 0 if annotation in (int, float) else False if annotation is bool else None  # fmt: skip

    missing = {f.name: empty(f.type) for f in msgspec.structs.fields(kind) if f.required and f.name not in values}
    return kind(**missing, **values)


def route(part: str, *, certified: bool = True) -> RouteRecord:
    operation = filled(OperationRecord, cycle_s=1500.0, tool_minutes={"1": 20.0})
    made: RouteRecord = filled(
        RouteRecord, part=part, material="Al 6061", certified=certified, operations=(operation,), part_volume_mm3=1e5,
        stock_volume_mm3=3e5, density_kg_m3=2700.0,
    )  # fmt: skip
    return made


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning that takes no time: ``a`` and ``b`` are certified, ``bad`` isn't, ``broken`` can't be read."""

    def plans(folder: Path, _options: Any, *, out: Path, **_: Any) -> dict[str, Any]:
        rows = []
        for step in sorted(folder.glob("*.step")):
            if step.stem == "broken":
                rows.append({"file": step.name, "findings": [{"place": "line 1", "found": "no STEP text"}]})
                continue
            (out / step.stem).mkdir()
            record = route(step.stem, certified=step.stem != "bad")
            (out / step.stem / "route.json").write_bytes(msgspec.json.encode(record))
            rows.append({"file": step.name})
        return {"parts": rows}

    monkeypatch.setattr(reshoring, "plan_folder", plans)


@pytest.mark.slow
@pytest.mark.usefixtures("planned")
def test_certified_parts_are_ranked_the_others_named_and_a_paper_is_written(tmp_path: Path) -> None:
    for name in ("a", "b", "bad", "broken"):
        (tmp_path / f"{name}.step").write_text("ISO-10303-21;")
    (tmp_path / "quantities.csv").write_text("part,quantity\na,500\nb.step,4000\n")
    paper = tmp_path / "board.pdf"
    answer = brought_home(tmp_path, as_of="2026-06-25", draws=100, report=paper)
    assert {case["part"]: case["quantity_year"] for case in answer["ranked"]} == {"a": 500, "b": 4000}
    savings = [case["saving_usd_year"] for case in answer["ranked"]]
    assert savings == sorted(savings, reverse=True)
    assert {left["file"]: left["why"] for left in answer["not_compared"]} == {
        "bad.step": "its program isn't certified, so its minutes aren't known", "broken.step": "line 1: no STEP text",
    }  # fmt: skip
    for case in answer["ranked"]:
        for side, key in (("home", "home_unit_usd"), ("away", "away_unit_usd")):
            sides = [row[side]["usd"] for row in answer["factors"][case["part"]] if row[side] is not None]
            assert sum(sides) == pytest.approx(case[key])
    assert set(answer["unattended"]) == set(answer["tornado"]) == {"a", "b"}
    assert all(fact["source"] and fact["as_of"] for case in answer["ranked"] for fact in case["rests_on"])
    assert paper.read_bytes().startswith(b"%PDF")
    said = text_of(paper)
    assert "What to bring home to Ohio, United States" in said
    assert "Saltillo, Mexico" in said
    assert "full labour cost" in said
    assert "2 more parts couldn't be compared" in said
    weak = {(f["name"], f["source"]) for case in answer["ranked"] for f in case["rests_on"] if f["grade"] == "C"}
    assert f"; {len(weak)} of these " in said
    first = paper.read_bytes()
    brought_home(tmp_path, as_of="2026-06-25", draws=100, report=paper)
    assert paper.read_bytes() == first
    stale = brought_home(tmp_path, as_of="2026-11-02", draws=100, made_at="suzhou", report=paper)
    assert all(case["saving_usd_year"] is None and case["missing"] for case in stale["ranked"])


@pytest.mark.slow
@pytest.mark.usefixtures("planned")
def test_the_paper_says_on_which_side_of_a_volume_home_costs_less(tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text("ISO-10303-21;")
    paper = tmp_path / "board.pdf"
    even = brought_home(tmp_path, as_of="2026-06-25", draws=20, quantity=1000)["break_even"]["a"]["volume"]
    assert even is not None
    for factor in (0.5, 2.0):
        (case,) = brought_home(tmp_path, as_of="2026-06-25", draws=20, quantity=int(factor * even), report=paper)[
            "ranked"
        ]
        below = (case["home_unit_usd"] < case["away_unit_usd"]) == (factor < 1.0)
        told = f"pieces a year {even:,.0f} {'below' if below else 'above'}"
        assert told in text_of(paper)
    dearer = brought_home(
        tmp_path, as_of="2026-06-25", draws=20, quantity=int(2.0 * even), report=paper, made_at="suzhou"
    )["ranked"][0]
    assert dearer["away_unit_usd"] > dearer["home_unit_usd"], "today they are made at another than the cheapest site"
    assert told in text_of(paper)


def text_of(paper: Path) -> str:
    pdfplumber = pytest.importorskip("pdfplumber", reason="reading a PDF's words asks for the extra `drawings`")
    with pdfplumber.open(paper) as pages:
        return " ".join(" ".join((page.extract_text() or "").split()) for page in pages.pages)


@pytest.mark.usefixtures("planned")
def test_by_duty_and_site_it_is_counted_for_how_many_parts_home_wins_today(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.step").write_text("ISO-10303-21;")
    (tmp_path / "quantities.csv").write_text("part,quantity\na,500\nb.step,40000\n")

    def counted(**own: float) -> dict[tuple[str, str], dict[str, Any]]:
        figures = [f"ohio.{name}={value}" for name, value in own.items()]
        answer = brought_home(tmp_path, as_of="2026-06-25", draws=20, own=tuple(figures))
        assert answer["unattended_today"] == own["automation_share"]
        assert set(answer["names"]) == {row["site"] for row in answer["scenarios"]} | {"ohio"}
        for row in answer["scenarios"]:
            needed = [a["strict"]["share"] for part in answer["unattended"].values() for a in part if (a["site"], a["scenario"]) == (row["site"], row["scenario"]) and a["strict"]["reached"] is not None]  # fmt: skip
            if len(needed) == row["parts"]:
                assert row["wins"] == sum(n is not None and n <= own["automation_share"] for n in needed)
                assert row["open"] == 0
        return {(row["site"], row["scenario"]): row for row in answer["scenarios"]}

    dear, cheap = counted(automation_share=0.0, wage_usd_h=80.0), counted(automation_share=0.9, wage_usd_h=2.0)
    assert dear["haiphong", "no duty"]["wins"] == dear["haiphong", "no duty"]["within_5_percent"] == 0
    assert cheap["haiphong", "no duty"]["wins"] == cheap["haiphong", "no duty"]["parts"] == 2
    stale = brought_home(tmp_path, as_of="2029-01-01", draws=20)
    assert stale["unattended_today"] is None
    assert all(row["open"] == 2 and row["wins"] == 0 for row in stale["scenarios"])


@pytest.mark.usefixtures("planned")
def test_wrong_quantities_and_sites_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text("ISO-10303-21;")
    with pytest.raises(BadInput, match="mars"):
        brought_home(tmp_path, made_at="mars")
    (tmp_path / "quantities.csv").write_text("part,quantity\na,many\n,3\n")
    with pytest.raises(BadInput) as caught:
        brought_home(tmp_path)
    assert [finding.place for finding in caught.value.findings] == ["line 2", "line 3"]


def test_a_part_of_a_shop_is_compared_under_figures_that_a_person_moves(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    copy_example(shop)
    with pytest.raises(BadInput, match="planned"):
        sites_under(shop, "bracket")
    plans = shop / ".nightmill" / "plans" / "bracket"
    plans.mkdir(parents=True)
    (plans / "route.json").write_bytes(msgspec.json.encode(route("bracket")))
    box = Body("box", min=(0, 0, 0), max=(9, 9, 9))
    (plans / "plan.json").write_bytes(msgspec.json.encode(filled(Plan, format=PLAN_FORMAT, units="mm", stock=box)))
    plain = sites_under(shop, "bracket", as_of="2026-06-25", draws=50)
    moved = sites_under(
        shop, "bracket", as_of="2026-06-25", draws=50, own=[{"site": "ohio", "name": "wage_usd_h", "value": 1.0}]
    )
    cost = [next(s["unit_cost_usd"] for s in found["answer"]["sites"] if s["id"] == "ohio") for found in (plain, moved)]
    assert cost[1] < cost[0]
    wage = next(f for f in moved["facts"] if (f["site"], f["name"]) == ("ohio", "wage_usd_h"))
    assert (wage["value"], wage["valid"]) == (1.0, True)
    assert "own value" in wage["source"]
    for wrong in ([{"site": "ohio", "name": "luck", "value": 1}], [{"site": "ohio"}]):
        with pytest.raises(BadInput):
            sites_under(shop, "bracket", own=wrong)
    shutil.rmtree(plans)


@pytest.mark.slow
@pytest.mark.usefixtures("planned")
def test_a_shop_promises_the_lead_time_and_has_the_hours_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, parts = tmp_path / "shop", tmp_path / "parts"
    copy_example(shop)
    monkeypatch.setattr(routes, "run_all", lambda call, asked, **_: [] if not asked else pytest.fail(f"plans {asked}"))
    parts.mkdir()
    for name in ("a", "b"):
        (parts / f"{name}.step").write_text("ISO-10303-21;")
    (parts / "quantities.csv").write_text("part,quantity\na,240\nb,480\n")
    asked: dict[str, Any] = {"as_of": "2026-06-25", "draws": 50, "made_at": "suzhou"}
    plain = brought_home(parts, sites=shop / "sites.toml", **asked)
    assert plain["capacity"] is None
    found = brought_home(parts, shop=shop, split=SplitLimits(0.2, 0.0), **asked)
    orders = {line.split(",")[1] for line in (shop / "orders.csv").read_text().splitlines()[1:] if line}
    assert set(found["capacity"]["not_counted"]) == orders, "nothing but what was asked about is planned"
    room = {row["part"]: row for row in found["capacity"]["parts"]}
    assert found["capacity"]["machine_h_year"] == pytest.approx(3 * 24 * 365)
    assert room["a"]["needed_h_year"] == pytest.approx(240 * 25 / 60 / 0.98)
    assert 0 < room["a"]["first_in_line_days"] <= room["a"]["promise_days"] < room["b"]["promise_days"]
    facts = {fact["name"]: fact for case in found["ranked"] if case["part"] == "a" for fact in case["rests_on"]}
    assert facts["lead_days of ohio"]["value"] == pytest.approx(room["a"]["promise_days"])
    assert (
        "schedule of shop: a lot in addition to open orders, without those of bracket"
        in facts["lead_days of ohio"]["source"]
    )
    assert "lead_days of suzhou" not in facts
    (parts / "quantities.csv").write_text("part,quantity\na,90000\nb,480\n")
    huge = brought_home(parts, shop=shop, **asked)["capacity"]["parts"]
    assert {row["part"]: (row["fits"], row["promise_days"] is None, bool(row["why"])) for row in huge} == {
        "a": (False, True, True), "b": (True, False, False),
    }  # fmt: skip
    assert [fact for fact in plain["ranked"][0]["rests_on"] if fact["name"] == "lead_days of ohio"] == []
    assert set(found["splits"]) == set(found["break_even"]) == {"a", "b"}
    assert all(share["share"] > 0 for share in found["splits"]["a"]["frontier"][0]["shares"])
    assert all(case["cash_freed_usd"] > 0 for case in found["ranked"])


def test_parts_take_the_hours_in_their_order_where_they_are_worth_it() -> None:
    room = HomeCapacity("shop", machine_h_year=100.0, busy_h_year=40.0)
    asked = [("a", 50.0, True), ("b", 20.0, True), ("c", 10.0, False), ("d", 10.0, True)]
    assert [part.fits for part in fill(room, asked, {}).parts] == [True, False, True, True]


@pytest.mark.usefixtures("planned")
def test_fewer_lots_and_dearer_stock_change_the_cost(tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text("ISO-10303-21;")

    def home(**asked: Any) -> float:
        case = brought_home(tmp_path, as_of="2026-06-25", draws=20, **asked)["ranked"][0]
        return float(case["home_unit_usd"])

    plain = home()
    assert home(lots=4.0) != plain
    # 1,000 pieces of 0.81 kg of stock
    assert home(price_breaks="800:0.5") < plain
    assert home(price_breaks="900:0.5") == plain
    assert home(own=("ohio.wage_usd_h=1", "*.carry_rate=0")) < plain
    for fault in ("ohio.wage_usd_h", "ohio.wage_usd_h=dear", "ohio.luck=1", "mars.wage_usd_h=1"):
        with pytest.raises(BadInput):
            brought_home(tmp_path, own=(fault,))
    for wrong in ("many", "10:0.9,5:0.8", "10:-1", "10"):
        with pytest.raises(BadInput, match="KG:SHARE"):
            brought_home(tmp_path, price_breaks=wrong)


def test_a_fresh_shop_plans_what_is_asked_for_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, asked = copy_example(tmp_path / "shop"), list[str]()

    def planned(call: str, requests: list[dict[str, Any]], **_: object) -> list[BadInput]:
        asked.extend(each["name"] for each in requests)
        return [BadInput(Finding("x", "", "planned here", "", "")) for _ in requests]

    monkeypatch.setattr(routes, "run_all", planned)
    (shop / "orders.csv").write_text("order,item,quantity,due\nA-1,bracket,3,2026-11-03\n")
    with pytest.raises(BadInput, match="planned here"):
        live_shop(shop)
    assert asked == ["bracket"]
    with pytest.raises(BadInput, match="planned here"):
        live_shop(shop, items=("flange_plate",))
    assert asked == ["bracket", "bracket", "flange_plate"]
    _, state = live_shop(shop, planning=False)
    assert len(asked) == 3
    assert (uncounted(state), list(state.orders)) == (("bracket",), ["A-1"])


def test_what_an_earlier_run_left_of_a_part_is_no_plan_of_a_child_that_was_ended_at_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = copy_example(tmp_path / "shop")
    folder = shop / ".nightmill" / "plans" / "bracket"
    box = Body("box", min=(0, 0, 0), max=(9, 9, 9))
    certified = Certificate(True, 0.0, 0.01, 1.0, (), 0, 0)
    Keeper(folder).proven(filled(Plan, format=PLAN_FORMAT, units="mm", stock=box), {}, certified, ())
    calls: list[int] = []

    def ended(_call: str, requests: list[dict[str, Any]], **_: object) -> list[ChildFailed]:
        calls.append(len(requests))
        return [ChildFailed("", Finding("x", "", "killed", "", "")) for _ in requests]

    monkeypatch.setattr(routes, "run_all", ended)
    monkeypatch.setattr(routes, "readable_route", lambda _folder: pytest.fail("there is no plan"))
    _, refusals = routes.certified_routes(read_shop(shop), shop, only={"bracket"})
    assert [refusal.item for refusal in refusals] == ["bracket"]
    assert calls == [1]


def test_a_plan_that_was_being_made_anew_when_the_power_failed_is_not_called_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, calls = copy_example(tmp_path / "shop"), list[int]()
    folder = shop / ".nightmill" / "plans" / "bracket"
    folder.mkdir(parents=True)
    for name in ("route.json", "plan.json", "1.ngc"):
        (folder / name).write_text("of an older STEP file")
    Seal(shop).sign_plan(folder)

    def ended(_call: str, requests: list[dict[str, Any]], **_: object) -> list[ChildFailed]:
        calls.append(len(requests))
        (folder / "1.ngc").write_text("of the new one")
        return [ChildFailed("", Finding("x", "", "killed", "", "")) for _ in requests]

    monkeypatch.setattr(routes, "run_all", ended)
    for _ in range(2):
        _, (refusal,) = routes.certified_routes(read_shop(shop), shop, only={"bracket"})
        assert "killed" in refusal.reason
    assert calls == [1, 1]


@pytest.mark.slow
def test_a_plan_that_the_shop_has_of_its_part_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, planned = copy_example(tmp_path / "shop"), list[str]()
    box = Body("box", min=(0, 0, 0), max=(9, 9, 9))
    kept = PartRoute(route("bracket"), filled(Plan, format=PLAN_FORMAT, units="mm", stock=box), {}, shop)

    def known(*_: Any, only: set[str], planning: bool) -> tuple[dict[str, PartRoute], tuple[Refusal, ...]]:
        assert not planning
        return ({"bracket": kept} if only == {"bracket"} else {}), ()

    def plans(part: Path, _options: Any, *, out: Path, **_: Any) -> None:
        planned.append(part.stem)
        (out / "route.json").write_bytes(msgspec.json.encode(route(part.stem)))

    monkeypatch.setattr(routes, "certified_routes", known)
    monkeypatch.setattr(live, "certified_routes", lambda *_, **__: ({}, ()))
    monkeypatch.setattr(make_or_buy, "plan_part", plans)
    facts = SiteFacts(draws=20)
    answer = make_or_buy.site_answer(shop / "parts" / "bracket.step", YearlyDemand(100), facts, shop=shop)
    assert (answer["part"], planned) == ("bracket", [])
    make_or_buy.site_answer(shop / "parts" / "bracket.step", YearlyDemand(100, material="S235"), facts, shop=shop)
    make_or_buy.site_answer(shop / "parts" / "flange_plate.step", YearlyDemand(100), facts, shop=shop)
    assert planned == ["bracket", "flange_plate"], "another material, and a part that has no plan"
