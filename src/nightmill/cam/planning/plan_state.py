"""State of one setup while it is planned: the state carried over from setup to setup, and the record of each step with its faces."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from nightmill.cad import PartModel
from nightmill.cam.documents.setup_view import Box
from nightmill.cam.geometry.analytic_surfaces import surfaces_of
from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.geometry.point_in_solid import outside
from nightmill.cam.geometry.setup_frames import axis_of, turned
from nightmill.cam.geometry.visible_surface import OFF_SURFACE_MM, HeightMap, Samples, mark_cut
from nightmill.cam.planning.plan_record import Refused
from nightmill.cam.planning.planning_task import PlanningTask
from nightmill.cam.planning.rest_budget import Account
from nightmill.cam.stock.in_process_stock import Stage
from nightmill.cam.stock.open_areas import STEEP
from nightmill.cam.strategies.holemaking.drill_sequence import buried, reserve, waiting
from nightmill.cam.strategies.holemaking.drilling import Drilled, drill_stage
from nightmill.cam.strategies.holemaking.hole_finishing import NOTHING_ASKED, HoleAsks
from nightmill.cam.strategies.milling.chamfering import Chamfer, cut_chamfers
from nightmill.cam.strategies.milling.pass_parameters import Pass
from nightmill.cam.strategies.milling.surface_finishing import ENDLESS_MM2_S as ENDLESS_SURFACE_MM2_S
from nightmill.cam.strategies.milling.surface_finishing import (
    SLOWEST_MM2_S,
    Spared,
    finish_slopes,
    opened_solids,
    samples_cut,
    slopes_of,
)
from nightmill.cam.strategies.milling.tool_access import may_finish
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.milling_program import Program, ToolWork
from nightmill.vocabulary.plan import UNCUT_SHARE_LIMIT, Setup, Step, Tool
from nightmill.vocabulary.planner_params import PlannerParams

SLOW_MM2_S, ENDLESS_MM2_S = 0.004, 0.0002
"""Rates of gain in surface per second: below the first, a rest pass leaves its surface to a later setup with a better
view of it; below the second, the pass is never run.
"""
TOO_SLOW_MM2_S = 0.027
"""If a mill gained less surface per second than this, the planner first checks whether a thinner mill is worth trying at all."""
NARROW_MM = 3.0
"""If a mill up to this width finds no position, thinner mills wouldn't pay either; if a wider mill finds none, it merely doesn't fit."""
ABOUT_MM, APART_MM = 0.3, 2.0
"""Distances from a contact point of a slope path: within the first, a sample counts as cut; within the second, the
nearest sample represents the point.
"""
FLOOR_SHARE, BESIDE_MM = 0.3, 2.0
"""Upward component of the normal from which a face is more a floor than a wall, and how far the corner beside a floor extends."""
ROOM_MM, ROOM_SLOPE, OFF_MM = 0.5, 0.3, 0.05
"""Radius of the mill for which there must be space, horizontal component of the normal from which this is checked, and
the mill's clearance.
"""
STRATEGIES: dict[str, str] = {"reamer": "ream", "tap": "tap", "thread_mill": "thread"}
"""Strategies of the tools that follow a drill in its hole."""
FACES_APART_MM = 1e5
"""A length greater than any part."""
FLAT = 1e-6
"""How much the upward component of a floor's normal may fall short of 1."""


