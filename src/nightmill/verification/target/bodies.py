"""Load stock and fixtures: boxes, cylinders and closed STL or STEP files as triangles, with a test for points inside."""

import math
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.target.visibility import Rays
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Body

Floats = NDArray[np.float64]
_SIDES = 360
_VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")
_CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
_FACETS = np.array(
    [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
     [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]
)  # fmt: skip


@dataclass(frozen=True)
class Solid:
    """A body as triangles (m, 3, 3), outward, mm; ``body`` describes boxes and cylinders exactly."""

    body: Body
    triangles: Floats

    @cached_property
    def rays(self) -> Rays:
        """Return rays to cast against the triangles."""
        return Rays(self.triangles)

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Return whether each point (n, 3) is inside; for files by the parity of rays along two of the three axes."""
        body = self.body
        if body.min is not None and body.max is not None:
            return np.asarray(np.all((points > np.array(body.min)) & (points < np.array(body.max)), axis=1))
        if body.base is not None and body.axis is not None and body.radius is not None and body.height is not None:
            axis = np.array(body.axis) / np.linalg.norm(body.axis)
            offset = points - np.array(body.base)
            along = offset @ axis
            out = np.linalg.norm(offset - np.outer(along, axis), axis=1)
            return np.asarray((along > 0) & (along < body.height) & (out < body.radius))
        return self.rays.inside(points)


def load_body(body: Body, folder: Path, place: str) -> Solid:
    """Return the triangles of a body; files are looked up in ``folder``. Raises ``BadInput`` with ``place`` in the message."""
    if body.min is not None and body.max is not None:
        low, high = np.array(body.min), np.array(body.max)
        if not np.all(high > low):
            raise _bad("plan.json", place, f"a box from {body.min} to {body.max}", "max above min on each axis")
        return Solid(body, (low + _CORNERS * (high - low))[_FACETS].astype(np.float64))
    if body.base is not None and body.axis is not None and body.radius is not None and body.height is not None:
        if body.radius <= 0 or body.height <= 0 or np.linalg.norm(body.axis) < 1e-9:
            raise _bad("plan.json", place, "a cylinder without size or axis", "radius and height above 0, an axis")
        return Solid(body, _cylinder(np.array(body.base), np.array(body.axis), body.radius, body.height))
    assert body.file is not None
    return Solid(body, load_triangles(folder / body.file, place))


def load_triangles(path: Path, place: str) -> Floats:
    """Return triangles (m, 3, 3) of an STL or STEP file in mm; raises ``BadInput``."""
    suffix = path.suffix.lower()
    if suffix in (".step", ".stp"):
        from nightmill.cad import load_solid
        from nightmill.verification.target.surface_samples import triangles_of

        return triangles_of(load_solid(path))
    if suffix != ".stl":
        raise _bad(str(path), place, f"a {suffix or 'nameless'} file", "an STL or STEP file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _bad(str(path), place, f"no readable file ({error.strerror})", "a closed STL file") from error
    return _stl(content, path, place)


def _stl(content: bytes, path: Path, place: str) -> Floats:
    count = struct.unpack("<I", content[80:84])[0] if len(content) >= 84 else 0
    if count and len(content) == 84 + 50 * count:
        record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
        return np.asarray(np.frombuffer(content, dtype=record, offset=84)["corners"], dtype=np.float64)
    found = _VERTEX.findall(content)
    if not found or len(found) % 3:
        raise _bad(str(path), place, "no whole triangles", "a binary or text STL file")
    try:
        numbers = np.array([[float(value) for value in vertex] for vertex in found])
    except ValueError as error:
        raise _bad(str(path), place, str(error), "numbers after 'vertex'") from error
    return numbers.reshape(-1, 3, 3)


def _cylinder(base: Floats, axis: Floats, radius: float, height: float) -> Floats:
    w = axis / np.linalg.norm(axis)
    u = np.cross(w, [1.0, 0.0, 0.0] if abs(w[0]) < 0.9 else [0.0, 1.0, 0.0])
    u /= np.linalg.norm(u)
    v = np.cross(w, u)
    angle = np.arange(_SIDES + 1) * (2 * math.pi / _SIDES)
    ring = base + radius * (np.outer(np.cos(angle), u) + np.outer(np.sin(angle), v))
    lift = height * w
    a, b = ring[:-1], ring[1:]
    low, high = np.broadcast_to(base, a.shape), np.broadcast_to(base + lift, a.shape)
    sides = [np.stack(t, axis=1) for t in ((a, b, b + lift), (a, b + lift, a + lift), (low, b, a))]
    return np.concatenate([*sides, np.stack((high, a + lift, b + lift), axis=1)])


def _bad(file: str, place: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding(file, place, found, expected, "Repair the file or correct the reference to it."))
