"""Pixels: straightening, signs told by their shape, stacks taken apart, and a small sheet read by OCR."""

import io
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "benchmarks"))

import drawn_callouts
import drawn_fonts
import drawn_sheets

from nightmill.intake import read_drawing
from nightmill.intake.drawing.ocr.preprocess import (
    DARK,
    decoded,
    depth_arrows,
    prepared,
    skew_deg,
    struck_rings,
    text_pieces,
    without_zeros,
)
from nightmill.intake.drawing.ocr.reader import _goes_on, _ink_of_no_text, mended, shape_on
from nightmill.intake.drawing.ocr.vocabulary_check import odd_form
from nightmill.intake.drawing.page import Box
from nightmill.vocabulary.errors import BadInput


def _sheet(size: tuple[float, float]) -> drawn_sheets.Sheet:
    drawn_fonts.load_fonts(drawn_fonts.usual_fonts())
    style = drawn_callouts.Style(font="vera", sheet=size, drawn_signs=True)
    return drawn_sheets.Sheet(style, measure=drawn_fonts.pdf_measure)


def _png(sheet: drawn_sheets.Sheet, **changes: float) -> bytes:
    return drawn_sheets.as_pixels(drawn_sheets.as_pdf(sheet), random.Random(1), **changes)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_turned_page_is_found_out() -> None:
    sheet = _sheet((210, 148))
    sheet.box(10, 10, 190, 128, 0.5)
    (gray, dpi), *_ = decoded(_png(sheet, skew_deg=0.7))
    assert dpi == pytest.approx(200, abs=1)
    assert abs(skew_deg(gray)) == pytest.approx(0.7, abs=0.1)
    assert abs(skew_deg(prepared(gray, dpi).gray)) < 0.1


@pytest.mark.slow
def test_every_drawn_sign_is_named_by_its_shape() -> None:
    sheet = _sheet((230, 60))
    signs = list(drawn_callouts.GDT.values())
    for place, sign in enumerate(signs):
        drawn_sheets.put_frame(sheet, 10 + 15 * place, 30, [sign, "0"])
    (gray, dpi), *_ = decoded(_png(sheet, noise=6))
    shape = shape_on(prepared(gray, dpi))
    for place, sign in enumerate(signs):
        x = 10.0 + 15 * place
        found = shape(Box(x, 60 - 37.0, x + 7, 60 - 30.0), ())
        assert found is not None, sign
        assert found[0] == sign


def test_a_struck_ring_is_no_zero_and_no_eight() -> None:
    sheet = _sheet((120, 40))
    sheet.text(10, 15, "Ø 0 8 B 6 9 @ de")
    (gray, dpi), *_ = decoded(_png(sheet))
    (box,) = struck_rings(gray, dpi / 25.4)
    assert box[0] / (dpi / 25.4) == pytest.approx(10, abs=1)
    assert depth_arrows(gray, dpi / 25.4) == []


def _struck(gray: NDArray[np.uint8], x: int, y: int, wide: int, high: int) -> tuple[int, int, int, int]:
    gray[y : y + high, x : x + wide] = 0
    return x, y, x + wide, y + high


def test_a_struck_zero_stands_right_behind_a_figure_or_like_one_that_does_before_a_point() -> None:
    gray = np.full((60, 400), 255, np.uint8)
    zero = _struck(gray, 40, 20, 14, 22)
    _struck(gray, 22, 20, 12, 22)  # a figure before it
    leading, diameter = _struck(gray, 120, 20, 14, 22), _struck(gray, 220, 19, 24, 24)
    _struck(gray, 138, 39, 3, 3)  # a point behind
    _struck(gray, 248, 20, 12, 22)
    assert without_zeros(gray, [zero, leading, diameter]) == [diameter]
    assert without_zeros(gray, [leading, diameter]) == [leading, diameter]


def test_a_struck_zero_stands_behind_a_decimal_mark_or_before_nothing() -> None:
    gray = np.full((140, 320), 255, np.uint8)
    _struck(gray, 22, 40, 12, 22)  # a figure, a comma, a zero
    _struck(gray, 40, 58, 4, 8)
    _struck(gray, 30, 24, 3, 9)  # the tail of a comma of the line above, no letter's
    behind, alone = _struck(gray, 52, 40, 14, 22), _struck(gray, 120, 90, 14, 22)
    diameter = _struck(gray, 220, 40, 15, 22)
    _struck(gray, 248, 40, 12, 22)
    assert without_zeros(gray, [behind, alone, diameter]) == [diameter]
    assert without_zeros(gray, [alone, diameter]) == [alone, diameter]


