"""The characteristic: one thing that is inspected, whatever asked for it.

Kinds carry the names of QIF 3.0 (ISO 23952) in snake case, so that a plan goes out to other tools unchanged.
"""

from typing import Literal

import msgspec

Sense = Literal["inner", "outer", "depth", "none"]

GEOMETRIC_KINDS = frozenset(
    {
        "angularity", "circular_runout", "circularity", "coaxiality", "concentricity", "cylindricity", "flatness",
        "line_profile", "parallelism", "perpendicularity", "point_profile", "position", "straightness",
        "surface_profile", "symmetry", "total_runout",
    }
)  # fmt: skip
ANGULAR_KINDS = frozenset({"angle", "angle_between", "angle_from"})


class Characteristic(msgspec.Struct, frozen=True):
    """One entry of an inspection plan.

    ``nominal``, ``lower`` and ``upper`` are absolute, ``tolerance`` is the zone of a geometric tolerance; all in
    ``unit``. ``sense`` says what more material removed does: ``inner`` sizes grow, ``outer`` sizes shrink, a
    ``depth`` grows along the tool axis. ``origin`` is where the limits come from: ``pmi``, ``requirement`` or the
    general tolerance (``ISO 2768-m``), which nobody has asked for on this feature. ``pmi`` is the id of the model's
    dimension or tolerance behind it, as ``features`` lists it, empty where there is none.
    """

    balloon: int
    kind: str
    nominal: float | None
    lower: float | None
    upper: float | None
    tolerance: float | None
    unit: Literal["mm", "deg"]
    datums: tuple[str, ...]
    material_condition: str
    faces: tuple[int, ...]
    method: str
    gauge: str
    sampling: str
    origin: str
    sense: Sense = "none"
    pmi: str = ""

    def __post_init__(self) -> None:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"Characteristic {self.balloon}: lower {self.lower} exceeds upper {self.upper}")
        if self.tolerance is not None and self.tolerance < 0:
            raise ValueError(f"Characteristic {self.balloon}: tolerance {self.tolerance} must be >= 0")

    @property
    def width(self) -> float | None:
        """Width of the tolerance in ``unit``: the zone, or upper less lower; None where one side is open."""
        if self.tolerance is not None:
            return self.tolerance
        if self.lower is None or self.upper is None:
            return None
        return self.upper - self.lower
