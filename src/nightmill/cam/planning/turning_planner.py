"""Plan turned parts: from a body of revolution to lathe setups, programs and sheets.

A bar is held in a three-jaw chuck; the right end is faced, drilled and bored, the outside roughed, finished and grooved,
and the piece parted off. A second setup cuts the surface that the first can't reach, with the piece turned end for end in
soft jaws on a finished cylinder. Planning tries each end as the first one, and keeps the plan that leaves less uncut or, if
equal, the quicker plan.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad import PartModel
from nightmill.cam.documents.turning_setup_sheet import turning_sheet
from nightmill.cam.fixturing.chucks import Chuck, bar_chuck, slender_words, soft_chuck
from nightmill.cam.geometry.setup_frames import as_rows
from nightmill.cam.planning.mill_turn import milled_after, revolved
from nightmill.cam.planning.plan_record import Made, ProcessPlan, Refused
from nightmill.cam.planning.planning_task import PlanningTask
from nightmill.cam.post.planned_program import planned_program
from nightmill.cam.strategies.holemaking.hole_finishing import size_words
from nightmill.cam.strategies.turning.boring import bore_of, inside
from nightmill.cam.strategies.turning.outside_turning import face, outside, part_off, parting_tool
from nightmill.cam.strategies.turning.setup_state import NEAR_MM, TurnWork, proud_share
from nightmill.cam.strategies.turning.threading import cut_threads, runs_of, tap_lead, threaded_spans, unturnable
from nightmill.cam.strategies.turning.turning_paths import filled
from nightmill.cam.strategies.turning.turning_profile import Profile, turned_profile
from nightmill.cam.tooling.tool_library import Lathe, default_lathe, lathe_of
from nightmill.cam.tooling.tool_selection import mills as end_mills
from nightmill.cam.toolpath.turning_program import TurningProgram
from nightmill.vocabulary.plan import PLAN_FORMAT, TURNING_TOOLS, Body, Matrix4, Plan, Setup, Thread, Tool, Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason as Why
from nightmill.vocabulary.uncut_reasons import reason_text

Floats = NDArray[np.float64]

FACE_MM, SIDE_MM = 1.0, 1.0
BAR_STEP_MM = 1.0
BACK_MM = 0.5
BEHIND_MM = 1.0
JAW_GAP_MM = 3.0
BAR_GRIP_MM = 25.0
SAFE_MM = 3.0
LEAST_LEFT_MM2 = 1e-3
DISC_SHARE = 0.5
"""Ratio of length to diameter below which a piece is a disc, which a mill holds and cuts as well as a lathe does."""
GROOVED_SHARE, GROOVE_ROWS = 0.003, 200
"""Fraction of the half-section's area that must be open between walls for a groove, and the number of radii searched."""
NECK_SHARE = 0.4
WORTH_SHARE = 0.5
"""Largest fraction of the surface left by the lathe (apart from where it held the piece) that a mill may leave and still be
worth a setup.
"""
_TRACE_MM2 = 0.05

NO_ROOM = "a collar, a shoulder or the chuck leaves no room for the lathe tool"


@dataclass
class _Way:
    """One order of setups: the direction that the first setup faces (+1 along the profile's axis, -1 against it), and the result."""

    stock: Body
    sign: float
    hung: bool
    left: BaseGeometry
    piece: BaseGeometry
    setups: list[Setup] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    sheets: list[tuple[Setup, float, float]] = field(default_factory=list)
    seconds: float = 0.0
    held: bool = False
    """There is no cylinder to hold the piece by in a second setup."""
    slender: list[str] = field(default_factory=list)
    bare: list[Thread] = field(default_factory=list)
    """Threads that none of the setups could cut."""


