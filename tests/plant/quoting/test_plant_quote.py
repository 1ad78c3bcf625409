"""Parts and tables that somebody sends: planned in the background, priced, promised; taken in only as a whole."""

import io
import os
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from desk_sample import PARTS, append, write_shop

from nightmill.plant.plan_store.kept_plans import load_route
from nightmill.plant.quoting import quote as module
from nightmill.plant.quoting.make_or_buy import site_request
from nightmill.plant.quoting.quote import Busy, NoFact, NotAdopted, Offers, compared
from nightmill.plant.quoting.sourcing_request import SplitLimits
from nightmill.plant.requests import order_table
from nightmill.plant.requests.order_table import read_sheet
from nightmill.plant.views.live_view import Following
from nightmill.plant.workspace.layout import pending
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import HOUR_S

STEP = b"ISO-10303-21;\nHEADER;"


def _file(body: bytes) -> Path:
    """What somebody has sent, as the server has it."""
    handle, name = tempfile.mkstemp(prefix="nightmill-sent-")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    return Path(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def _ended(offers: Offers, identity: str) -> module.Job:
    deadline = time.monotonic() + 120
    while (
        (job := offers.job(identity)) is not None
        and job.state in {"waiting", "running"}
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    assert job is not None
    return job


def test_an_offer_runs_beside_and_says_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offer(place: Path, step: Path, asked: dict[str, object], progress: object) -> dict[str, object]:
        if asked["name"] == "bad":
            raise BadInput(Finding("bad", "", "no solid", "a solid", "Mend it."))
        return {"part": asked["name"], "certified": True, "material": "Al 6061"}

    monkeypatch.setattr(module, "offer", offer)
    offers = Offers(folder)
    good = offers.ask(_file(STEP), name="plate", material="", quantity=2, due_s=None)
    assert _ended(offers, good.id).result == {"part": "plate", "certified": True, "material": "Al 6061"}
    bad = _ended(offers, offers.ask(_file(STEP), name="bad", material="", quantity=2, due_s=None).id)
    assert (bad.state, bad.findings[0].found) == ("failed", "no solid")
    other = offers.ask(_file(b"PK\x03\x04"), name="x", material="", quantity=1, due_s=None)
    assert (other.state, "ISO-10303-21" in other.findings[0].expected) == ("failed", True)
    with pytest.raises(NotAdopted):
        offers.adopt(bad.id, by="Ann", unfinished=False)
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    assert offers.adopt(good.id, by="Ann", unfinished=Following(folder).look().unfinished) == "plate"
    assert (folder / "parts" / "plate.step").read_bytes() == STEP
    with pytest.raises(NotAdopted, match="name"):
        offers.adopt(good.id, by="Ann", unfinished=False)
    assert next(part.material for part in whole_shop(folder).parts if part.name == "plate") == "Al 6061"


def test_the_files_of_parts_that_nobody_can_ask_for_any_more_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "offer", lambda *_: {})
    monkeypatch.setattr(module, "KEPT", 2)
    place = folder / ".nightmill" / "desk" / "offers"
    for name, days in (("of-old", 8), ("of-another-server", 6)):
        (place / name).mkdir(parents=True)
        (place / name / "x.step").write_bytes(STEP)
        at = time.time() - days * 86400.0
        os.utime(place / name, (at, at))
    offers = Offers(folder)
    sent = []
    for _ in range(4):
        sent.append(offers.ask(_file(STEP), name="x", material="", quantity=1, due_s=None).id)
        _ended(offers, sent[-1])
    assert {each.name for each in place.iterdir()} == {"of-another-server", *sent[-2:]}


def test_of_a_part_whose_file_was_cleared_away_nothing_is_taken_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = {"part": "plate", "certified": True, "material": "Al 6061"}
    monkeypatch.setattr(module, "offer", lambda *_: result)
    offers = Offers(folder)
    sent = _ended(offers, offers.ask(_file(STEP), name="plate", material="", quantity=1, due_s=None).id)
    shutil.rmtree(folder / ".nightmill" / "desk" / "offers" / sent.id)
    before = sorted((folder / "parts").iterdir())
    with pytest.raises(NotAdopted, match="Send it again"):
        offers.adopt(sent.id, by="Ann", unfinished=True)
    assert sorted((folder / "parts").iterdir()) == before
    assert not pending(folder)


def test_only_a_few_wait(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def offer(*_: object) -> dict[str, object]:
        go.wait(120)
        return {}

    monkeypatch.setattr(module, "offer", offer)
    offers = Offers(folder)
    first = offers.ask(_file(STEP), name="x", material="", quantity=1, due_s=None)
    while (job := offers.job(first.id)) is not None and job.state == "waiting":
        time.sleep(0.01)
    asked = [offers.ask(_file(STEP), name="x", material="", quantity=1, due_s=None) for _ in range(module.MOST_WAITING)]
    with pytest.raises(Busy):
        offers.ask(_file(STEP), name="x", material="", quantity=1, due_s=None)
    files = list((folder / ".nightmill" / "desk" / "offers").glob("*/*.step"))
    assert len(files) == 1 + module.MOST_WAITING, "what is refused leaves no file"
    for _ in range(module.KEPT + 10):
        offers.ask(_file(b"PK"), name="x", material="", quantity=1, due_s=None)
    assert all(offers.job(job.id) is not None for job in (first, *asked)), "what is waited for is not forgotten"
    go.set()
    assert {_ended(offers, job.id).state for job in (first, *asked)} == {"done"}, "nothing is left for later tests"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_of_ours_fails_its_part_and_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offer(_folder: Path, _place: Path, asked: dict[str, object], _progress: object) -> dict[str, object]:
        return {"part": {"good": 1}[str(asked["name"])]}

    monkeypatch.setattr(module, "offer", offer)
    offers = Offers(folder)
    jobs = [
        offers.ask(_file(STEP), name=name, material="", quantity=1, due_s=None)
        for name in ("odd", "good", "odd", "good")
    ]
    assert [_ended(offers, job.id).state for job in jobs] == ["failed", "done", "failed", "done"]
    assert "was interrupted" in _ended(offers, jobs[0].id).findings[0].found


@pytest.mark.slow
def test_a_real_part_is_certified_priced_promised_and_compared(folder: Path) -> None:
    offers = Offers(folder)
    job = offers.ask(
        _file((PARTS / "flange_plate.step").read_bytes()), name="flange", material="", quantity=3, due_s=20 * HOUR_S
    )
    deadline = time.monotonic() + 900
    while (
        (found := offers.job(job.id)) is not None
        and found.state in {"waiting", "running"}
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert found is not None
    assert found.state == "done", found.findings
    result = found.result
    assert result is not None
    assert result["certified"]
    assert result["price_usd"] == pytest.approx(sum(result["cost_usd"].values()))
    assert result["promise"]["promise_s"] > HOUR_S
    assert len(result["sites"]["sites"]) > 1
    home = next(site for site in result["sites"]["sites"] if site["id"] == "ohio")
    safety = next(factor for factor in home["factors"] if factor["name"] == "safety")
    assert any(fact["name"] == "lead_days" and "schedule" in fact["source"] for fact in safety["facts"])
    assert result["picture"]["preview"]["vertices"]
    record = load_route(folder / ".nightmill" / "desk" / "offers" / job.id / "plan").record
    request, day = site_request(record, 100), whole_shop(folder).start.date()
    dear = compared(folder, request, ("ohio.wage_usd_h=80", "*.carry_rate=0.3"), day)
    cheap = compared(folder, request, ("ohio.wage_usd_h=5",), day)
    cost = [next(site["high_usd"] for site in answer["sites"] if site["id"] == "ohio") for answer in (dear, cheap)]
    assert cost[0] > cost[1]
    assert "split" not in dear
    split = compared(folder, request, (), day, split=SplitLimits(1.0, 0.3))["split"]
    assert sum(share["share"] for share in split["best"]["shares"]) == pytest.approx(1)
    assert split["best"]["kept_share"] >= 0.3 > split["cheapest"]["kept_share"]
    for wrong in ("ohio.wage=1", "mars.wage_usd_h=1", "ohio.wage_usd_h=x", ""):
        with pytest.raises(NoFact):
            compared(folder, request, (wrong,), day)


def _workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_as_text_says(folder: Path) -> None:
    shop = whole_shop(folder)
    table = _workbook(("Order", "Item", "Qty", "Due"), ("X-1", "bracket", 2, "2026-11-04"), ("X-2", "=1+1", 2.5, None))
    found = read_sheet(table, shop)
    assert [(row.line, row.command.order, row.command.quantity) for row in found.rows] == [(2, "X-1", 2)]
    assert {finding.place for finding in found.findings} == {"line 3, due", "line 3, part", "line 3, quantity"}


def test_a_workbook_of_too_many_lines_is_said_to_be_so_and_not_read_in_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_table, "MOST_LINES", 3)
    row = ("bracket", 2, "2026-11-04")
    head = ("Order", "Item", "Qty", "Due")
    whole = read_sheet(_workbook(head, ("X-1", *row), ("X-2", *row)), whole_shop(folder))
    assert [each.command.order for each in whole.rows] == ["X-1", "X-2"]
    found = read_sheet(_workbook(head, ("X-1", *row), ("X-2", *row), ("X-3", *row)), whole_shop(folder))
    assert found.rows == ()
    assert [finding.place for finding in found.findings] == ["line 4"]
    blank = read_sheet(_workbook(head, ("X-1", *row), *[(" ",)] * 3), whole_shop(folder))
    assert ([each.command.order for each in blank.rows], blank.findings) == (["X-1"], ())


@pytest.mark.slow
def test_a_torn_or_huge_workbook_is_a_finding(folder: Path) -> None:
    shop = whole_shop(folder)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b"0" * 120_000_000)
    for body in (packed.getvalue(), b"PK\x03\x04 torn", b"x" * 3_000_000, b"", b"a;b\n1;2\n", b'"'):
        found = read_sheet(body, shop)
        assert found.rows == ()
        assert found.findings
