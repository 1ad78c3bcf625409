"""Hold flat parts that would bend in a vise: cut them out of a larger raw plate strapped onto a fixture plate, then out
of its frame.

There are three clampings. In the first and second, one from either side, straps press on the frame around the part;
everything but the outline is cut, and a web joins the part to the frame. In the third the piece isn't turned over:
screws through the part's holes now hold it, and the web is cut through. If the part has no holes, tabs of the web are
left, and a person cuts and files them off. The fixture plate has pads below the frame and below each level underside of
the part, clear of everything that is cut through.
"""

import math
from dataclasses import dataclass

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.clamping_limit import SAFETY, friction
from nightmill.cam.cutting_data.milling import milling, steps_down
from nightmill.cam.fixturing.clamping_forces import AXIAL_SHARE, STRAP_N, THREADS, Thread
from nightmill.cam.fixturing.workholding import Holding, Standing
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.geometry.polygon_offsets import drawn_in
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import EMPTY, area_of, box, parts, polygonal, prism, shadow, stl_of, united
from nightmill.cam.tooling.materials import Material, yields_at
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.tooling.tool_selection import mills
from nightmill.vocabulary.plan import Body, Tab, Tool

GAP_MM, THROUGH_MM = 0.02, 0.3
SLOT_MILL_MM, SLOT_MILL_SHARE, SLOT_ROOM_MM = (3.0, 12.0), 0.08, 1.5
"""Mills for the slot: range of diameters, and diameter as a fraction of the part's length; a short tab needs a narrow slot."""
TABS_SHARE, ABOVE_MM, WORTH_S = 0.011, 1.0, 10.0
"""Largest fraction of the surface that the feet and sides of a wider slot's tabs may cover (at most a third of that
remains as excess); height of the material above the part at first; time that a wider slot, or more space beside it,
must save.
"""
SEAT_MM = 10.0
"""How far a strap reaches onto the frame."""
STRAP_WIDE_MM, STRAP_LONG_MM, STRAP_THICK_MM, STRAP_EVERY_MM = 24.0, 50.0, 12.0, 150.0
NUT_MM, NUT_HIGH_MM = 20.0, 12.0
STRAP_ROOM_MM, HOLDER_ROOM_MM = 2.0, 0.1
"""Smallest distance between slot and straps; additional clearance for a holder that goes down beside straps."""
WEB_MM, WEB_SHARE, MOST_WEB_MM = 0.8, 0.15, 2.0
"""Height of the web: minimum, fraction of the part's height, maximum."""
SMALL_MILL_MM, SMALL_WEB_MM = 6.0, 0.6
"""Height of the web for thinner mills, which press less."""
UNDER_MM, PAD_IN_MM, OPENING_ROOM_MM = 10.0, 1.0, 1.5
"""Space below the pads, and their distance from edges and from openings through the piece."""
PLATE_MM = 20.0
LEAST_PAD_MM2 = 20.0
WASHER_THICK, SCREW_ROOM_MM, MOST_SCREWS = 0.25, 0.6, 6
"""Washer diameter over screw diameter; how far a washer stays inside the outline."""
SEATED_SHARE = 0.7
LEAST_TABS, TAB_EVERY_MM, LEAST_TAB_MM, MOST_TAB_MM = 3, 150.0, 2.0, 12.0
STRAIGHT_MM, STEP_MM = 0.05, 1.0
OVERLAP_MM = 0.05
APART_MM, MOST_AROUND_MM, DUST_MM3 = 1.0, 3.0, 0.1
"""Smallest gap between a part and its frame; widest margin around the part that counts as free space; size below which
a piece counts as chips.
"""


@dataclass(frozen=True)
class Frame:
    """The raw plate around a flat part, mm.

    Width of the slot between part and frame, height of the web that joins them, height of the web's underside above the
    part's underside in the first clamping, and the distance between slot and straps.
    """

    slot_mm: float
    web_mm: float
    foot_mm: float = 0.0
    room_mm: float = STRAP_ROOM_MM

    @property
    def margin_mm(self) -> float:
        """Return by how much the raw plate exceeds the part on each side."""
        return self.slot_mm + SEAT_MM + self.room_mm


