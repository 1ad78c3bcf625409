"""Rules by which the floor dispatches, as data: the floor works by them, the twin looks ahead by the same."""

import math

import msgspec


class Evening(msgspec.Struct, frozen=True):
    """How the floor prepares a night, and works in it.

    From ``ahead_s`` before people leave (as long as the pallets then in the pool take to turn over), operations of
    ``least_cycle_s`` and more are mounted first and fed last, unless their order is due within ``morning_s`` after
    people are back. A shorter cycle is a waste of a pallet for the night. While nobody is there, cuts that end before
    people are back go first. A planned stop isn't begun when ``stop_margin`` times its length isn't left before people
    leave for ``night_s`` or more: it would rest until they are back.
    """

    ahead_s: float = 3 * 3600.0
    least_cycle_s: float = 900.0
    morning_s: float = 2 * 3600.0
    stop_margin: float = 1.25
    night_s: float = 4 * 3600.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.least_cycle_s, self.morning_s, self.stop_margin, self.night_s) < 0:
            raise ValueError(f"Evening: {self} must not be negative")


EVENING = Evening()
"""What the closed loop's floor does; the conventional one does nothing of the kind."""


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
