"""Plan a part's route: stock, setups, fixtures, tools, programs and the surface that stays uncut."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import manifold3d as m3
import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cam.documents.setup_sheet import setup_sheet
from nightmill.cam.fixturing.clamping_forces import held_words
from nightmill.cam.fixturing.frame_plate import STRAP_ROOM_MM, Frame, below_tabs, outline_of, parted
from nightmill.cam.fixturing.workholding import Holding, Standing, soft_jaws, vise
from nightmill.cam.geometry.bores import Bore, bores, tapers
from nightmill.cam.geometry.setup_frames import DIRECTIONS, as_rows, axis_of, inverted, opposite, placed, turned
from nightmill.cam.geometry.solids import box, moved, solid_of, stl_of
from nightmill.cam.geometry.visible_surface import HeightMap, height_map, sampled, seen
from nightmill.cam.planning.pass_search import Passes
from nightmill.cam.planning.plan_record import Made, ProcessPlan, gave_up_note
from nightmill.cam.planning.plan_state import Job, Work
from nightmill.cam.planning.planning_task import PlanningTask
from nightmill.cam.planning.rest_budget import asked_faces
from nightmill.cam.planning.tilted_setups import tilted_directions
from nightmill.cam.planning.tool_elimination import less_drilled
from nightmill.cam.planning.tool_sequence import job_of, mill_stage
from nightmill.cam.planning.uncut_reasons import uncut_patches
from nightmill.cam.planning.workholding_choice import Flat, Hold, clampings, held_flat, raw_plate
from nightmill.cam.post.planned_program import planned_program
from nightmill.cam.probing.probe_cycles import probing_program
from nightmill.cam.probing.probe_points import probing_of
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.stock.open_areas import STEEP, Slabs, near_open, planned_levels, room_mm
from nightmill.cam.stock.z_levels import lowest_beside
from nightmill.cam.strategies.holemaking.drilling import HoleSetup, drilled_bores
from nightmill.cam.strategies.holemaking.hole_finishing import THREADING, asked_of, untapped
from nightmill.cam.strategies.milling.chamfering import chamfers
from nightmill.cam.strategies.milling.inner_radii import Inner, inner_of
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.tooling.tool_selection import first_mill, reaches, rest_diameters
from nightmill.cam.toolpath.milling_program import Program
from nightmill.vocabulary.plan import PLAN_FORMAT, UNCUT_SHARE_LIMIT, Body, Plan, Probing, Setup, Step, Tool, Uncut
from nightmill.vocabulary.planner_params import StockParams
from nightmill.vocabulary.uncut_reasons import UncutReason

THROUGH_MM = 0.3
STEEP_FOOT, AT_OUTLINE_MM = 0.3, 0.5
"""Largest upward component of the normal of a face that is a wall of the outline, and how close to the outline such a face is."""
PIXELS = 500
RawBox = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Low and high corner (3,) of the raw piece."""
Tell = Callable[[Setup, dict[str, bytes]], None]