@dataclass(frozen=True)
class Screw:
    """A screw through a hole in the part: position, height of the face below the washer, size."""

    x: float
    y: float
    seat: float
    thread: Thread


def slot_mill(
    tools: tuple[Tool, ...], length: float, thick: float, area_mm2: float, material: Material, machine: Machine
) -> Tool:
    """Return the flat mill that cuts the slot around a part ``length`` mm long, ``thick`` high, with a surface of ``area_mm2``.

    Its diameter is a fraction of the part's length. The mill is thinner if its tabs would cover too much of the
    surface, as on strips, and wider if that is quicker (often by far) and its tabs cover little of the surface. Of
    equally quick mills, the narrowest is returned.
    """
    least, most = SLOT_MILL_MM
    deep = thick + ABOVE_MM + THROUGH_MM
    widths = list(dict.fromkeys(tool.diameter_mm for tool in mills(tools)))

    def has_small_tabs(width: float) -> bool:
        frame = frame_for(thick, width)
        return tab_count(4 * length) * (LEAST_TAB_MM + frame.slot_mm) * frame.web_mm <= TABS_SHARE * area_mm2

    def seconds(width: float) -> float:
        alike = [tool for tool in mills(tools) if tool.diameter_mm == width]
        # half the clearance that the holder needs beside straps
        return sum(_slot_s(alike, 2 * length, deep, over, material, machine) for over in (0.0, STRAP_THICK_MM))

    wanted = min(most, max(least, SLOT_MILL_SHARE * length))
    fitting = [width for width in widths if width <= wanted]
    small_tabs = [width for width in fitting if width >= least and has_small_tabs(width) and seconds(width) < math.inf]
    usual = (small_tabs or fitting or widths[-1:])[0]
    wider = [width for width in widths if usual < width <= most and has_small_tabs(width)]
    times = {width: seconds(width) for width in [usual, *wider]}
    best = min(times.values())
    width = min(width for width, taken in times.items() if taken <= best + WORTH_S or taken == best)
    return next(tool for tool in mills(tools) if tool.diameter_mm == width)


def _slot_s(alike: list[Tool], length: float, deep: float, over: float, material: Material, machine: Machine) -> float:
    """Return the seconds that the stoutest mill takes for a slot if it reaches ``deep`` below obstacles that stand ``over``
    the piece; infinite if no mill does.
    """
    tool = _stoutest(alike, deep + over)
    if tool is None:
        return math.inf
    data = milling(tool, material, machine, min(deep, tool.diameter_mm, tool.flute_length_mm), tool.diameter_mm)
    lanes = (tool.diameter_mm + SLOT_ROOM_MM) / tool.diameter_mm
    return 60 * length * lanes * steps_down(deep, data.ap_mm) / data.feed_mm_min


def _stoutest(alike: list[Tool], deep: float) -> Tool | None:
    """Return the shortest mill that reaches deep enough below its holder."""
    reaching = (t for t in alike if ToolAssembly(t).reaches(deep))
    return min(reaching, key=lambda t: t.stickout_mm, default=None)


def strap_room_mm(
    tools: tuple[Tool, ...], length: float, thick: float, slot_mm: float, material: Material, machine: Machine
) -> float:
    """Return the distance between slot and straps.

    It is enough for the holder of a short mill if longer mills, whose holders stay above the straps, would be much slower.
    ``length``, ``thick``: see ``slot_mill``.
    """
    fitting = [tool for tool in mills(tools) if tool.diameter_mm <= slot_mm]
    alike = [tool for tool in fitting if tool.diameter_mm == fitting[0].diameter_mm]
    deep = thick + ABOVE_MM + THROUGH_MM
    short = _stoutest(alike, deep)
    if short is None:
        return STRAP_ROOM_MM
    beside, above = (_slot_s(alike, 2 * length, deep, over, material, machine) for over in (0.0, STRAP_THICK_MM))
    if above < beside + WORTH_S:
        return STRAP_ROOM_MM
    assembly = ToolAssembly(short)
    return max(STRAP_ROOM_MM, assembly.holder_radius_mm - assembly.radius_mm + HOLDER_ROOM_MM)


