"""The physics of the virtual shop: plain functions from state to values, each with its source.

Wear and errors are in µm at the radius, speeds in m/min, feeds in mm per tooth, times in min or h as named.
"""

import math

from nightmill.drivers.virtual_shop.hidden_parameters import Breakdown, Surface, Wear
from nightmill.vocabulary.plan import TURNING_TOOLS, Tool

_ROUND_TOOLS, _ROUND_CORNER_MM = ("drill", "spot", "reamer", "countersink", "chamfer"), 0.4
_NICKEL_WORDS, _NICKEL_SPEED_M_MIN = ("inconel", "nickel", "2.4"), 30.0  # also group S, at half the speed of titanium
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("S", ("titan", "ti6", "ti-6", "3.7", *_NICKEL_WORDS)),
    ("M", ("stainless", "304", "316", "1.43", "1.44", "inox", "17-4", "x5cr")),
    ("K", ("cast iron", "gg", "gjl", "gjs", "grey iron")),
    (
        "N",
        (
            "alu",
            "al ",
            "almg",
            "alsi",
            "alcu",
            "6061",
            "6082",
            "7075",
            "2024",
            "5083",
            "brass",
            "cuzn",
            "copper",
            "bronze",
        ),
    ),
    ("O", ("pom", "delrin", "peek", "pa6", "nylon", "abs", "pmma", "ptfe", "plastic")),
)
_SPEED_M_MIN = {"P": 160.0, "M": 100.0, "K": 140.0, "N": 350.0, "S": 55.0, "O": 350.0}


def material_group(material: str) -> str:
    """ISO 513 group of a material by its name (P, M, K, N, S; O = plastics); P (steel) if no other group fits."""
    name = material.lower().replace("_", " ")
    for group, words in _GROUPS:
        if any(word in name for word in words):
            return group
    return "N" if name.startswith("al") else "P"


def reference_speed_m_min(material: str, own: float | None, hss: bool, wear: Wear) -> float:
    """Cutting speed at which a tool reaches its stated life.

    Middle of the usual ranges in tool makers' tables for solid carbide end mills, by ISO 513 group; a
    value for the material itself (``[material.NAME]``) takes precedence. HSS runs at a fraction of the carbide speed.
    """
    nickel = any(word in material.lower() for word in _NICKEL_WORDS)
    usual = _NICKEL_SPEED_M_MIN if nickel else _SPEED_M_MIN[material_group(material)]
    speed = own if own is not None else usual
    return speed * wear.hss_speed_share if hss else speed


def life_min(
    vc_m_min: float,
    fz_mm: float,
    *,
    stated_min: float,
    vc_ref_m_min: float,
    fz_ref_mm: float,
    n: float,
    feed_exponent: float,
) -> float:
    """Tool life by the extended Taylor equation: T = T0 (v0/v)^(1/n) (f0/f)^m.

    F. W. Taylor, On the Art of Cutting Metals, Trans. ASME 28 (1907); the feed term as in Altintas,
    Manufacturing Automation, 2nd ed., ch. 2.8. Clipped to 1/50 .. 20 times the stated life, since there are
    no data for the power law outside that range.
    """
    ratio = (vc_ref_m_min / max(vc_m_min, 1e-6)) ** (1.0 / n) * (fz_ref_mm / max(fz_mm, 1e-6)) ** feed_exponent
    return stated_min * min(max(ratio, 0.02), 20.0)


def reference_feed_mm(diameter_mm: float) -> float:
    """Feed per tooth for which the stated life holds: 0.8 % of the diameter within 0.01 .. 0.15 mm (shop rule of thumb)."""
    return min(max(0.008 * diameter_mm, 0.01), 0.15)


def wear_um(used: float, wear: Wear) -> float:
    """Loss of radius after the fraction ``used`` of an edge's life: break-in, steady and accelerated wear.

    The three regions of flank wear: ISO 8688-2:1989, fig. 4. Break-in ends near 10 % of life, the accelerated
    region starts at 85 %.
    """
    late = max(0.0, used - 0.85) / 0.15
    return wear.break_in_um * (1.0 - math.exp(-used / 0.04)) + wear.steady_um * used + wear.accelerated_um * late * late


def breakage_hazard(used: float, minutes: float, wear: Wear) -> float:
    """Cumulative hazard of edge breakage: a small constant rate, plus a quadratic term beyond the edge's life.

    The edge breaks when this exceeds its draw from an exponential distribution of mean 1
    (inversion of the cumulative hazard, Leemis 1987). The quadratic term is an assumption.
    """
    past = max(0.0, used - 1.0)
    return wear.breakage_rate_per_min * minutes + wear.breakage_past_life * past * past