def plan_route(
    task: PlanningTask,
    *,
    progress: Callable[[str, float], None] | None = None,
    budget_s: float = 60.0,
    clock: Callable[[], float] | None = None,
    made: Made | None = None,
) -> ProcessPlan:
    """Plan all setups of a part on the mill; ``progress``, ``budget_s``, ``clock`` and ``made``: see ``nightmill.cam.plan_route``.

    The result lists every face that the programs leave more than 0.05 mm proud. Raises BadInput if the mesh isn't closed or
    there is no end mill among the tools.
    """
    tell = progress or (lambda _word, _share: None)
    part = task.part
    low, high = np.array(part.low), np.array(part.high)
    end = clock() + budget_s if clock else 0.0
    work = _prepare(task)
    work.asks = asked_of(part, task.threads, task.requirements)
    work.account.keep_off(asked_faces(part, task.threads, task.requirements))
    if clock:
        ticks = clock
        work.late = lambda: ticks() > end
        work.turn_of = lambda share: _turn(ticks, end, share, work)
    first, flat, raw = _first_clamping(work, low, high)
    if not _fits(task.machine, raw[1] - raw[0]):
        return task.unplanned(UncutReason.TOO_LARGE)
    work.piece = box(raw[0].tolist(), raw[1].tolist())
    total = float(work.samples.area.sum())
    tried: set[str] = set()
    clamped = clampings(work, flat) if flat else []
    direction: str | None = first

    def tell_made(setup: Setup, files: dict[str, bytes]) -> None:
        """Report a setup that is ready; ``whole`` if no other setup can follow, whatever the check for free surface finds."""
        if made is not None:
            whole = not clamped and _next_direction(work, first, tried, total) is None
            made(_plan(work, raw, (), (setup,)), work.files | files, whole)

    most = len(DIRECTIONS) + task.params.search.tilted_setups
    while direction is not None and len(work.setups) < most and not work.late():
        direction, hold = clamped.pop(0) if clamped else (direction, None)
        tell(f"setup {len(work.setups) + 1} from {direction}", min(0.9, 0.1 + 0.2 * len(tried)))
        tried.add(direction)
        if hold is not None and not clamped:
            _mark_outline_visible(work, direction)
        try:
            _setup(work, direction, raw, hold, tell_made)
        except shapely.errors.GEOSException as error:
            # overlay of degenerate outlines fails occasionally; the setup is given up, and none of it is kept
            work.notes.append(gave_up_note(direction, error))
        direction = clamped[0][0] if clamped else _next_direction(work, first, tried, total)
    if made is not None and work.setups:
        made(_plan(work, raw, ()), work.files, True)
    tell("report", 0.95)
    if work.late() or work.cut_short:
        work.notes.append(f"planning ended after its budget of {budget_s:.3g} s; more could be cut")
    steps = [step for setup in work.setups for step in setup.steps]
    work.notes += untapped(
        work.asks, {f for step in steps if step.strategy in THREADING for f in step.faces}, part, task.tools
    )
    if not work.setups:
        work.notes.append("no setup: no tool reaches the part")
    forgone = work.account.words()
    work.notes += [forgone] if forgone else []
    plan = _plan(work, raw, uncut_patches(work))
    for setup in plan.setups:
        work.files |= setup_sheet(plan, setup, part.mesh, work.pieces[setup.name], work.files)
    return ProcessPlan(plan, work.files, tuple(work.notes))


def _plan(work: Work, raw: RawBox, uncut: tuple[Uncut, ...], more: tuple[Setup, ...] = ()) -> Plan:
    """Return the unfinished plan made from a raw box: the earlier setups and the one just finished."""
    low, high = raw
    return Plan(
        format=PLAN_FORMAT,
        part=work.part.name,
        units="mm",
        target_sha256=work.part.sha256,
        stock=Body(kind="box", min=_vector(low), max=_vector(high)),
        tools=work.tools,
        setups=(*work.setups, *more),
        uncut=uncut,
        cycle_time_s=round(sum(s.cycle_time_s for s in (*work.setups, *more)), 1),
        material=work.material.name,
        body=work.part.body,
    )


def _turn(clock: Callable[[], float], end: float, share: float, work: Work) -> Callable[[], bool]:
    """Return a function that tells whether work that starts now has used up its ``share`` of the remaining time, so
    that enough time is left for other work.
    """
    now = clock()
    mine = now + share * max(0.0, end - now)

    def over() -> bool:
        late = clock() > mine
        work.cut_short = work.cut_short or late
        return late

    return over


