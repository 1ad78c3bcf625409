"""General tolerances for dimensions without an individual tolerance: ISO 2768-1:1989, tables 1 to 3."""

from typing import Literal

ToleranceClass = Literal["f", "m", "c", "v"]

# (up to and including, f, m, c, v); None if the standard gives no value
_LINEAR: tuple[tuple[float, dict[str, float | None]], ...] = (
    (3.0, {"f": 0.05, "m": 0.1, "c": 0.2, "v": None}),
    (6.0, {"f": 0.05, "m": 0.1, "c": 0.3, "v": 0.5}),
    (30.0, {"f": 0.1, "m": 0.2, "c": 0.5, "v": 1.0}),
    (120.0, {"f": 0.15, "m": 0.3, "c": 0.8, "v": 1.5}),
    (400.0, {"f": 0.2, "m": 0.5, "c": 1.2, "v": 2.5}),
    (1000.0, {"f": 0.3, "m": 0.8, "c": 2.0, "v": 4.0}),
    (2000.0, {"f": 0.5, "m": 1.2, "c": 3.0, "v": 6.0}),
    (4000.0, {"f": None, "m": 2.0, "c": 4.0, "v": 8.0}),
)
_RADIUS: tuple[tuple[float, dict[str, float | None]], ...] = (
    (3.0, {"f": 0.2, "m": 0.2, "c": 0.4, "v": 0.4}),
    (6.0, {"f": 0.5, "m": 0.5, "c": 1.0, "v": 1.0}),
    (4000.0, {"f": 1.0, "m": 1.0, "c": 2.0, "v": 2.0}),
)
_ANGLE_DEG: tuple[tuple[float, dict[str, float | None]], ...] = (
    (10.0, {"f": 1.0, "m": 1.0, "c": 1.5, "v": 3.0}),
    (50.0, {"f": 0.5, "m": 0.5, "c": 1.0, "v": 2.0}),
    (120.0, {"f": 20 / 60, "m": 20 / 60, "c": 0.5, "v": 1.0}),
    (400.0, {"f": 10 / 60, "m": 10 / 60, "c": 0.25, "v": 0.5}),
    (float("inf"), {"f": 5 / 60, "m": 5 / 60, "c": 10 / 60, "v": 20 / 60}),
)


def linear_tolerance(nominal_mm: float, grade: ToleranceClass = "m") -> float | None:
    """Return the permissible deviation ± mm of a linear size (table 1).

    Return None below 0.5 mm, above 4000 mm and for empty cells in the table: in these cases the drawing must give the tolerance.
    """
    return _row(_LINEAR, nominal_mm, grade)


def radius_tolerance(nominal_mm: float, grade: ToleranceClass = "m") -> float | None:
    """Return the permissible deviation ± mm of an external radius or chamfer height (table 2); None below 0.5 mm."""
    return _row(_RADIUS, nominal_mm, grade)


def angle_tolerance(shorter_side_mm: float, grade: ToleranceClass = "m") -> float:
    """Return the permissible deviation ± degrees of an angle whose shorter side has this length (table 3)."""
    for limit, values in _ANGLE_DEG:
        value = values[grade]
        if shorter_side_mm <= limit and value is not None:
            return value
    raise ValueError(f"angle_tolerance: shorter_side_mm is {shorter_side_mm}")


def _row(
    table: tuple[tuple[float, dict[str, float | None]], ...], nominal_mm: float, grade: ToleranceClass
) -> float | None:
    if nominal_mm < 0.5:
        return None
    return next((values[grade] for limit, values in table if nominal_mm <= limit), None)
