"""Draw the picture of a setup sheet as an SVG: the piece, its holding and the zero point as seen on the machine.

There are two views: from the operator's side, looking down at an angle, and along the spindle. The lines are sharp edges
and outlines; a z-buffer hides them where something is in front. The incoming piece is a dashed box that hides nothing.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nightmill.cam.geometry.mesh_edges import Edges, edges_of
from nightmill.cam.geometry.solids import triangles_of_stl
from nightmill.cam.geometry.visible_surface import HeightMap, height_map
from nightmill.vocabulary.plan import Body, Setup

Floats = NDArray[np.float64]
Vector = tuple[float, float, float]
Box = tuple[Vector, Vector]
Screen = Callable[[Floats], Floats]
"""A function that maps points [..., 3] in work coordinates to points [..., 2] in the picture, px."""
SIDE, GAP, HEAD = 440.0, 24.0, 40.0
ROUND = 32
PIXELS = 440
PIECE_PX = 3.0
"""Size of the z-buffer along the longer side, in pixels; length of the segments into which a line is split for hidden-line removal."""
PART, HELD, PIECE = "#1f3a5f", "#8a5a1c", "#777777"
AXES = (("X", "#b3261e"), ("Y", "#1b6e3c"), ("Z", "#0b57d0"))
OBLIQUE = np.array([[0.866, 0.5, 0.0], [-0.35, 0.606, 0.714], [0.357, -0.618, 0.7]])
ALONG_SPINDLE = np.eye(3)
BESIDE_LATHE = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""The directions right, up and towards the viewer, one per row."""


@dataclass(frozen=True)
class _Solid:
    """Triangles [n, 3, 3] in work coordinates, mm, with colour and name."""

    corners: Floats
    colour: str
    name: str

    @cached_property
    def sides(self) -> Edges:
        """Return the sides of the solid's triangles, computed once for all views."""
        return edges_of(self.corners)


def setup_picture(
    vertices: Floats, triangles: NDArray[np.int32], setup: Setup, piece: Box | None, files: dict[str, bytes]
) -> bytes:
    """Return the SVG (UTF-8) of one setup.

    ``vertices`` [n, 3] and ``triangles`` [m, 3] are the finished part in model coordinates, ``piece`` the low and high corner of the
    box around the incoming piece in work coordinates, mm; ``files`` holds the STL files that the setup's fixtures name.
    """
    placed = vertices @ np.array(setup.model_to_work)[:3, :3].T + np.array(setup.model_to_work)[:3, 3]
    part = _Solid(placed[triangles], PART, "finished part")
    held = [_Solid(_triangles_of(body, files), HELD, body.name or "fixture") for body in setup.fixtures]
    raw = [_Solid(_box(*map(np.array, piece)), PIECE, "incoming piece")] if piece else []
    beside = BESIDE_LATHE if setup.kind == "turn" else OBLIQUE
    views = [
        _view("from the operator's side", beside, GAP, part, held, raw),
        _view("along the spindle", ALONG_SPINDLE, 2 * GAP + SIDE, part, held, raw),
    ]
    width, height = 2 * SIDE + 3 * GAP, SIDE + HEAD + GAP
    title = f"setup {setup.name}, {setup.work_offset}: {setup.workholding}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>', *views, "</svg>", "",
    ]).encode()  # fmt: skip


def bar_box(bar: Body, setup: Setup) -> Box | None:
    """Return the box around a round bar (in model coordinates, along the spindle) in the setup's work coordinates, mm."""
    if bar.base is None or bar.axis is None or bar.radius is None or bar.height is None:
        return None
    matrix = np.array(setup.model_to_work)
    ends = np.array([bar.base, np.array(bar.base) + np.array(bar.axis) * bar.height]) @ matrix[:3, :3].T + matrix[:3, 3]
    x, y, z = ends.min(axis=0)
    return (x - bar.radius, y - bar.radius, z), (x + bar.radius, y + bar.radius, ends[:, 2].max())


def _view(title: str, turn: Floats, left: float, part: _Solid, held: list[_Solid], raw: list[_Solid]) -> str:
    """Return one view in a square of ``SIDE`` px, all scaled to fit."""
    corners = np.concatenate([each.corners.reshape(-1, 3) for each in (part, *held)]) @ turn.T
    before = height_map(corners, np.arange(len(corners), dtype=np.int32).reshape(-1, 3), PIXELS)
    everything = np.concatenate([corners, *(each.corners.reshape(-1, 3) @ turn.T for each in raw)])
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = (SIDE - 2 * GAP) / max(float((high - low)[:2].max()), 1e-9)
    middle = 0.5 * (low + high)

    def screen(points: Floats) -> Floats:
        seen = (points - middle) * scale
        return np.stack([left + SIDE / 2 + seen[..., 0], HEAD + SIDE / 2 - seen[..., 1]], axis=-1)

    drawn = [f'<text x="{left:.0f}" y="{HEAD - 16:.0f}" fill="#444">{html.escape(title)}</text>']
    dashed = ' stroke-dasharray="6 4" stroke-width="0.8"'
    drawn += [_path(screen(_edges(solid, turn)), solid, dashed) for solid in raw]
    for solid in (*held, part):
        pieces = _pieces(_edges(solid, turn), PIECE_PX / scale)
        seen = _not_hidden(pieces.mean(axis=1), before)
        drawn.append(_path(screen(_joined(pieces[seen])), solid, f' stroke-width="{1.3 if solid is part else 1.0}"'))
    return "\n".join([*drawn, _zero_point(lambda points: screen(points @ turn.T), 0.2 * float((high - low)[:2].max()))])


