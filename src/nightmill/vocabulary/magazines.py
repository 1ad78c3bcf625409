"""Tool edges in the magazines and the rules for restocking them, as data: the floor works by them and the twin predicts with the same ones."""

import math

import msgspec


class Tooling(msgspec.Struct, frozen=True):
    """Rules by which people restock edges in the magazines.

    Magazines get the edges that the work of the next ``ahead_s`` uses (0: none ahead), and before a night ``spare`` more of
    each tool in use: for breakage, and for work that a mill takes over from another. A mill that waits for an edge
    gets ``at_once``. A trip takes ``edge_s`` of handwork for each edge (fetch, clamp in the holder, measure, put into the
    magazine) and the same once more for the walk.
    """

    ahead_s: float = 24 * 3600.0
    spare: int = 1
    at_once: int = 2
    edge_s: float = 120.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.spare, self.edge_s) < 0 or self.at_once < 1:
            raise ValueError(f"Tooling: {self} must not be negative, and at_once >= 1")

    def errand_s(self, edges: int) -> float:
        """Planned handwork, s, to bring so many edges to a mill."""
        return self.edge_s * (edges + 1)


TOOLING = Tooling()
"""Settings of the closed loop's floor; the conventional floor fills magazines to a fixed number of edges."""


def edges_short(wanted: float, spare: int, left: float, sisters: int) -> int:
    """Edges to bring when ``wanted`` will be used up, ``left`` of the active edge remains and ``sisters`` are in the magazine."""
    return max(0, math.ceil(wanted + spare - left - sisters - 1e-9))


class Edge(msgspec.Struct, frozen=True):
    """A tool in a mill's magazine: seconds that its active edge has cut (infinite if it is broken), and its sisters."""

    machine: str
    tool: int
    used_s: float
    sisters: int


class Magazines(msgspec.Struct, frozen=True):
    """The edges in the magazines and the rules for restocking them.

    ``life_s`` of an edge by tool; ``uses_s``: cutting time of each operation with each tool. People fill magazines by ``tooling``,
    or to ``par`` edges of each tool if the shop has such a rule; a trip takes ``pace`` times the planned time.
    """

    life_s: dict[int, float]
    uses_s: dict[str, dict[int, float]]
    edges: tuple[Edge, ...]
    tooling: Tooling = TOOLING
    par: dict[int, int] = {}
    pace: float = 1.0

    def share(self, tool: int, seconds: float) -> float:
        """Share of an edge that a cut uses up: an edge lasts a whole number of cycles, at least one."""
        return 1.0 / max(1, math.floor(self.life_s[tool] / seconds)) if seconds > 0.0 else 0.0

    def errand_s(self, edges: int) -> float:
        """Handwork, s, to bring so many edges to a mill."""
        return self.pace * self.tooling.errand_s(edges)