def frame_for(thick: float, mill_mm: float) -> Frame:
    """Return the frame for a part ``thick`` mm high whose outline is cut by mills up to ``mill_mm`` wide."""
    least = WEB_MM if mill_mm >= SMALL_MILL_MM else SMALL_WEB_MM
    web = min(max(least, WEB_SHARE * thick), MOST_WEB_MM, 0.5 * thick)
    return Frame(mill_mm + SLOT_ROOM_MM, web)


def strapped(at: Standing, frame: Frame, material: Material, cut_n: float, *, above: bool) -> Holding:
    """Return the whole raw plate strapped down, with as many straps as cuts of up to ``cut_n`` require, if they fit.

    The web stays at the foot of the outline; ``above``: the part is turned over.
    """
    part, piece = at.part, at.piece
    low, high = float(part.bounding_box()[2]), float(part.bounding_box()[5])
    bottom = float(piece.bounding_box()[2])
    outline = outline_of(part)
    edge = high - frame.foot_mm if above else low + frame.foot_mm + frame.web_mm
    web = (edge - frame.web_mm - OVERLAP_MM, edge) if above else (bottom, edge)
    around = minus(_plan_of(piece), drawn_in(outline, OVERLAP_MM))
    kept = united([prism(around, *web), _frame(piece, outline, frame)])
    plate = _plate(part, piece, outline, frame, str(at.number))
    straps = _straps(piece, bottom - UNDER_MM, SAFETY * cut_n / (STRAP_N * friction(material)))
    count = len(straps.bodies) // 3
    words = (
        f"Fixture plate, raw plate strapped down by {count} M10 straps on the frame around the part, "
        f"{frame.slot_mm:.1f} mm slot; a web of {frame.web_mm:.1f} mm stays"
    )
    floor = low - THROUGH_MM
    return Holding(
        plate.bodies + straps.bodies,
        plate.files,
        plate.areas + straps.areas,
        words,
        floor,
        kept,
        (edge,),
        slot_mm=frame.slot_mm,
        friction_n=count * STRAP_N * friction(material),
    )


def cut_free(at: Standing, frame: Frame, material: Material, web_n: float, cut_n: float) -> Holding:
    """Return the clamping in which the web is cut through with the piece left in place: screws hold the part, or tabs if
    too few screws fit.

    ``web_n``: the force of cutting the web; ``cut_n``: the force of the heaviest earlier cut, for which the straps were chosen.
    """
    part, piece = at.part, at.piece
    edge, bottom = float(part.bounding_box()[5]) - frame.foot_mm, float(piece.bounding_box()[2])
    outline = outline_of(part)
    plate = _plate(part, piece, outline, frame, str(at.number))
    straps = _straps(piece, bottom - UNDER_MM, SAFETY * cut_n / (STRAP_N * friction(material)))
    kept = [_frame(piece, outline, frame)]
    screws = screws_in(part, piece, outline, at.finished)
    bodies, files, areas = plate.bodies + straps.bodies, plate.files, plate.areas + straps.areas
    tabs: tuple[Tab, ...] = ()
    sawn: BaseGeometry = EMPTY
    held_n = len(straps.bodies) // 3 * STRAP_N * friction(material)
    if screws_hold(screws, outline, web_n, material):
        driven = _driven(screws, bottom - UNDER_MM)
        bodies, areas = bodies + driven.bodies, areas + driven.areas
        held_n = sum(screw.thread.clamps_n for screw in screws) * friction(material)
        sizes = ", ".join(f"{screw.thread.name} at X{screw.x:.1f} Y{screw.y:.1f}" for screw in screws)
        words = f"Leave the piece where it is; screws through the part's own holes: {sizes}; straps stay on the frame"
    else:
        width = tab_width_mm(outline.length, frame, web_n, material)
        tabs, standing = _tabs(outline, frame, edge, width)
        kept.append(prism(standing, edge - frame.web_mm - OVERLAP_MM, edge))
        # the mill leaves both ends of a tab wider
        wide = common(standing.buffer(frame.slot_mm / 2), outline.buffer(frame.slot_mm - APART_MM))
        sawn = minus(wide, outline.buffer(APART_MM))
        words = (
            f"Leave the piece where it is; {len(tabs)} tabs of {width:.1f} x {frame.web_mm:.1f} mm hold the part in its frame: "
            "cut them and file them flush by hand"
        )
    floor = edge - frame.web_mm - THROUGH_MM
    return Holding(bodies, files, areas, words, floor, united(kept), (floor,), tabs, held_n, sawn=sawn)