def _path(lines: Floats, solid: _Solid, style: str) -> str:
    path = "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in lines)
    return (
        f'<path d="{path}" stroke="{solid.colour}" fill="none"{style}><title>{html.escape(solid.name)}</title></path>'
    )


def _pieces(lines: Floats, length: float) -> Floats:
    """Return lines [k, 2, 3] cut into segments of at most ``length``, in order along each line."""
    counts = np.maximum(1, np.ceil(np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1) / length)).astype(int)
    owner = np.repeat(np.arange(len(lines)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    start, step = lines[owner, 0], (lines[owner, 1] - lines[owner, 0]) / counts[owner, None]
    return np.stack([start + number[:, None] * step, start + (number[:, None] + 1) * step], axis=1)


def _joined(pieces: Floats) -> Floats:
    """Join segments into one line if each starts where the previous one ends."""
    if not len(pieces):
        return pieces
    along = pieces[:, 1] - pieces[:, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    goes_on = (np.abs(pieces[1:, 0] - pieces[:-1, 1]).max(axis=1) < 1e-9) & (np.abs(along[1:] - along[:-1]).max(axis=1) < 1e-6)  # fmt: skip
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    last = np.concatenate([first[1:] - 1, [len(pieces) - 1]])
    return np.stack([pieces[first, 0], pieces[last, 1]], axis=1)


def _not_hidden(points: Floats, before: HeightMap) -> NDArray[np.bool_]:
    """Return which points are visible: nothing nearer to the viewer lies within a pixel of them."""
    around = [before.at(points + before.pixel * np.array([dx, dy, 0.0])) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return np.asarray(points[:, 2] >= np.min(around, axis=0) - 0.5 * before.pixel)


def _edges(solid: _Solid, turn: Floats) -> Floats:
    """Return as [k, 2, 3] the outline, and the sharp edges of triangles that face the viewer (the viewing direction is
    down the third axis).
    """
    found = solid.sides
    # the last element represents the missing neighbour of an open edge
    faces = np.append(found.normals @ turn[2] > 1e-9, False)
    one, other = faces[found.first], faces[found.second]
    return np.asarray(found.ends[(found.sharp & (one | other)) | (one != other)] @ turn.T)


def _zero_point(screen: Screen, length: float) -> str:
    """Draw the axes of the work coordinates at the zero point."""
    marks = []
    for axis, (name, colour) in enumerate(AXES):
        tip = np.zeros(3)
        tip[axis] = length
        (x0, y0), (x1, y1) = screen(np.zeros(3)), screen(tip)
        if np.hypot(x1 - x0, y1 - y0) < 1.0:
            continue
        marks.append(
            f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" stroke-width="2"/>'
        )
        marks.append(f'<text x="{x1 + 3:.1f}" y="{y1 - 3:.1f}" fill="{colour}">{name}</text>')
    x, y = screen(np.zeros(3))
    return "".join(
        [*marks, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#000"><title>zero point</title></circle>']
    )


def _triangles_of(body: Body, files: dict[str, bytes]) -> Floats:
    """Return triangles [n, 3, 3] of a fixture."""
    if body.file:
        return triangles_of_stl(files[body.file])
    if body.min is not None and body.max is not None:
        return _box(np.array(body.min), np.array(body.max))
    assert body.base is not None
    assert body.axis is not None
    return _cylinder(np.array(body.base), np.array(body.axis) * (body.height or 0.0), body.radius or 0.0)


def _box(low: Floats, high: Floats) -> Floats:
    corner = np.array([[(low, high)[k >> axis & 1][axis] for axis in range(3)] for k in range(8)])
    quads = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
    return np.asarray(corner[np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])])


def _cylinder(base: Floats, along: Floats, radius: float) -> Floats:
    axis = along / np.linalg.norm(along)
    across = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    across /= np.linalg.norm(across)
    turn = 2 * np.pi * np.arange(ROUND + 1)[:, None] / ROUND
    ring = base + radius * (np.cos(turn) * across + np.sin(turn) * np.cross(axis, across))
    a, b, top = ring[:-1], ring[1:], ring + along
    c, d = top[:-1], top[1:]
    middle, over = np.broadcast_to(base, a.shape), np.broadcast_to(base + along, a.shape)
    faces = [(a, b, d), (a, d, c), (middle, b, a), (over, c, d)]
    return np.concatenate([np.stack(each, axis=1) for each in faces])