@dataclass(frozen=True)
class Chucked:
    """A profile as it is chucked: its right end, at ``end`` along the axis (mm), is z = 0, and Z points along ``sign`` times the axis.

    ``outline`` and the generator (n, 2) of each face in ``faces`` are in (z, x), x the radius.
    """

    profile: Profile
    sign: float
    end: float
    outline: BaseGeometry
    faces: dict[int, Floats]

    @classmethod
    def of(cls, profile: Profile, sign: float) -> "Chucked":
        """Return the profile chucked by its end away from ``sign``."""
        end = float(profile.section.bounds[2] if sign > 0 else profile.section.bounds[0])

        def along(points: Floats) -> Floats:
            return (points - np.array([end, 0.0])) * np.array([sign, 1.0])

        faces = {face: along(curve) for face, curve in profile.curves.items()}
        return cls(profile, sign, end, shapely.transform(profile.section, along), faces)

    @property
    def matrix(self) -> Matrix4:
        """Return the matrix from model to work coordinates: Z along the axis away from the chuck, zero at the finished
        right end on the axis.
        """
        z = self.sign * self.profile.axis
        x = np.cross(z, [1.0, 0.0, 0.0] if abs(z[0]) < 0.9 else [0.0, 1.0, 0.0])
        x /= np.linalg.norm(x)
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack([x, np.cross(z, x), z])
        matrix[:3, 3] = -matrix[:3, :3] @ (self.profile.origin + self.end * self.profile.axis)
        return as_rows(matrix)


def plan_turned(
    task: PlanningTask,
    *,
    progress: Callable[[str, float], None] | None = None,
    late: Callable[[], bool] = lambda: False,
    made: Made | None = None,
) -> ProcessPlan | None:
    """Plan a part on a lathe; None if it isn't a body of revolution or is too large, or if no turning tool is listed.

    Features off the axis follow on the mill. If they are more than 0.4 % of the surface, the answer is None if they can't
    be cut from the turned piece, and for a disc with no groove or thread around it, which the mill makes alone; less than
    that stays uncut if the mill can't hold the piece for them. The surface for a second setup also follows on the mill if
    no cylinder is long enough to hold the piece by, unless there is no mill and no milling cutter among the tools; so does
    the whole part if the thread in a hole needs a mill. A turning tool is left out if verification refused one of its steps
    and a similar tool is listed. ``late`` returns whether planning must end. ``made`` is called with the turned plan before
    it is milled.
    """
    part = task.part
    if not any(tool.type == "turning" and not tool.pitch_mm for tool in task.tools):
        return None
    profile = turned_profile(part)
    turret = lathe_of(task.lathe) if task.lathe is not None else default_lathe()
    if profile is None:
        return None
    mills = task.mills and bool(end_mills(task.tools))
    shared = _assigned_threads(task, profile, mills)
    if (mills and shared.for_mill) or not _fits_lathe(profile, turret):
        return None
    budget = task.params.budget
    most_share = budget.of_surface(budget.turned_share)
    milled_too = profile.off_axis_mm2 > most_share * part.area_mm2 or bool(shared.beside)
    if milled_too and _disc(profile.section) and not shared.outer:
        return None
    on_lathe = replace(task, tools=_usable_tools(task.tools, task.without), threads=shared.turned)
    ways = []
    for index, sign in enumerate((1.0, -1.0)):
        if progress:
            progress(f"turning from {'one end' if index == 0 else 'the other end'}", 0.2 + 0.3 * index)
        ways.append(_way(on_lathe, turret, Chucked.of(profile, sign)))
    best = min(ways, key=_rank)
    assumed = () if task.lathe is not None else (f"lathe: the default one, {turret.name}",)
    plan = _plan(task, profile, best, assumed)
    plan = replace(plan, notes=(*plan.notes, *shared.notes))
    held, more = _faces_left_for(plan, {Why.HELD_IN_JAWS}), _faces_left_for(plan, {Why.IN_BORE, Why.OUTSIDE})
    if sum(each.area_mm2 for each in plan.plan.uncut if set(each.faces) <= set(more)) <= most_share * part.area_mm2:
        more = ()
    if not milled_too and not (mills and (held or more or profile.off_axis)):
        return _with_held_note(plan)
    if progress:
        progress("milling what the lathe leaves", 0.8)
    if made is not None:
        made(plan.plan, plan.files, False)
    piece = revolved(best.piece, best.setups[-1].model_to_work)
    faces = (*profile.off_axis, *held, *more)
    most = most_share if milled_too else (WORTH_SHARE if more else 1.0) * _uncut_mm2(plan) / part.area_mm2
    whole = milled_after(plan, replace(task, threads=shared.beside), faces, piece, late=late, most=most)
    if whole is None or (not milled_too and len(whole.plan.setups) == len(plan.plan.setups)):
        return None if milled_too else _with_held_note(plan)
    if _uncut_mm2(whole) > most_share * part.area_mm2:
        return _with_held_note(replace(whole, held=plan.held))
    return whole


