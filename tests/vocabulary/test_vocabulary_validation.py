"""One set of validators for names, numbers, levels and dates."""

import math
from datetime import UTC, date

import msgspec
import pytest

from nightmill.vocabulary import requests as a
from nightmill.vocabulary import validation as v
from nightmill.vocabulary.spreadsheet_cells import plain_cell, safe_cell

HONEST = ("A-1001", "4711/2", "Gehäuse Ø20", "夜工-M6", "Wałek Ł", "Вал-M6", 'PO #12 "x"', "5 µm", "Δ-plate", "サンプルAB", "製品ア", "commande n° 5", "PO\u00a04711", "한국-1", "Größe ½", "שלום", "ไทย 7")  # fmt: skip
NOT_SEEN = ("A-1001\u202e", "a\u200bb", "\ufeffA", "a\ufe0f", "\u3164", "a\u2028b", "a\x00", "\U000e0041", "a\ud800")
CONFUSED = ("B\u0435aring", "1\u0662", "x" + "\u0301" * 6, "\u0301a", "\u13aa\u13f4")


@pytest.mark.parametrize("name", HONEST)
def test_names_of_all_scripts_are_names(name: str) -> None:
    assert v.order_name(name) == name


@pytest.mark.parametrize("name", [*NOT_SEEN, *CONFUSED, "", "L" * 121])
def test_names_that_deceive_are_none(name: str) -> None:
    with pytest.raises(v.Wrong) as caught:
        v.name(name)
    assert caught.value.finding("x", "order", "Rename it.").sentence().isprintable()


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1"])
def test_no_order_has_a_name_that_a_spreadsheet_runs(name: str) -> None:
    with pytest.raises(v.Wrong, match="formulas"):
        v.order_name(name)


@pytest.mark.parametrize(
    ("new", "other"),
    [
        ("\u0410-1001", "A-1001"),
        ("A\u20101001", "A-1001"),
        ("\uff21-1001", "A-1001"),
        ("Mu\u0308ller  5", "Müller 5"),
        ("Müller\u00a05", "Müller 5"),
        ("A-1001", ""),
        ("A-1O01", ""),
        ("a-1001", ""),
        ("A-l001", ""),
        ("Muller 5", ""),
    ],
)
def test_a_new_name_isnt_taken_for_another(new: str, other: str) -> None:
    assert v.Names(["A-1001", "Müller 5"]).resembled(new) == other
    assert v.resembled(new, ["A-1001", "Müller 5"]) == other


def test_of_names_that_look_alike_either_stays_itself() -> None:
    names = v.Names(["A-1"])
    names.add("\u0410-1")
    assert names.check("A-1") == "A-1"


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "9" * 400, "1_0", "0x1", "", "-1", "11", "１", "1 0"])
def test_numbers_are_finite_plain_and_in_range(text: str) -> None:
    with pytest.raises(v.Wrong, match="from 0 to 10 h"):
        v.number(text, 0, 10, "h")


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1.0, v.number("-0", 0, 10)) == 1.0


@pytest.mark.parametrize(
    ("resource", "level"), [("coolant", -1e4), ("chips", 100.5), ("probe", 1e5), ("oil", 1.0), ("coolant", math.nan)]
)
def test_levels_have_a_range_by_resource(resource: str, level: float) -> None:
    with pytest.raises(v.Wrong):
        v.level(resource, level)
    assert v.level("probe", -40.0) == -40.0


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "2026-02-30", "x", "", "2200-01-01T00:00"]
)
def test_dates_are_of_this_age(text: str) -> None:
    with pytest.raises(v.Wrong, match="a date"):
        v.moment(text, UTC, end_of_day=True)
    assert v.day("2199-12-31") == date(2199, 12, 31)


@pytest.mark.parametrize("ask", [
    a.NoteCheck("mill-1", "coolant", -10_000.0), a.TakeOrder("A-1001\u202e", "x", 1, 1.0), a.TakeOrder("=HYPERLINK(1)", "x", 1, 1.0),
    a.NameLot("L-1", "x", 1, heat="\u202e7"), a.ScrapPart("s", "\u202edent"),
])  # fmt: skip
def test_commands_are_checked_where_they_enter_and_read_as_they_are_in_the_log(ask: a.AnyAsk) -> None:
    with pytest.raises(v.Wrong):
        a.checked(ask)
    assert msgspec.json.decode(msgspec.json.encode(ask), type=a.AnyAsk) == ask


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "'=x", "''=x", "＝1"])
def test_a_cell_that_a_spreadsheet_runs_is_text_and_comes_back(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert plain_cell(safe_cell(text)) == text


@pytest.mark.parametrize("value", ["-0.5", "+3", -1.5, 7, None, "x", "'tis", "1e-3"])
def test_numbers_and_plain_texts_stay(value: object) -> None:
    assert safe_cell(value) == value
    if isinstance(value, str):
        assert plain_cell(value) == value
