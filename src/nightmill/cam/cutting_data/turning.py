"""Cutting data for turning: speed, feed per revolution, depth, force and power, each with its source.

Fc = kc1.1 * h^(1 - mc) * ap / sin(kappa), h = f * sin(kappa) (Kienzle); P = Fc * vc / 60000. The finishing feed follows
from the roughness that the nose leaves, Rt = f^2 / (8 * nose radius), taken as 6.3 um; the roughing feed is at most half
the nose radius per revolution (both: Tabellenbuch Metall, turning). The work bends as a cantilever, F * L^3 / (3 * E * I),
by at most 0.05 mm in roughing: the depth is reduced to keep to this.
"""

import math
from dataclasses import dataclass, replace

from nightmill.cam.cutting_data.milling import speed_m_min, speed_source
from nightmill.cam.tooling.materials import Material, modulus
from nightmill.cam.tooling.tool_library import Lathe
from nightmill.vocabulary.plan import TURNING_TOOLS, CuttingData, Thread, Tool

ROUGHNESS_MM = 0.0063
BEND_MM = 0.05
LEAST_DEPTH_MM = 0.3
LEAST_FEED_MM, MOST_FEED_MM, MOST_DRILL_FEED_MM = 0.02, 0.4, 0.25
PASSIVE_SHARE = 0.4
"""Ratio of passive force to cutting force; the passive force deflects the piece."""
EFFICIENCY = 0.8


def turning_data(
    tool: Tool, material: Material, lathe: Lathe, diameter_mm: float, *, rough: bool, overhang_mm: float = 0.0
) -> CuttingData:
    """Return data for a turning, boring or facing cut at ``diameter_mm``; ``fz_mm`` is the feed per revolution, ``ap_mm`` the depth.

    ``overhang_mm``: how far the piece sticks out of the jaws, to compute its bending; for boring, the stick-out of the bar.
    """
    nose = tool.nose_radius_mm or 0.1
    feed = min(0.5 * nose, MOST_FEED_MM) if rough else math.sqrt(8 * nose * ROUGHNESS_MM)
    feed = max(LEAST_FEED_MM, min(feed, 0.5 * nose + 0.02))
    depth = min(2.5, 0.25 * tool.flute_length_mm) if rough else 0.3
    vc = speed_m_min(tool, material) * (0.7 if tool.type == "boring" else 1.0)
    rpm = min(lathe.spindle_rpm_max, vc * 1000 / (math.pi * max(diameter_mm, 0.5)))
    limits = ["feed by half the nose radius" if rough else "feed by Rt = f^2 / (8 r) of 6.3 um"]
    while depth > LEAST_DEPTH_MM:
        force, power = _Cut(tool, material, rpm * math.pi * diameter_mm / 1000, feed, depth).load
        if power <= lathe.spindle_kw * EFFICIENCY and _bend(tool, material, force, diameter_mm, overhang_mm) <= BEND_MM:
            break
        depth *= 0.9
        if len(limits) < 2:
            limits.append("depth limited by power or bending")
    return _data(_Cut(tool, material, vc, feed, depth), rpm, limits)


def blade_data(tool: Tool, material: Material, lathe: Lathe, diameter_mm: float) -> CuttingData:
    """Return data for grooving and parting: 60 % of the turning speed, feed per revolution 2.5 % of the blade's width, at most 0.12 mm."""
    width = tool.width_mm or tool.diameter_mm
    vc = 0.6 * speed_m_min(tool, material)
    feed = max(LEAST_FEED_MM, min(0.12, 0.025 * width))
    rpm = min(lathe.spindle_rpm_max, vc * 1000 / (math.pi * max(diameter_mm, 0.5)))
    limits = ["60 % of the turning speed, feed 2.5 % of the width (rule, grade C)"]
    return _data(_within_power(_Cut(tool, material, vc, feed, width), lathe, limits), rpm, limits)


def axial_data(tool: Tool, material: Material, lathe: Lathe) -> CuttingData:
    """Return data for drills and end mills on the axis: half of the milling speed, feed per revolution 1.5 % of the
    diameter.
    """
    vc = 0.5 * speed_m_min(tool, material)
    rpm = min(lathe.spindle_rpm_max, vc * 1000 / (math.pi * tool.diameter_mm))
    feed = max(0.01, min(MOST_DRILL_FEED_MM, 0.015 * tool.diameter_mm))
    limits = ["half of the milling speed, feed 1.5 % of D per revolution (rule, grade C)"]
    cut = _within_power(_Cut(tool, material, vc, feed, tool.diameter_mm / 2), lathe, limits)
    return _data(cut, rpm, limits)