def test_a_struck_ring_before_a_comma_is_a_zero_and_before_a_point_a_size_without_one() -> None:
    gray = np.full((140, 320), 255, np.uint8)
    zero, diameter = _struck(gray, 40, 40, 14, 22), _struck(gray, 200, 40, 15, 22)
    _struck(gray, 60, 58, 4, 8)
    _struck(gray, 70, 40, 12, 22)
    _struck(gray, 220, 58, 4, 4)
    _struck(gray, 230, 40, 12, 22)
    assert without_zeros(gray, [zero]) == []
    assert without_zeros(gray, [diameter]) == [diameter]


def test_all_struck_rings_of_the_form_of_zeros_are_zeros_where_the_diameter_sign_has_another() -> None:
    gray = np.full((200, 320), 255, np.uint8)
    zeros = []
    for row in (10, 50, 90):
        _struck(gray, 22, row, 12, 22)
        zeros.append(_struck(gray, 40, row, 14, 22))
    first, diameter = _struck(gray, 120, 130, 14, 22), _struck(gray, 220, 129, 24, 24)
    _struck(gray, 138, 130, 12, 22)
    _struck(gray, 248, 130, 12, 22)
    assert without_zeros(gray, [*zeros, first, diameter]) == [diameter]
    assert without_zeros(gray, [zeros[0], first, diameter]) == [first, diameter]


def test_a_stroke_a_letter_further_off_is_heard_before_a_sign_only() -> None:
    free = np.zeros((60, 300), np.bool_)
    free[20:36, 60:74] = True
    sign = (100, 18, 124, 42)
    assert not _goes_on(free, sign, 0.0)
    assert _goes_on(free, sign, 0.0, 1.3, behind=False)
    assert not _goes_on(free, (20, 18, 44, 42), 0.0, 1.3, behind=False)


def test_stacked_deviations_are_taken_apart() -> None:
    sheet = _sheet((80, 40))
    drawn_sheets.put_size(sheet, 10, 15, "91,4", ("+0,05", "-0,02"))
    (gray, _), *_ = decoded(_png(sheet))
    rows, columns = np.nonzero(gray < 150)
    dark = gray[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] < 150
    line, upper, lower = text_pieces(dark)
    assert line[2] < upper[0]
    assert upper[3] <= lower[3]
    assert upper[1] < line[1] < lower[3]


@pytest.mark.parametrize(
    ("read", "text", "doubt"),
    [("∅12,5 H7", "⌀12,5 H7", False), ("012,5", "⌀12,5", True), ("4× M6 ↓ 12", "4× M6 ↧12", False), ("0,05", "0,05", False), ("AIMgSi1", "AlMgSi1", False), ("EN AW-6061 T6", "EN AW-6061 T6", False), ("=67,5 =", "67,5", False), ("Ti-6A1-4V", "Ti-6Al-4V", False), ("Ma βstab: 1:2", "Maßstab: 1:2", False), ("β 12°", "β 12°", False), ("9 THRUALL", "9 THRU ALL", False), ("CBORE⌀10", "CBORE ⌀10", False), ("CSINK015×90°", "CSINK ⌀15×90°", True), ("OVERALL", "OVERALL", False), ("⌀17,72 ρ6", "⌀17,72 p6", True), ("0.5×45⁰", "0.5×45°", False)],
)  # fmt: skip
def test_the_spelling_of_ocr_is_mended_and_guesses_are_told(read: str, text: str, doubt: bool) -> None:
    assert mended(read) == (text, doubt)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_small_scan_is_read_or_asked_about() -> None:
    sheet = _sheet((150, 90))
    sheet.text(15, 70, "4X Ø6.6 THRU")
    sheet.text(15, 55, "M10-6H")
    drawn_sheets.put_size(sheet, 80, 70, "50", ("+0.1", "-0.05"))
    drawn_sheets.put_frame(sheet, 80, 50, ["⟂", "0.05", "A"])
    drawing = read_drawing(_png(sheet, noise=5), "image")
    kinds = {each.kind: each for each in drawing.requirements}
    assert drawing.source == "scan"
    assert (kinds["diameter"].nominal, kinds["diameter"].count, kinds["diameter"].through) == (6.6, 4, True)
    assert kinds["thread"].thread == "M10"
    assert (kinds["length"].lower, kinds["length"].upper) == pytest.approx((49.95, 50.1))
    assert (kinds["tolerance"].characteristic, kinds["tolerance"].datums) == ("perpendicularity", ("A",))


