"""A live run goes on with the plans that it was begun with, whatever another version would plan."""

import random
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desk_sample import append, write_shop

sys.path.insert(0, str(Path(__file__).parents[3] / "campaigns"))

from damaged_plans import KINDS

from nightmill.formats import shop_hash
from nightmill.plant.part_planning import routes
from nightmill.plant.part_planning.routes import certified_fact, certified_routes
from nightmill.plant.plan_store.pinned_plans import begun_with
from nightmill.plant.plan_store.plan_artifacts import OperationRecord, sha256_of
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import Finding
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan, Setup
from nightmill.workers import ChildFailed

TEXT = "G21\nG1 Z-1 F100\nM30\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop in the middle of a run that was begun with a signed plan of its only part."""
    shop = write_shop(tmp_path / "shop")
    for path in (shop / ".nightmill").glob("log.sqlite*"):
        path.unlink()
    fact = certified_fact("bracket", write_plan(plan_of(shop)))
    begin(shop, fact)
    routes.mark_fresh(plan_of(shop), {"step": str(shop / "parts" / "bracket.step"), "as": "another version asks"})
    seal = Seal(shop)
    seal.sign_plan(plan_of(shop))
    seal.settle()
    return shop


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was to be planned anew."""
    names = list[str]()

    def ended(_call: str, requests: list[dict[str, Any]], **_: object) -> list[ChildFailed]:
        names.extend(request["name"] for request in requests)
        return [ChildFailed("", Finding("x", "", "not planned here", "", "")) for _ in requests]

    monkeypatch.setattr(routes, "run_all", ended)
    return names


def plan_of(folder: Path) -> Path:
    return folder / ".nightmill" / "plans" / "bracket"


def begin(folder: Path, *facts: e.AnyFact) -> None:
    opening = (e.RunStarted("shop", "closed-loop", 1, 3.0, shop_hash(folder)), *facts)
    order = e.OrderReceived("A-1", "bracket", 3, 72_000.0, 1)
    append(folder, *((0.0, fact) for fact in (*opening, order)))


def write_plan(place: Path, text: str = TEXT, part: str = "bracket") -> RouteRecord:
    place.mkdir(parents=True)
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    unit = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    setup = Setup("1", "mill", "1.ngc", "G54", unit, ())
    plan = Plan(PLAN_FORMAT, part, "mm", "0" * 64, stock, (), (setup,), (), 0.0, "Al 6061")
    proof = Certificate(True, 0.0, 0.01, 1.0, (), 0, 0)
    operation = OperationRecord(f"{part}/1", "1", sha256_of(text), 60.0, {"1": 0.5})
    record = RouteRecord(part, "0" * 64, "Al 6061", True, proof, (operation,), (), (), 1.0, 1.0, 2700.0, 6, 1, 1.0, ())
    (place / "1.ngc").write_text(text)
    (place / "plan.json").write_bytes(msgspec.json.encode(plan))
    (place / "route.json").write_bytes(msgspec.json.encode(record))
    return record


def test_a_live_run_keeps_its_plan_till_it_ends(folder: Path, asked: list[str]) -> None:
    for planning in (True, False):
        found, refusals = certified_routes(whole_shop(folder), folder, planning=planning)
        assert (asked, refusals) == ([], ())
        assert found["bracket"].programs == {sha256_of(TEXT): TEXT}
    append(folder, (9000.0, e.RunEnded({})))
    found, refusals = certified_routes(whole_shop(folder), folder)
    assert (asked, found) == (["bracket"], {})
    assert "not planned here" in refusals[0].reason
    refused, alarm = refusals[0].facts()
    assert isinstance(refused, e.RouteRefused)
    assert isinstance(alarm, e.AlarmRaised)
    assert (alarm.alarm, alarm.subject) == ("planning_failed", "bracket")
    assert refusals[0].request in alarm.text
    assert (
        f"request {refusals[0].request}: planning bracket failed" in (folder / ".nightmill" / "faults.log").read_text()
    )


def test_a_part_that_was_certified_after_the_run_had_begun_keeps_its_plan_too(folder: Path, asked: list[str]) -> None:
    late = plan_of(folder).with_name("late")
    fact = certified_fact("late", write_plan(late, part="late"))
    for path in (folder / ".nightmill").glob("log.sqlite*"):
        path.unlink()
    begin(folder, e.RouteRefused("late", "no machine", "no_machine"))
    append(folder, (3600.0, fact))
    assert begun_with(folder) == {"late": fact}


def test_a_shop_whose_files_were_changed_has_no_plan_of_its_run_any_more(folder: Path, asked: list[str]) -> None:
    (folder / "parts" / "bracket.toml").write_text('material = "Al 7075"\n')
    certified_routes(whole_shop(folder), folder)
    assert asked == ["bracket"]


def test_a_plan_that_the_log_does_not_name_holds_the_part_and_is_made_anew_only_when_asked(
    folder: Path, asked: list[str]
) -> None:
    shutil.rmtree(plan_of(folder))
    write_plan(plan_of(folder), TEXT.replace("Z-1", "Z-2"))
    Seal(folder).sign_plan(plan_of(folder))
    found, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert (asked, found, refusal.code) == ([], {}, "other_programs")
    certified_routes(whole_shop(folder), folder, anew=["bracket"])
    assert asked == ["bracket"]
    assert not (plan_of(folder) / "route.json").exists()


@pytest.mark.parametrize("name", ["route.json", "plan.json", "1.ngc", "signature"])
@pytest.mark.parametrize(
    "kind", ["cut off", "a byte changed", "missing", "a folder", "a pipe", "a dangling link", "brackets"]
)
def test_a_damaged_file_of_a_plan_holds_its_part(folder: Path, asked: list[str], name: str, kind: str) -> None:
    KINDS[kind](plan_of(folder) / name, plan_of(folder) / name, random.Random(2))
    found, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert (asked, found, refusal.item) == ([], {}, "bracket")
    assert refusal.code in {"plan_missing", "plan_unreadable", "plan_changed"}
    assert "--replan bracket" in refusal.reason
    assert str(folder) not in refusal.reason, "the log names no place of one machine"


def test_a_plan_that_is_gone_holds_its_part_in_a_live_run_alone(folder: Path, asked: list[str]) -> None:
    shutil.rmtree(plan_of(folder))
    _, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert (asked, refusal.code) == ([], "plan_missing")
    append(folder, (9000.0, e.RunEnded({})))
    certified_routes(whole_shop(folder), folder)
    assert asked == ["bracket"]


def test_a_program_that_was_changed_is_refused_as_ever(folder: Path, asked: list[str]) -> None:
    (plan_of(folder) / "1.ngc").write_text(TEXT.replace("Z-1", "Z-2"))
    _, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert "changed after it was signed" in refusal.reason
    assert asked == []


def test_nothing_vouches_for_a_plan_that_lost_its_signature_the_key_being_gone_as_well(
    folder: Path, asked: list[str]
) -> None:
    (plan_of(folder) / "signature").unlink()
    shutil.rmtree(folder / ".nightmill" / "pki")
    for _ in range(2):
        found, (refusal,) = certified_routes(whole_shop(folder), folder)
        assert (asked, found, refusal.code) == ([], {}, "plan_missing")


def test_the_newest_route_of_a_part_counts_and_one_that_was_taken_in_later_too(folder: Path) -> None:
    route = begun_with(folder)["bracket"]
    (folder / "parts" / "plate.step").write_bytes((folder / "parts" / "bracket.step").read_bytes())
    plate = msgspec.structs.replace(route, part="plate")
    adopted = e.PartAdopted("plate", "blank-plate", shop_hash(folder), "Ann")
    append(folder, (60.0, adopted), (60.0, plate))
    assert begun_with(folder) == {"bracket": route, "plate": plate}
    with closing(sqlite3.connect(folder / ".nightmill" / "log.sqlite")) as log:
        log.execute("PRAGMA user_version = 1")
        log.execute("DROP TABLE entry")
        log.commit()
    assert begun_with(folder) == {"bracket": route, "plate": plate}, "a log of an older layout has no index"


def test_a_shop_that_was_never_run_has_no_plan_of_a_run(tmp_path: Path) -> None:
    assert begun_with(tmp_path) == {}
