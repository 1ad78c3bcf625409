"""Hold the piece: first in a vise on the grip allowance of the raw piece, then in soft jaws cut to its outline.

A piece too wide for a vise lies between rails on a fixture plate, and edge clamps press one rail. Fixtures are given as
solids in work coordinates for the checks, and as areas with a top height for the paths.
"""

import math
from dataclasses import dataclass, field

import manifold3d as m3
import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.clamping_limit import VISE_N
from nightmill.cam.fixturing.clamping_forces import EDGE_CLAMP_N, VISE_OPENING_MM
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.geometry.polygon_overlay import joined, minus
from nightmill.cam.geometry.solids import area_of, parts, prism, shadow, stl_of
from nightmill.vocabulary.plan import Body, Tab

JAW_GAP_MM = 0.02
BED_MM = 20.0
RELIEF_MM = 8.0
LEDGE_MM = 2.0
SECTIONS = 5
"""Sections that the nest stays clear of, besides the outline that it grips."""


EDGE_CLAMP_MM, EDGE_CLAMP_WIDE_MM, EDGE_CLAMP_EVERY_MM = 15.0, 40.0, 120.0
"""Depth and width of an edge clamp, and the spacing of edge clamps."""


@dataclass(frozen=True)
class Standing:
    """The piece before a setup, in work coordinates: setup number, part, piece, height of the lowest surface still to be
    cut, and the finished holes.
    """

    number: int
    part: m3.Manifold
    piece: m3.Manifold
    lowest: float
    finished: list[Bore]


@dataclass(frozen=True)
class Holding:
    """Fixtures of one setup: bodies, files for the bodies that are meshes, (area, top) for the paths, and a description.

    ``kept``: material beside the part that isn't cut in this setup; ``levels``: tip heights that the fixture requires;
    ``tabs``: material that holds the part to the end; ``friction_n``: the force that the clamps hold by friction along a
    plate, 0 if they hold in another way; ``presses_n``: the force that jaws can press with. ``sawn``: the area of the tabs
    that are finally cut by hand, empty if there are no tabs; None if the piece stays whole. ``slot_mm``: width of the slot
    that is cut around the part, 0 if there is no slot.
    """

    bodies: tuple[Body, ...]
    files: dict[str, bytes]
    areas: list[tuple[BaseGeometry, float]]
    words: str
    floor: float
    kept: m3.Manifold = field(default_factory=m3.Manifold)
    levels: tuple[float, ...] = ()
    tabs: tuple[Tab, ...] = ()
    friction_n: float = 0.0
    presses_n: float = VISE_N
    sawn: BaseGeometry | None = None
    slot_mm: float = 0.0


def vise(stock: m3.Manifold, grip: float, clearance: float) -> Holding:
    """Return two jaws on the lowest ``grip`` mm of a box-shaped piece across its shorter side, and a bed below it.

    If no vise opens that wide, return rails on a fixture plate, one of them pressed by edge clamps.
    """
    x0, y0, z0, x1, y1, _ = stock.bounding_box()
    top = z0 + grip
    across_y = (y1 - y0) <= (x1 - x0)
    jaw = 25.0
    if across_y:
        first = ((x0, y0 - JAW_GAP_MM - jaw, z0), (x1, y0 - JAW_GAP_MM, top))
        second = ((x0, y1 + JAW_GAP_MM, z0), (x1, y1 + JAW_GAP_MM + jaw, top))
        bed = ((x0 - 10, y0 - jaw, z0 - BED_MM), (x1 + 10, y1 + jaw, z0 - JAW_GAP_MM))
    else:
        first = ((x0 - JAW_GAP_MM - jaw, y0, z0), (x0 - JAW_GAP_MM, y1, top))
        second = ((x1 + JAW_GAP_MM, y0, z0), (x1 + JAW_GAP_MM + jaw, y1, top))
        bed = ((x0 - jaw, y0 - 10, z0 - BED_MM), (x1 + jaw, y1 + 10, z0 - JAW_GAP_MM))
    bodies: tuple[Body, ...] = (
        Body(kind="box", min=first[0], max=first[1], name="fixed jaw"),
        Body(kind="box", min=second[0], max=second[1], name="movable jaw"),
        Body(kind="box", min=bed[0], max=bed[1], name="vise bed"),
    )
    areas: list[tuple[BaseGeometry, float]] = [
        (shapely.box(first[0][0], first[0][1], first[1][0], first[1][1]), top),
        (shapely.box(second[0][0], second[0][1], second[1][0], second[1][1]), top),
        (shapely.box(bed[0][0], bed[0][1], bed[1][0], bed[1][1]), z0),
    ]
    opening = (y1 - y0) if across_y else (x1 - x0)
    axis = "Y" if across_y else "X"
    if opening > VISE_OPENING_MM:
        rail, clamps = _pressed(second, across_y)
        bodies = (
            Body(kind="box", min=first[0], max=first[1], name="fixed rail"),
            rail,
            *clamps,
            Body(kind="box", min=bed[0], max=bed[1], name="fixture plate"),
        )
        words = (
            f"Fixture plate with a fixed rail and one that {len(clamps)} edge clamps press along {axis}, {opening:.1f} mm apart, "
            f"{grip:.1f} mm grip on the raw piece: wider than a vise opens"
        )
        return Holding(bodies, {}, areas, words, top + clearance, presses_n=len(clamps) * EDGE_CLAMP_N)
    words = f"Vise along {axis}, opening {opening:.1f} mm, {grip:.1f} mm grip on the raw piece"
    return Holding(bodies, {}, areas, words, top + clearance)


