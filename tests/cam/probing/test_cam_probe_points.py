"""Touches that the probe can make without meeting anything else, and programs that other controls read."""

import random
import re
from pathlib import Path

import manifold3d as m3
import msgspec
import pytest
import shapely
from toolpath_text import toolpath_of_text

from nightmill.cam.geometry.solids import box, prism
from nightmill.cam.probing.probe_cycles import (
    BODY_RADIUS_MM,
    RADIUS_MM,
    STANDOFF_MM,
    STYLUS_MM,
    probing_macros,
    probing_program,
)
from nightmill.cam.probing.probe_points import probing_of
from nightmill.cam.toolpath.toolpath import encoded
from nightmill.plant.part_planning.post_processing import write_posts
from nightmill.vocabulary.plan import Probing, Touch

Fixture = tuple[shapely.Polygon, float]


def touches(piece: m3.Manifold, *fixtures: Fixture) -> dict[str, Touch]:
    found = probing_of(piece, fixtures, "1")
    return {touch.axis: touch for touch in found.touches} if found else {}


def block() -> m3.Manifold:
    return box((0, 0, -30), (60, 40, 0))


def jaws(top: float) -> tuple[Fixture, Fixture]:
    return (shapely.box(0, -30, 60, -0.1), top), (shapely.box(0, 40.1, 60, 70), top)


def test_a_block_is_touched_from_above_at_the_left_and_in_front() -> None:
    found = touches(block(), *jaws(-20.0))
    assert found["Z"].at[2] == 0.0
    assert (found["X"].toward, found["X"].at[0]) == (1, 0.0)
    assert (found["Y"].toward, found["Y"].at[1]) == (1, 0.0)


def test_a_side_behind_a_jaw_is_left_to_a_person() -> None:
    assert touches(block(), *jaws(-2.0)).keys() == {"X", "Z"}
    (front, _), (behind, _) = jaws(0.0)
    assert touches(block(), (front, -2.0), (behind, -20.0))["Y"].toward == -1


def test_no_touch_below_an_overhang() -> None:
    hat = block() + box((-20, 0, -30), (60, 40, -22)) + box((-20, -20, -8), (80, 60, 0))
    found = touches(hat)
    assert (found["X"].at[0], found["Y"].at[1]) == (-20.0, -20.0)
    thin = box((0, 0, -30), (60, 40, 0)) + box((-20, -20, -2), (80, 60, 0))
    assert touches(thin).keys() == {"Z"}


def test_a_round_piece_is_touched_at_its_tip() -> None:
    disc = m3.Manifold.cylinder(20.0, 30.0, circular_segments=256).translate((30, 30, -20))
    found = touches(disc)
    assert found["X"].at == pytest.approx((0.0, 30.0, found["X"].at[2]), abs=0.05)


def test_a_tall_clamp_keeps_the_body_of_the_probe_away() -> None:
    tower = (shapely.box(-40, 0, -20, 40), 60.0)
    assert touches(block(), tower)["X"].toward == -1


def test_a_slanted_side_is_not_touched() -> None:
    wedge = m3.Manifold.hull_points(
        [(0, 0, -30), (0, 40, -30), (60, 0, -30), (60, 40, -30), (20, 0, 0), (20, 40, 0), (60, 0, 0), (60, 40, 0)]
    )
    found = touches(wedge)
    assert (found["X"].toward, found["X"].at[0]) == (-1, 60.0)
    lying = m3.Manifold.cylinder(40.0, 10.0, circular_segments=256).rotate((90, 0, 0)).translate((30, 40, -10))
    assert abs(touches(lying)["X"].at[2] + 10.0) < 2.0


def test_a_narrow_top_is_touched_only_where_nothing_lower_is_taken_for_it() -> None:
    rib = box((20, 0, -30), (24, 40, 0))
    assert "Z" in touches(rib)
    assert "Z" in touches(rib + box((0, 0, -30), (60, 40, -11)))
    assert "Z" not in touches(rib + box((0, 0, -30), (60, 40, -4)))
    assert "Z" not in touches(rib, (shapely.box(25, 0, 60, 40), -6.0))