def threading_data(tool: Tool, thread: Thread, material: Material, lathe: Lathe) -> CuttingData:
    """Return data for a thread: an insert at 60 % of the turning speed, a tap at a sixth of a drill's speed; feed one pitch
    per revolution.

    Force and power are calculated from the chip's cross-section: for an insert, that of one of at least four passes; for a
    tap, that of all its teeth. The spindle speed is limited by the carriage's highest feed.
    """
    pitch, depth = thread.pitch_mm, 0.6134 * thread.pitch_mm
    tapping = tool.type == "tap"
    speed = speed_m_min(tool, material)
    vc = speed / 12 if tapping else 0.6 * speed
    turns = min(vc * 1000 / (math.pi * thread.diameter_mm), lathe.spindle_rpm_max, 0.9 * lathe.feed_max_mm_min / pitch)
    rpm = float(max(1, math.floor(turns)))
    passes = 1 if tapping else max(4, math.ceil(depth / 0.15))
    section = depth**2 * math.tan(math.radians(30.0)) / passes
    chip = section * math.cos(math.radians(30.0)) / (2 * depth)
    force = material.kc11_n_mm2 * section * max(chip, 1e-3) ** -material.mc
    vc = rpm * math.pi * thread.diameter_mm / 1000
    rule = "a sixth of the drill's speed" if tapping else "60 % of the turning speed, passes of equal chip"
    return CuttingData(
        vc_m_min=round(vc, 1),
        spindle_rpm=rpm,
        fz_mm=pitch,
        feed_mm_min=round(pitch * rpm, 3),
        ap_mm=round(depth / passes, 3),
        ae_mm=0.0,
        power_kw=round(force * vc / 60_000, 3),
        force_n=round(force, 1),
        source=f"speed: {speed_source(tool, material)}; kc: {material.source}; {rule}, feed one pitch per revolution (rule, grade C)",
    )


@dataclass(frozen=True)
class _Cut:
    """One cut of a lathe tool: cutting speed ``vc`` in m/min, feed per revolution and depth in mm."""

    tool: Tool
    material: Material
    vc: float
    feed: float
    depth: float

    @property
    def load(self) -> tuple[float, float]:
        """Return cutting force, N, and power, kW.

        For a drill or mill, the force is that of one of its two edges, at half of the feed each. The power is that of both
        edges at half of the speed, the mean over the width.
        """
        material = self.material
        if self.tool.type not in TURNING_TOOLS:
            force = material.kc11_n_mm2 * max(1e-3, self.feed / 2) ** (1 - material.mc) * self.depth
            return force, force * self.vc / 60_000
        entering = math.radians(90.0 - (self.tool.lead_angle_deg or 0.0))
        chip = max(1e-3, self.feed * math.sin(entering))
        force = material.kc11_n_mm2 * chip ** (1 - material.mc) * self.depth / math.sin(entering)
        return force, force * self.vc / 60_000


def _within_power(cut: _Cut, lathe: Lathe, limits: list[str]) -> _Cut:
    """Return the cut at a feed for which the spindle has enough power, but at least the smallest feed that still cuts."""
    while cut.feed > LEAST_FEED_MM and cut.load[1] > lathe.spindle_kw * EFFICIENCY:
        cut = replace(cut, feed=max(LEAST_FEED_MM, 0.85 * cut.feed))
        limits[1:] = ["feed limited by power"]
    return cut


def _bend(tool: Tool, material: Material, force: float, diameter: float, overhang: float) -> float:
    """Return the deflection under the passive force: that of the piece or, for boring, that of the bar."""
    if tool.type == "boring":
        return PASSIVE_SHARE * force * tool.stickout_mm**3 / (3 * 580_000 * math.pi * tool.shank_diameter_mm**4 / 64)
    return PASSIVE_SHARE * force * overhang**3 / (3 * modulus(material) * math.pi * max(diameter, 0.5) ** 4 / 64)


def _data(cut: _Cut, rpm: float, limits: list[str]) -> CuttingData:
    force, power = cut.load
    return CuttingData(
        vc_m_min=round(cut.vc, 1),
        spindle_rpm=float(round(rpm)),
        fz_mm=round(cut.feed, 3),
        feed_mm_min=float(round(cut.feed * rpm)),
        ap_mm=round(cut.depth, 3),
        ae_mm=0.0,
        power_kw=round(power, 3),
        force_n=round(force, 1),
        source=f"speed: {speed_source(cut.tool, cut.material)}; kc: {cut.material.source}; {', '.join(limits)}",
    )