def slopes_share(work: Work, direction: str, open_: NDArray[np.bool_]) -> float:
    """Return the fraction of the remaining time that the slopes of a setup may take.

    It depends on the uncut surface there (rows of ``open_``) and on the surface that waits for later setups: cutting
    slivers with the finest tools must not leave too little time for whole walls.
    """
    samples, gone = work.samples, {direction, *(setup.direction for setup in work.setups)}
    coming = [rows for other, rows in work.visible.items() if other not in gone]
    waiting = samples.uncut & ~work.by_hand & ~work.visible[direction]
    waiting &= np.any(coming, axis=0) if coming else False
    here, there = (float(samples.area[rows].sum()) for rows in (open_ & samples.uncut, waiting))
    most, least = work.params.search.setup_time_share, work.params.search.slopes_time_share
    return min(most, max(least, here / (here + there))) if here else least


def _fits(machine: Machine, size: NDArray[np.float64]) -> bool:
    """Return whether the piece fits within the machine's travels, comparing sides and travels in order of size."""
    return bool((np.sort(size) <= np.sort(np.array(machine.travel_mm))).all())


def _prepare(task: PlanningTask) -> Work:
    part = task.part
    solid = solid_of(part.mesh, np.eye(4))
    samples = sampled(part.mesh, 20000)
    visible: dict[str, NDArray[np.bool_]] = {}
    maps: dict[str, HeightMap] = {}
    for direction in DIRECTIONS:
        rotation = turned(direction)[:3, :3]
        maps[direction] = height_map(part.mesh.vertices @ rotation.T, part.mesh.triangles, PIXELS)
        visible[direction] = seen(maps[direction], samples.points @ rotation.T, samples.normals @ rotation.T)
    for tilted in tilted_directions(part, samples, visible, PIXELS, task.params):
        if not _fits(task.machine, np.ptp(part.mesh.vertices @ turned(tilted.direction)[:3, :3].T, axis=0)):
            continue
        for direction in DIRECTIONS:
            visible[direction] &= ~tilted.opened
        visible[tilted.direction], maps[tilted.direction] = tilted.opened, tilted.heights
    return Work(task, solid, solid, samples, visible, maps)


def first_direction(work: Work, size: NDArray[np.float64]) -> str:
    """Return the direction that sees most of the surface; a low, wide piece is preferred for its grip."""
    total = work.samples.area.sum()
    scores = {}
    for direction in DIRECTIONS:
        visible = work.visible[direction]
        height = float(size @ np.abs(axis_of(direction)))
        scores[direction] = float(work.samples.area[visible].sum() / total) - 0.5 * height / float(size.max())
    return max(scores, key=lambda d: round(scores[d], 6))


def _stock(low: NDArray[np.float64], high: NDArray[np.float64], direction: str, params: StockParams) -> RawBox:
    """Return the raw box: an allowance on every side, plus the vise grip below the part as it is in the first setup."""
    axis = np.array(DIRECTIONS[direction])
    stock_low, stock_high = low - params.side_allowance_mm, high + params.side_allowance_mm
    grip = params.grip_mm + params.grip_clearance_mm
    k = int(np.argmax(np.abs(axis)))
    if axis[k] > 0:
        stock_low[k] = low[k] - grip
    else:
        stock_high[k] = high[k] + grip
    return stock_low, stock_high


def _next_direction(work: Work, first: str, tried: set[str], total: float) -> str | None:
    if opposite(first) not in tried:
        return opposite(first)
    gains = {
        d: float(work.samples.area[work.samples.uncut & ~work.by_hand & work.visible[d]].sum())
        for d in work.visible
        if d not in tried
    }
    worth = [d for d in gains if gains[d] > work.params.budget.setup_share * UNCUT_SHARE_LIMIT * total]
    return max(worth, key=lambda d: (d in DIRECTIONS, gains[d]), default=None)