def parted(part: m3.Manifold, piece: m3.Manifold, sawn: BaseGeometry) -> m3.Manifold | None:
    """Return the space around a part that is free of its frame, up to halfway between them; None if they are still joined.

    ``sawn``: the area in which the remaining joints are cut by hand.
    """
    low, high = float(piece.bounding_box()[2]), float(piece.bounding_box()[5])
    own: list[BaseGeometry] = []
    rest: list[BaseGeometry] = []
    for body in (piece if sawn.is_empty else piece - prism(sawn, low - 1.0, high + 1.0)).decompose():
        if body.volume() > DUST_MM3:
            (own if (body ^ part).volume() > DUST_MM3 else rest).append(area_of(body.project()))
    if not own or not rest:
        return None
    outline = joined([shapely.Polygon(each.exterior) for each in parts(polygonal(joined(own)))])
    gap = float(outline.distance(joined(rest)))
    if gap < APART_MM:
        return None
    area = outline.buffer(min(gap / 2, MOST_AROUND_MM), quad_segs=4).simplify(STRAIGHT_MM)
    return prism(area, low, high)


def outline_of(part: m3.Manifold) -> BaseGeometry:
    """Return the part's outline seen along Z, with holes filled."""
    whole = area_of(part.project())
    return joined([shapely.Polygon(piece.exterior) for piece in parts(polygonal(whole))])


def _plan_of(piece: m3.Manifold) -> BaseGeometry:
    x0, y0, _, x1, y1, _ = piece.bounding_box()
    return shapely.box(x0, y0, x1, y1)


def _frame(piece: m3.Manifold, outline: BaseGeometry, frame: Frame) -> m3.Manifold:
    """Return the raw plate outside the slot, in its full height."""
    bounds = piece.bounding_box()
    return prism(minus(_plan_of(piece), outline.buffer(frame.slot_mm, quad_segs=8)), bounds[2], bounds[5])


def _plate(part: m3.Manifold, piece: m3.Manifold, outline: BaseGeometry, frame: Frame, name: str) -> Holding:
    """Return a plate with pads below the frame and below those level undersides of the part that nothing lower covers."""
    x0, y0, z0, x1, y1, _ = piece.bounding_box()
    base = z0 - UNDER_MM
    around = STRAP_LONG_MM
    floor = shapely.box(x0 - around, y0 - around, x1 + around, y1 + around)
    openings = minus(outline, area_of(part.project())).buffer(OPENING_ROOM_MM, quad_segs=8)
    ring = minus(_plan_of(piece), outline.buffer(frame.slot_mm + PAD_IN_MM, quad_segs=8))
    pads: list[tuple[BaseGeometry, float]] = [(ring, z0)]
    for height in undersides(part):
        if not _stands_on(piece, height):
            continue
        area = minus(drawn_in(area_of(part.slice(height + GAP_MM)), PAD_IN_MM), openings)
        below = shadow(piece, z0 - 1.0, height - 2 * GAP_MM)
        area = opened_pads(minus(area, below.buffer(PAD_IN_MM, quad_segs=4)) if not below.is_empty else area)
        if not area.is_empty:
            pads.append((area, height))
    lowest = float(part.bounding_box()[2])
    if lowest > z0 + 2 * GAP_MM and not _stands_on(piece, lowest):
        # the raw plate rests on its whole underside, except at openings through the part
        pads.append((opened_pads(minus(drawn_in(outline, PAD_IN_MM), openings)), z0))
    solid = box((x0 - around, y0 - around, base - PLATE_MM), (x1 + around, y1 + around, base))
    solid = united([solid, *(prism(area, base - OVERLAP_MM, top - GAP_MM) for area, top in pads)])
    file = f"{name}-plate.stl"
    areas = [*((area, top) for area, top in pads), (floor, base)]
    return Holding((Body(file=file, name="fixture plate"),), {file: stl_of(solid)}, areas, "", base)


