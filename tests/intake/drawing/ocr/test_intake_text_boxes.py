"""Boxes of text on a scan: what the detector covers badly is parted, grown and freed of lines."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.intake.drawing.ocr.preprocess import Sheet, runs_up
from nightmill.intake.drawing.ocr.text_boxes import text_boxes
from nightmill.intake.drawing.page import Stroke


def page(*black: tuple[int, int, int, int], wall: float | None = None) -> Sheet:
    """A white sheet of 10 pixels a mm with black boxes (left, top, right, bottom), and an upright ruled line in mm."""
    bare = np.full((200, 400), 255, dtype=np.uint8)
    for x0, y0, x1, y1 in black:
        bare[y0:y1, x0:x1] = 0
    strokes = () if wall is None else (Stroke(((wall, 0.0), (wall, 20.0))),)
    return Sheet(bare, bare, 10.0, strokes)


def corners(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float64]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def word(x: int, y: int, letters: int, high: int = 20) -> list[tuple[int, int, int, int]]:
    return [(x + 14 * place, y, x + 14 * place + 10, y + high) for place in range(letters)]


def test_lines_that_share_rows_are_parted_between_them() -> None:
    sheet = page(*word(50, 50, 5), *word(50, 74, 5))
    boxes = text_boxes(sheet, [corners(48, 46, 120, 78), corners(48, 68, 120, 98)])
    assert sorted(boxes) == [(50, 50, 116, 70), (50, 74, 116, 94)]


def test_a_leaders_end_is_taken_out_and_a_letter_is_not() -> None:
    leader = [(20 + step, 150 - step, 24 + step, 153 - step) for step in range(80)]
    sheet = page(*word(95, 50, 4), *leader)
    boxes = text_boxes(sheet, [corners(90, 48, 150, 80)])
    assert boxes == [(95, 50, 147, 70)]
    touched = page(*word(95, 50, 4), *((20 + step, 140 - step, 24 + step, 143 - step) for step in range(80)))
    (box,) = text_boxes(touched, [corners(90, 48, 150, 80)])
    assert touched.bare[50:70, 95:105].max() == 0
    assert box[0] <= 95


def test_a_box_grows_to_the_letters_it_cuts() -> None:
    sheet = page(*word(50, 50, 5))
    assert text_boxes(sheet, [corners(48, 48, 110, 72)]) == [(50, 50, 116, 70)]


@pytest.mark.parametrize("wall", [9.4, 9.9, 10.4])
def test_a_text_that_reaches_over_its_cell_is_cut_between_words(wall: float) -> None:
    first, second = word(50, 50, 4), word(115, 50, 4)
    sheet = page(*first, *second, wall=wall)
    assert sorted(text_boxes(sheet, [corners(48, 48, 170, 72)])) == [(50, 50, 102, 70), (115, 50, 167, 70)]


def test_two_figures_above_each_other_run_up_the_page() -> None:
    dark = np.zeros((53, 37), dtype=bool)
    dark[0:24, 3:37] = dark[29:53, 0:35] = True
    assert runs_up(dark)
    dark[24:29, 10:20] = True  # one letter
    assert not runs_up(dark)
    assert not runs_up(np.ones((20, 60), dtype=bool))
