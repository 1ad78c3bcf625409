"""Units in a Part-21 file: their names, and their sizes in mm or degrees."""

import math

from nightmill.cad.step.part21 import Part21, Record, Ref

_SI_PREFIX = {"MILLI": 1.0, "CENTI": 10.0, "DECI": 100.0, "": 1000.0, "MICRO": 1e-3, "NANO": 1e-6, "KILO": 1e6}
_DEEPEST = 4


def length_unit(text: Part21) -> tuple[str, float]:
    """Return the name of the length unit of the solid's coordinates, and its size in mm. ``("unknown", 1.0)`` if not given."""
    context = _shape_context(text)
    assigned = text.record(context, "GLOBAL_UNIT_ASSIGNED_CONTEXT")
    units = assigned.at(0) if assigned else None
    ids = [unit.id for unit in units if isinstance(unit, Ref)] if isinstance(units, list) else []
    for number in ids or text.of("LENGTH_UNIT")[:1]:
        if text.record(number, "LENGTH_UNIT"):
            return unit_of(text, number)
    return "unknown", 1.0


def unit_of(text: Part21, number: int | None, *, depth: int = 0) -> tuple[str, float]:
    """Return the name and size in mm of a length unit entity, or for an angle unit ``"deg"`` and its size in degrees.

    ``depth`` counts nested conversions: a damaged file may define a unit in terms of itself.
    """
    angle = text.record(number, "PLANE_ANGLE_UNIT") is not None
    si = text.record(number, "SI_UNIT")
    if si:
        if angle:
            return "deg", math.degrees(1.0)
        prefix = getattr(si.at(0), "name", "")
        factor = _SI_PREFIX.get(prefix, 1.0)
        return {1.0: "mm", 10.0: "cm", 1000.0: "m"}.get(factor, f"{prefix.lower()}metre"), factor
    conversion = text.record(number, "CONVERSION_BASED_UNIT")
    if conversion and depth < _DEEPEST:
        measure = text.record(conversion.ref(1))
        value = measure.at(0) if measure else None
        amount = value.at(0) if isinstance(value, Record) else value
        _, factor = unit_of(text, measure.ref(1), depth=depth + 1) if measure else ("", 1.0)
        name = conversion.text(0).lower()
        if isinstance(amount, float):
            return "deg" if angle else {"inch": "inch", "in": "inch"}.get(name, name), amount * factor
    return "unknown", 1.0


def _shape_context(text: Part21) -> int | None:
    """Return the context of the representation that lists the solid."""
    for solid in text.of("MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS", "FACETED_BREP", "SHELL_BASED_SURFACE_MODEL"):
        for user in text.users(solid):
            record = text.record(user)
            if record and record.keyword.endswith("REPRESENTATION") and record.ref(2) is not None:
                return record.ref(2)
    contexts = text.of("GLOBAL_UNIT_ASSIGNED_CONTEXT")
    return contexts[0] if contexts else None