def thermal_um(local_h: float, warmth: float, day_um: float, warm_up_um: float) -> float:
    """Thermal error of a machine: the hall's daily cycle (largest at 15 h) and the machine's warm-up (``warmth`` 0..1).

    ISO/TR 16015 and Mayr et al., Thermal issues in machine tools, CIRP Annals 61/2 (2012): environment and
    spindle are the two largest sources; 5 .. 10 µm over a day are usual in a hall without air conditioning.
    """
    return day_um * math.cos(2.0 * math.pi * (local_h - 15.0) / 24.0) + warm_up_um * warmth


def warmth_after(warmth: float, seconds: float, running: bool, warm_up_h: float) -> float:
    """First-order lag towards 1 while the spindle runs and towards 0 while it is stopped."""
    goal = 1.0 if running else 0.0
    return goal + (warmth - goal) * math.exp(-seconds / (3600.0 * warm_up_h))


def roughness_um(fz_mm: float, corner_radius_mm: float, worn_um: float, chatter: float, surface: Surface) -> float:
    """Roughness Ra: a base value, the feed marks fz²/(32 r) (a quarter of Rt = fz²/(8 r)), a fraction of the wear, and chatter.

    Source of the feed marks: Shaw, Metal Cutting Principles, 2nd ed., ch. 17. A sharp corner counts as r = 0.2 mm.
    """
    radius = corner_radius_mm if corner_radius_mm > 0 else 0.2
    marks = 1000.0 * fz_mm * fz_mm / (32.0 * radius)
    return surface.roughness_floor_um + marks + surface.roughness_wear_um_per_um * worn_um + 4.0 * chatter


def feed_marks(tool: Tool, fz_mm: float) -> tuple[float, float]:
    """The spacing of a tool's feed marks (feed per tooth, mm) on the faces that a camera sees, and the radius of the corner that leaves them.

    A threading tool advances one pitch per turn and leaves no such marks.
    """
    if tool.pitch_mm:
        return 0.0, 0.0
    if tool.type in TURNING_TOOLS:
        return fz_mm, tool.nose_radius_mm or 0.0
    return fz_mm, _ROUND_CORNER_MM if tool.type in _ROUND_TOOLS else tool.corner_radius_mm


def chatter_level(rpm: float, flutes: int, natural_hz: float, surface: Surface) -> float:
    """0 if the tooth passing frequency divides the natural frequency, ``surface.chatter`` between the lobes.

    Altintas and Budak, Analytical prediction of stability lobes, CIRP Annals 44/1 (1995): the pockets of
    stability are at n = 60 f / (k z). The height is an assumption, since a program doesn't state its depth of cut.
    """
    if rpm <= 0:
        return 0.0
    waves = 60.0 * natural_hz / (rpm * max(flutes, 1))
    return surface.chatter * 0.5 * (1.0 - math.cos(2.0 * math.pi * waves)) if waves < 12 else surface.chatter * 0.2


def defect_probability(used: float, ra_um: float, surface: Surface) -> float:
    """Probability of a visible defect in one cut, from handling, a worn edge (from 70 % of its life) or a rough surface (above Ra 2)."""
    worn = surface.defect_wear * max(0.0, used - 0.7) ** 2
    return min(0.9, surface.defect_share + worn + surface.defect_roughness_per_um * max(0.0, ra_um - 2.0))


def bearing_use(hours: float, life_h: float) -> float:
    """Used fraction of a spindle bearing's life; the bearing fails at 1."""
    return hours / life_h


def degradation(use: float, breakdown: Breakdown) -> float:
    """Measurable damage 0..1, which grows slowly at first, and steeply before the end.

    Gebraeel et al., Residual-life distributions from component degradation signals, IIE Trans. 37 (2005), found
    exponential growth in bearing tests; a power of the used life has a similar shape and reaches 1 at failure.
    """
    return float(min(max(use, 0.0), 1.2) ** breakdown.degradation_exponent)


def vibration_mm_s(damage: float, chatter: float, breakdown: Breakdown) -> float:
    """Vibration velocity at the spindle: about 1.2 mm/s r.m.s. when new, above 4.5 mm/s (zone C/D of ISO 20816-3) at failure."""
    return breakdown.vibration_mm_s * (1.0 + breakdown.vibration_rise * damage + 2.0 * chatter)
