"""Passes over a stage as they are run: what doesn't pay is taken back, and one mill is spared where the next does its work too."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from nightmill.process.clearing import run_pass
from nightmill.process.crib import Machine
from nightmill.process.cutmaterial import Material
from nightmill.process.job import Job, Noted
from nightmill.process.mill_pass import Pass
from nightmill.process.program import Program, Written
from nightmill.process.stage import Cleared, Stage
from nightmill.vocabulary.plan import Tool

SMALLEST_GAIN_MM3 = 0.002
WORTH_A_TRY = 3.0
"""Tool changes that a pass may take to be tried without."""
SAME_MM2, SAME_SHARE = 0.01, 1e-4
"""What one way may leave more than another that counts as the same: surface, and volume of what both leave."""

Outcome = Literal["kept", "idle", "too slow"]


@dataclass(frozen=True)
class State:
    """A setup as far as it is planned."""

    stage: Cleared
    program: Written
    record: Noted


@dataclass
class Passes:
    """Runs the passes of one setup and keeps the account of them.

    ``rests``: of each pass of a smaller mill so far, the mill, the seconds it took and the state before it.
    """

    stage: Stage
    program: Program
    record: Job
    material: Material
    machine: Machine
    rests: list[tuple[Tool, float, State]] = field(default_factory=list)

    def run(self, job: Pass, strategy: str) -> Outcome:
        """Run a pass; nothing of it stays where it gains next to nothing or isn't worth its time."""
        before = self.state()
        line, cut_from = len(self.program.lines) + 1, len(self.stage.cut)
        self.program.load(job.tool, job.data, f"{strategy} {job.tool.name}")
        gain = run_pass(self.stage, job, self.program)
        idle = gain < max(SMALLEST_GAIN_MM3, 1e-4 * min(self.stage.remaining(), 100.0))
        if idle or not self.record.note(job, strategy, line, cut_from):
            account, kept = self.record.work.account, self.stage.kept
            forgone_s = account.seconds
            self._back(before)
            account.seconds, self.stage.kept = forgone_s, kept
            return "idle" if idle else "too slow"
        if strategy == "rest":
            self.rests.append((job.tool, self.program.time_s - before.program.time_s, before))
            self._spare_one(job)
        return "kept"

    def _spare_one(self, job: Pass) -> None:
        """Leave out the mill before this one where this one alone leaves no more in less time."""
        if len(self.rests) < 2 or self.stage.late():
            return
        _, seconds, before = self.rests[-2]
        if seconds > WORTH_A_TRY * self.machine.tool_change_s:
            return
        others = self.rests[:-2]
        if self._try_instead(before, lambda: self.run(replace(job, used=[]), "rest")):
            self.rests = [*others, *self.rests]

    def try_again(self, start: State, other: Callable[[], object]) -> bool:
        """Run all passes since a state in another way, and keep that where it leaves no more in less time."""
        self.stage.nearby = []
        return not self.stage.late() and self._try_instead(start, other)

    def _try_instead(self, before: State, other: Callable[[], object]) -> bool:
        now, rests = self.state(), self.rests
        nearby = self.stage.nearby
        left, open_mm2 = self.stage.remaining(math.inf), self.record.open_mm2()
        self._back(before)
        self.rests = []
        other()
        self.stage.nearby = nearby
        better = self.program.time_s < now.program.time_s and not self.stage.late()
        better &= self.stage.remaining(math.inf) <= left + max(SMALLEST_GAIN_MM3, SAME_SHARE * left)
        if better and self.record.open_mm2() <= open_mm2 + SAME_MM2:
            return True
        self._back(now)
        self.rests = rests
        return False

    def state(self) -> State:
        """Where things stand, to come back to."""
        return State(self.stage.saved(), self.program.saved(), self.record.saved())

    def _back(self, state: State) -> None:
        self.stage.restore(state.stage)
        self.program.restore(state.program)
        self.record.restore(state.record)
