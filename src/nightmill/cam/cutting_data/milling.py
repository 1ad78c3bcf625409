"""Cutting data from tool, material and machine: speed, chip load, force, power, deflection.

Depth has priority over chip load: a chip thinner than the edge radius only rubs.
kc = kc1.1 * h^-mc and Fc = kc * b * h (Kienzle), P = Fc * vc; mean chip thickness by engagement
h = fz * sqrt(ae / D) for ae < D / 2; deflection of the overhanging tool F * L^3 / (3 * E * I), I = pi * d^4 / 64.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from nightmill.cam.cutting_data.clamping_limit import vise_holds_n
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Machine
from nightmill.vocabulary.plan import CuttingData, Tool

E_CARBIDE_N_MM2 = 580_000.0
E_STEEL_N_MM2 = 210_000.0
ROUGH_DEFLECTION_MM = 0.05
FINISH_DEFLECTION_MM = 0.025
"""Half of the excess material allowed on a certified wall."""
EFFICIENCY = 0.8
MINIMUM_FEED_MM_MIN = 20.0
LEAST_DEPTH_SHARE, LEAST_DEPTH_MM = 0.1, 0.1
BENT_SHARE = 1.2
"""A tool's deflection at the smallest depth is reported only above this multiple of its limit."""
LEAST_CHIP_SHARE = 0.5
MOST_CHIP_SHARE = 1.6
"""Factor by which the chip load may exceed the rule's when chips are thin."""
CHIP_SHARES = (0.7, 0.8, 0.9, 1.0, 1.15, 1.3, MOST_CHIP_SHARE)
STEP_SLACK_SHARE = 0.05
"""Fraction by which a step may exceed the depth in the cutting data if that saves one step."""


def speed_m_min(tool: Tool, material: Material) -> float:
    """Return the cutting speed by the tool's material: HSS, uncoated carbide, else coated carbide."""
    kind = tool.material.lower()
    if kind == "hss":
        return material.vc_hss_m_min
    return material.vc_carbide_m_min if "uncoated" in kind else material.vc_coated_m_min


def speed_source(tool: Tool, material: Material) -> str:
    """Return the source of the value that ``speed_m_min`` returns."""
    coated = speed_m_min(tool, material) == material.vc_coated_m_min
    return material.source_coated if coated else material.source


def steps_down(height_mm: float, ap_mm: float) -> int:
    """Return the number of steps, each at most ``ap`` deep, in which a height is cut."""
    return max(1, math.ceil((height_mm - STEP_SLACK_SHARE * ap_mm) / ap_mm))


@dataclass(frozen=True)
class CutLimits:
    """Limits of a milling cut: how far the tool may deflect, mm, and by what factor the chip load may exceed the rule's
    when chips are thin.
    """

    bend_mm: float = ROUGH_DEFLECTION_MM
    chip_share: float = MOST_CHIP_SHARE


ROUGHING, FINISHING = CutLimits(), CutLimits(FINISH_DEFLECTION_MM)


class Cut(NamedTuple):
    """A cut in steps, mm: total height, largest depth of a step, width, and whether it is a roughing cut."""

    height_mm: float
    most_mm: float
    ae_mm: float
    rough: bool = True


@lru_cache(maxsize=4096)
def quickest_milling(tool: Tool, material: Material, machine: Machine, cut: Cut) -> CuttingData:
    """Return cutting data for a cut: the chip load with the shortest cutting time, and the depth of each step.

    A slightly lower feed may save a whole step; a slightly higher feed is quicker if it needs no more steps.
    """
    bend_mm = (ROUGHING if cut.rough else FINISHING).bend_mm
    deep = min(cut.height_mm, cut.most_mm)
    found = [milling(tool, material, machine, deep, cut.ae_mm, CutLimits(bend_mm, share)) for share in CHIP_SHARES]
    return min(found, key=lambda data: steps_down(cut.height_mm, data.ap_mm) / data.feed_mm_min)