def swept(touch: Touch, clear_z: float) -> m3.Manifold:
    """All that ball, stylus and body sweep on the way down and along to just before the touch, as boxes and cylinders."""
    index = "XYZ".index(touch.axis)
    start = list(touch.at)
    if index < 2:
        start[index] -= touch.toward * (STANDOFF_MM + RADIUS_MM)
    bodies = []
    for share in range(41):
        at = [a + (b - a) * share / 40 for a, b in zip(start, touch.at, strict=True)]
        if index < 2:
            at[index] -= touch.toward * (RADIUS_MM + 0.02) * share / 40
            tip = at[2] - RADIUS_MM
        else:
            tip = at[2] + 0.02
        bodies.append(m3.Manifold.cylinder(clear_z + 100.0, RADIUS_MM).translate((at[0], at[1], tip)))
        bodies.append(m3.Manifold.cylinder(clear_z + 100.0, BODY_RADIUS_MM).translate((at[0], at[1], tip + STYLUS_MM)))
    return m3.Manifold.batch_boolean(bodies, m3.OpType.Add)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_probe_meets_nothing_on_its_way(seed: int) -> None:
    rng = random.Random(seed)
    piece = m3.Manifold()
    for _ in range(6):
        low = [rng.uniform(0, 40), rng.uniform(0, 40), rng.uniform(-40, -10)]
        piece += box(low, [value + rng.uniform(8, 30) for value in low])
    base = shapely.box(-10, -10, 80, 80)
    clamps = [
        (shapely.box(x, y, x + 15, y + 15), rng.uniform(-20, 20))
        for x, y in ((rng.uniform(-20, 70), rng.uniform(-20, 70)) for _ in range(2))
    ]
    low = piece.bounding_box()[2]
    solids = [prism(base, low - 10, low)] + [prism(area, low, top) for area, top in clamps if top > low]
    found = probing_of(piece, [(base, low), *clamps], "1")
    assert found is not None
    for touch in found.touches:
        way = swept(touch, found.clear_z_mm)
        assert (way ^ piece).volume() < 1e-6
        assert all((way ^ solid).volume() < 1e-6 for solid in solids)


def test_the_program_touches_twice_and_corrects_the_offset() -> None:
    probing = probing_of(block(), jaws(-20.0), "1")
    assert probing is not None
    lines = probing_program(probing, ["a part"]).decode().splitlines()
    assert sum(line.startswith("G38.2") for line in lines) == 2 * 3
    assert [line for line in lines if line.startswith("G10")] == [
        "G10 L20 P1 Z[#5422 - #5063 + 0]",
        "G10 L20 P1 X[#5420 - #5061 + 0 - #<radius>]",
        "G10 L20 P1 Y[#5421 - #5062 + 0 - #<radius>]",
    ]
    assert not [line for line in lines if line.startswith("G0 Z-")], "no rapid goes down beside the piece"
    first = [line for line in lines if line.startswith("G0 ")][:2]
    assert first[0].startswith("G0 X"), "across at the machine's zero before down"
    assert first[1].startswith("G0 Z")
    backs = [line for line in lines if line.startswith("G91 G0")]
    assert backs == ["G91 G0 Z1", "G91 G0 X-1", "G91 G0 X-3", "G91 G0 Y-1", "G91 G0 Y-3"], "no further than it has come"


def test_an_axis_that_is_not_touched_is_set_by_hand_as_it_is_to_stay() -> None:
    probing = probing_of(block(), jaws(-2.0), "1")
    assert probing is not None
    assert "set G54 by hand to within 5 mm, exactly in Y, first" in probing_program(probing, []).decode()
    assert "TO WITHIN 5 MM, EXACTLY IN Y, FIRST" in probing_macros(probing, "haas", 901)


def test_macros_touch_the_same_places() -> None:
    probing = probing_of(block(), jaws(-20.0), "1")
    assert probing is not None
    for dialect in ("fanuc", "haas"):
        text = probing_macros(probing, dialect, 901)
        measured = [line for line in text.splitlines() if "P9811" in line]
        assert measured == ["G65 P9811 Z0. S1.", "G65 P9811 X0. S1.", "G65 P9811 Y0. S1."]
        assert re.search(r"^G0 X\S+ Y\S+\nG43 H99 Z", text, re.MULTILINE), "across at the machine's zero before down"
        assert text.count("G65 P9810 Z-7.5 F3000.") == 2, "the ball's lowest point, a radius below its middle"
        assert text.splitlines()[1] == ("O0901" if dialect == "fanuc" else "O00901")


def test_posts_are_written_beside_those_of_the_program(tmp_path: Path) -> None:
    text = "G21 G17 G90 G94 G40 G49 G80 G54\nG53 G0 Z0\nM2\n"
    (tmp_path / "1.ngc").write_text(text)
    (tmp_path / "1.toolpath").write_bytes(encoded(toolpath_of_text(text)))
    probing = Probing("probe-1.ngc", 10.0, (Touch("Z", -1, (1.0, 2.0, 0.0)),))
    files = write_posts([{"program": "1.ngc", "probing": msgspec.to_builtins(probing)}], tmp_path, "haas")
    assert files == ["1.haas.nc", "probe-1.haas.nc", "tools.haas.md"]
    assert "P9832" in (tmp_path / "probe-1.haas.nc").read_text()