def test_an_empty_page_is_a_picture_without_lines() -> None:
    out = io.BytesIO()
    Image.new("L", (300, 200), 255).save(out, "PNG")
    (gray, dpi), *_ = decoded(out.getvalue())
    assert prepared(gray, dpi).strokes == ()


def test_letters_of_hairlines_are_made_black_and_bold_ones_stay() -> None:
    from PIL import ImageDraw, ImageFont

    def page(ink: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        image = Image.new("L", (1600, 500), 235)
        draw = ImageDraw.Draw(image)
        for row in range(4):
            draw.text((60, 40 + 110 * row), "128.44 THRU 36 H7", fill=ink, font=ImageFont.load_default(32))
        return np.asarray(image)

    for ink in (165, 20):
        sheet = prepared(page(ink), 200)
        assert (sheet.bare < DARK).sum() > 0.5 * (page(ink) < 200).sum(), "as many dots as the strokes have"
        assert np.median(sheet.bare) > 250, "the paper is white"


@pytest.mark.parametrize(
    ("ink", "goes_on"),
    [
        ((), False),
        ((slice(42, 58), slice(104, 110)), True),  # a letter right behind
        ((slice(42, 58), slice(30, 36)), True),  # a stroke right before
        ((slice(42, 58), slice(140, 150)), False),  # one further off
        ((slice(49, 51), slice(104, 116)), False),  # a line of dimension on
        ((slice(70, 90), slice(104, 110)), False),  # below
    ],
)
def test_a_text_beside_ink_of_no_text_may_be_cut(ink: tuple[slice, ...], goes_on: bool) -> None:
    bare = np.full((100, 200), 255, np.uint8)
    box = (40, 40, 100, 60)
    bare[40:60, 40:100] = 0
    if ink:
        bare[ink] = 0
    free = _ink_of_no_text(bare, [box])
    assert _goes_on(free, box, 0.0) is goes_on
    upright = (box[1], box[0], box[3], box[2])
    assert _goes_on(_ink_of_no_text(np.ascontiguousarray(bare.T), [upright]), upright, 90.0) is goes_on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "BEARING BLOCK"),
        ("title", "Führungsbuchse"),
        ("title", "Zahnradwelle"),
        ("finish", "hard anodized, black"),
        ("finish", "verzinkt nach ISO 2081"),
        ("heat_treatment", "case hardened 58-62 HRC"),
        ("material", "EN AW-6082 T6"),
        ("material", "Stahl S355J2+N"),
        ("date", "2026-02-28"),
        ("date", "28.02.26"),
        ("date", "12 Mar 2025"),
        ("scale", "1:2"),
        ("sheet", "1/3"),
        ("revision", "B"),
        ("drawn_by", "A. Weber"),
    ],
)
def test_what_a_field_may_say(name: str, value: str) -> None:
    assert odd_form(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "SHAFI"),
        ("title", "BEARIN BLOCK"),
        ("finish", "anodized bla"),
        ("finish", "zinc pla"),
        ("finish", "25"),
        ("heat_treatment", "quenched and temp"),
        ("material", "Ti-6A1-4V"),
        ("material", "AlMgSil"),
        ("material", "2024-02-28"),
        ("date", "Ma"),
        ("date", "1124-12-28"),
        ("date", "2026-02-31"),
        ("scale", "12"),
        ("revision", "Rev"),
        ("general_tolerance", "ISO 2768-"),
    ],
)
def test_what_a_field_can_not_say_is_asked_about(name: str, value: str) -> None:
    assert odd_form(name, value) is not None


@pytest.mark.parametrize("size", [(9362, 6622), (14043, 9933)])
def test_a_sheet_of_too_many_pixels_is_refused_with_what_to_do(size: tuple[int, int]) -> None:
    """A0 at 200 and at 300 dpi; the latter is beyond what the library of pictures opens."""
    out = io.BytesIO()
    Image.new("1", size, 1).save(out, "TIFF", compression="group4")
    with pytest.raises(BadInput) as error:
        decoded(out.getvalue())
    (found,) = error.value.findings
    assert found.expected == "at most 60,000,000 pixels"
    assert "A0 at 150" in found.remedy
    assert str(size[0]) in found.found or str(size[0] * size[1]) in found.found