def _with_held_note(plan: ProcessPlan) -> ProcessPlan:
    """Return the plan with a note, before the others, if the end in the jaws stays uncut."""
    return replace(plan, notes=(reason_text(Why.HELD_IN_JAWS), *plan.notes)) if plan.held else plan


def _faces_left_for(plan: ProcessPlan, reasons: set[Why]) -> tuple[int, ...]:
    """Return the faces with surface that stays uncut for one of these reasons."""
    return tuple(face for record in plan.plan.uncut if record.code in reasons for face in record.faces)


def _rank(way: _Way) -> tuple[float, int, bool, int, float]:
    """Return a sort key that is larger for a worse plan, most important criterion first."""
    return round(way.left.area, 2), len(way.bare), way.hung, len(way.setups), way.seconds


def _usable_tools(tools: tuple[Tool, ...], without: frozenset[Refused]) -> tuple[Tool, ...]:
    """Return the tools without the lathe tools that verification refused, as long as one of the same kind is left."""
    refused = {each.tool for each in without}
    left = tuple(tool for tool in tools if tool.number not in refused or tool.type not in TURNING_TOOLS)
    kinds = {_interchange_key(tool) for tool in left}
    return tuple(tool for tool in tools if tool in left or _interchange_key(tool) not in kinds)


def _interchange_key(tool: Tool) -> tuple[str, float | None, bool]:
    """Return the same key for tools that can replace each other: threading inserts only of the same pitch, no blade for an
    insert with a nose.
    """
    return tool.type, tool.pitch_mm, tool.width_mm is not None


@dataclass(frozen=True)
class _Threads:
    """Which machine cuts which thread: the lathe (``turned``), the mill after it in holes ``beside`` the axis; ``notes``
    name the threads that neither cuts.

    ``outer``: whether a thread is cut on the outside; ``for_mill``: whether one of the uncut threads is in a hole, where a
    mill may cut it.
    """

    turned: tuple[Thread, ...]
    beside: tuple[Thread, ...]
    notes: tuple[str, ...]
    outer: bool
    for_mill: bool


def _assigned_threads(task: PlanningTask, profile: Profile, mills: bool) -> _Threads:
    part = task.part

    def hollow(some: tuple[Thread, ...]) -> list[bool]:
        return [part.faces[face].hollow for each in some for face in each.faces]

    reasons = {each: unturnable(each, part, profile.curves, task.tools) for each in task.threads}
    able = [each for each in reasons if not reasons[each]]
    runs = (run for each in able for run in runs_of(each, profile.curves, profile.section))
    turned = tuple(dict.fromkeys(runs))
    beside = tuple(each for each in reasons if mills and set(each.faces) <= set(profile.off_axis))
    left = tuple(each for each in reasons if reasons[each] and each not in beside)
    notes = tuple(_not_cut(each, reasons[each]) for each in left)
    return _Threads(turned, beside, notes, not all(hollow(turned)), any(hollow(left)))


def _fits_lathe(profile: Profile, lathe: Lathe) -> bool:
    """Return whether the bar for a profile fits the lathe."""
    low, _, high, radius = profile.section.bounds
    return bool(2 * _bar_radius(radius) <= lathe.swing_mm and high - low + 2 * BAR_GRIP_MM <= lathe.length_mm)


def _disc(section: BaseGeometry) -> bool:
    """Return whether a mill makes this body of revolution as well as a lathe: low and wide, with no groove around it."""
    low, _, high, radius = section.bounds
    return bool(high - low < DISC_SHARE * 2 * radius) and not _grooved(section)


