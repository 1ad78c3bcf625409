"""Edges in the magazines and how the floor keeps them, as data: the floor works by it, the twin looks ahead by the same."""

import math

import msgspec


class Tooling(msgspec.Struct, frozen=True):
    """How people keep edges in the magazines.

    Magazines get the edges that the work of the next ``ahead_s`` uses (0: none ahead), before a night ``spare`` more of
    each tool in use: for one that breaks, and for work that a mill takes over from another. A mill that waits for an edge
    gets ``at_once``. An errand takes ``edge_s`` of handwork an edge (fetch, clamp in the holder, measure, put into the
    magazine) and once more for the way.
    """

    ahead_s: float = 24 * 3600.0
    spare: int = 1
    at_once: int = 2
    edge_s: float = 120.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.spare, self.edge_s) < 0 or self.at_once < 1:
            raise ValueError(f"Tooling: {self} must not be negative, and at_once >= 1")

    def errand_s(self, edges: int) -> float:
        """Planned handwork to bring so many edges to a mill."""
        return self.edge_s * (edges + 1)


TOOLING = Tooling()
"""What the closed loop's floor does; the conventional one fills magazines to a fixed number of edges."""


def edges_short(wanted: float, spare: int, left: float, sisters: int) -> int:
    """Edges to bring where ``wanted`` will be used up, ``left`` of the active one is left and ``sisters`` are there."""
    return max(0, math.ceil(wanted + spare - left - sisters - 1e-9))


class Edge(msgspec.Struct, frozen=True):
    """A tool in a mill's magazine: seconds that its active edge has cut (infinite where it is broken), and its sisters."""

    machine: str
    tool: int
    used_s: float
    sisters: int


class Magazines(msgspec.Struct, frozen=True):
    """The edges in the magazines and how the floor keeps them.

    ``life_s`` of an edge by tool; ``uses_s``: what each operation cuts with each tool. People fill magazines by ``tooling``,
    or to ``par`` edges of each tool where a shop has such a rule; an errand takes ``pace`` times what is planned.
    """

    life_s: dict[int, float]
    uses_s: dict[str, dict[int, float]]
    edges: tuple[Edge, ...]
    tooling: Tooling = TOOLING
    par: dict[int, int] = {}
    pace: float = 1.0

    def share(self, tool: int, seconds: float) -> float:
        """Share of an edge that a cut uses up: an edge does whole cycles, at least one."""
        return 1.0 / max(1, math.floor(self.life_s[tool] / seconds)) if seconds > 0.0 else 0.0

    def errand_s(self, edges: int) -> float:
        """Handwork to bring so many edges to a mill."""
        return self.pace * self.tooling.errand_s(edges)
