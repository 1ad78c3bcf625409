"""The characteristic: one entry of an inspection plan, whatever its origin.

Kinds have the names of QIF 3.0 (ISO 23952) in snake case, so that a plan can be exported to other tools unchanged.
"""

import math
from typing import Literal

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding

Sense = Literal["inner", "outer", "depth", "none"]
Verdict = Literal["good", "bad", "doubt"]

# ISO 14253-1:2017, 5.2: conformity is stated at 95 % probability; for a normal error and a tolerance much
# wider than the uncertainty, this means a guard band of 1.65 standard uncertainties at each limit.
GUARD_FACTOR = 1.65

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
    ``unit``. ``sense`` is the effect of removing more material: ``inner`` sizes grow, ``outer`` sizes shrink, a
    ``depth`` grows along the tool axis. ``origin`` is the source of the limits: ``pmi``, ``requirement`` or the
    general tolerance (``ISO 2768-m``), if nothing specifies this feature. ``pmi`` is the id of the model's
    dimension or tolerance that it comes from, as listed by ``features``; empty if there is none.
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
        """Width of the tolerance in ``unit``: the zone, or upper less lower; None if one side is open."""
        if self.tolerance is not None:
            return self.tolerance
        if self.lower is None or self.upper is None:
            return None
        return self.upper - self.lower

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """Lower and upper limit of the measured value; for a geometric tolerance, of the zone used."""
        return (self.lower, self.upper) if self.tolerance is None else (None, self.tolerance)

    def judge(self, measured: float, uncertainty: float) -> Verdict:
        """Return the verdict: ``good`` or ``bad`` if proven at 95 % (ISO 14253-1:2017), ``doubt`` in between.

        ``measured`` is the absolute value (or the actual zone, for a geometric tolerance) and ``uncertainty`` is the expanded
        uncertainty U (k = 2) of the gauge, both in ``unit``. Raises ``BadInput`` for values that aren't numbers and for a
        characteristic without limits, which can't be judged.
        """
        lower, upper = self.limits
        findings = []
        place = f"characteristic {self.balloon} ({self.kind})"
        if not math.isfinite(measured):
            findings.append(Finding("measurement", place, f"value {measured}", "a finite number", "Measure again."))
        if not (math.isfinite(uncertainty) and uncertainty >= 0):
            findings.append(Finding("measurement", place, f"uncertainty {uncertainty}", ">= 0", "Calibrate the gauge."))
        if lower is None and upper is None:
            findings.append(Finding("inspection plan", place, "no limits", "a limit", "Give its tolerance."))
        if findings:
            raise BadInput(*findings)
        guard = guard_band(uncertainty)
        below = math.inf if lower is None else measured - lower
        above = math.inf if upper is None else upper - measured
        # a value read from a scale may differ from the limit only by rounding in the last binary digit
        slack = 1e-12 * max(1.0, abs(measured))
        room = min(below, above) + slack
        if room >= guard:
            return "good"
        return "bad" if room < -guard else "doubt"


def guard_band(uncertainty: float) -> float:
    """Return the guard band at each limit for the expanded uncertainty U (k = 2), in the unit of U."""
    return GUARD_FACTOR * uncertainty / 2