def _uncut_mm2(planned: ProcessPlan) -> float:
    return sum(record.area_mm2 for record in planned.plan.uncut)


def _grooved(section: BaseGeometry) -> bool:
    """Return whether there is an open gap between walls along the axis, such as a belt groove, which no mill can see from an end."""
    low, inner, high, radius = section.bounds
    rows = np.linspace(inner, radius, GROOVE_ROWS + 2)[1:-1]
    open_mm2 = 0.0
    for r in rows:
        spans = shapely.LineString([(low - 1.0, r), (high + 1.0, r)]).intersection(section)
        if not spans.is_empty:
            open_mm2 += (float(spans.bounds[2] - spans.bounds[0]) - float(spans.length)) * (rows[1] - rows[0])
    return bool(open_mm2 > GROOVED_SHARE * section.area)


def _hangs_on_neck(outline: BaseGeometry) -> bool:
    """Return whether, seen from the chuck, a thick end is supported only by a thin neck while it is being turned."""
    ring = np.asarray(filled(outline).exterior.coords)
    order = ring[np.argsort(-ring[:, 0])]
    radii = [float(filled(outline).intersection(shapely.box(z - 0.01, 0.0, z + 0.01, 1e4)).bounds[3]) for z, _ in order]
    return bool((np.array(radii) < NECK_SHARE * np.maximum.accumulate(radii)).any())


def _bar_radius(radius: float) -> float:
    """Return the radius of the next larger bar with a diameter in whole millimetres, allowance included."""
    return math.ceil((2 * radius + SIDE_MM) / BAR_STEP_MM - 1e-9) * BAR_STEP_MM / 2


def _way(task: PlanningTask, lathe: Lathe, chucked: Chucked) -> _Way:
    """Plan from one end: in one setup if everything comes out finished, including the parted face, otherwise in two."""
    low = float(chucked.outline.bounds[0])
    way, work = _first(task, lathe, chucked, 0.0)
    whole = work.leftover().area <= LEAST_LEFT_MM2 and float(work.piece.bounds[0]) >= low - 1e-6
    if not whole or way.bare:
        again, work = _first(task, lathe, chucked, BACK_MM)
        _second(task.part, chucked.profile, again, work)
        if not again.held and (not whole or len(again.bare) < len(way.bare)):
            return again
        if not whole:
            _use_one_setup(way, low)
    return way


def _use_one_setup(way: _Way, end: float) -> None:
    """Keep one setup only: the surface that a second setup would cut stays uncut, as does material beyond the part's
    ``end`` if nothing parts it off.
    """
    way.held = True
    beyond = shapely.box(end - BACK_MM, 0.0, end - 1e-6, float(way.piece.bounds[3]) + 1.0)
    way.left = shapely.union(way.left, way.piece.intersection(beyond))


def _first(task: PlanningTask, lathe: Lathe, chucked: Chucked, back: float) -> tuple[_Way, TurnWork]:
    """Plan the setup in the bar; ``back``: the material that parting off leaves on the left end for the second setup, mm."""
    part, outline = task.part, chucked.outline
    length, radius = -float(outline.bounds[0]), _bar_radius(float(outline.bounds[3]))
    blades = [t for t in task.tools if t.type == "parting" and t.flute_length_mm >= radius + 1.0]
    width = min((t.width_mm or t.diameter_mm for t in blades), default=0.0)
    stub = -(length + back + width + BEHIND_MM)
    jaws = stub - JAW_GAP_MM
    bar_end = jaws - BAR_GRIP_MM
    piece = shapely.box(bar_end, 0.0, FACE_MM, radius)
    left_end = _left_radius(outline)
    kept = shapely.union_all(
        [outline, shapely.box(stub, 0.0, -length + 1e-3, max(left_end, 0.01)), shapely.box(bar_end, 0.0, stub, radius)]
    )
    chuck = bar_chuck("1", radius, jaws)
    title = [f"Nightmill  part {part.name}", "setup 1 turning from the bar", f"material {task.material.name}"]
    program = TurningProgram(lathe, title, FACE_MM + SAFE_MM)
    work = TurnWork(
        outline, piece, kept, chuck.guard, stub + 0.3, chucked.faces, task.tools, lathe, task.material, program
    )
    work.asked += task.threads
    face(work)
    inside(work, stub - tap_lead([each for each in task.threads if part.faces[each.faces[0]].hollow]))
    outside(work)
    cut_threads(work)
    blade = parting_tool(work, radius + 1.0)
    if blade is not None:
        part_off(work, blade, -length - back)
    way = _Way(_bar(chucked, bar_end, radius), chucked.sign, _hangs_on_neck(outline), work.leftover(), work.piece)
    _close(way, work, chuck, chucked.matrix, (2 * radius, FACE_MM - bar_end))
    return way, work


