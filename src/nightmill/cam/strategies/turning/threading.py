"""Cut threads on a lathe: outer threads with an insert of their pitch in passes of equal chip area, inner threads in a bore
with a tap.

Flanks are at 60 degrees (ISO 68-1). The tip of an insert whose nose has the radius r ends 0.7578 pitch - r below the
nominal diameter: the flanks meet 0.7578 pitch below it (0.3248 to the pitch diameter, 0.4330 from there on), and the nose
ends above that point by its radius. The i-th of n passes goes in by sqrt(i / n) of the depth, along the trailing flank, so
that one edge cuts. The tool starts far enough from the piece for the carriage to get up to speed.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad import PartModel
from nightmill.cam.cutting_data.turning import threading_data
from nightmill.cam.strategies.holemaking.hole_finishing import LEAD_PITCHES as TAP_LEAD_PITCHES
from nightmill.cam.strategies.holemaking.hole_finishing import SAME_MM, core_mm, size_words, tap_for, tap_tip
from nightmill.cam.strategies.turning.boring import bore_of
from nightmill.cam.strategies.turning.lathe_tool_shapes import both_sides, shape_of, swept
from nightmill.cam.strategies.turning.outside_turning import LEAST_BAND_MM2
from nightmill.cam.strategies.turning.setup_state import CLEAR_MM, TurnWork, proud_share
from nightmill.cam.strategies.turning.turning_paths import filled, limits, open_spans
from nightmill.vocabulary.plan import Thread, Tool

Floats = NDArray[np.float64]

FLANK_PITCHES = 0.7578
INFEED_DEG = 29.0
"""Infeed angle: a degree less than the flank, so that the trailing edge only scrapes."""
PASS_MM = 0.15
LEAST_PASSES = 4
OVER_MM, UNDER_PITCHES = 0.05, 0.15
"""How much wider than the thread's nominal diameter the cylinder may be, and how much narrower, in pitches."""
CHAMFER_PITCHES = 1.5
LEAD_PITCHES, LEAST_LEAD_PITCHES = 3.0, 1.5
RUN_OUT_PITCHES = 3.5
"""How far before a shoulder a thread may end (DIN 76-1 requires a run-out of 3.2 pitches at a normal shoulder)."""
_APART_MM = 0.1


@dataclass(frozen=True)
class _Run:
    """One outer thread: positions (z) of the tool's point at the start and the end, radii of the crests and of the point at full depth."""

    start: float
    end: float
    crest: float
    bottom: float


def insert_for(thread: Thread, tools: Sequence[Tool]) -> Tool | None:
    """Return the turning tool made for a pitch, or None."""
    fit = [t for t in tools if t.type == "turning" and t.pitch_mm and abs(t.pitch_mm - thread.pitch_mm) < SAME_MM]
    return next(iter(fit), None)


def unturnable(thread: Thread, part: PartModel, around: Collection[int], tools: Sequence[Tool]) -> str:
    """Return why no lathe can cut a thread on its faces, where ``around`` lists the faces about the part's axis; empty if a lathe may."""
    if not set(thread.faces) <= set(around):
        return "it doesn't lie around the part's axis of rotation"
    faces = [part.faces[face] for face in thread.faces]
    if any(face.radius_mm is None for face in faces):
        return "its faces are not cylinders"
    sizes = [2 * (face.radius_mm or 0.0) for face in faces]
    if all(face.hollow for face in faces):
        least, most = core_mm(thread)
        if tap_for(thread, tools) is None:
            return "no such tap in the tool list"
        if not all(least - 0.02 <= size <= most for size in sizes):
            return f"the model's hole must have the thread's minor diameter, {least:.2f} to {most:.2f} mm"
        return ""
    least = thread.diameter_mm - UNDER_PITCHES * thread.pitch_mm
    if any(face.hollow for face in faces):
        return "one of its faces is in a hole, another is not"
    if insert_for(thread, tools) is None:
        return f"no threading insert of {thread.pitch_mm:g} mm pitch in the tool list"
    if not all(least <= size <= thread.diameter_mm + OVER_MM for size in sizes):
        return f"the model's cylinder must have the thread's nominal diameter, {least:.2f} to {thread.diameter_mm + OVER_MM:.2f} mm"
    return ""