def milling(
    tool: Tool, material: Material, machine: Machine, ap_mm: float, ae_mm: float, limits: CutLimits = ROUGHING
) -> CuttingData:
    """Return data for a milling cut at most ``ap`` deep and ``ae`` wide, with the catalogue's chip load, or more if chips are thin.

    The depth is reduced until deflection (0.05 mm roughing, 0.025 mm finishing), power and the vise's hold suffice, down to
    a tenth of the diameter; only after that is the chip load reduced, to no less than half of the rule's. The ``ap_mm`` of
    the answer is the depth to use.
    """
    diameter = tool.diameter_mm
    vc = speed_m_min(tool, material)
    rpm = min(machine.spindle_rpm_max, vc * 1000.0 / (math.pi * diameter))
    vc = rpm * math.pi * diameter / 1000.0
    ae = min(ae_mm, diameter)
    thinning = min(1.0, math.sqrt(ae / diameter / 0.5))
    rule = min(material.fz_cap_mm, material.fz_share * diameter)
    fz = min(rule / thinning, limits.chip_share * rule, machine.feed_max_mm_min / (tool.flutes * rpm))
    limited = ["chip load by the rule fz = fraction x D"]
    bend_limit = limits.bend_mm
    power_limit = machine.spindle_kw * EFFICIENCY
    least = min(ap_mm, LEAST_DEPTH_SHARE * diameter)
    ap = ap_mm
    force, power = _load(tool, material, fz, ap, ae, vc)
    shares = {
        "deflection": bend_limit / deflection_mm(tool, force),
        "power": power_limit / power,
        "the vise": vise_holds_n(material) / force,
    }
    cause = min(shares, key=lambda name: shares[name])
    if shares[cause] < 1.0:
        limited.append(f"depth limited by {cause}")
        ap = max(least, shares[cause] * ap)
    while fz > LEAST_CHIP_SHARE * rule:
        force, power = _load(tool, material, fz, ap, ae, vc)
        if power <= power_limit and deflection_mm(tool, force) <= bend_limit * 1.001:
            break
        if len(limited) < 3:
            limited.append("chip load reduced for a slender tool")
        fz *= 0.9
    ap, slower = _within_power(power_limit / _load(tool, material, fz, ap, ae, vc)[1], ap, limited)
    rpm, vc = rpm * slower, vc * slower
    feed = max(MINIMUM_FEED_MM_MIN, min(fz * tool.flutes * rpm, machine.feed_max_mm_min))
    force, power = _load(tool, material, fz, ap, ae, vc)
    bends = deflection_mm(tool, force)
    if bends > BENT_SHARE * bend_limit:
        limited.append(f"even then the tool deflects by {bends:.2f} mm")
    speed = f"speed: {speed_source(tool, material)}"
    return CuttingData(
        vc_m_min=round(vc, 1),
        spindle_rpm=float(round(rpm)),
        fz_mm=round(fz, 4),
        feed_mm_min=float(round(feed)),
        ap_mm=round(ap, 3),
        ae_mm=round(ae, 3),
        power_kw=round(power, 3),
        force_n=round(force, 3),
        source=f"{speed}; kc: {material.source}; {', '.join(limited)}",
    )


def _within_power(share: float, ap: float, limited: list[str]) -> tuple[float, float]:
    """Return depth (at least 0.1 mm) and fraction of the speed of a cut that the spindle has enough power for;
    ``share`` is the available power over the power needed.
    """
    if share >= 1.0:
        return ap, 1.0
    limited.append("depth and speed reduced for a weak spindle")
    shallow = min(ap, max(LEAST_DEPTH_MM, share * ap))
    return shallow, min(1.0, share * ap / shallow)


def _load(tool: Tool, material: Material, fz: float, ap: float, ae: float, vc: float) -> tuple[float, float]:
    h = max(1e-3, fz * min(1.0, math.sqrt(max(ae, 1e-3) / tool.diameter_mm)))
    engaged = math.acos(max(-1.0, 1.0 - 2.0 * ae / tool.diameter_mm)) / (2 * math.pi)
    teeth = max(1.0, tool.flutes * engaged)
    force = material.kc11_n_mm2 * h ** (1.0 - material.mc) * ap
    return force, force * teeth * vc / 60_000.0


def deflection_mm(tool: Tool, force_n: float) -> float:
    """Return the deflection of the tool's tip under a side force; the fluted length is treated as a shank of 0.9 times
    the neck's diameter.
    """
    modulus = E_STEEL_N_MM2 if tool.material.lower() == "hss" else E_CARBIDE_N_MM2
    core = 0.9 * min(tool.diameter_mm, tool.shank_diameter_mm or tool.diameter_mm)
    length = tool.stickout_mm or 4 * tool.diameter_mm
    return force_n * length**3 / (3 * modulus * math.pi * core**4 / 64)


def drilling(tool: Tool, material: Material, machine: Machine) -> CuttingData:
    """Return data for drilling: half the milling speed, feed per revolution 0.02 x D up to 0.3 mm, scaled by the material's rule."""
    diameter = tool.diameter_mm
    vc = 0.5 * speed_m_min(tool, material)
    rpm = min(machine.spindle_rpm_max, vc * 1000.0 / (math.pi * diameter))
    turn = min(0.3, 0.02 * diameter) * min(1.0, material.fz_share / 0.010 + 0.2)
    for _ in range(40):
        kc = material.kc11_n_mm2 * max(1e-3, turn / 2) ** (-material.mc)
        force = kc * turn * diameter / 4
        power = force * rpm * math.pi * diameter / 2 / 6e7
        if power <= machine.spindle_kw * EFFICIENCY and turn * rpm <= machine.feed_max_mm_min:
            break
        turn *= 0.85
    return CuttingData(
        vc_m_min=round(rpm * math.pi * diameter / 1000, 1),
        spindle_rpm=float(round(rpm)),
        fz_mm=round(turn / 2, 4),
        feed_mm_min=float(max(MINIMUM_FEED_MM_MIN, round(turn * rpm))),
        ap_mm=round(diameter / 2, 3),
        ae_mm=round(diameter, 3),
        power_kw=round(power, 3),
        force_n=round(force, 3),
        source=f"speed: half of the milling speed, {speed_source(tool, material)}; kc: {material.source}; feed 0.02 x D per revolution",
    )