def _left_radius(outline: BaseGeometry) -> float:
    """Return the outer radius of the part at its left end."""
    low = float(outline.bounds[0])
    edge = outline.intersection(shapely.box(low - 1.0, 0.0, low + 2e-3, 1e4))
    return float(edge.bounds[3])


def _bar(chucked: Chucked, bar_end: float, radius: float) -> Body:
    axis = chucked.profile.axis
    return Body(
        kind="cylinder",
        base=_vector(chucked.profile.origin + (chucked.end + chucked.sign * bar_end) * axis),
        axis=_vector(chucked.sign * axis),
        radius=radius,
        height=FACE_MM - bar_end,
    )


def _vector(values: Floats) -> tuple[float, float, float]:
    return (float(values[0]) + 0.0, float(values[1]) + 0.0, float(values[2]) + 0.0)


def _close(way: _Way, work: TurnWork, chuck: Chuck, matrix: Matrix4, size: tuple[float, float]) -> None:
    """End the program of a setup and record it with its files; ``size``: diameter and length of the piece, mm."""
    name = str(len(way.setups) + 1)
    gives = slender_words(work.outline, chuck.front, work.steps, work.material)
    way.slender += [f"setup {name}: {gives}"] if gives else []
    programs, steps = planned_program(name, work.program.finish(), work.steps)
    way.files.update({**programs, **chuck.files})
    setup = Setup(
        name=name,
        kind="turn",
        program=f"{name}.ngc",
        work_offset="G54",
        model_to_work=matrix,
        fixtures=chuck.bodies,
        steps=steps,
        cycle_time_s=round(work.program.time_s, 1),
        workholding=f"{chuck.words}; {gives}" if gives else chuck.words,
    )
    way.setups.append(setup)
    way.sheets.append((setup, *size))
    way.seconds += work.program.time_s
    way.left, way.piece, way.bare = work.leftover(), work.piece, work.asked


def _second(part: PartModel, profile: Profile, way: _Way, work: TurnWork) -> None:
    """Turn the piece end for end into soft jaws on a finished cylinder and cut the rest."""
    length = -float(work.outline.bounds[0])

    def flipped(points: Floats) -> Floats:
        return (points + np.array([length, 0.0])) * np.array([-1.0, 1.0])

    outline = shapely.transform(work.outline, flipped)
    piece = shapely.transform(work.piece, flipped)
    faces = {face: flipped(curve) for face, curve in work.faces.items()}
    todo = shapely.transform(work.piece.difference(filled(work.outline).buffer(NEAR_MM)), flipped)
    carved = [(-high - length, -low - length) for low, high in threaded_spans(work)]
    grip = _grip(outline, carved, [float(each.bounds[0]) for each in shapely.get_parts(todo) if each.area > _TRACE_MM2])
    if grip is None:
        way.held = True
        return
    radius, front = grip
    chuck = soft_chuck("2", radius, front, float(piece.bounds[0]))
    title = [
        f"Nightmill  part {part.name}",
        "setup 2 turned end for end in soft jaws",
        f"material {work.material.name}",
    ]
    program = TurningProgram(work.lathe, title, max(0.0, float(piece.bounds[2])) + SAFE_MM)
    second = TurnWork(
        outline, piece, outline, chuck.guard, front + 1.0, faces, work.tools, work.lathe, work.material, program
    )
    second.asked += work.asked
    face(second)
    inside(second, float(outline.bounds[0]))
    outside(second)
    cut_threads(second)
    size = 2 * float(piece.bounds[3]), float(np.ptp(piece.bounds[::2]))
    _close(way, second, chuck, Chucked.of(profile, -way.sign).matrix, size)
    held = second.piece.difference(second.outline.buffer(NEAR_MM))
    way.left = shapely.transform(held, flipped)


