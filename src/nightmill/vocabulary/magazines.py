"""Tool edges in the magazines and the rules for restocking them, as data: the floor and the twin use the same rules."""

import math

import msgspec


class Tooling(msgspec.Struct, frozen=True):
    """Rules by which people restock edges in the magazines.

    Magazines get the edges needed for the work in the next ``ahead_s`` (0: none ahead), and before a night ``spare`` more for
    each tool in use, to cover breakage and work that a mill takes over from another. A mill that waits for an edge
    gets ``at_once`` edges. A trip takes ``edge_s`` of handwork for each edge (fetch, clamp in the holder, measure, put into the
    magazine) and ``edge_s`` once more for the walk.
    """

    ahead_s: float = 24 * 3600.0
    spare: int = 1
    at_once: int = 2
    edge_s: float = 120.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.spare, self.edge_s) < 0 or self.at_once < 1:
            raise ValueError(f"Tooling: {self} must not be negative, and at_once >= 1")

    def errand_s(self, edges: int) -> float:
        """Return the planned handwork, s, to bring this many edges to a mill."""
        return self.edge_s * (edges + 1)


TOOLING = Tooling()
"""Settings for the closed loop's floor; the conventional floor fills magazines to a fixed number of edges."""


def edges_short(wanted: float, spare: int, left: float, sisters: int) -> int:
    """Return the edges to bring if ``wanted`` will be used up, ``left`` of the active edge remains and ``sisters`` are in the magazine."""
    return max(0, math.ceil(wanted + spare - left - sisters - 1e-9))


class Edge(msgspec.Struct, frozen=True):
    """A tool in a mill's magazine: the seconds that its active edge has cut (infinite if broken), and its sister edges."""

    machine: str
    tool: int
    used_s: float
    sisters: int


class Magazines(msgspec.Struct, frozen=True):
    """The edges in the magazines and the rules for restocking them.

    ``life_s``: edge life by tool; ``uses_s``: cutting time for each operation with each tool. People fill magazines by ``tooling``,
    or to ``par`` edges for each tool if the shop has such a rule; a trip takes ``pace`` times the planned time.
    """

    life_s: dict[int, float]
    uses_s: dict[str, dict[int, float]]
    edges: tuple[Edge, ...]
    tooling: Tooling = TOOLING
    par: dict[int, int] = {}
    pace: float = 1.0

    def share(self, tool: int, seconds: float) -> float:
        """Return the fraction of an edge that a cut uses up: an edge lasts a whole number of cycles, at least one."""
        return 1.0 / max(1, math.floor(self.life_s[tool] / seconds)) if seconds > 0.0 else 0.0

    def errand_s(self, edges: int) -> float:
        """Return the handwork, s, to bring this many edges to a mill."""
        return self.pace * self.tooling.errand_s(edges)
