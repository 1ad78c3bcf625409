"""The first part of a shop: planned already, made by itself, inspected, costed, and told on one screen."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from nightmill.cli.shop.first_part import print_first_part
from nightmill.drivers import WorldStart, start_world
from nightmill.plant.demo import demo
from nightmill.plant.demo import first_part as of_first
from nightmill.plant.demo.demo import MARK, run_demo
from nightmill.plant.demo.first_part import FirstPart, first_order, first_part, make_first_part
from nightmill.plant.plan_store.kept_plans import load_route
from nightmill.plant.workspace import read_events
from nightmill.plant.workspace.layout import log_path, state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import Finding
from nightmill.workers import ChildFailed


def _made(folder: Path, seed: int = 3) -> FirstPart:
    shop = whole_shop(folder)
    order = first_order(shop)
    assert order is not None
    return first_part(folder, shop, order, seed, lambda _phase, _share: None)


def test_the_first_part_is_what_its_own_log_says(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = _made(shop)
    facts = [event.fact for event in read_events(Path(made.folder))]
    assert [fact.quantity for fact in facts if isinstance(fact, e.OrderReceived)] == [1]
    assert made.serial == "A-1.001"
    assert [fact.disposition for fact in facts if isinstance(fact, e.PartDisposed)] == [made.disposition] == ["good"]
    assert [fact.factors_usd for fact in facts if isinstance(fact, e.PartCosted)] == [made.cost]
    read = {
        name: value
        for fact in facts
        if isinstance(fact, e.Reported) and isinstance(fact.report, r.PartMeasured)
        for name, value in fact.report.readings.items()
    }
    assert {size.id: size.measured_mm for size in made.sizes} == read
    assert all(size.within == (size.lower_mm <= size.measured_mm <= size.upper_mm) for size in made.sizes)
    assert ("vision", "good") in made.verdicts
    assert made.certificate == load_route(state_folder(shop) / "plans" / "bracket").record.certificate
    print_first_part(made, Path("page.html"))
    told = capsys.readouterr().out
    assert f"{len(read)} of {len(read)} sizes within their limits" in told
    assert f"{sum(made.cost.values()):.2f} {made.currency}" in told
    assert "page.html" in told


def test_a_piece_that_was_lost_before_is_told(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _made(shop)
    events = list(read_events(Path(made.folder)))
    lost = e.PartDisposed("A-1.001", "scrap", "bracket#2 is out")
    others = [replace(each, fact=lost) if isinstance(each.fact, e.PartDisposed) else each for each in events]
    again = replace(events[-1], fact=e.PartDisposed("A-1.002", "good", "all checks passed"))
    monkeypatch.setattr(of_first, "read_events", lambda _folder: [*others, again])
    second = of_first.told(Path(made.folder), "EUR")
    assert (second.serial, second.disposition) == ("A-1.002", "good")
    assert second.lost == ("A-1.001 (scrap: bracket#2 is out)",)
    print_first_part(second, Path("page.html"))
    assert "A-1.001 (scrap: bracket#2 is out)" in capsys.readouterr().out


def test_what_is_out_of_its_limits_or_not_known_yet_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = _made(shop)
    first, *others = made.sizes
    wrong = replace(first, measured_mm=first.upper_mm + 0.1, within=False)
    print_first_part(replace(made, disposition="", sizes=(wrong, *others), cost={}), Path("page.html"))
    told = capsys.readouterr().out
    assert "not finished in the time given" in told
    assert "OUT" in told
    assert f"{len(others)} of {len(made.sizes)} sizes within" in told
    assert "not known yet" in told


def test_plain_python_lives_the_same_shop_as_compiled_kernels(shop: Path) -> None:
    made = _made(shop)
    alone = Path(made.folder)
    plain = list(read_events(alone))
    for path in state_folder(alone).iterdir():
        if path.name not in {"plans", "pki"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert make_first_part(str(alone), 3, made.currency) == made
    assert list(read_events(alone)) == plain


def test_a_first_part_that_is_broken_off_leaves_no_virtual_shop_alive_and_another_part_no_trace(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(shop / "parts" / "bracket.step", shop / "parts" / "bracket.v2.step")
    lives: list[Path] = []

    def broken_off(_call: str, asked: dict[str, Any], **_rest: object) -> None:
        alone = Path(asked["folder"])
        start_world(alone, whole_shop(alone), WorldStart(1)).close()
        lives.append(state_folder(alone) / "world")
        assert (lives[-1] / "address.json").exists()
        assert {path.stem for path in (alone / "parts").iterdir()} == {"bracket"}
        raise KeyboardInterrupt

    monkeypatch.setattr(of_first, "run_guarded", broken_off)
    with pytest.raises(KeyboardInterrupt):
        _made(shop)
    assert not (lives[0] / "address.json").exists()


def test_the_demo_goes_on_where_its_first_part_takes_too_long(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / ".nightmill-demo").write_text(MARK)

    def too_long(*_asked: object) -> FirstPart:
        raise ChildFailed("cutting", Finding("bracket", "while cutting", "more than 3600 s", "an answer", "Simplify."))

    monkeypatch.setattr(demo, "first_part", too_long)
    monkeypatch.setattr(demo, "_both", lambda *_asked: ({"good": 1}, {"good": 2}))
    said: list[str] = []
    answer = run_demo(shop, days=0.1, seed=3, progress=lambda _subject, phase, _share: said.append(phase))
    assert answer["closed-loop"] == {"good": 2}
    assert any("more than 3600 s" in phase for phase in said)


@pytest.mark.slow
def test_the_demo_shows_its_first_part_before_its_shop_runs(shop: Path) -> None:
    (shop / ".nightmill-demo").write_text(MARK)
    shown: list[tuple[FirstPart, bool]] = []
    run_demo(shop, days=0.1, seed=3, first=lambda made: shown.append((made, log_path(shop).exists())))
    [(made, had_run)] = shown
    assert made.disposition == "good"
    assert not had_run
    assert log_path(Path(made.folder)).exists(), "the demo's own runs leave the shop of the first part where it is"
    run_demo(shop, days=0.1, seed=3, first=lambda made: shown.append((made, False)))
    assert shown[1][0] == made
    assert log_path(Path(made.folder)).exists()


@pytest.mark.slow
def test_a_demo_whose_first_part_cannot_be_made_by_itself_says_so_and_goes_on(shop: Path) -> None:
    (shop / ".nightmill-demo").write_text(MARK)
    (shop / "items.csv").write_text("item,source\nbracket,make\npin,buy\n")
    (shop / "bom.csv").write_text("parent,child,qty\nbracket,pin,1\n")
    said: list[str] = []
    answer = run_demo(shop, days=0.1, seed=3, progress=lambda _subject, phase, _share: said.append(phase))
    assert answer["closed-loop"]["events"] > 0
