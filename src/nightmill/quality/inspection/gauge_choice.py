"""Choose the gauge for a characteristic and how often the characteristic is measured.

A gauge is suitable if its expanded uncertainty (k = 2) is at most a tenth of the tolerance width (the "10 to 1
rule" of ISO 14978 practice); if no gauge reaches a tenth, the best one is used, and the verdict's guard band, not the rule, protects the
customer. The uncertainties are estimates: typical shop values for sizes up to 300 mm.
"""

from nightmill.quality.inspection.characteristic import ANGULAR_KINDS, GEOMETRIC_KINDS, Sense

# (gauge, method, expanded uncertainty in mm), coarse first
_OUTER = (("caliper", "two_point", 0.03), ("micrometer", "two_point", 0.004), ("cmm", "probing", 0.003))
_INNER = (("caliper", "two_point", 0.03), ("bore_gauge", "three_point", 0.005), ("cmm", "probing", 0.003))
_DEPTH = (("depth_caliper", "two_point", 0.03), ("depth_micrometer", "two_point", 0.006), ("cmm", "probing", 0.003))
_TIGHT_MM = 0.1


def gauge_for(kind: str, width: float | None, sense: Sense) -> tuple[str, str]:
    """Return (gauge, method) for a characteristic of this kind whose tolerance is ``width`` wide."""
    if kind in GEOMETRIC_KINDS:
        return "cmm", "probing"
    if kind == "surface_texture":
        return "roughness_tester", "stylus"
    if kind == "thread":
        return "thread_gauge", "go_no_go"
    if kind in ANGULAR_KINDS:
        return ("protractor", "two_point") if width is None or width >= 0.8 else ("cmm", "probing")
    ladder = {"inner": _INNER, "depth": _DEPTH}.get(sense, _OUTER)
    if kind == "radius":
        return ("radius_gauge", "comparison") if width is None or width >= 0.4 else ("cmm", "probing")
    for gauge, method, uncertainty_mm in ladder:
        if width is None or uncertainty_mm <= width / 10:
            return gauge, method
    return ladder[-1][0], ladder[-1][1]


def sampling_for(kind: str, width: float | None, origin: str) -> str:
    """Return the sampling frequency: tight sizes on every part, specified sizes on the first and every fifth, the rest on every tenth."""
    if kind not in GEOMETRIC_KINDS and width is not None and width <= _TIGHT_MM:
        return "every part"
    if origin in ("pmi", "requirement"):
        return "first part, then every 5th"
    return "first part, then every 10th"