def opened_pads(area: BaseGeometry) -> BaseGeometry:
    """Return the pads of an area that are large enough to be useful."""
    kept = [piece for piece in parts(polygonal(area)) if piece.area >= LEAST_PAD_MM2]
    return shapely.multipolygons(kept) if kept else EMPTY


def undersides(part: m3.Manifold) -> list[float]:
    """Return the heights of the level faces that face down, in rising order."""
    mesh = part.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts, dtype=np.int64)]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    level = (size > 1e-9) & (cross[:, 2] < -(1 - 1e-9) * size)
    heights = np.round(corners[level, 0, 2], 3)
    areas = {float(z): float(size[level][heights == z].sum()) / 2 for z in np.unique(heights)}
    return [z for z, area in areas.items() if area >= LEAST_PAD_MM2]


def _stands_on(piece: m3.Manifold, height: float) -> bool:
    """Return whether the piece has been cut from below: it is open somewhere inside its frame below a height."""
    under, over = area_of(piece.slice(height - 2 * GAP_MM)), area_of(piece.slice(height + 2 * GAP_MM))
    return bool(minus(over, under).area >= LEAST_PAD_MM2)


def _straps(piece: m3.Manifold, base: float, least: float = 0.0) -> Holding:
    """Return straps along the two longer sides of the raw plate, each a bar, the heel below its far end, and its nut.

    ``least``: the minimum number of straps, if the sides have space.
    """
    x0, y0, _, x1, y1, z1 = piece.bounding_box()
    along_x = (x1 - x0) >= (y1 - y0)
    length = x1 - x0 if along_x else y1 - y0
    room = int(length / (1.5 * STRAP_WIDE_MM))
    count = max(2, math.ceil(length / STRAP_EVERY_MM), min(room, math.ceil(least / 2)))
    bodies: list[Body] = []
    areas: list[tuple[BaseGeometry, float]] = []
    for k in range(count):
        middle = (x0 if along_x else y0) + length * (k + 0.5) / count
        for side in (-1, 1):
            edge = {(True, -1): y0, (True, 1): y1, (False, -1): x0, (False, 1): x1}[along_x, side]
            inner, outer = edge - side * SEAT_MM, edge + side * (STRAP_LONG_MM - SEAT_MM)
            heel = edge + side * (STRAP_LONG_MM - 2 * SEAT_MM)
            nut = edge + side * (STRAP_LONG_MM / 2 - SEAT_MM)
            top = z1 + STRAP_THICK_MM
            rows = (
                ("strap", _across(along_x, middle, STRAP_WIDE_MM, inner, outer), z1 + GAP_MM, top),
                ("strap heel", _across(along_x, middle, STRAP_WIDE_MM, heel, outer), base, z1 + GAP_MM),
                (
                    "strap nut",
                    _across(along_x, middle, NUT_MM, nut - NUT_MM / 2, nut + NUT_MM / 2),
                    top,
                    top + NUT_HIGH_MM,
                ),
            )
            for word, (a, b, c, d), low, high in rows:
                bodies.append(
                    Body(kind="box", min=(a, b, low), max=(c, d, high), name=f"{word} {k + 1}{'ab'[side > 0]}")
                )
                areas.append((shapely.box(a, b, c, d), high))
    return Holding(tuple(bodies), {}, areas, "", z1)


def _across(along_x: bool, middle: float, wide: float, one: float, other: float) -> tuple[float, float, float, float]:
    """Return the XY bounds of a bar across a side, ``wide`` along that side."""
    low, high = min(one, other), max(one, other)
    if along_x:
        return (middle - wide / 2, low, middle + wide / 2, high)
    return (low, middle - wide / 2, high, middle + wide / 2)


def screws_in(part: m3.Manifold, piece: m3.Manifold, outline: BaseGeometry, holes: list[Bore]) -> list[Screw]:
    """Return screws that fit through finished holes with their washers seated within the outline; at most six, far apart."""
    found: list[Screw] = []
    low, high = float(part.bounding_box()[2]), float(part.bounding_box()[5])
    for bore in holes:
        spot = shapely.Point(bore.x, bore.y)
        if any(math.hypot(bore.x - s.x, bore.y - s.y) < 1.0 for s in found):
            continue
        for thread in THREADS:
            if thread.clears_mm > 2 * bore.radius + 1e-6 or thread.washer_mm < 2 * bore.radius + 2.0:
                continue
            room = spot.buffer(thread.washer_mm / 2 + SCREW_ROOM_MM)
            shaft = _round(bore, thread.diameter_mm / 2 + 0.05, low - 1.0, high + 1.0)
            if not outline.covers(room) or (shaft ^ piece).volume() > 1e-3:
                continue
            seat = _seat(part, piece, bore, thread, (bore.high, high))
            if seat is not None:
                found.append(Screw(bore.x, bore.y, seat, thread))
                break
    return _spread(found)


