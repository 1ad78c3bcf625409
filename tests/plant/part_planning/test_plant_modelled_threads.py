"""A thread that a model shows is asked for by the name that its diameters have."""

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from nightmill.cad import PartModel
from nightmill.cad.brep.records import ModelledThread
from nightmill.plant.part_planning.modelled_threads import nominal_mm, threads_of


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


def _showing(thread: ModelledThread) -> PartModel:
    return cast("PartModel", SimpleNamespace(threads=(thread,)))


def test_a_left_hand_thread_is_noted_and_not_cut_right_hand() -> None:
    right = ModelledThread((7, 8), (6,), True, 1.25, 6.647, 8.0, 10.0, 10.0)
    assert [thread.diameter_mm for thread in threads_of(_showing(right), ())[0]] == [8.0]
    threads, notes = threads_of(_showing(msgspec.structs.replace(right, left_hand=True)), ())
    assert threads == ()
    assert "left-hand: no program cuts it" in notes[0]
