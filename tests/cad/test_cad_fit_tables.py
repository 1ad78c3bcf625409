"""ISO 286: the tables against the standard's formulas, published examples and a second table typed apart."""

import math

import pytest
from workshop_fits import deviations_of

from nightmill.vocabulary.fits import GRADES_UM, UP_TO_MM, deviations

PUBLISHED = [
    # fit, size, lower, upper in µm: examples of ISO 286-2 and of usual handbooks
    ("H7", 50, 0, 25), ("g6", 50, -25, -9), ("p6", 40, 26, 42), ("K6", 40, -13, 3), ("N7", 25, -28, -7), ("P7", 25, -35, -14),
    ("K7", 25, -15, 6), ("M7", 25, -21, 0), ("R7", 25, -41, -20), ("S7", 25, -48, -27), ("u6", 25, 48, 61), ("J7", 25, -9, 12),
    ("j6", 25, -4, 9), ("N9", 8, -36, 0), ("P9", 8, -51, -15), ("JS9", 8, -18, 18), ("c11", 60, -330, -140), ("U8", 30, -81, -48),
    ("X8", 30, -97, -64), ("M6", 300, -41, -9), ("h13", 100, -540, 0), ("k6", 30, 2, 15), ("r6", 60, 41, 60), ("D10", 20, 65, 149),
]  # fmt: skip


@pytest.mark.parametrize(("fit", "size", "lower", "upper"), PUBLISHED)
def test_published_examples(fit: str, size: float, lower: float, upper: float) -> None:
    assert deviations(fit, size) == pytest.approx((lower / 1000, upper / 1000))


def test_the_grades_follow_the_formula_of_the_standard() -> None:
    factors = {5: 7, 6: 10, 7: 16, 8: 25, 9: 40, 10: 64, 11: 100, 12: 160, 13: 250, 14: 400, 15: 640, 16: 1000}
    for grade, factor in factors.items():
        # the first range is rounded up by the standard itself
        for place in range(1, len(UP_TO_MM)):
            high = UP_TO_MM[place]
            middle = math.sqrt(UP_TO_MM[place - 1] * high)  # the geometric mean of the range
            unit = 0.45 * middle ** (1 / 3) + 0.001 * middle
            assert GRADES_UM[grade][place] == pytest.approx(factor * unit, rel=0.12, abs=0.6), (grade, high)


def test_the_two_tables_agree_wherever_both_have_a_value() -> None:
    compared = 0
    for size in (2, 5, 8, 15, 25, 45, 70, 110, 170, 230, 300, 390, 490):
        for letter in ("D", "E", "F", "G", "H", "JS", "d", "e", "f", "g", "h", "js", "k", "m", "n", "p"):
            for grade in range(5, 14):
                ours, theirs = deviations(f"{letter}{grade}", size), deviations_of(f"{letter}{grade}", size)
                assert theirs is not None
                assert ours == pytest.approx(theirs, abs=1e-9), (letter, grade, size)
                compared += 1
    assert compared > 1800


@pytest.mark.parametrize("word", ["I7", "H19", "H0", "h", "L6", "HH7", "k7x"])
def test_what_is_no_fit_has_no_limits(word: str) -> None:
    assert deviations(word, 20) is None


def test_beyond_the_tables_there_are_no_limits() -> None:
    assert deviations("H7", 501) is None
    assert deviations("t6", 20) is None
