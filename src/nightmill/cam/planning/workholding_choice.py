"""Find parts that a vise would bend or can't grip, and clamp them flat instead, in a frame cut from the raw plate."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.fixturing.clamping_forces import (
    AXIAL_SHARE,
    BENDS_MM,
    facing_n,
    overhang_bend_mm,
    rim_bend_mm,
    upright_bend_mm,
)
from nightmill.cam.fixturing.frame_plate import (
    Frame,
    cut_free,
    frame_for,
    outline_of,
    slot_mill,
    strap_room_mm,
    strapped,
    undersides,
)
from nightmill.cam.fixturing.workholding import Holding, Standing
from nightmill.cam.geometry.setup_frames import DIRECTIONS, opposite, turned
from nightmill.cam.geometry.solids import area_of, moved, parts, polygonal
from nightmill.cam.geometry.visible_surface import height_map
from nightmill.cam.planning.plan_state import Work
from nightmill.cam.planning.tool_sequence import job_of
from nightmill.cam.tooling.tool_selection import first_mill
from nightmill.cam.toolpath.offset_paths import LANE_SHARE
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]

LEAST_FLAT_MM = 2.7
"""Minimum for soft jaws: a grip of 2 mm, and a gap between the grip and the face above."""
HIGHEST_MM = 40.0
"""Parts taller than this aren't cut out of a frame: the slot would be too deep."""
PIXELS = 200
BENDS = (
    "holding: the part is so thin that it bends under the cutter in a vise, and its outline has no edge of uniform "
    "height by which a frame cut from the raw plate could hold it; support the thin areas"
)
EDGE_SHARE = 0.05
UNDER_TOP_MM = 0.01
JOINED_SHARE, JOINED_MM = 0.9, 0.3
"""Fraction of the outline that the web must meet, and within which distance."""


Hold = Callable[[Standing], tuple[Holding, float]]
"""Fixtures for a setup, and the lowest height of the tool tip."""


@dataclass(frozen=True)
class Flat:
    """A part clamped flat: the direction from which it is cut first, and its frame (None if a vise can or must hold
    it).

    ``bends``: the note for a part that bends and has no frame.
    """

    first: str
    frame: Frame | None
    bends: str = ""


def held_flat(work: Work, first: str, size: Floats) -> Flat | None:
    """Return how to hold a part that would bend in a vise, or that a vise couldn't grip if ``first`` is cut first; None if
    a vise will do.

    ``size`` (3,): the part's extents, mm.
    """
    thin = int(np.argmin(size))
    along = int(np.argmax(np.abs(DIRECTIONS[first])))
    thick = float(size[thin])
    wide = float(np.sort(size)[1])
    mill = first_mill(work.tools, wide)
    force = facing_n(mill, work.material, work.machine)
    seen = [d for d in DIRECTIONS if np.argmax(np.abs(DIRECTIONS[d])) == thin]
    upright = along != thin and (
        upright_bend_mm(
            thick, float(np.prod(size)) / thick / float(size[along]), float(size[along]), force, work.material
        )
        > BENDS_MM
    )
    if thick < LEAST_FLAT_MM or rim_bend_mm(thick, wide, AXIAL_SHARE * force, work.material) > BENDS_MM:
        framed = _framed(work, _by_sight(work, seen), first)
        return framed if framed.frame or upright or along == thin else None
    if upright:
        return Flat(_by_sight(work, seen)[0], None)
    if (
        thick <= HIGHEST_MM
        and overhang_bend_mm(*_thickness(work, seen[0]), AXIAL_SHARE * force, work.material) > BENDS_MM
    ):
        flange = [first, opposite(first)] if along == thin else _by_sight(work, seen)
        framed = _framed(work, flange, first)
        return framed if framed.frame else None
    return None


def _by_sight(work: Work, directions: list[str]) -> list[str]:
    """Return the directions ordered by how much surface each sees, most first."""
    return sorted(directions, key=lambda d: -round(float(work.samples.area[work.visible[d]].sum()), 6))


def _framed(work: Work, directions: list[str], otherwise: str) -> Flat:
    """Return a frame whose web meets the part's outline, for the first direction with such a frame, else a vise."""
    for first in directions:
        part = moved(work.solid, turned(first))
        low, high = float(part.bounding_box()[2]), float(part.bounding_box()[5])
        if high - low > HIGHEST_MM:
            continue
        thickness, _ = _thickness(work, first)
        mill = _slot_mill(work, first)
        frame = frame_for(float(np.quantile(thickness[thickness > 0], EDGE_SHARE)), mill.diameter_mm)
        height = web_height(part, frame.web_mm)
        if height is not None:
            room = strap_room_mm(work.tools, *_length_thick(work, first), frame.slot_mm, work.material, work.machine)
            return Flat(first, replace(frame, foot_mm=height - low, room_mm=room))
    return Flat(otherwise, None, BENDS)


