"""What certified programs leave to another process is told to people wherever they look."""

from nightmill.plant.part_planning.unmachined_notes import unfinished
from nightmill.vocabulary.plan import Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason


def test_a_large_rest_is_one_note_by_reason_the_largest_first() -> None:
    left = (
        Uncut(faces=(3,), area_mm2=40.0, reason="too deep"),
        Uncut(faces=(15,), area_mm2=900.0, reason="undercut"),
        Uncut(faces=(14,), area_mm2=300.0, reason="undercut"),
    )
    (note,) = unfinished(left, area_mm2=20_000.0)
    assert "left to another process: 1,200 mm² of faces 14, 15 (undercut); 40 mm² of face 3 (too deep)" in note


def test_sharp_corners_are_no_note_and_slight_reasons_are_not_named() -> None:
    assert unfinished((Uncut(faces=(1,), area_mm2=3.0, reason="inner corner"),), area_mm2=20_000.0) == ()
    assert unfinished((), area_mm2=20_000.0) == ()
    left = (
        Uncut(faces=tuple(range(9)), area_mm2=500.0, reason="undercut"),
        Uncut(faces=(1,), area_mm2=1.0, reason="slight"),
    )
    (note,) = unfinished(left, area_mm2=20_000.0)
    assert "500 mm² of 9 faces (undercut)" in note
    assert "slight" not in note


def test_a_cavity_that_no_process_makes_is_not_left_to_another_one() -> None:
    assert unfinished((Uncut.of((6, 7), 900.0, UncutReason.CLOSED),), area_mm2=20_000.0) == ()