def _lowest(work: Work, open_: NDArray[np.bool_], points: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    """Return the height down to which a setup is held for the samples ``open_`` (n,) among ``points`` (n, 3).

    ``corners`` (m, 3, 3) of the mesh, all in work coordinates. As nothing is known between samples, the height is below the
    lowest sample by the spacing of the samples, but no lower than the sample's face: otherwise a skin would stay on a wall
    that another setup has cut from the other end.

    From the third setup on, a corner doesn't count if it is forgone or if no thinner mill was tried there: the small gain
    would cost the jaws their grip.
    """
    asked = open_
    if len(work.setups) >= work.params.search.whole_setups:
        asked = open_ & ~work.account.forgone() & ~work.untried
    rows = np.flatnonzero(asked if asked.any() else open_)
    feet = np.full(int(work.part.mesh.face_of.max()) + 1, np.inf)
    np.minimum.at(feet, work.part.mesh.face_of, corners[:, :, 2].min(axis=1))
    heights, face = points[rows, 2], work.samples.face[rows]
    below = np.maximum(feet[face], heights - np.sqrt(work.samples.area[rows]))
    return float(np.minimum(heights, below).min())


def _first_clamping(work: Work, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[str, Flat | None, RawBox]:
    """Return the first direction, how to hold a part that a vise alone can't hold, and the raw box; the bounds (3,) are the part's."""
    first = first_direction(work, high - low)
    flat = held_flat(work, first, high - low)
    if flat is not None and flat.bends:
        work.notes.append(flat.bends)
    if flat is not None and flat.frame is not None:
        framed = framed_plate(work.machine, flat.first, flat.frame, low, high, work.params.stock.side_allowance_mm)
        if framed is not None:
            return flat.first, replace(flat, frame=framed[0]), framed[1]
        work.notes.append(
            "holding: the part bends in a vise, and a raw plate with a frame exceeds the machine's travel"
        )
        flat = Flat(flat.first, None)
    first = flat.first if flat else first
    return first, flat, _stock(low, high, first, work.params.stock)


def framed_plate(
    machine: Machine,
    first: str,
    frame: Frame,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    allowance_mm: float,
) -> tuple[Frame, RawBox] | None:
    """Return a frame whose raw plate fits on the machine, if necessary with only the minimum clearance beside the straps."""
    for each in (frame, replace(frame, room_mm=STRAP_ROOM_MM)):
        plate = raw_plate(low, high, each, first, allowance_mm)
        if _fits(machine, plate[1] - plate[0]):
            return each, plate
    return None


def _setup(
    work: Work, direction: str, raw: RawBox, hold: Hold | None = None, tell: Tell = lambda _setup, _files: None
) -> None:
    """Plan one setup, report it, write its files and return the cut piece."""
    open_ = work.visible[direction] & work.samples.uncut & ~work.by_hand
    if not open_.any():
        return
    untried = work.untried
    try:
        _cut_from(work, direction, raw, open_, hold, tell)
    finally:  # material that this setup hasn't cut keeps the reason from the earlier setup that left it
        work.untried = work.untried | (untried & work.samples.uncut)


def _cut_from(work: Work, direction: str, raw: RawBox, open_: NDArray[np.bool_], hold: Hold | None, tell: Tell) -> None:
    """Plan a setup for the samples ``open_`` (n,)."""
    number = len(work.setups) + 1
    _part_off(work)
    matrix = (
        placed(direction, *(work.left or raw)) if direction in DIRECTIONS else _tilted_matrix(direction, work.piece)
    )
    part, piece = moved(work.solid, matrix), moved(work.piece, matrix)
    points = work.samples.points @ matrix[:3, :3].T + matrix[:3, 3]
    normals = work.samples.normals @ matrix[:3, :3].T
    vertices = work.part.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
    corners = vertices[work.part.mesh.triangles]
    around = bores(work.part, matrix)
    holding, floor = (hold or partial(_in_vise, work.params.stock))(
        Standing(number, part, piece, _lowest(work, open_, points, corners), _finished(work, around))
    )
    work.untried = work.untried & ~open_  # this setup tries these samples again
    box_size = piece.bounding_box()
    top, size = float(box_size[5]), min(box_size[3] - box_size[0], box_size[4] - box_size[1])
    mill = first_mill(work.tools, size)
    uncut = _uncut_faces(work, work.samples.uncut)
    holes = [b for b in (*around, *tapers(work.part, matrix)) if uncut[list(b.faces)].any()]
    drills = drilled_bores(holes, HoleSetup(work.part, matrix, part, piece, holding), work.hole_tools(), work.asks)
    drills = [each for each in drills if not work.leaves_out("drill", each.tool)]
    edges = chamfers(corners, work.part.mesh.face_of, _uncut_faces(work, open_), part, work.tools)
    edges = [each for each in edges if not work.leaves_out("chamfer", each.tool)]
    others = frozenset(f for d in drills for f in d.faces) | _deferred(work, direction)
    done = others | {f for e in edges for f in e.faces}
    asked = _uncut_faces(work, open_)
    asked[list(done)] = False
    levels = _levels(work, direction, corners, asked, Slabs(top, floor, _slab_mm(work, mill)))
    points_only, levels = not levels, _with_heights(levels, holding.levels)
    if points_only:
        levels = [Level(z, False) for z in sorted({d.bore.low for d in drills} | {e.tip for e in edges}, reverse=True)]
    if not levels:
        return
    with ThreadPoolExecutor(1) as hand:  # surface that later setups see needs no levels here
        seen_later = hand.submit(_seen_later, work, direction)
        stage = Stage.of(part + holding.kept, piece, levels, holding.areas)
    if number > work.params.search.whole_setups:
        stage.around = near_open(points[open_], levels, top, room_mm(mill))
    stage.whole = hold is not None  # the web that joins a part to its frame is not part surface
    stage.late = work.turn_of(work.params.search.setup_time_share)
    title = [f"Nightmill  part {work.part.name}", f"setup {number} from {direction}", f"material {work.material.name}"]
    highest = max([top, *(height for _, height in holding.areas)])
    program = Program(work.machine, title, highest + 3.0)
    work.tabbed = below_tabs(points, holding.tabs)
    later = seen_later.result() & holding.kept.is_empty()
    job = Job(work, stage, program, points, normals, later, vertices, direction, matrix[:3, 3])
    if points_only:
        job.drill(drills)
    else:
        open_faces = frozenset(np.flatnonzero(asked).tolist())
        passes = Passes(stage, program, job, work.material, work.machine)
        inner = inner_of(work.part, matrix, open_faces, top)
        inner += (Inner(holding.slot_mm, top - floor),) if holding.slot_mm else ()
        mill_stage(passes, work.tools, mill, lambda: job.drill_first(drills), inner, partial(less_drilled, job))
        job.drill_waiting()
    job.chamfer(edges)
    stage.late = work.turn_of(slopes_share(work, direction, open_))
    with ThreadPoolExecutor(1) as hand:  # slopes are finished below the levels that are swept one by one
        swept = hand.submit(stage.swept)
        # these include chamfers that the pointed tool could not reach
        job.surfaces(_slopes(work, corners, open_ & work.samples.uncut, others))
    if not job.steps:
        return
    work.by_hand |= work.samples.uncut & work.tabbed
    probing = probing_of(piece, holding.areas, str(number))
    programs, steps = planned_program(str(number), program.finish(), job.steps)
    files = {**programs, **holding.files}
    setup = _recorded(work, job, program.time_s, steps, holding, matrix, probing)
    if probing:
        files[probing.program] = probing_program(probing, title)
    tell(setup, files)  # verification may start before the piece is cut for the next setup
    work.piece = moved(piece - stage.removed(swept.result()), inverted(matrix))
    work.bare()
    work.files |= files
    work.pieces[str(number)] = (_vector(box_size[:3]), _vector(box_size[3:]))
    work.setups.append(setup)
    work.sawn = holding.sawn


def _mark_outline_visible(work: Work, direction: str) -> None:
    """Count the foot of the outline as visible in the setup that cuts a part free: because of draft, the web's foot
    can't be seen from there.
    """
    samples, turn = work.samples, turned(direction)
    steep = np.flatnonzero(samples.uncut & (np.abs(samples.normals @ turn[2, :3]) < STEEP_FOOT))
    edge = outline_of(moved(work.solid, turn)).boundary
    places = samples.points[steep] @ turn[:2, :3].T
    feet = np.zeros_like(samples.uncut)
    feet[steep[shapely.dwithin(shapely.points(places), edge, AT_OUTLINE_MM)]] = True
    work.visible[direction] = work.visible[direction] | feet


def _part_off(work: Work) -> None:
    """Take a part out of its frame before another setup if the last setup has cut it free, and record that in the last setup."""
    if work.sawn is None:
        return
    last = work.setups[-1]
    matrix = np.array(last.model_to_work)
    piece = moved(work.piece, matrix)
    around = parted(moved(work.solid, matrix), piece, work.sawn)
    work.sawn = None
    if around is None:
        return
    file = f"{last.name}-parted.stl"
    work.files[file] = stl_of(around)
    work.piece = moved(piece ^ around, inverted(matrix))
    bounds = work.piece.bounding_box()
    work.left = np.array(bounds[:3]), np.array(bounds[3:])
    work.setups[-1] = msgspec.structs.replace(last, parted=Body(file=file, name="the part out of its frame"))


def _recorded(
    work: Work,
    job: Job,
    seconds: float,
    steps: tuple[Step, ...],
    holding: Holding,
    matrix: NDArray[np.float64],
    probing: Probing | None,
) -> Setup:
    """Return the record of a setup whose steps are planned."""
    name = str(len(work.setups) + 1)
    held = held_words(holding.friction_n, holding.presses_n, job.steps, work.material)
    return Setup(
        name=name,
        kind="mill",
        program=f"{name}.ngc",
        work_offset="G54",
        model_to_work=as_rows(matrix),
        fixtures=holding.bodies,
        steps=steps,
        direction=job.direction,
        cycle_time_s=round(seconds, 1),
        workholding=f"{holding.words}; {held}",
        tabs=holding.tabs,
        probing=probing,
    )


def _tilted_matrix(direction: str, piece: m3.Manifold) -> NDArray[np.float64]:
    """Return the matrix from model to work coordinates along a tilted direction: zero at the corner of the piece as it is now."""
    matrix = turned(direction)
    x0, y0, _, _, _, z1 = moved(piece, matrix).bounding_box()
    matrix[:3, 3] = -np.array([x0, y0, z1])
    return matrix


def _slopes(work: Work, corners: NDArray[np.float64], open_: NDArray[np.bool_], done: frozenset[int]) -> list[int]:
    """Return faces that are neither floors nor walls in this setup and have an uncut sample."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    up = cross[:, 2] / np.where(size > 1e-12, size, 1.0)
    slanted = (up > STEEP) & (up < 1 - 1e-7) & (size > 1e-6)
    has = np.zeros(int(work.part.mesh.face_of.max()) + 1, dtype=np.bool_)
    has[work.part.mesh.face_of[slanted]] = True
    wanted = _uncut_faces(work, open_)[: len(has)] & has
    return [int(f) for f in np.flatnonzero(wanted) if f not in done]


def _seen_later(work: Work, direction: str) -> NDArray[np.bool_]:
    """Return which samples a later setup sees from the side: as a floor, or just beside a floor.

    A deep corner between two walls doesn't count: it would be no easier to cut in the later setup.
    """
    found = np.zeros(len(work.samples.uncut), dtype=np.bool_)
    gone = {direction, opposite(direction), *(setup.direction for setup in work.setups)}
    for other in DIRECTIONS:
        if other not in gone:
            found |= work.beside_floors(other)
    return found


def _deferred(work: Work, direction: str) -> frozenset[int]:
    """Return holes along the axis of a later setup: their walls wait for the drill instead of being milled as slopes."""
    found: set[int] = set()
    cut = {setup.direction for setup in work.setups}
    for other in DIRECTIONS:
        if other in cut or other in {direction, opposite(direction)}:
            continue
        seen_from = _uncut_faces(work, work.visible[other] & work.samples.uncut)
        for bore in bores(work.part, turned(other)):
            found.update(f for f in bore.faces if seen_from[f])
    return frozenset(found)


def _uncut_faces(work: Work, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the faces (by id) that the sample ``rows`` belong to."""
    found = np.zeros(max(int(work.part.mesh.face_of.max()) + 1, len(work.part.faces)), dtype=np.bool_)
    found[work.samples.face[rows]] = True
    return found


def _finished(work: Work, holes: list[Bore]) -> list[Bore]:
    """Return the holes in which nothing is left to cut."""
    uncut = _uncut_faces(work, work.samples.uncut)
    return [hole for hole in holes if not uncut[list(hole.faces)].any()]


def _with_heights(levels: list[Level], heights: tuple[float, ...]) -> list[Level]:
    """Return the levels plus those that the holding needs, if there are any levels at all."""
    more = [z for z in heights if levels and not any(abs(level.z - z) < 1e-6 for level in levels)]
    return sorted([*levels, *(Level(z, False) for z in more)], key=lambda level: -level.z)


def _in_vise(params: StockParams, at: Standing) -> tuple[Holding, float]:
    # if cutting the piece's mesh went wrong, jaws must not end up inside the part
    piece = at.piece if at.number == 1 else at.piece + at.part
    return _hold(at.number, piece, float(at.part.bounding_box()[2]), at.lowest, params)


def _hold(number: int, piece: m3.Manifold, bottom: float, lowest: float, params: StockParams) -> tuple[Holding, float]:
    """Return the fixture and the lowest tip height: below the part in the first setup, above the jaws' nest later."""
    if number == 1:
        return vise(piece, params.grip_mm, params.grip_clearance_mm), bottom - THROUGH_MM
    base = float(piece.bounding_box()[2])
    height = float(piece.bounding_box()[5]) - base
    wanted = min(15.0, max(2.0, 0.25 * height))
    grip = max(2.0, min(wanted, lowest - base - FREE_MM))
    floor = lowest if lowest > base + 0.1 else base - THROUGH_MM
    return soft_jaws(piece, grip, str(number)), floor


def _slab_mm(work: Work, mill: Tool) -> float:
    """Return the height of a slab: the first mill's roughing depth, in whole cuts."""
    depth = job_of(mill, work.material, work.machine).data.ap_mm
    return depth * max(1, round(0.3 * mill.diameter_mm / depth))


FREE_MM = 0.7


def _levels(
    work: Work, direction: str, corners: NDArray[np.float64], asked: NDArray[np.bool_], slabs: Slabs
) -> list[Level]:
    """Return the levels of a setup that cuts the faces ``asked`` (by id); ``corners`` (m, 3, 3) of the mesh in work coordinates."""
    mesh = work.part.mesh
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1, keepdims=True)
    rotation = turned(direction)[:3, :3]
    middle = mesh.vertices[mesh.triangles].mean(axis=1) @ rotation.T
    visible = seen(work.maps[direction], middle, cross / np.where(size > 1e-12, size, 1.0))
    large = size[:, 0] > 2.0
    wanted = asked[mesh.face_of] & (visible | large)
    if not wanted.any():
        return []
    beside = lowest_beside(corners, mesh.triangles, asked[mesh.face_of], rest_diameters(work.tools))
    return planned_levels(corners, wanted, mesh.face_of, slabs, reaches(work.tools), beside)


def _vector(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))
