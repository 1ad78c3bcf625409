"""Why patches stay uncut."""

import manifold3d as m3
from swept_moves import part_of

from nightmill.cam.planning.uncut_reasons import closed_in


def test_only_what_turns_its_outside_inwards_is_a_cavity() -> None:
    cube = m3.Manifold.cube((10.0, 10.0, 10.0))
    hollow = cube - m3.Manifold.cube((4.0, 4.0, 4.0)).translate((3, 3, 3))
    assert len(closed_in(part_of(hollow).mesh)) == 6
    beside = cube + cube.translate((20, 0, 0))
    assert not len(closed_in(part_of(beside).mesh)), "a second piece"