@dataclass
class Work:
    """State that carries over from setup to setup.

    ``late``: returns whether the planning time is used up; ``turn_of`` returns such a function for a fraction of the
    remaining time, given to a setup or its slopes; ``cut_short`` says that one of these functions has returned True.
    ``account``: surface forgone as too slow to pay, ``untried``: samples for which thinner mills weren't tried. ``floors``:
    results of ``beside_floors``, ``terrains`` of ``terrain``.
    ``opened``: faces above which the piece counts as cut although some rest material may stand. ``by_hand``: samples below
    tabs, which are filed off; ``tabbed``: samples below the tabs of the current setup.
    ``sawn``: the value from the last setup's holding, until the part is taken out of its frame; ``left``: low and high
    corner of the part taken out, None before that.
    """

    task: PlanningTask
    solid: m3.Manifold
    piece: m3.Manifold
    samples: Samples
    visible: dict[str, NDArray[np.bool_]]
    maps: dict[str, HeightMap]
    setups: list[Setup] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pieces: dict[str, Box] = field(default_factory=dict)
    account: Account = field(init=False)
    untried: NDArray[np.bool_] = field(init=False)
    late: Callable[[], bool] = field(default=lambda: False)
    turn_of: Callable[[float], Callable[[], bool]] = field(default=lambda _share: lambda: False)
    cut_short: bool = False
    asks: HoleAsks = NOTHING_ASKED
    floors: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    terrains: dict[str, Terrain] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    by_hand: NDArray[np.bool_] = field(init=False)
    tabbed: NDArray[np.bool_] = field(init=False)
    sawn: BaseGeometry | None = None
    left: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        self.by_hand = np.zeros(len(self.samples.uncut), dtype=np.bool_)
        self.tabbed = self.untried = np.zeros_like(self.by_hand)
        seen = np.any(list(self.visible.values()), axis=0)
        self.account = Account.of(self.part, self.samples, seen, self.params.budget, self.task.forgoing)

    @property
    def part(self) -> PartModel:
        """Return the part to plan."""
        return self.task.part

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Return the tools to plan with."""
        return self.task.tools

    @property
    def machine(self) -> Machine:
        """Return the mill to plan for."""
        return self.task.machine

    @property
    def material(self) -> Material:
        """Return the material of the piece."""
        return self.task.material

    @property
    def params(self) -> PlannerParams:
        """Return what steers the planner."""
        return self.task.params

    def share_mm2(self, share: float) -> float:
        """Return a fraction of the certificate's limit as surface, mm2; less if less is to be forgone than the budget allows."""
        return self.task.forgoing * share * UNCUT_SHARE_LIMIT * float(self.samples.area.sum())

    def forgoes(self, fresh: NDArray[np.bool_], seconds: float) -> bool:
        """Return whether samples (n,) that would take this many seconds are left because cutting them wouldn't pay."""
        stays = (self.by_hand | self.tabbed | self.untried) & self.samples.uncut
        return self.account.takes(fresh, seconds, stays, self.tabbed)

    def beside_floors(self, direction: str) -> NDArray[np.bool_]:
        """Return which samples a direction sees as a floor, or as a wall within ``BESIDE_MM`` of a floor, with room for a mill.

        A slope at the bottom of a notch has no room: it is cut in a setup that sees the notch from the end.
        """
        if direction not in self.floors:
            points, seen = self.samples.points, self.visible[direction]
            axis = axis_of(direction)
            floor = seen & (self.samples.normals @ axis > FLOOR_SHARE)
            near = np.zeros(len(points), dtype=np.bool_)
            if floor.any():
                rows = np.flatnonzero(seen)
                near[rows] = np.isfinite(cKDTree(points[floor]).query(points[rows], distance_upper_bound=BESIDE_MM)[0])
                near[near] = self._roomy(direction, np.flatnonzero(near))
            self.floors[direction] = near
        return self.floors[direction]

    def _roomy(self, direction: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether a mill of ``ROOM_MM`` radius fits beside each sample, seen along a direction; level samples count as fitting."""
        rotation = turned(direction)[:3, :3]
        normals = self.samples.normals[rows] @ rotation.T
        size = np.linalg.norm(normals[:, :2], axis=1)
        slope = np.flatnonzero(size > ROOM_SLOPE)
        tips = (self.samples.points[rows] @ rotation.T)[slope]
        tips[:, :2] += normals[slope, :2] / size[slope, None] * (ROOM_MM + OFF_MM)
        tips[:, 2] += OFF_MM
        terrain = self.terrain(direction)
        roomy = np.ones(len(rows), dtype=np.bool_)
        roomy[slope] = ~terrain.above(tips, ROOM_MM, tips[:, 2])
        return roomy

    def terrain(self, direction: str) -> Terrain:
        """Return the part seen from above, turned so that a direction points up, not shifted."""
        if direction not in self.terrains:
            mesh = self.part.mesh
            corners = (mesh.vertices @ turned(direction)[:3, :3].T)[mesh.triangles]
            self.terrains[direction] = Terrain(corners, mesh.triangles.astype(np.int64))
        return self.terrains[direction]

    def bare(self) -> None:
        """Clear the ``uncut`` flag of samples that no longer have stock over them, whichever setup removed it."""
        samples = self.samples
        rows = np.flatnonzero(samples.uncut & ~np.isin(samples.face, list(self.opened)))
        samples.uncut[rows[outside(self.piece, samples.points[rows] + OFF_SURFACE_MM * samples.normals[rows])]] = False

    def leaves_out(self, strategy: str, tool: Tool) -> bool:
        """Return whether the setup being planned must omit a step."""
        return Refused(str(len(self.setups) + 1), strategy, tool.number) in self.task.without

    def hole_tools(self) -> tuple[Tool, ...]:
        """Return the tools for holes, without those that verification refused after a drill in this setup, if other tools
        may do the work.
        """
        return tuple(t for t in self.tools if t.type not in STRATEGIES or not self.leaves_out(STRATEGIES[t.type], t))


@dataclass(frozen=True)
class Noted:
    """A snapshot of a setup's record: steps, seconds, uncut samples, the time that forgone samples would take, and the
    holes that wait or are due to be drilled last.
    """

    steps: tuple[Step, ...]
    spent_s: float
    uncut: NDArray[np.bool_]
    forgone_s: NDArray[np.float64]
    waiting: tuple[Drilled, ...]
    drilled: tuple[Drilled, ...]


@dataclass
class Job:
    """The steps of one setup; ``points`` and ``normals`` (n, 3) are the samples in work coordinates.

    ``later`` (n,): which samples are seen from the side in a later setup. ``vertices`` (v, 3): the part's vertices in work
    coordinates, which are model coordinates with ``direction`` turned up, shifted by ``shift`` (3,). ``slow``: diameter and
    stick-out of each mill whose rest pass was much too slow. ``waiting``: holes that are drilled, reamed or tapped after
    the mills; ``drilled``: all holes due to be drilled last.
    """

    work: Work
    stage: Stage
    program: Program
    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    later: NDArray[np.bool_]
    vertices: NDArray[np.float64]
    direction: str
    shift: NDArray[np.float64]
    steps: list[Step] = field(default_factory=list)
    spent_s: float = 0.0
    slow: list[tuple[float, float]] = field(default_factory=list)
    waiting: tuple[Drilled, ...] = ()
    drilled: list[Drilled] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stage.forgoes_over, self.stage.forgoes_at = self.forgoes_over, self.forgoes_at

    def note(self, job: Pass, strategy: str, line: int, cut_from: int) -> bool:
        """Record a milling pass with the faces whose final surface it cuts; return False if it doesn't pay."""
        samples = self.work.samples
        before = samples.uncut.copy()
        mark_cut(samples, self.points, self.normals, self.visible, self.stage.cut[cut_from:])
        fresh = before & ~samples.uncut
        seconds = self.program.time_s - self.spent_s
        if strategy == "rest" and not self._pays(fresh, seconds):
            samples.uncut = before
            if float(samples.area[fresh].sum()) < TOO_SLOW_MM2_S * seconds:
                self.slow.append((job.tool.diameter_mm, job.tool.stickout_mm))
            return False
        faces = tuple(int(f) for f in np.unique(samples.face[fresh]))
        data = max(job.used, key=lambda each: each.force_n, default=job.data)
        self._record(strategy, ToolWork(job.tool, data, faces, line, len(self.program.blocks), seconds))
        return True

    @property
    def visible(self) -> NDArray[np.bool_]:
        """Return which samples this setup sees."""
        return self.work.visible[self.direction]

    @cached_property
    def terrain(self) -> Terrain:
        """Return the part seen from above, in work coordinates."""
        return self.work.terrain(self.direction).moved(self.shift)

    def hopeless(self, tool: Tool) -> bool:
        """Return whether a mill has no position from which it would cut any sample still uncut here, so that its pass
        would gain nothing.

        A narrow mill without a position also counts as too slow: the planner checks whether thinner mills are worth trying.
        """
        rows = np.flatnonzero(self._wanted() & self.visible)
        levels = np.array([level.z for level in self.stage.levels])
        if may_finish(tool, self.terrain, self.stage.fixtures, levels, self.points[rows], self.normals[rows]):
            return False
        if tool.diameter_mm <= NARROW_MM:
            self.slow.append((tool.diameter_mm, tool.stickout_mm))
        return True

    def done(self) -> bool:
        """Return whether next to nothing is left of the floors and walls that this setup sees and no later setup sees from the side."""
        area = self.work.samples.area
        return float(area[self._open() & ~self.later].sum()) <= self.work.share_mm2(self.work.params.budget.done_share)

    def _open(self) -> NDArray[np.bool_]:
        """Return the samples of floors and walls that this setup sees and that are still uncut."""
        up = self.normals[:, 2]
        return self._wanted() & self.visible & ((up < STEEP) | (up > 1 - FLAT))

    def _wanted(self) -> NDArray[np.bool_]:
        """Return the samples that are still to be cut: uncut and not forgone."""
        return self.work.samples.uncut & ~self.work.account.forgone()

    def forgoes(self, tool: Tool) -> bool:
        """Return whether a rest pass needn't be tried: a mill at least as thick and as long was much too slow, and the
        uncut surface here that no later setup sees better is small enough to stay.
        """
        if not any(wide >= tool.diameter_mm and long >= tool.stickout_mm for wide, long in self.slow):
            return False
        samples = self.work.samples
        left = (self._open() & ~self.later) | (
            (self.work.by_hand | self.work.tabbed | self.work.untried) & samples.uncut
        )
        beside_mm2 = float(samples.area[left & self.work.tabbed].sum())
        if beside_mm2 > self.work.share_mm2(self.work.params.budget.beside_tabs_share) or not self.work.account.bears(
            left
        ):
            return False
        self.work.untried = left
        return True

    def open_points(self, among: NDArray[np.bool_] | bool = True) -> NDArray[np.float64]:
        """Return points (n, 3) on surface that this setup sees and that is still to be cut, ``among`` some of the samples."""
        work = self.work
        return np.asarray(self.points[work.visible[self.direction] & self._wanted() & ~work.by_hand & among])

    def open_mm2(self) -> float:
        """Return the surface that is still to be cut, mm2."""
        samples = self.work.samples
        return float(samples.area[samples.uncut].sum())

    def saved(self) -> "Noted":
        """Return what ``restore`` needs to come back to this state any number of times."""
        samples, account = self.work.samples, self.work.account
        drilled = tuple(self.drilled)
        return Noted(tuple(self.steps), self.spent_s, samples.uncut.copy(), account.seconds, self.waiting, drilled)

    def restore(self, state: "Noted") -> None:
        """Go back to a ``saved`` state, or forward to a later one."""
        self.steps, self.spent_s = list(state.steps), state.spent_s
        self.work.samples.uncut, self.work.account.seconds = state.uncut.copy(), state.forgone_s
        self.waiting, self.drilled = state.waiting, list(state.drilled)

    def drill_first(self, plans: list[Drilled]) -> None:
        """Drill the holes that should not wait for the mills. The others are left to ``drill_waiting``, and so is the tool
        that follows a drill if it is ``buried``.

        A hole that a mill has already cut through is left out: the drill would only go through air.
        """
        plans = [plan for plan in plans if not self._milled(plan)]
        self.drilled = plans
        work, own = self.work, [face for plan in plans for face in plan.faces]
        others = self.open_points(~np.isin(work.samples.face, own))
        later = waiting(self.stage, plans, work.material, work.machine, others)
        first = [plan for plan in plans if plan not in later]
        early = [plan for plan in first if buried(self.stage, plan)]
        self.waiting = (*later, *(replace(plan, drilled=True) for plan in early))
        reserve(self.stage, [*later, *(plan for plan in early if not plan.to_size)])
        for plan in self.waiting:
            self._finished(plan.faces)
        self.drill([replace(plan, follow=None) if plan in early else plan for plan in first])

    def _milled(self, plan: Drilled) -> bool:
        """Return whether a mill has already cut or opened everything that a drill would in a hole that needs no other tool."""
        work = self.work
        own = np.isin(work.samples.face, plan.faces or plan.bore.faces)
        asked = plan.follow is not None or bool(work.account.kept[own].any())
        return bool(own.any()) and not asked and not work.samples.uncut[own].any()

    def drill_waiting(self) -> None:
        """Drill the holes that have waited for the mills."""
        self.drill(list(self.waiting))

    def drill(self, plans: list[Drilled]) -> None:
        """Drill the holes, ream and tap those that require it, and record a step for each tool."""
        for did in drill_stage(self.stage, plans, self.work.material, self.work.machine, self.program):
            self._finished(did.faces)
            strategy = STRATEGIES.get(did.tool.type, "drill")
            self._record(strategy, did)

    def chamfer(self, plans: list[Chamfer]) -> None:
        """Cut the chamfers and record a step for each height."""
        for did, data, line, seconds in cut_chamfers(
            self.stage, plans, self.work.material, self.work.machine, self.program
        ):
            self._finished(did.faces)
            self._record("chamfer", ToolWork(did.tool, data, did.faces, line, len(self.program.blocks), seconds))

    def surfaces(self, faces: list[int]) -> None:
        """Finish the slopes among ``faces`` and record a step for each cutter."""
        mesh, samples = self.work.part.mesh, self.work.samples
        if not faces or self.stage.late():
            return
        named = frozenset(faces)
        of_these = (face for face in self.work.part.faces if face.id in named)
        exact = surfaces_of(of_these, turned(self.direction)[:3, :3], self.shift)
        slopes = slopes_of(replace(mesh, vertices=self.vertices), faces, self.stage, self.terrain, exact)
        tools = tuple(tool for tool in self.work.tools if not self.work.leaves_out("surface", tool))
        own = np.flatnonzero(np.isin(samples.face, faces))
        tree = cKDTree(self.points[own])
        by_face = cKDTree(_apart(self.points[own], samples.face[own]))
        before = ~self._wanted()[own]

        def finished(points: NDArray[np.float64], face: NDArray[np.int64]) -> NDArray[np.bool_]:
            return np.asarray(before[by_face.query(_apart(points, face))[1]])

        spared = Spared(
            lambda points: self.later[own[tree.query(points)[1]]],
            SLOWEST_MM2_S if self.work.task.forgoing else ENDLESS_SURFACE_MM2_S,
            finished if before.any() else None,
        )
        for did in finish_slopes(self.stage, slopes, tools, self.work.material, self.program, spared):
            self._record("surface", did)
        rows = np.flatnonzero(samples.uncut)
        cut = samples_cut(slopes, self.points[rows] + OFF_SURFACE_MM * self.normals[rows])
        samples.uncut[rows[cut]] = False
        opened = opened_solids(slopes, self.stage.top + 5.0)
        self.stage.drilled += opened.values()
        self.work.opened.update(opened)

    def _finished(self, faces: tuple[int, ...]) -> None:
        self.work.samples.uncut[np.isin(self.work.samples.face, faces)] = False

    def _pays(self, fresh: NDArray[np.bool_], seconds: float) -> bool:
        """Return whether a rest pass is worth its time, according to the part's rest budget.

        A pass that would take forever never is; nor is a slow pass if a later setup sees the same surface from the
        side.
        """
        if self.work.forgoes(fresh, seconds):
            return False
        area = self.work.samples.area
        slow = float(area[fresh].sum()) < SLOW_MM2_S * seconds
        return not slow or float(area[fresh & ~self.later].sum()) > ENDLESS_MM2_S * seconds

    def forgoes_beside(self, other: Noted, seconds: float) -> bool:
        """Return whether the rest budget allows this setup to leave more uncut than an alternative that takes this many seconds longer."""
        return self.work.forgoes(self.work.samples.uncut & ~other.uncut, seconds)

    def still_forgoes(self, other: Noted) -> bool:
        """Count the surface that an alternative has left uncut, and the surface still uncut, as forgone here too;
        return whether the rest budget allows that.
        """
        account = self.work.account
        account.seconds = np.where(account.seconds > 0, account.seconds, other.forgone_s)
        return account.bears(np.zeros_like(self.work.samples.uncut))

    def forgoes_over(self, area: BaseGeometry, between: tuple[float, float], deep_mm: float, seconds: float) -> bool:
        """Return whether the material over an area between two heights is forgone because cutting it in this many
        seconds isn't worthwhile.

        Everything uncut below it is forgone too, and would take time in proportion to its height: ``deep_mm`` is the
        depth that can be cut in these seconds. False if no surface is uncut there: the material may be in the way of
        surface that is worth cutting.
        """
        low, high = between
        rows = np.flatnonzero(self._wanted() & self.visible)
        probe = self.points[rows] + OFF_SURFACE_MM * self.normals[rows]
        shapely.prepare(area)
        within = np.flatnonzero(probe[:, 2] < high)
        within = within[shapely.contains_xy(area, probe[within, 0], probe[within, 1])]
        lowest = float(probe[within, 2].min(initial=low))
        return self._forgoes(rows[within], seconds * max(1.0, (high - lowest) / deep_mm))

    def forgoes_at(self, points: NDArray[np.float64], seconds: float) -> bool:
        """Return the same as ``forgoes_over`` for the surface around contacts (n, 3) of slope paths; if a contact has no
        sample, the nearest sample represents it.
        """
        rows = np.flatnonzero(self._wanted() & self.visible)
        near = np.asarray(cKDTree(points).query(self.points[rows], distance_upper_bound=APART_MM)[0])
        about = near <= max(ABOUT_MM, float(near.min(initial=APART_MM)))
        return self._forgoes(rows[about & np.isfinite(near)], seconds)

    def _forgoes(self, rows: NDArray[np.int64], seconds: float) -> bool:
        fresh = np.zeros(len(self.points), dtype=np.bool_)
        fresh[rows] = True
        return len(rows) > 0 and self.work.forgoes(fresh, seconds)

    def _record(self, strategy: str, did: ToolWork) -> None:
        """Record the work of a tool as a step."""
        cut = set(did.faces)
        self.steps.append(
            Step(
                name=f"{strategy} {did.tool.name}".replace("drill drill", "drill").replace("tap tap", "tap"),
                strategy=strategy,
                tool=did.tool.number,
                features=tuple(f.id for f in self.work.part.features if cut.intersection(f.faces)),
                faces=did.faces,
                cutting=did.data,
                time_s=round(did.time_s, 2),
                line_from=did.block_from,
                line_to=did.block_to,
            )
        )
        self.spent_s = self.program.time_s


def _apart(points: NDArray[np.float64], face: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return points (n, 3) with the face (n,) as a fourth coordinate, so that the nearest neighbour of a point is on the same face."""
    return np.column_stack([points, FACES_APART_MM * face])
