"""The page's own letters as witnesses: a misread figure, a lost point and a lone figure are doubted, right lines aren't."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "benchmarks"))

import drawn_fonts

from nightmill.intake.drawing.grammar.feature_control_frames import read_frame
from nightmill.intake.drawing.ocr.glyph_check import Witness, witnessed
from nightmill.intake.drawing.ocr.preprocess import depth_arrows

Gray = NDArray[np.uint8]
LINES = ("12,5 H7", "78,4", "3690", "R12,5", "4x M6", "78,4±0,1", "93", "0,25")


def _ink(text: str, *, noise: float = 8.0, size: int = 34, lean: float = 0.0) -> Gray:
    """A line of text as a scan shows it, cut at its ink."""
    font = ImageFont.truetype(str(drawn_fonts.usual_fonts()["vera"]), size)
    page = Image.new("L", (40 + size * len(text), 3 * size), 255)
    ImageDraw.Draw(page).text((15 + 0.7 * size, size / 2), text, fill=0, font=font)
    if lean:
        page = page.transform(page.size, Image.Transform.AFFINE, (1, lean, -lean * size, 0, 1, 0), fillcolor=255)
    grain = np.random.default_rng(len(text)).normal(0, noise, (page.height, page.width))
    gray = np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8)
    rows, columns = np.flatnonzero((gray < 150).any(axis=1)), np.flatnonzero((gray < 150).any(axis=0))
    return np.ascontiguousarray(gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def doubted(lines: list[tuple[Gray, str, bool]]) -> list[bool]:
    return [word is Witness.DOUBTED for word in witnessed(lines)]


def _with(drawn: str, read: str) -> bool:
    """Whether ``drawn`` read as ``read`` is doubted among lines that were read rightly."""
    return doubted([*((_ink(each), each, True) for each in LINES), (_ink(drawn), read, True)])[-1]


def test_lines_that_were_read_rightly_are_believed() -> None:
    assert doubted([(_ink(each), each, True) for each in LINES]) == [False] * len(LINES)


def test_a_line_of_which_every_letter_has_a_twin_is_confirmed() -> None:
    lines = [*((_ink(each), each, True) for each in LINES), (_ink("7,5"), "7,5", False), (_ink("G 7"), "G 7", False)]
    assert witnessed(lines)[-2:] == [Witness.CONFIRMED, Witness.SILENT], "there is no other G"


@pytest.mark.parametrize(("drawn", "read"), [("75", "15"), ("7", "1"), ("18,4", "13,4"), ("26", "20"), ("69", "60")])
def test_a_figure_that_looks_like_another_is_doubted(drawn: str, read: str) -> None:
    assert not _with(drawn, drawn)
    assert _with(drawn, read)


@pytest.mark.parametrize(("drawn", "read"), [("78,4", "784"), ("12,5", "12.51"), ("100", "10")])
def test_another_count_of_glyphs_is_doubted(drawn: str, read: str) -> None:
    assert _with(drawn, read)


def test_letters_of_a_word_may_touch_where_figures_may_not() -> None:
    ink = _ink("93 MAX")
    dark = np.flatnonzero((ink < 150).any(axis=0))
    joined = ink.copy()
    joined[len(ink) // 2, dark[-1] // 2 : dark[-1]] = 0  # a stroke through the word
    assert doubted([*((_ink(each), each, True) for each in LINES), (joined, "93 MAX", True)])[-1] is False
    across = _ink("9369")
    across[len(across) // 2] = 0
    assert doubted([*((_ink(each), each, True) for each in LINES), (across, "9369", True)])[-1] is True


def test_a_figure_alone_on_its_page_is_held_against_a_usual_font() -> None:
    assert doubted([(_ink("4"), "4", True)]) == [False]
    assert doubted([(_ink("4"), "1", True)]) == [True]


def test_unsure_lines_are_no_witnesses() -> None:
    wrong = [(_ink("7"), "1", False), (_ink("7"), "1", False)]
    right = [(_ink(each), each, True) for each in LINES]
    assert doubted([*right, *wrong]) == [False] * len(LINES) + [True, True]


def test_a_slanting_five_is_no_arrow() -> None:
    for size in (26, 30, 34, 40):
        for lean in (0.2, 0.3, 0.4):
            assert depth_arrows(_ink("565", lean=lean, size=size), 200 / 25.4) == []


def test_a_datum_whose_modifier_lost_its_ring_is_asked_about() -> None:
    for cell, asked in (("AM", True), ("A", False), ("AA", False), ("A-B", False), ("A(M)", False)):
        frame = read_frame(["⌖", "⌀0,05", cell])
        assert frame is not None
        assert bool(frame.flags) is asked, cell
