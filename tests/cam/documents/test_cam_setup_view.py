"""The picture of a setup: what stands in sight is drawn, what stands behind isn't, and all keeps its place."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from nightmill.cam.documents.setup_view import _box, setup_picture
from nightmill.vocabulary.plan import Body, Setup, Vector

UNMOVED = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
CUBE = _box(np.array([10.0, 10.0, -20.0]), np.array([30.0, 30.0, -0.5])).reshape(-1, 3)
PIECE = ((8.0, 8.0, -22.0), (32.0, 32.0, 0.0))


def box(low: Vector, high: Vector) -> Body:
    return Body(kind="box", min=low, max=high, name="jaw")


def drawn(*fixtures: Body, files: dict[str, bytes] | None = None) -> list[dict[str, list[list[float]]]]:
    """Lines [x0, y0, x1, y1] by name of what they show, for both views."""
    setup = Setup("1", "mill", "1.ngc", "G54", UNMOVED, fixtures, workholding="a vise & jaws")
    corners = np.arange(len(CUBE), dtype=np.int32).reshape(-1, 3)
    root = ET.fromstring(setup_picture(CUBE, corners, setup, PIECE, files or {}))
    views: list[dict[str, list[list[float]]]] = [{}, {}]
    middle = float(root.attrib["viewBox"].split()[2]) / 2
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        found = [[float(v) for v in line] for line in re.findall(r"M(\S+) (\S+)L(\S+) (\S+?)(?=M|$)", path.attrib["d"])]
        name = path[0].text or ""
        # paths come view by view, so a name that is known belongs to the second
        view = views[1] if name in views[0] else views[0]
        view[name] = found
        assert all((line[0] < middle) == (view is views[0]) for line in found)
    return views


def test_what_the_part_hides_is_not_drawn() -> None:
    beside, along = drawn(box((14.0, 14.0, -40.0), (26.0, 26.0, -20.0)))
    assert along["jaw"] == []
    assert beside["jaw"]
    assert len(along["finished part"]) == 4


def test_what_stands_beside_the_part_is_drawn_whole_and_in_its_place() -> None:
    _, along = drawn(box((-20.0, 12.0, -20.0), (8.0, 28.0, -10.0)))
    jaw, part = np.array(along["jaw"]), np.array(along["finished part"])
    assert len(jaw) == 4
    assert jaw[:, [0, 2]].max() < part[:, [0, 2]].min()
    scale = (part[:, [0, 2]].max() - part[:, [0, 2]].min()) / 20.0
    assert (jaw[:, [0, 2]].max() - jaw[:, [0, 2]].min()) / scale == pytest.approx(28.0, abs=0.1)


def test_a_cylinder_and_a_solid_from_a_file_are_drawn() -> None:
    corners = _box(np.array([40.0, 10.0, -20.0]), np.array([50.0, 30.0, -5.0]))
    rows = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("mark", "<u2")])
    rows["corners"] = corners
    stl = bytes(80) + len(rows).to_bytes(4, "little") + rows.tobytes()
    pin = Body(kind="cylinder", base=(-10.0, 20.0, -20.0), axis=(0.0, 0.0, 1.0), radius=5.0, height=15.0, name="pin")
    _, along = drawn(Body(file="a.stl", name="soft jaw"), pin, files={"a.stl": stl})
    assert len(along["soft jaw"]) == 4
    ring = np.array(along["pin"])
    wide, high = (ring[:, [k, k + 2]].max() - ring[:, [k, k + 2]].min() for k in (0, 1))
    assert wide == pytest.approx(high, rel=0.02)
