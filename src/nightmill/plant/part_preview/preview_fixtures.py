"""Mesh fixtures, mesh raw pieces and tabs as lines for pictures: the sharp edges of each, in model coordinates."""

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nightmill.cam import edges_of
from nightmill.vocabulary.plan import Plan, Setup, Tab

MAX_LINES = 3000
"""Maximum number of lines per setup; the longest are kept."""
_HEADER, _FACET = 80, 50

Floats = NDArray[np.float64]


def fixture_lines(plan: Plan, files: Mapping[str, bytes]) -> list[list[float]]:
    """Return the lines of each setup as a flat list of x, y, z for both ends, mm; boxes and cylinders need none.

    ``files`` holds the binary STL files referenced in ``plan``; meshes without a file aren't drawn.
    """
    return [_setup_lines(setup, files) for setup in plan.setups]


def stock_lines(plan: Plan, files: Mapping[str, bytes]) -> list[float]:
    """Return the lines of a raw piece that is a mesh, in the same form; none for a box or a cylinder."""
    content = files.get(plan.stock.file or "", b"")
    return _flat_lines(_sharp_edges(content), np.eye(4))


def _setup_lines(setup: Setup, files: Mapping[str, bytes]) -> list[float]:
    meshes = [files[body.file] for body in setup.fixtures if body.file and body.file in files]
    lines = [_sharp_edges(content) for content in meshes] + [_outline(tab) for tab in setup.tabs]
    return _flat_lines(np.concatenate([np.zeros((0, 2, 3)), *lines]), np.array(setup.model_to_work))


def _sharp_edges(content: bytes) -> Floats:
    """Return the sharp edges of a mesh (n, 2, 3)."""
    found = edges_of(stl_triangles(content))
    return found.ends[found.sharp]


def _flat_lines(some: Floats, frame: Floats) -> list[float]:
    """Return the longest of ``some`` lines (n, 2, 3) as a flat list, transformed back from the coordinates of ``frame``."""
    some = some[np.argsort(-np.linalg.norm(some[:, 1] - some[:, 0], axis=1), kind="stable")[:MAX_LINES]]
    rounded: list[float] = np.round((some.reshape(-1, 3) - frame[:3, 3]) @ frame[:3, :3], 2).ravel().tolist()
    return rounded


def stl_triangles(content: bytes) -> Floats:
    """Return the triangles (m, 3, 3) of a binary STL file, none if the file isn't one."""
    count = struct.unpack("<I", content[_HEADER : _HEADER + 4])[0] if len(content) >= _HEADER + 4 else 0
    if len(content) != _HEADER + 4 + _FACET * count:
        return np.zeros((0, 3, 3))
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    return np.asarray(np.frombuffer(content, dtype=record, offset=_HEADER + 4)["corners"], dtype=np.float64)


def _outline(tab: Tab) -> Floats:
    """Return the foot of a tab on the part as four lines."""
    along = np.array([*tab.along, 0.0]) * tab.width_mm / 2
    foot, up = np.array(tab.at), np.array([0.0, 0.0, tab.height_mm])
    corners = np.array([foot - along, foot + along, foot + along + up, foot - along + up])
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