def _seat(
    part: m3.Manifold, piece: m3.Manifold, bore: Bore, thread: Thread, heights: tuple[float, ...]
) -> float | None:
    """Return the height at which a washer seats on a level face around a hole with nothing in the way above it."""
    ring = minus(
        shapely.Point(bore.x, bore.y).buffer(thread.washer_mm / 2), shapely.Point(bore.x, bore.y).buffer(bore.radius)
    )
    top = float(piece.bounding_box()[5]) + 1.0
    for height in sorted(set(heights), reverse=True):
        head = _round(bore, thread.washer_mm / 2 + 0.1, height + 0.01, top)
        if (head ^ piece).volume() > 1e-3:
            continue
        if common(area_of(part.slice(height - 0.05)), ring).area >= SEATED_SHARE * ring.area:
            return height
    return None


def _round(bore: Bore, radius: float, low: float, high: float) -> m3.Manifold:
    return m3.Manifold.cylinder(high - low, radius, radius, 48).translate((bore.x, bore.y, low))


def _spread(screws: list[Screw]) -> list[Screw]:
    """Return at most six screws, each the farthest from those already chosen."""
    if len(screws) <= MOST_SCREWS:
        return screws
    chosen, rest = [max(screws, key=lambda s: (s.thread.diameter_mm, math.hypot(s.x, s.y)))], list(screws)
    while len(chosen) < MOST_SCREWS:
        rest = [s for s in rest if s not in chosen]
        chosen.append(max(rest, key=lambda s: min(math.hypot(s.x - c.x, s.y - c.y) for c in chosen)))
    return chosen


def screws_hold(screws: list[Screw], outline: BaseGeometry, cut_n: float, material: Material) -> bool:
    """Return whether friction below the screws withstands a cut of ``cut_n`` anywhere on the outline without sliding or turning."""
    if len(screws) < 2:
        return False
    grip = np.array([screw.thread.clamps_n for screw in screws]) * friction(material)
    places = np.array([(screw.x, screw.y) for screw in screws])
    middle = (places * grip[:, None]).sum(axis=0) / grip.sum()
    lever = shapely.hausdorff_distance(shapely.Point(*middle), outline.boundary)
    turning = float((grip * np.hypot(*(places - middle).T)).sum())
    return bool(grip.sum() >= SAFETY * cut_n and turning >= SAFETY * cut_n * lever)


def _driven(screws: list[Screw], base: float) -> Holding:
    """Return screws as upright cylinders: shafts in the holes, with washer and head above."""
    bodies: list[Body] = []
    areas: list[tuple[BaseGeometry, float]] = []
    for k, screw in enumerate(screws, 1):
        size = screw.thread.diameter_mm
        height = size * (1 + WASHER_THICK)
        for word, radius, low, high in (
            ("screw", size / 2, base, screw.seat),
            ("screw head", screw.thread.washer_mm / 2, screw.seat + GAP_MM, screw.seat + height),
        ):
            base_at, up = (screw.x, screw.y, low), (0.0, 0.0, 1.0)
            bodies.append(
                Body(
                    kind="cylinder", base=base_at, axis=up, radius=radius, height=high - low,
                    name=f"{word} {screw.thread.name} {k}",
                )
            )  # fmt: skip
        areas.append((shapely.Point(screw.x, screw.y).buffer(screw.thread.washer_mm / 2), screw.seat + height))
    return Holding(tuple(bodies), {}, areas, "", base)


def tab_count(length: float) -> int:
    """Return the number of tabs on an outline of a length."""
    return max(LEAST_TABS, math.ceil(length / TAB_EVERY_MM))


