"""Edges in the magazines of a replication: the edge life that a cut uses, when a sister replaces the active edge, and which
edges must be brought.

As on the floor, an edge is used for whole cycles only. A worn edge with a sister is replaced automatically; without a
sister the mill waits for a person, and while nobody is present it isn't loaded with parts that need that tool.
Magazines are filled for the work scheduled on each mill within the look-ahead of ``Tooling``. The crib never runs out
of edges.
"""

import math
from collections.abc import Iterator
from itertools import islice

from nightmill.simulation.cell.entities import NOTHING, Errand, Mill, Part
from nightmill.simulation.cell.model import Model, Step
from nightmill.vocabulary.magazines import Magazines, edges_short

LOOK_S = 3600.0
"""The shortage in a magazine is recomputed when its edges have changed, or after this time."""
FIRST = 5
"""Number of operations ahead of a mill that determine its position in its plan."""


class EdgeKeeping:
    """The part of a replication that deals with edges."""

    model: Model
    parts: list[Part]
    mills: list[Mill]
    lines: list[list[Step]]
    """The plan in force for each mill, in order of start."""
    begun: set[int]
    """Keys of the steps whose cut has started."""
    shares: dict[str, tuple[tuple[int, float], ...]]
    """The fraction of an edge of each tool that an operation uses up, for the operations requested so far."""

    def _fill_mills(self) -> None:
        """Fill the magazine of each mill with its edges at the start."""
        magazines = self.model.habits.magazines
        self.shares = {}
        by_name = dict(zip(self.model.machines, self.mills, strict=True))
        for edge in magazines.edges if magazines is not None else ():
            if edge.machine in by_name:
                by_name[edge.machine].edges[edge.tool] = (edge.used_s, edge.sisters)

    def _worn(self, mill: Mill, step: Step) -> int:
        """Return a tool whose active edge is too worn for the step, or ``NOTHING``; a fresh edge always suffices."""
        return next(self._all_worn(mill, step), NOTHING)

    def _all_worn(self, mill: Mill, step: Step) -> Iterator[int]:
        magazines = self.model.habits.magazines
        if magazines is None:
            return
        for tool, seconds in step.uses:
            used_s, _ = mill.edges.get(tool, (0.0, 0))
            if used_s > 0.0 and used_s + seconds > magazines.life_s[tool]:
                yield tool

    def _lacks_edge(self, mill: Mill, step: Step) -> bool:
        """Return whether a tool of the step is worn, with no sister in the magazine or on its way."""
        return any(mill.edges[tool][1] == 0 and mill.loading != tool for tool in self._all_worn(mill, step))

    def _renew(self, mill: Mill, step: Step) -> int:
        """Replace worn edges by sisters; returns the tool that the mill must wait for, or ``NOTHING``."""
        while (tool := self._worn(mill, step)) != NOTHING:
            _, sisters = mill.edges[tool]
            if sisters == 0:
                return tool
            mill.edges[tool] = (0.0, sisters - 1)
        return NOTHING

    def _use_edges(self, mill: Mill, step: Step) -> None:
        """Deduct the edge life of a cut when it starts."""
        for tool, seconds in step.uses:
            used_s, sisters = mill.edges.get(tool, (0.0, 0))
            mill.edges[tool] = (used_s + seconds, sisters)
        mill.looked_s = -math.inf
        self.begun.add(step.key)

    def _errands(self, mill: Mill, at: float) -> list[Errand]:
        """Return the errands for edges that the magazine lacks for the work ahead; cached until its edges change."""
        magazines = self.model.habits.magazines
        if magazines is None:
            return []
        if at - mill.looked_s >= LOOK_S:
            mill.looked_s = at
            ahead = self._ahead(mill, magazines, at) if magazines.tooling.ahead_s > 0.0 else []
            mill.errands = self._par(mill, magazines) if magazines.par else ahead
        return mill.errands

    def _par(self, mill: Mill, magazines: Magazines) -> list[Errand]:
        """Return the errands under the fixed stocking rule of a shop that doesn't look ahead."""
        return [
            Errand(0.0, mill.index, tool, par - 1 - mill.edges[tool][1])
            for tool, par in sorted(magazines.par.items())
            if tool in mill.edges and par - 1 - mill.edges[tool][1] > 0
        ]

    def _ahead(self, mill: Mill, magazines: Magazines, at: float) -> list[Errand]:
        wanted: dict[int, float] = {}
        for step in self._before(mill, at, magazines.tooling.ahead_s):
            shares = self.shares.get(step.operation)
            if shares is None:
                shares = tuple((tool, magazines.share(tool, seconds)) for tool, seconds in step.uses)
                self.shares[step.operation] = shares
            for tool, share in shares:
                wanted[tool] = wanted.get(tool, 0.0) + share
        spare = magazines.tooling.spare if self.model.night_ends_s(at) < math.inf else 0
        found = []
        for tool, edges in wanted.items():
            used_s, sisters = mill.edges.get(tool, (0.0, 0))
            short = edges_short(edges, spare, max(0.0, 1.0 - used_s / magazines.life_s[tool]), sisters)
            if short > 0:
                found.append(Errand(edges, mill.index, tool, short))
        return found

    def _before(self, mill: Mill, at: float, ahead_s: float) -> list[Step]:
        """Return the steps scheduled on the mill within the look-ahead, shifted to start from here.

        The plan counts as ahead of or behind the mill by as much as the first operations still before the mill are.
        """
        line, place, begun = self.lines[mill.index], mill.line_at, self.begun
        while place < len(line) and line[place].key in begun:
            place += 1
        mill.line_at = place
        found: list[Step] = []
        until = math.inf
        for step in islice(line, place, None):
            if step.start_s >= until:
                break
            if step.release_s <= at and step.key not in begun:
                found.append(step)
                if len(found) == FIRST:
                    until = self._until(found[FIRST // 2], at, ahead_s)
        if 0 < len(found) < FIRST:
            until = self._until(found[len(found) // 2], at, ahead_s)
        return [step for step in found if step.start_s < until]

    @staticmethod
    def _until(step: Step, at: float, ahead_s: float) -> float:
        """Return the end of the look-ahead on the plan's time scale, assuming that the mill is about to cut ``step``."""
        return (step.start_s if step.start_s < at + ahead_s else at) + ahead_s
