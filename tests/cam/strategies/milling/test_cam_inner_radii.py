"""How wide a mill inner corners, slots and bores let in."""

import dataclasses

import msgspec
import numpy as np
import pytest
from drilled_block import drilled_part

from nightmill.cad.brep.records import Face, PartModel
from nightmill.cam.strategies.milling.inner_radii import ROUND_ROOM_MM, inner_of


def quarter(face: Face, number: int, y: float, span: tuple[float, float]) -> Face:
    """A quarter of a cylinder of 1 mm radius about a line along Z."""
    return msgspec.structs.replace(face, id=number, origin=(20.0, y, 0.0), radius_mm=1.0, sweep_deg=90.0, span_mm=span)


def with_quarters(*quarters: tuple[float, tuple[float, float]]) -> PartModel:
    """A block whose only round faces are quarters: where their axes lie along Y, and their spans along it."""
    part, _ = drilled_part(None)
    faces = tuple(quarter(part.faces[0], number, y, span) for number, (y, span) in enumerate(quarters))
    return dataclasses.replace(part, faces=faces)


@pytest.mark.parametrize(
    ("quarters", "room"),
    [
        ([(15.0, (4.0, 12.0)), (15.0, (4.0, 12.0))], ROUND_ROOM_MM),
        ([(15.0, (4.0, 12.0)), (18.0, (4.0, 12.0))], 0.0),
        ([(15.0, (4.0, 8.0)), (15.0, (8.0, 12.0))], 0.0),
    ],
    ids=["the end of a slot", "two corners of a pocket", "a corner in two pieces"],
)
def test_a_slots_end_of_two_quarters_lets_in_no_mill_of_its_own_width(
    quarters: list[tuple[float, tuple[float, float]]], room: float
) -> None:
    part = with_quarters(*quarters)
    (found,) = inner_of(part, np.eye(4), frozenset(range(len(quarters))), 12.0)
    assert found.width_mm == pytest.approx(2.0 - room)
    assert found.depth_mm == pytest.approx(8.0)
