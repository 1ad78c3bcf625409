"""A thread that a model shows is asked for by the name that its diameters have."""

import pytest

from nightmill.plant.thread_asks import nominal_mm


@pytest.mark.parametrize(
    ("least", "most", "pitch", "size"),
    [
        (20.524, 22.205, 1.5, 22.0),  # M22 x 1.5 with play
        (6.647, 8.0, 1.25, 8.0),  # the basic profile
        (4.134, 5.2, 0.8, 5.0),
        (5.0, 6.35, 1.27, 6.35),  # 1/4-20: no half millimetre has that core
        (6.35, 7.2, 1.0, 7.43),  # no usual size at all
    ],
)
def test_a_thread_is_called_by_its_core(least: float, most: float, pitch: float, size: float) -> None:
    assert nominal_mm(least, most, pitch) == pytest.approx(size)
