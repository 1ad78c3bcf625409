"""What `site` and `bring-home` print: every factor of every site, carbon, cash, break-evens, home's hours and the split."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from nightmill.cli.output import print_table
from nightmill.cli.parts import site_options
from nightmill.costing import SiteComparison, SiteRequest, facts_from_toml, split_volume, where_to_make
from nightmill.plant.quoting.home_capacity import HomeCapacity, HomePart

EXAMPLE = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "sites.toml"
PART = SiteRequest("bracket", 2000, 12, 5, 0.4, 9.5, 1.1, 1.6, material="Al 6061", stock_kg=1.0)


def test_tables_hold_what_the_answer_holds(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    book, day = facts_from_toml(EXAMPLE.read_text()), date(2026, 6, 25)
    found = msgspec.to_builtins(where_to_make(PART, book, day, draws=20))
    split = split_volume(SiteComparison(book, day, draws=20), PART, loss_limit=0.5, keep_share=0.4)
    room = HomeCapacity(
        "Creek", 1000.0, 10.0, (HomePart("bracket", 400.0, 3.5, 0.5, fits=True), HomePart("shaft", 900.0))
    )
    site_options.site_tables(
        "bracket", found | {"split": msgspec.to_builtins(split), "home": msgspec.to_builtins(room)}
    )
    text = capsys.readouterr().out
    rows = {line.split()[0]: line for line in text.splitlines() if line.split()}
    suzhou = next(site for site in found["sites"] if site["id"] == "suzhou")
    for factor in suzhou["factors"]:
        assert factor["name"] in rows
    assert ".." in rows["labour"], "a site without a valid wage shows its range"
    assert "kg CO2e per piece" in text
    assert f"break-even freight: {found['break_even']['freight']:,.2f} USD/kg" in text
    assert f"break-even volume: {found['break_even']['volume']:,.2f} pieces per year" in text
    assert split.best is not None
    assert split.reason in text
    assert f"{split.best.kept_share:.0%}" in rows["best"]
    assert rows["shaft"].rstrip().endswith("no")
    assert rows["Creek:"].startswith("Creek: mills have 1,000 h a year")


def test_figures_and_ranges_stay_in_one_line_and_nothing_is_cut_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rows = [["bracket of the second kind", f"{10 * n:.2f} .. {20 * n:.2f}", -1234567.0, "word " * 6] for n in (1, 700)]
    print_table("x", ["part", "likely", "USD", "why it is so"], rows)
    narrow = capsys.readouterr().out
    assert "7000.00 .. 14000.00" in narrow
    assert narrow.count("-1,234,567") == 2
    print_table("x", ["", *"abcdefgh"], [["factor", *(f"{n}.00 .. {n}.50" for n in range(100, 108))]])
    wide = capsys.readouterr().out
    assert all(f"{n}.00 .. {n}.50" in wide for n in range(100, 108))


def test_a_split_is_asked_with_its_limits_or_not_at_all() -> None:
    assert site_options.limits(split=False, loss_limit=0.1, keep=0.2) is None
    assert site_options.limits(split=True, loss_limit=0.1, keep=0.2) == (0.1, 0.2)
