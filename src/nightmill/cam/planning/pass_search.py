"""Try the passes of a stage: undo a pass that isn't worth its time, and leave out a mill if the next mill can do its work."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from nightmill.cam.planning.plan_state import Job, Noted
from nightmill.cam.stock.in_process_stock import Cleared, Stage
from nightmill.cam.strategies.milling.level_clearing import run_pass
from nightmill.cam.strategies.milling.pass_parameters import Pass
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.milling_program import Program, Written, change_over_s
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.planner_params import PlannerParams

SMALLEST_GAIN_MM3 = 0.002
WORTH_A_TRY = 3.0
"""Longest pass, in tool changes, that the search tries to leave out."""
SAME_MM2, SAME_SHARE = 0.01, 1e-4
"""How much more material an alternative may leave and still count as equal: surface, and fraction of the volume that both leave uncut."""
HIGH_MM = 1.0
"""Largest ratio of volume to surface of material that may be left uncut: above it, the surface samples are too sparse to judge."""

Outcome = Literal["kept", "idle", "too slow"]


@dataclass(frozen=True)
class State:
    """A partly planned setup with the passes that are kept."""

    stage: Cleared
    program: Written
    record: Noted
    kept: "tuple[Kept, ...]"


@dataclass(frozen=True)
class Kept:
    """A pass that is kept: mill, strategy, seconds including the tool change, approximate volume cut, and the state before the pass."""

    tool: Tool
    strategy: str
    seconds: float
    gain_mm3: float
    before: State


@dataclass
class Passes:
    """Runs the passes of one setup and records them; ``kept`` lists the passes that stay, in order."""

    stage: Stage
    program: Program
    record: Job
    material: Material
    machine: Machine
    kept: list[Kept] = field(default_factory=list)
    _trying: bool = False

    @property
    def params(self) -> PlannerParams:
        """Return what steers the planner."""
        return self.record.work.params

    def run(self, job: Pass, strategy: str, alone: Callable[[], object] | None = None) -> Outcome:
        """Run a pass; undo it if it gains next to nothing or isn't worth the time.

        ``alone``: runs the pass again without the mill before it, to find out whether that mill can be left out.
        """
        before = self.state()
        line, cut_from = len(self.program.blocks) + 1, len(self.stage.cut)
        self.program.load(job.tool, job.data, f"{strategy} {job.tool.name}")
        gain = run_pass(self.stage, job, self.program)
        idle = gain < max(SMALLEST_GAIN_MM3, 1e-4 * min(self.stage.remaining(), 100.0))
        if idle or not self.record.note(job, strategy, line, cut_from):
            account, kept = self.record.work.account, self.stage.kept
            forgone_s = account.seconds
            self._back(before)
            account.seconds, self.stage.kept = forgone_s, kept
            return "idle" if idle else "too slow"
        self.kept.append(Kept(job.tool, strategy, self.program.time_s - before.program.time_s, gain, before))
        if strategy == "rest" and alone is not None and not self._trying:
            self._spare_one(alone)
        return "kept"

    def _spare_one(self, alone: Callable[[], object]) -> None:
        """Leave out the second-to-last mill if the last mill alone leaves no more material and takes less time."""
        rests = [each for each in self.kept if each.strategy == "rest"]
        if len(rests) < 2 or self.stage.late():
            return
        if rests[-2].seconds <= WORTH_A_TRY * change_over_s(self.machine):
            self._try_instead(rests[-2].before, alone)

    def try_again(self, start: State, other: Callable[[], object], *, last: bool = False) -> bool:
        """Run all passes since a state in another way, and keep the result if it leaves no more material and takes less time.

        ``last``: no thinner mill follows, so the result may also leave a little more uncut, if the rest budget allows
        that for the time saved.
        """
        self.stage.nearby = []
        return not self.stage.late() and self._try_instead(start, other, last=last)

    def _try_instead(self, before: State, other: Callable[[], object], *, last: bool = False) -> bool:
        now = self.state()
        nearby, trying = self.stage.nearby, self._trying
        left, open_mm2 = self.stage.remaining(math.inf), self.record.open_mm2()
        self._back(before)
        self._trying = True
        other()
        self._trying, self.stage.nearby = trying, nearby
        spared_s = now.program.time_s - self.program.time_s
        # passes run only to find out which surface to leave uncut aren't run again
        if spared_s > 0 and not self.stage.late() and (not last or self.record.still_forgoes(now.record)):
            more_mm3 = self.stage.remaining(math.inf) - left - max(SMALLEST_GAIN_MM3, SAME_SHARE * left)
            more_mm2 = self.record.open_mm2() - open_mm2
            if more_mm3 <= 0 and more_mm2 <= SAME_MM2:
                return True
            if last and more_mm3 <= HIGH_MM * more_mm2 and self.record.forgoes_beside(now.record, spared_s):
                return True
        self._back(now)
        return False

    def state(self) -> State:
        """Return the current state, for going back to it later."""
        return State(self.stage.saved(), self.program.saved(), self.record.saved(), tuple(self.kept))

    def _back(self, state: State) -> None:
        self.stage.restore(state.stage)
        self.program.restore(state.program)
        self.record.restore(state.record)
        self.kept = list(state.kept)
