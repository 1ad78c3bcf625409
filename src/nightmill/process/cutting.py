"""Cutting data from tool, material and machine: speed, chip load, force, power, deflection.

kc = kc1.1 * h^-mc and Fc = kc * b * h (Kienzle), P = Fc * vc; mean chip thickness by engagement
h = fz * sqrt(ae / D) for ae < D / 2; deflection of the overhanging tool F * L^3 / (3 * E * I), I = pi * d^4 / 64.
"""

import math

from nightmill.process.crib import Machine
from nightmill.process.cutmaterial import Material
from nightmill.vocabulary.plan import CuttingData, Tool

E_CARBIDE_N_MM2 = 580_000.0
E_STEEL_N_MM2 = 210_000.0
DEFLECTION_LIMIT_MM = 0.03
EFFICIENCY = 0.8
MINIMUM_FEED_MM_MIN = 20.0


def milling(tool: Tool, material: Material, machine: Machine, ap_mm: float, ae_mm: float) -> CuttingData:
    """Data for a milling cut ``ap`` deep and ``ae`` wide; the chip load falls until power and deflection hold."""
    diameter = tool.diameter_mm
    carbide = tool.material.lower() != "hss"
    vc = material.vc_carbide_m_min if carbide else material.vc_hss_m_min
    rpm = min(machine.spindle_rpm_max, vc * 1000.0 / (math.pi * diameter))
    vc = rpm * math.pi * diameter / 1000.0
    ae = min(ae_mm, diameter)
    thinning = 1.0 if ae >= diameter / 2 else math.sqrt(ae / diameter / 0.5)
    rule = min(material.fz_cap_mm, material.fz_share * diameter)
    fz = min(rule / max(thinning, 0.5), 1.6 * rule)
    limits = ["handbook speed, chip load by rule fz = share x D"]
    for _ in range(40):
        force, power = _load(tool, material, fz, ap_mm, ae, vc)
        bend = deflection_mm(tool, force)
        feed = fz * tool.flutes * rpm
        if power <= machine.spindle_kw * EFFICIENCY and bend <= DEFLECTION_LIMIT_MM and feed <= machine.feed_max_mm_min:
            break
        if len(limits) == 1:
            cause = "power" if power > machine.spindle_kw * EFFICIENCY else "deflection"
            limits.append(f"reduced for {cause if feed <= machine.feed_max_mm_min else 'axis feed'}")
        if fz < 0.15 * rule:
            break
        fz *= 0.85
    feed = max(MINIMUM_FEED_MM_MIN, min(fz * tool.flutes * rpm, machine.feed_max_mm_min))
    force, power = _load(tool, material, fz, ap_mm, ae, vc)
    return CuttingData(
        vc_m_min=round(vc, 1),
        spindle_rpm=float(round(rpm)),
        fz_mm=round(fz, 4),
        feed_mm_min=float(round(feed)),
        ap_mm=round(ap_mm, 3),
        ae_mm=round(ae, 3),
        power_kw=round(power, 3),
        force_n=round(force, 1),
        source=f"{material.source}; {', '.join(limits)}",
    )


def _load(tool: Tool, material: Material, fz: float, ap: float, ae: float, vc: float) -> tuple[float, float]:
    h = max(1e-3, fz * min(1.0, math.sqrt(max(ae, 1e-3) / tool.diameter_mm)))
    engaged = math.acos(max(-1.0, 1.0 - 2.0 * ae / tool.diameter_mm)) / (2 * math.pi)
    teeth = max(1.0, tool.flutes * engaged)
    force = material.kc11_n_mm2 * h ** (1.0 - material.mc) * ap
    return force, force * teeth * vc / 60_000.0


def deflection_mm(tool: Tool, force_n: float) -> float:
    """Deflection of the tool's tip under a side force, neck taken at 0.9 of its diameter for the flutes."""
    modulus = E_STEEL_N_MM2 if tool.material.lower() == "hss" else E_CARBIDE_N_MM2
    core = 0.9 * min(tool.diameter_mm, tool.shank_diameter_mm or tool.diameter_mm)
    length = tool.stickout_mm or 4 * tool.diameter_mm
    return force_n * length**3 / (3 * modulus * math.pi * core**4 / 64)


def drilling(tool: Tool, material: Material, machine: Machine) -> CuttingData:
    """Data for drilling: speed 0.6 of milling, feed a turn 0.018 x D up to 0.3 mm, scaled by the material's rule."""
    diameter = tool.diameter_mm
    vc = 0.6 * (material.vc_carbide_m_min if tool.material.lower() != "hss" else material.vc_hss_m_min)
    rpm = min(machine.spindle_rpm_max, vc * 1000.0 / (math.pi * diameter))
    turn = min(0.3, 0.018 * diameter) * min(1.0, material.fz_share / 0.010 + 0.2)
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
        force_n=round(force, 1),
        source=f"{material.source}; drilling at 0.6 of the milling speed, feed 0.018 x D a turn",
    )