def _grip(
    outline: BaseGeometry, carved: list[tuple[float, float]], work_from: list[float]
) -> tuple[float, float] | None:
    """Return the radius of the cylinder to hold the piece by, and where the jaws end: the thickest and longest cylinder to
    the left of all work.

    ``carved``: stretches along the axis that carry a thread, where the jaws must not clamp.
    """
    ring = np.asarray(outline.exterior.coords)
    found = []
    for a, b in pairwise(ring):
        if abs(a[1] - b[1]) > 1e-6 or a[1] < 0.5:
            continue
        low, high = sorted((float(a[0]), float(b[0])))
        if any(low < until - 1e-6 and since + 1e-6 < high for since, until in carved):
            continue
        behind = outline.intersection(shapely.box(-1e4, 0.0, high - 1e-3, 1e4))
        front = min([high, *work_from]) - 1.3
        if front - low < max(2.0, 0.2 * a[1]) or float(behind.bounds[3]) > a[1] + 1e-6:
            continue
        found.append((float(a[1]), front, front - low))
    if not found:
        return None
    radius, front, _ = max(found, key=lambda each: (each[0] * min(1.0, each[2] / each[0]), each[2]))
    return radius, front


def _plan(task: PlanningTask, profile: Profile, way: _Way, assumed: tuple[str, ...]) -> ProcessPlan:
    part = task.part
    plan = Plan(
        format=PLAN_FORMAT,
        part=part.name,
        units="mm",
        target_sha256=part.sha256,
        stock=way.stock,
        tools=task.tools,
        setups=tuple(way.setups),
        uncut=_uncut(part, profile, way),
        cycle_time_s=round(sum(setup.cycle_time_s for setup in way.setups), 1),
        material=task.material.name,
        assumed=assumed,
        body=part.body,
    )
    for setup, diameter, length in way.sheets:
        way.files |= turning_sheet(plan, setup, part.mesh, (diameter, length), way.files)
    bare = [_not_cut(each, NO_ROOM) for each in way.bare]
    return ProcessPlan(plan, way.files, (*way.slender, *bare), way.held)


def _not_cut(thread: Thread, why: str) -> str:
    faces = ", ".join(map(str, thread.faces))
    return f"thread {size_words(thread)} on faces {faces} is not cut: {why}"


def _uncut(part: PartModel, profile: Profile, way: _Way) -> tuple[Uncut, ...]:
    """Return the surface that stays proud, by reason."""
    chucked = Chucked.of(profile, way.sign)
    found: dict[Why, list[tuple[int, float]]] = {}
    bores = _bores(chucked.outline)
    for each in part.faces:
        if each.id in profile.off_axis:
            found.setdefault(Why.OFF_AXIS, []).append((each.id, each.area_mm2))
            continue
        if each.id not in profile.curves:
            continue
        curve = chucked.faces[each.id]
        share = proud_share(curve, way.left)
        if share > 0:
            middle = shapely.line_interpolate_point(shapely.LineString(curve), 0.5, normalized=True)
            within = not bores.is_empty and bores.distance(middle) < 1e-3
            reason = Why.HELD_IN_JAWS if way.held else Why.IN_BORE if within else Why.OUTSIDE
            found.setdefault(reason, []).append((each.id, share * each.area_mm2))
    return tuple(
        Uncut.of(tuple(number for number, _ in rows), round(sum(area for _, area in rows), 3), reason)
        for reason, rows in found.items()
    )


def _bores(outline: BaseGeometry) -> BaseGeometry:
    mirrored = shapely.transform(outline, lambda points: points * np.array([-1.0, 1.0]))
    back = shapely.transform(bore_of(mirrored), lambda points: points * np.array([-1.0, 1.0]))
    return shapely.union(bore_of(outline), back)