def _slot_mill(work: Work, direction: str) -> Tool:
    """Return the mill for the slot around a part that is first cut from a direction."""
    area_mm2 = float(work.samples.area.sum())
    return slot_mill(work.tools, *_length_thick(work, direction), area_mm2, work.material, work.machine)


def _length_thick(work: Work, direction: str) -> tuple[float, float]:
    """Return the part's longest side, and its height along a direction, mm."""
    size = np.array(work.part.high) - np.array(work.part.low)
    return float(size.max()), float(size[int(np.argmax(np.abs(DIRECTIONS[direction])))])


def web_height(part: m3.Manifold, web: float) -> float | None:
    """Return the height of a web's underside at which the web meets the outline of a part in its first clamping; None if
    there is no such height.

    If a web stood over a floor that runs out to the outline, the floor's corners couldn't be cut: such heights come last.
    """
    outline = outline_of(part)

    def met(height: float) -> bool:
        foot = polygonal(area_of(part.slice(height)))
        outer = shapely.union_all([shapely.Polygon(piece.exterior) for piece in parts(foot)])
        length = shapely.intersection(outline.boundary, outer.boundary.buffer(JOINED_MM)).length
        return bool(length >= JOINED_SHARE * outline.length)

    low = float(part.bounding_box()[2])
    floors = undersides(part.mirror((0.0, 0.0, 1.0)))
    heights = sorted({low, *undersides(part), *(-floor - web for floor in floors if -floor - web > low)})
    meeting = [height for height in heights if met(height + web / 2)]
    whole = (height for height in meeting if met(height + web - UNDER_TOP_MM))
    return next(whole, meeting[0] if meeting else None)


def _thickness(work: Work, direction: str) -> tuple[Floats, float]:
    """Return for each pixel the part's height along a direction, gaps included, 0 beside the part; and the pixel size, mm."""
    points = work.part.mesh.vertices @ turned(direction)[:3, :3].T
    top = height_map(points, work.part.mesh.triangles, PIXELS)
    under = height_map(points * np.array([1.0, 1.0, -1.0]), work.part.mesh.triangles, PIXELS)
    both = np.isfinite(top.top) & np.isfinite(under.top)
    return np.where(both, top.top + under.top, 0.0), top.pixel


def raw_plate(low: Floats, high: Floats, frame: Frame, direction: str, allowance: float) -> tuple[Floats, Floats]:
    """Return the raw box (3,), (3,) of a part in a frame: an allowance above and below, and the frame's margin around."""
    sides = np.full(3, frame.margin_mm)
    sides[int(np.argmax(np.abs(DIRECTIONS[direction])))] = allowance
    return low - sides, high + sides


def clampings(work: Work, flat: Flat) -> list[tuple[str, Hold]]:
    """Return the setups for a part in a frame, in order: one from either side, and the one that cuts the part out of the frame."""
    frame = flat.frame
    if frame is None:
        return []
    over = opposite(flat.first)
    mill = _slot_mill(work, flat.first)

    def cut_n(at: Standing) -> float:
        """Return the heaviest cutting force (N) of the first mill in a piece this thin."""
        x0, y0, z0, x1, y1, z1 = at.piece.bounding_box()
        first = first_mill(work.tools, min(x1 - x0, y1 - y0))
        deep = min(job_of(first, work.material, work.machine).data.ap_mm, z1 - z0 - frame.web_mm)
        return milling(first, work.material, work.machine, deep, LANE_SHARE * first.diameter_mm).force_n

    def under(at: Standing) -> tuple[Holding, float]:
        holding = strapped(at, frame, work.material, cut_n(at), above=False)
        return holding, holding.floor

    def turned_over(at: Standing) -> tuple[Holding, float]:
        holding = strapped(at, frame, work.material, cut_n(at), above=True)
        return holding, max(at.lowest, float(at.part.bounding_box()[2]) - 0.3)

    def out_of_frame(at: Standing) -> tuple[Holding, float]:
        web_n = milling(mill, work.material, work.machine, frame.web_mm, mill.diameter_mm).force_n
        holding = cut_free(at, frame, work.material, web_n, cut_n(at))
        return holding, holding.floor

    return [(flat.first, under), (over, turned_over), (over, out_of_frame)]