def tab_width_mm(length: float, frame: Frame, cut_n: float, material: Material) -> float:
    """Return the width of each tab: the tabs bear the cut in shear, at 0.58 of the yield strength, and the mill's axial pull.

    A tab is a beam built in at both ends, half a slot width long between the round ends that the mill leaves: M = F L / 2.
    """
    count, limit = tab_count(length), yields_at(material)
    shear = SAFETY * cut_n / (count * frame.web_mm * 0.58 * limit)
    bending = SAFETY * 6.0 * (AXIAL_SHARE * cut_n) * (frame.slot_mm / 4) / (count * frame.web_mm**2 * limit)
    return min(MOST_TAB_MM, max(LEAST_TAB_MM, shear, bending))


def _tabs(outline: BaseGeometry, frame: Frame, high: float, width: float) -> tuple[tuple[Tab, ...], BaseGeometry]:
    """Return tabs spread along the outline, in the middle of straight edges if there are any, and their area."""
    places = tab_places(outline, tab_count(outline.length), width + frame.slot_mm)
    tabs, areas = [], []
    for place, along in places:
        out = np.array([along[1], -along[0]])
        corners = [
            place + side * along * width / 2 + out * reach
            for side, reach in ((-1, -OVERLAP_MM), (1, -OVERLAP_MM), (1, frame.slot_mm + OVERLAP_MM), (-1, frame.slot_mm + OVERLAP_MM))
        ]  # fmt: skip
        areas.append(shapely.Polygon(corners))
        at = (float(place[0]), float(place[1]), high - frame.web_mm)
        tabs.append(Tab(at, (float(along[0]), float(along[1])), width + frame.slot_mm, frame.web_mm))
    return tuple(tabs), joined(areas)


def below_tabs(points: NDArray[np.float64], tabs: tuple[Tab, ...]) -> NDArray[np.bool_]:
    """Return which points (n, 3) in work coordinates are where a tab meets the part."""
    found = np.zeros(len(points), dtype=np.bool_)
    for tab in tabs:
        off = points - np.array(tab.at)
        along = off[:, 0] * tab.along[0] + off[:, 1] * tab.along[1]
        beside = off[:, 0] * tab.along[1] - off[:, 1] * tab.along[0]
        found |= (
            (np.abs(along) < tab.width_mm / 2)
            & (np.abs(beside) < tab.width_mm / 2)
            & (off[:, 2] > -OVERLAP_MM)
            & (off[:, 2] < tab.height_mm + OVERLAP_MM)
        )
    return found


def tab_places(outline: BaseGeometry, count: int, room: float) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return spots on the outline that are far apart and as straight as possible over ``room``, and the outline's direction
    there (part on the left).
    """
    largest = max(parts(polygonal(outline)), key=lambda piece: piece.area)
    ring = shapely.LineString(shapely.geometry.polygon.orient(largest, 1.0).exterior.coords)
    total = ring.length
    at = np.arange(0.0, total, min(STEP_MM, total / (8 * count)))

    def point(where: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(ring, where % total)))

    first, last = point(at - room / 2), point(at + room / 2)
    chord = last - first
    size = np.linalg.norm(chord, axis=1)
    along = chord / np.maximum(size, 1e-9)[:, None]
    bow = np.zeros(len(at))
    for share in (-0.35, -0.2, 0.0, 0.2, 0.35):
        off = point(at + share * room) - first
        bow = np.maximum(bow, np.abs(off[:, 0] * along[:, 1] - off[:, 1] * along[:, 0]))
    chosen: list[int] = []
    ends = np.flatnonzero(np.maximum(bow - STRAIGHT_MM, 0.0) == np.maximum(bow - STRAIGHT_MM, 0.0).min())
    pool = ends if len(ends) >= 4 * count else np.argsort(bow)[: max(len(at) // 4, count)]
    middle = point(at)
    for _ in range(min(count, len(pool))):
        gaps = np.full(len(pool), np.inf)
        for k in chosen:
            gap = np.abs(at[pool] - at[k])
            gaps = np.minimum(gaps, np.minimum(gap, total - gap))
        best = int(pool[int(np.argmax(np.where(np.isinf(gaps), -bow[pool], gaps)))])
        chosen.append(best)
    return [(middle[k], along[k]) for k in sorted(chosen)]
