"""Choose which mills cut a stage and in which order: large mills rough, smaller mills cut the rest material."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.planning.pass_search import SMALLEST_GAIN_MM3, Kept, Passes, State
from nightmill.cam.stock.in_process_stock import WALL_ALLOWANCE_MM, Stage
from nightmill.cam.stock.open_areas import near_open, room_mm
from nightmill.cam.strategies.milling.inner_radii import Inner
from nightmill.cam.strategies.milling.pass_parameters import Pass
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.tooling.tool_selection import deep_tools, mills
from nightmill.cam.toolpath.offset_paths import LANE_SHARE
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.planner_params import SearchParams

LEAST_SPARED_S = 1.0
"""Number of sets of mills to try leaving out, among this many last mills, and the time that a set must be expected to save."""
AT_BEST = 1.5
"""How much longer than at its best rate the next mill takes for the material that a mill leaves: in corners and slots a
mill cuts less than a full lane.
"""


def quickest(
    tools: tuple[Tool, ...], inner: Inner, material: Material, machine: Machine, params: SearchParams = SearchParams()
) -> float:
    """Return the diameter of the mill that removes most per minute among those that fit and reach; 0 if none does.

    A short mill may well be quicker than a wider mill that has to be long.
    """
    fits = [
        t
        for t in mills(tools)
        if params.corner_share * inner.width_mm <= t.diameter_mm <= inner.width_mm + 1e-6
        and ToolAssembly(t).reaches(inner.depth_mm)
    ]
    rates: dict[float, float] = {}
    for tool in fits:
        data = job_of(tool, material, machine).data
        rates[tool.diameter_mm] = max(rates.get(tool.diameter_mm, 0.0), data.ap_mm * data.ae_mm * data.feed_mm_min)
    return max(rates, key=lambda d: rates[d], default=0.0)


def ladder(
    tools: tuple[Tool, ...], start: Tool, fitting: Collection[float] = (), params: SearchParams = SearchParams()
) -> list[Tool]:
    """Return the mills in the order of use: each diameter about 0.6 of the previous one, with all reaches of each diameter.

    A diameter among ``fitting`` is a step of its own, and replaces the next smaller diameter if that is not much smaller.
    """
    diameters = sorted({t.diameter_mm for t in mills(tools) if t.diameter_mm <= start.diameter_mm}, reverse=True)
    chosen = [diameters[0]]
    while chosen[-1] > diameters[-1]:
        smaller = [d for d in diameters if d < chosen[-1]]
        step = [d for d in smaller if d <= params.step_share * chosen[-1]] or smaller[-1:]
        wanted = [d for d in smaller if d in fitting and d >= params.fitting_share * chosen[-1]]
        chosen.append(max(wanted) if wanted else step[0])
    return [t for t in mills(tools) if t.diameter_mm in chosen]


def _done_from(stage: Stage, tool: Tool, before: list[Tool]) -> float:
    """Return the height above which a tool gains nothing, because a tool no wider has already cut there with its holder
    clear of everything.
    """
    highest = max([stage.top, *(top for _, top in stage.fixtures)])
    return min(
        (highest - ToolAssembly(t).reach_mm for t in before if t.diameter_mm <= tool.diameter_mm),
        default=math.inf,
    )


def job_of(tool: Tool, material: Material, machine: Machine, *, rough_mm: float | None = None) -> Pass:
    """Return the pass of a tool with its cutting data: roughing keeps an allowance ``rough_mm`` and leaves slopes alone."""
    diameter = tool.diameter_mm
    flute = ToolAssembly(tool).cutting_mm
    areas = milling(tool, material, machine, min(diameter, flute), LANE_SHARE * diameter)
    slot = milling(tool, material, machine, min(diameter, flute), diameter)
    return Pass(
        tool,
        material,
        machine,
        areas,
        slot,
        WALL_ALLOWANCE_MM if rough_mm is None else rough_mm,
        rough_mm is None,
        math.tan(math.radians(material.ramp_deg)),
    )


def mill_stage(
    passes: Passes,
    tools: tuple[Tool, ...],
    start: Tool,
    between: Callable[[], None] = lambda: None,
    inner: tuple[Inner, ...] = (),
    instead: Callable[[Sequence[Kept]], Callable[[], None] | None] = lambda _: None,
) -> None:
    """Run the passes that remove any material, from the mill ``start`` down to the thinnest. Roughing is left out if
    that is quicker, and so is ``start`` if the next mill is hardly smaller and quicker alone.

    ``between`` (drilling) runs once the first mill has done its work. ``inner``: inner corners that need their own
    mill, see ``quickest``. ``instead``: returns an alternative to ``between``, given the mills after it.
    """
    before = passes.state()
    jobs = _jobs(passes, tools, start, inner)
    climb = _Climb(passes, jobs, start, between)
    widest = passes.params.search.close_share * start.diameter_mm
    climb.run(widest)
    if {"rough", "finish"} <= {kept.strategy for kept in passes.kept}:
        whole = _Climb(passes, [(tool, rough) for tool, rough in jobs if not rough], start, between)
        if passes.try_again(before, partial(whole.run, widest)):
            climb = whole
    near = [kept.tool for kept in passes.kept if kept.tool.diameter_mm < start.diameter_mm]
    if near:
        width = max(t.diameter_mm for t in near)
        alone = next(t for t in mills(tools) if t.diameter_mm == width)
        other = _Climb(passes, _jobs(passes, tools, alone, inner), alone, between)
        if passes.try_again(before, lambda: other.run(widest, drill=True)):
            climb = other
    climb.run()
    climb = _spare(passes, climb)
    while climb.opening is not None and (other_between := instead(passes.kept[climb.before_opening :])) is not None:
        climb = climb.opened_with(other_between)
        if climb.opening is None or not passes.try_again(climb.opening, partial(climb.run, drill=True)):
            break


def _jobs(passes: Passes, tools: tuple[Tool, ...], start: Tool, inner: tuple[Inner, ...]) -> list[tuple[Tool, bool]]:
    """Return the passes to try, starting with a first mill, in order: mills, and whether they rough."""
    search = passes.params.search
    fitting = {quickest(tools, each, passes.material, passes.machine, search) for each in inner}
    order = ladder(tools, start, fitting, search)
    jobs = [(t, True) for t in order if t.diameter_mm == start.diameter_mm and t.diameter_mm >= 4]
    jobs += [(tool, False) for tool in order]
    return jobs + [(tool, False) for tool in deep_tools(tools, order)]


def _spare(passes: Passes, climb: "_Climb") -> "_Climb":
    """Leave out mills whose work later mills can also do, or whose rest material may stay, if that takes less time in
    all.

    The most promising set is tried in full, followed by single mills. Returns the passes that are kept.
    """
    vain: set[frozenset[int]] = set()
    search = passes.params.search
    blocks = search.blocks + search.blocks_share * len(passes.program.blocks)
    for _ in range(search.tries):
        found = fewer(passes.kept, lambda tool: _rate(tool, passes.material, passes.machine), search.mills)
        left = (some for some in found if some not in vain and (not vain or len(some) == 1))
        dropped = next(left, frozenset())
        index = next((k for k, each in enumerate(passes.kept) if each.tool.number in dropped), 0)
        kept = passes.kept[index:]
        if not dropped or passes.stage.late():
            break
        blocks -= len(passes.program.blocks) - len(kept[0].before.program.blocks)
        if blocks < 0:
            break
        jobs = [(each.tool, each.strategy == "rough") for each in kept if each.tool.number not in dropped]
        other = climb.again(index, jobs)
        if passes.try_again(kept[0].before, partial(other.run, drill=True), last=True):
            climb = other
        else:
            vain.add(dropped)
    return climb


def fewer(
    kept: Sequence[Kept], rate: Callable[[Tool], float], most_mills: int = SearchParams().mills
) -> list[frozenset[int]]:
    """Return sets of mills, by number, that could be left out of the passes, starting with the sets likely to save most.

    Only the last ``most_mills`` are considered. Leaving a mill out saves its time, but the next mill that is kept must cut its volume, at that mill's best ``rate``
    (mm3 per minute). A mill that follows a shorter mill of the same width was there for its reach, and only one as long
    can replace it.
    """
    order = list(dict.fromkeys(each.tool for each in kept))[-most_mills:]
    rates = [rate(tool) for tool in order]
    seconds = [sum(each.seconds for each in kept if each.tool == tool) for tool in order]
    volume = [sum(each.gain_mm3 for each in kept if each.tool == tool) for tool in order]
    found: list[tuple[float, frozenset[int]]] = []
    for chosen in range(1, 1 << max(len(order) - 1, 0)):
        dropped = [i for i in range(len(order)) if chosen >> i & 1]
        each_saved_s = []
        for i in dropped:
            taker = next((k for k in range(i + 1, len(order)) if k not in dropped and _replaces(order, i, k)), None)
            each_saved_s.append(-math.inf if taker is None else seconds[i] - AT_BEST * 60 * volume[i] / rates[taker])
        if min(each_saved_s) > 0 and sum(each_saved_s) > LEAST_SPARED_S:
            found.append((sum(each_saved_s), frozenset(order[i].number for i in dropped)))
    return [dropped for _, dropped in sorted(found, key=lambda each: (-each[0], sorted(each[1])))]


def _replaces(order: Sequence[Tool], index: int, other: int) -> bool:
    """Return whether a later mill may reach every spot where a mill is needed."""
    mill = order[index]
    for_reach = any(tool.diameter_mm == mill.diameter_mm for tool in order[:index])
    return not for_reach or order[other].stickout_mm >= mill.stickout_mm


def _rate(tool: Tool, material: Material, machine: Machine) -> float:
    """Return the volume that a mill removes per minute, mm3."""
    data = job_of(tool, material, machine).data
    return data.ap_mm * data.ae_mm * data.feed_mm_min


class _Climb:
    """The passes of one setup from its first mill on, in order; run in one go or several.

    ``jobs``: mills, and whether they rough. ``opened``: whether ``between`` has run. ``since``: how many of the kept passes
    come before this climb, whose passes are known to gain something and run without a check; None if not yet known.
    ``before_opening``, ``opening``: how many passes were kept, and the state, when ``between`` ran.
    """

    def __init__(
        self,
        passes: Passes,
        jobs: Sequence[tuple[Tool, bool]],
        start: Tool,
        between: Callable[[], None],
        *,
        opened: bool = False,
        since: int | None = None,
    ) -> None:
        self._passes, self._start, self._between = passes, start, between
        self._jobs, self._sure, self._opened = list(jobs), since is not None, opened
        self.before_opening = 0
        self.opening: State | None = None
        self._done = _kept_mills(passes.kept[: since or 0])

    def again(self, index: int, jobs: Sequence[tuple[Tool, bool]]) -> "_Climb":
        """Return the passes that follow if these passes replace the kept passes from a given one on."""
        opened = self._opened and index >= self.before_opening
        other = _Climb(self._passes, jobs, self._start, self._between, opened=opened, since=index)
        other.before_opening, other.opening = self.before_opening, self.opening
        return other

    def opened_with(self, between: Callable[[], None]) -> "_Climb":
        """Return the climb from its opening on with a different ``between``, and the passes that were kept."""
        index = self.before_opening
        jobs = [(each.tool, each.strategy == "rough") for each in self._passes.kept[index:]]
        other = _Climb(self._passes, jobs, self._start, between, since=index)
        other.before_opening, other.opening = index, self.opening
        return other

    def run(self, widest: float = 0.0, *, drill: bool = False) -> None:
        """Run the remaining passes, up to the first mill thinner than ``widest``; with ``drill``, run ``between`` in
        any case.
        """
        while self._jobs and self._jobs[0][0].diameter_mm >= widest and not self._enough():
            self._one(*self._jobs.pop(0))
        if not self._opened and (drill or not widest or not self._jobs) and not self._passes.stage.late():
            self._open()

    def _enough(self) -> bool:
        stage = self._passes.stage
        return stage.late() or stage.remaining() < SMALLEST_GAIN_MM3

    def _open(self) -> None:
        self.before_opening = len(self._passes.kept)
        self.opening = self._passes.state()
        self._between()
        self._opened = True

    def _one(self, tool: Tool, rough: bool) -> None:
        passes = self._passes
        first = tool.diameter_mm == self._start.diameter_mm
        if not first and not self._opened:
            self._open()
        strategy = "rough" if rough else "finish" if first else "rest"
        record = passes.record
        if record.work.leaves_out(strategy, tool):
            return
        if strategy == "rest" and not self._sure and (record.done() or record.forgoes(tool) or record.hopeless(tool)):
            return
        job = self._prepared(tool, rough, strategy)
        if not any(job.concerns(level) for level in passes.stage.levels):
            return
        if passes.run(job, strategy, lambda: self._alone(tool)) != "too slow":
            self._done.append((tool, rough))

    def _alone(self, tool: Tool) -> None:
        """Run a rest pass without the mill before it: if nothing was left after that mill, this says nothing about the case without it."""
        self._done, done = _kept_mills(self._passes.kept), self._done
        self._passes.run(self._prepared(tool, False, "rest"), "rest")
        self._done = done

    def _prepared(self, tool: Tool, rough: bool, strategy: str) -> Pass:
        """Return the pass of a mill for the current state.

        A thinner mill removes only stock that keeps it from open surface; another setup must open the rest anyway.
        """
        passes, stage = self._passes, self._passes.stage
        stage.nearby = []
        if strategy == "rest" and not stage.whole:
            points = passes.record.open_points()
            near = near_open(points, stage.levels, stage.top, room_mm(tool))
            stage.nearby = stage.without_plugs(near, points)
        below = _done_from(stage, tool, [t for t, r in self._done if r == rough])
        rough_mm = passes.params.stock.rough_allowance_mm if rough else None
        job = job_of(tool, passes.material, passes.machine, rough_mm=rough_mm)
        return replace(job, below=below, tight=strategy == "finish")


def _kept_mills(kept: Sequence[Kept]) -> list[tuple[Tool, bool]]:
    """Return the mills used in passes, and whether they roughed."""
    return [(each.tool, each.strategy == "rough") for each in kept]
