"""Passes over a stage as they are run: what doesn't pay is taken back, and one mill is spared where the next does its work too."""

from dataclasses import dataclass, field, replace
from typing import Literal

from shapely.geometry.base import BaseGeometry

from nightmill.process.clearing import run_pass
from nightmill.process.crib import Machine
from nightmill.process.cutmaterial import Material
from nightmill.process.field import Field
from nightmill.process.job import Job, Noted
from nightmill.process.mill_pass import Pass
from nightmill.process.program import Program, Written
from nightmill.process.remains import Remains
from nightmill.process.stage import Stage

SMALLEST_GAIN_MM3 = 0.02
WORTH_A_TRY = 3.0
"""Tool changes that a pass may take to be tried without."""
SAME_MM2 = 0.01

Outcome = Literal["kept", "idle", "too slow"]


@dataclass(frozen=True)
class _State:
    stage: tuple[Remains, list[tuple[BaseGeometry, float]], Field, float]
    program: Written
    record: Noted


@dataclass
class Passes:
    """Runs the passes of one setup and keeps the account of them.

    ``rests``: of each pass of a smaller mill so far, the seconds it took and the state before it.
    """

    stage: Stage
    program: Program
    record: Job
    material: Material
    machine: Machine
    rests: list[tuple[float, _State]] = field(default_factory=list)

    def run(self, job: Pass, strategy: str) -> Outcome:
        """Run a pass; nothing of it stays where it gains next to nothing or isn't worth its time."""
        before = self._state()
        line, cut_from = len(self.program.lines) + 1, len(self.stage.cut)
        self.program.load(job.tool, job.data, f"{strategy} {job.tool.name}")
        gain = run_pass(self.stage, job, self.program)
        idle = gain < max(SMALLEST_GAIN_MM3, 1e-4 * min(self.stage.remaining(), 100.0))
        if idle or not self.record.note(job, strategy, line, cut_from):
            self._back(before)
            return "idle" if idle else "too slow"
        if strategy == "rest":
            self.rests.append((self.program.time_s - before.program.time_s, before))
            self._spare_one(job)
        return "kept"

    def _spare_one(self, job: Pass) -> None:
        """Leave out the mill before this one where this one alone leaves no more in less time."""
        if len(self.rests) < 2 or self.stage.late():
            return
        seconds, before = self.rests[-2]
        if seconds > WORTH_A_TRY * self.machine.tool_change_s:
            return
        both, rests = self._state(), self.rests
        left, open_mm2 = self.stage.remaining(), self.record.open_mm2()
        self._back(before)
        self.rests = []
        alone = self.run(replace(job, used=[]), "rest")
        if (
            alone == "kept"
            and self.program.time_s < both.program.time_s
            and self.stage.remaining() <= left + SMALLEST_GAIN_MM3
            and self.record.open_mm2() <= open_mm2 + SAME_MM2
        ):
            self.rests = [*rests[:-2], *self.rests]
        else:
            self._back(both)
            self.rests = rests

    def _state(self) -> _State:
        return _State(self.stage.saved(), self.program.saved(), self.record.saved())

    def _back(self, state: _State) -> None:
        self.stage.restore(state.stage)
        self.program.restore(state.program)
        self.record.restore(state.record)