def runs_of(thread: Thread, curves: Mapping[int, Floats], section: BaseGeometry) -> list[Thread]:
    """Split a thread into runs that a tool cuts in one go: faces that touch, or that have nothing between them that the
    tool would cut.

    ``curves``: generators (n, 2) by face; ``section``: the part's half-section. Threads on both ends of a shaft, which a
    drawing may specify together, are separate runs, and so are threads on both sides of a collar or of a neck that isn't an
    undercut.
    """
    faces = sorted(thread.faces, key=lambda face: float(curves[face][:, 0].min()))
    runs, began, ends = [[faces[0]]], *_stretch(curves[faces[0]])
    for face in faces[1:]:
        low, high = _stretch(curves[face])
        one_go = not 0 < thread.depth_mm <= low - ends + max(ends - began, high - low)
        if low <= ends + 1e-6 or (one_go and not _between(thread, curves[face], section, ends, low)):
            runs[-1].append(face)
        else:
            runs.append([face])
            began = low
        ends = max(ends, high)
    return [msgspec.structs.replace(thread, faces=tuple(run)) for run in runs]


def _stretch(points: Floats) -> tuple[float, float]:
    return float(points[:, 0].min()), float(points[:, 0].max())


def _between(thread: Thread, points: Floats, section: BaseGeometry, low: float, high: float) -> bool:
    """Return whether the part is in the way between two cylinders where the tool goes from one to the other."""
    radius = thread.diameter_mm / 2
    inner = _is_inner(thread, points)
    near, far = (0.0, radius) if inner else (radius - FLANK_PITCHES * thread.pitch_mm, float(section.bounds[3]) + 1.0)
    return bool(section.intersection(shapely.box(low + 1e-3, near, high - 1e-3, far)).area > 1e-6)


def _is_inner(thread: Thread, points: Floats) -> bool:
    """Return whether a thread is an inner one, judged by the generators (n, 2) of its faces."""
    return float(points[:, 1].max()) < thread.diameter_mm / 2 - UNDER_PITCHES * thread.pitch_mm - 1e-6


def tap_lead(threads: Sequence[Thread]) -> float:
    """Return how far the longest tap lead for ``threads`` goes beyond a through hole, mm."""
    return max((TAP_LEAD_PITCHES * thread.pitch_mm for thread in threads), default=0.0)


def cut_threads(work: TurnWork) -> None:
    """Cut the threads that are possible in this setup, each once its cylinder or bore is finished; they move from ``asked``
    to ``threaded``.
    """
    for thread in list(work.asked):
        curves = [work.faces[face] for face in thread.faces if face in work.faces]
        if not curves or any(proud_share(curve, work.leftover()) > 0 for curve in curves):
            continue
        points = np.vstack(curves)
        if _tap(work, thread, points) if _is_inner(thread, points) else _turn(work, thread, points):
            work.asked.remove(thread)
            work.threaded.append(thread)


def threaded_spans(work: TurnWork) -> list[tuple[float, float]]:
    """Return the stretches (z, low and high) of the outside that have a finished thread: no jaw may clamp there."""
    found = []
    for thread in work.threaded:
        points = np.vstack([work.faces[face] for face in thread.faces])
        if not _is_inner(thread, points):
            found.append(_stretch(points))
    return found


def _turn(work: TurnWork, thread: Thread, points: Floats) -> bool:
    """Cut an outer thread on the cylinder with the generators' ``points`` (n, 2); return whether there was room for it."""
    tool = insert_for(thread, work.tools)
    if tool is None:
        return False
    crest = float(points[:, 1].max())
    data = threading_data(tool, thread, work.material, work.lathe)
    run = _run(work, thread, tool, points, crest, _lead(work, thread, data.spindle_rpm))
    if run is None:
        return False
    before, line = work.leftover(), len(work.program.blocks)
    above = _above(work, tool, run)
    work.program.load(tool, data, f"thread {size_words(thread)}", constant_speed=False)
    work.program.rapid((work.program.safe_z, above), (run.start, above))
    for depth in _depths(run.crest - run.bottom):
        back = (run.crest - run.bottom - depth) * math.tan(math.radians(INFEED_DEG))
        x = run.crest - depth
        work.program.rapid((run.start + back, above), (run.start + back, x))
        work.program.synchronised(run.end + back, thread.pitch_mm)
        work.program.rapid((run.end + back, above))
    work.program.rapid((work.program.safe_z, above))
    work.record("thread", tool, data, line, before, faces=thread.faces)
    return True


