"""Threads as people write them."""

import pytest

from nightmill.formats import thread_asked
from nightmill.vocabulary.plan import Thread


def test_sizes_with_and_without_pitch() -> None:
    assert thread_asked("M6:12,13") == Thread(6.0, 1.0, (12, 13))
    assert thread_asked("M6x0.75:12@10") == Thread(6.0, 0.75, (12,), 10.0)
    assert thread_asked("m10:4").pitch_mm == 1.5


@pytest.mark.parametrize(
    ("text", "diameter", "turns"),
    [
        ("1/4-20:3", 0.25, 20),
        ("3/8-16UNC-2A:3", 0.375, 16),
        ("1 1/4-12 UNF:3", 1.25, 12),
        ("1-8:3", 1.0, 8),
        ("#10-32:3", 0.19, 32),
        ("10-32 UNF-2B:3", 0.19, 32),
        ("4-40:3", 0.112, 40),
        ("#0-80:3", 0.06, 80),
        ("#4-36:3", 0.112, 36),
        ("2-4.5 UNC:3", 2.0, 4.5),
        ("1.035-40 UNS:3", 1.035, 40),
        (".535-40:3", 0.535, 40),
    ],
)
def test_inch_sizes_are_those_of_asme_b1_1(text: str, diameter: float, turns: int) -> None:
    found = thread_asked(text)
    assert (found.diameter_mm, found.pitch_mm) == pytest.approx((diameter * 25.4, 25.4 / turns), rel=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("M6", "faces"),
        ("M6:a", "faces"),
        ("M6:3@deep", "faces"),
        ("1/4:3", "not a thread such as"),
        ("#13-20:3", "not a thread such as"),
        ("1/0-20:3", "not a thread such as"),
        ("1/4-0:3", "pitch_mm"),
        ("M7.3:3", "no coarse pitch"),
        ("M6x5:3", "pitch_mm"),
        ("M6:3@-2", "depth_mm"),
    ],
)
def test_what_is_no_thread_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        thread_asked(text)