def _pressed(
    jaw: tuple[tuple[float, float, float], tuple[float, float, float]], across_y: bool
) -> tuple[Body, list[Body]]:
    """Return a rail with edge clamps behind it in the space of a movable jaw whose lower side is against the piece."""
    (x0, y0, z0), (x1, y1, z1) = jaw
    split = (y1 if across_y else x1) - EDGE_CLAMP_MM
    rail_high = (x1, split, z1) if across_y else (split, y1, z1)
    rail = Body(kind="box", min=(x0, y0, z0), max=rail_high, name="pressed rail")
    low, high = (x0, x1) if across_y else (y0, y1)
    return rail, edge_clamps(low, high, split, (z0, z1), across_y)


def edge_clamps(low: float, high: float, behind: float, heights: tuple[float, float], along_x: bool) -> list[Body]:
    """Return edge clamps in a row between ``low`` and ``high``, each starting at ``behind``, between two heights."""
    count = max(2, math.ceil((high - low) / EDGE_CLAMP_EVERY_MM))
    found = []
    for k in range(count):
        middle = low + (high - low) * (k + 0.5) / count
        a, b = (middle - EDGE_CLAMP_WIDE_MM / 2, behind), (middle + EDGE_CLAMP_WIDE_MM / 2, behind + EDGE_CLAMP_MM)
        first, last = (a, b) if along_x else (a[::-1], b[::-1])
        found.append(Body(kind="box", min=(*first, heights[0]), max=(*last, heights[1]), name=f"edge clamp {k + 1}"))
    return found


def soft_jaws(piece: m3.Manifold, height: float, name: str) -> Holding:
    """Return two soft jaws cut to the outline of the lowest ``height`` mm of the piece, with a ledge it rests on.

    If no vise opens that wide, the jaws are on a fixture plate and edge clamps press one of them.
    """
    x0, y0, z0, x1, y1, _ = piece.bounding_box()
    sections = [area_of(piece.slice(z)) for z in np.linspace(z0 + 0.01, z0 + height - 0.01, SECTIONS).tolist()]
    outline = joined([shadow(piece, z0 - 1.0, z0 + height), *sections]).buffer(JAW_GAP_MM, quad_segs=8).simplify(0.004)
    outline = outline.buffer(0.004, quad_segs=4)
    inside = outline.buffer(-LEDGE_MM - JAW_GAP_MM, quad_segs=8).simplify(0.01)
    wall = min(40.0, max(12.0, 0.3 * min(x1 - x0, y1 - y0)))
    block = shapely.box(x0 - wall, y0 - wall, x1 + wall, y1 + wall)
    # no post in a hole of the piece: it would hold nothing and keep tools away from the floors around the hole
    nest = minus(
        block, joined([shapely.Polygon(part.exterior) for part in parts(outline) if isinstance(part, shapely.Polygon)])
    )
    ledge = minus(block, inside)
    solid = prism(nest, z0, z0 + height) + prism(ledge, z0 - RELIEF_MM, z0 - JAW_GAP_MM / 2)
    along_x = (x1 - x0) >= (y1 - y0)
    middle = (y0 + y1) / 2 if along_x else (x0 + x1) / 2
    normal = (0.0, 1.0, 0.0) if along_x else (1.0, 0.0, 0.0)
    back = solid.trim_by_plane(normal, middle + 0.25)
    front = solid.trim_by_plane((-normal[0], -normal[1], -normal[2]), -(middle - 0.25))
    files = {f"{name}-jaw-a.stl": stl_of(front), f"{name}-jaw-b.stl": stl_of(back)}
    bed_low, bed_high = (x0 - wall, y0 - wall, z0 - RELIEF_MM - BED_MM), (x1 + wall, y1 + wall, z0 - RELIEF_MM)
    bodies: tuple[Body, ...] = (
        Body(file=f"{name}-jaw-a.stl", name="soft jaw, fixed side"),
        Body(file=f"{name}-jaw-b.stl", name="soft jaw, movable side"),
        Body(kind="box", min=bed_low, max=bed_high, name="vise bed"),
    )
    areas: list[tuple[BaseGeometry, float]] = [(nest, z0 + height), (ledge, z0), (block, z0 - RELIEF_MM)]
    words = f"Vise with soft jaws cut to the outline, {height:.1f} mm grip, {LEDGE_MM:.0f} mm ledge below"
    if min(x1 - x0, y1 - y0) > VISE_OPENING_MM:
        low, high, behind = (x0, x1, y1 + wall) if along_x else (y0, y1, x1 + wall)
        clamps = edge_clamps(low, high, behind, (z0 - RELIEF_MM, z0 + height), along_x)
        plate = Body(
            kind="box",
            min=bed_low,
            max=tuple(v + 2 * EDGE_CLAMP_MM for v in bed_high[:2]) + bed_high[2:],
            name="fixture plate",
        )
        words = (
            f"Nest cut to the outline in two halves on a fixture plate, one pressed by {len(clamps)} edge clamps, "
            f"{height:.1f} mm grip, {LEDGE_MM:.0f} mm ledge below: wider than a vise opens"
        )
        halves = [msgspec.structs.replace(body, name=f"nest {side}") for body, side in zip(bodies, "ab", strict=False)]
        bodies = (*halves, *clamps, plate)
        areas += [
            (shapely.box(*clamp.min[:2], *clamp.max[:2]), z0 + height) for clamp in clamps if clamp.min and clamp.max
        ]
        return Holding(bodies, files, areas, words, z0, presses_n=len(clamps) * EDGE_CLAMP_N)
    return Holding(bodies, files, areas, words, z0)