def _depths(whole: float) -> list[float]:
    """Return the depth of each pass. The last depth comes twice: the repeat removes the material left by the tool's deflection."""
    count = max(LEAST_PASSES, math.ceil(whole / PASS_MM))
    return [*(whole * math.sqrt(i / count) for i in range(1, count + 1)), whole]


def _lead(work: TurnWork, thread: Thread, rpm: float) -> float:
    """Return the distance (mm) before the first turn in which the carriage gets up to speed: v^2 / 2a plus a pitch, at
    least three pitches.
    """
    speed = thread.pitch_mm * rpm / 60
    return max(LEAD_PITCHES * thread.pitch_mm, speed**2 / (2 * work.lathe.accel_mm_s2) + thread.pitch_mm)


def _run(work: TurnWork, thread: Thread, tool: Tool, points: Floats, crest: float, lead: float) -> _Run | None:
    """Return the run of the tool's point; None if collars, jaws or a shoulder leave no room for it."""
    pitch, nose = thread.pitch_mm, tool.nose_radius_mm or 0.0
    bottom = thread.diameter_mm / 2 - FLANK_PITCHES * pitch + nose
    low, high = float(points[:, 0].min()), float(points[:, 0].max())
    flank = (crest - bottom) * math.tan(math.radians(30.0)) + nose
    until = high - thread.depth_mm if 0 < thread.depth_mm < high - low else low
    left = until - flank - _APART_MM if until > low + flank + _APART_MM else low - CHAMFER_PITCHES * pitch
    away = shapely.box(left, bottom - 0.01, high + CHAMFER_PITCHES * pitch, crest + 1e-3)
    stands = filled(shapely.union(work.piece, work.kept)).difference(away)
    closed = limits(stands, work.guard, shape_of(tool), 0.0)
    spans = open_spans(closed, bottom, max(work.left, left), high + lead)
    span = next(((a, b) for a, b in spans if a - nose < high and b > high), None)
    if span is None or span[1] - nose - high < LEAST_LEAD_PITCHES * pitch:
        return None
    end = max(span[0] + _APART_MM, until - nose)
    if end + nose > min(low + RUN_OUT_PITCHES * pitch, (low + high) / 2) and end + nose > until + 1e-6:
        return None
    return _Run(min(span[1], high + lead) - nose, end, crest, bottom)


def _above(work: TurnWork, tool: Tool, run: _Run) -> float:
    """Return a radius at which the tool comes from the right and goes back, clear of everything there and beside the thread."""
    wide = tool.flute_length_mm + tool.shank_diameter_mm
    beside = work.piece.intersection(shapely.box(run.end - wide, 0.0, max(run.start + wide, work.right), work.above))
    return min(work.above, float(beside.bounds[3]) + CLEAR_MM / 2)


def _tap(work: TurnWork, thread: Thread, points: Floats) -> bool:
    """Tap a hole on the axis that opens at the right; return whether the tap gets there."""
    tool = tap_for(thread, work.tools)
    bore = bore_of(work.outline)
    if tool is None or bore.is_empty:
        return False
    low, high, core = float(points[:, 0].min()), float(points[:, 0].max()), float(points[:, 1].min())
    if bore.distance(shapely.Point((low + high) / 2, core)) > 1e-3:
        return False
    beyond = shapely.LineString([(low - thread.pitch_mm, 0.98 * core), (low - 1e-3, 0.98 * core)])
    through = low <= float(work.outline.bounds[0]) + 1e-6 or bool(bore.buffer(1e-6).contains(beyond))
    tip = tap_tip(thread, high, low, through)
    start = work.right + CLEAR_MM
    bare = shape_of(msgspec.structs.replace(tool, diameter_mm=2 * core - 0.1))
    way = np.array([[start, 0.0], [tip, 0.0]])
    if tip >= high:
        return False
    stands = both_sides(work.piece)
    if any(stands.intersection(swept(way, body)).area > LEAST_BAND_MM2 for body in (bare.cuts, *bare.bodies)):
        return False
    data = threading_data(tool, thread, work.material, work.lathe)
    before, line = work.leftover(), len(work.program.blocks)
    work.program.load(tool, data, f"tap {size_words(thread)}", constant_speed=False)
    work.program.rapid((work.program.safe_z, 0.0), (start, 0.0))
    work.program.tap(tip, thread.pitch_mm)
    work.program.rapid((work.program.safe_z, 0.0))
    work.record("tap", tool, data, line, before, faces=thread.faces)
    return True
