"""Check whether a piece can be held: clamping devices, friction against the cutting force, and bending under the cutter.

Friction, and the force of a vise: see ``clamping_limit``; an opening of 200 mm is usual for a vise of that class, grade C.
Screws and studs: a third of their yield strength, 228 N/mm2 on the stress area of ISO 898-1, and half of that below a strap
whose stud is halfway along (Carr Lane, Clamping Force Calculations, table of strap clamps).
Bending: plates and cantilevers by Roark, Formulas for Stress and Strain: w = 0.0116 F b^2 / D in the middle of a square
plate on its rim, D = E t^3 / 12 (1 - nu^2), and w = F h^3 / 3 E I. Moduli and yield strengths: common handbook values for
the softest usual condition.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from nightmill.cam.cutting_data.clamping_limit import JAWS, SAFETY, friction
from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.tooling.materials import Material, modulus
from nightmill.cam.tooling.tool_library import Machine
from nightmill.vocabulary.plan import Step, Tool

VISE_OPENING_MM = 200.0
STUD_N_MM2, STRAP_SHARE = 228.0, 0.5
BENDS_MM = 0.02
"""Largest deflection of a piece under the cutter: the depth allowed for a gouge."""
AXIAL_SHARE = math.tan(math.radians(30.0))
"""Axial pull as a fraction of the cutting force, from the helix of common end mills."""
FACING_DEPTH_MM, FACING_SHARE = 1.0, 0.85
PLATE_MIDDLE, POISSON = 0.0116, 0.3


@dataclass(frozen=True)
class Thread:
    """A metric screw: clearance hole (ISO 273, fine), head (ISO 4762) and washer (ISO 7089), stress area (ISO 898-1)."""

    name: str
    diameter_mm: float
    clears_mm: float
    washer_mm: float
    area_mm2: float

    @property
    def clamps_n(self) -> float:
        """Return the screw's clamping force, N."""
        return STUD_N_MM2 * self.area_mm2


THREADS = (
    Thread("M12", 12.0, 13.0, 24.0, 84.3),
    Thread("M10", 10.0, 10.5, 20.0, 58.0),
    Thread("M8", 8.0, 8.4, 16.0, 36.6),
    Thread("M6", 6.0, 6.4, 12.0, 20.1),
    Thread("M5", 5.0, 5.3, 10.0, 14.2),
    Thread("M4", 4.0, 4.3, 9.0, 8.78),
    Thread("M3", 3.0, 3.2, 7.0, 5.03),
)
STRAP_N = STRAP_SHARE * THREADS[1].clamps_n
EDGE_CLAMP_N = STRAP_SHARE * THREADS[0].clamps_n
"""Clamping force of a strap with an M10 stud and of an edge clamp with an M12 screw: in both cases half of the screw's tension."""


def clamp_n(cut_n: float, material: Material, surfaces: int) -> float:
    """Return the force on the piece needed to hold a cut of ``cut_n`` by friction alone on a number of surfaces, N."""
    return SAFETY * cut_n / (friction(material) * surfaces)


def facing_n(tool: Tool, material: Material, machine: Machine) -> float:
    """Return the force of a light facing cut, N."""
    return milling(tool, material, machine, FACING_DEPTH_MM, FACING_SHARE * tool.diameter_mm).force_n


def rim_bend_mm(thick: float, wide: float, force_n: float, material: Material) -> float:
    """Return the deflection in the middle of a plate that rests on its rim."""
    stiffness = modulus(material) * thick**3 / (12.0 * (1.0 - POISSON**2))
    return PLATE_MIDDLE * force_n * wide**2 / stiffness


def upright_bend_mm(thick: float, long: float, high: float, force_n: float, material: Material) -> float:
    """Return the sideways deflection of the upper edge of a plate that is gripped at its foot."""
    return 4.0 * force_n * high**3 / (modulus(material) * long * thick**3)


def overhang_bend_mm(thickness: NDArray[np.float64], pixel: float, force_n: float, material: Material) -> float:
    """Return the largest deflection of a flange: for each thickness, at the point farthest from any thicker area.

    ``thickness`` (nx, ny) along the tool's axis, 0 beside the part. The flange is assumed to carry the load over a width of
    twice its overhang.
    """
    worst = 0.0
    inside = thickness > 0.0
    if not inside.any():
        return worst
    most = float(thickness.max())
    for thick in np.quantile(thickness[inside], (0.05, 0.25, 0.5)).tolist():
        stout = thickness > max(2.0 * thick, thick + 1.0)
        if thick <= 0.0 or 2.0 * thick >= most or not stout.any():
            continue
        thin = inside & (thickness <= 1.05 * thick)
        overhang = float(distance_transform_edt(~stout)[thin].max()) * pixel
        worst = max(worst, 2.0 * force_n * overhang**2 / (modulus(material) * thick**3))
    return worst


def held_words(friction_n: float, presses_n: float, steps: Sequence[Step], material: Material) -> str:
    """Return a sentence on whether the clamping withstands the heaviest cut of a setup.

    ``friction_n``: the friction force along a plate; if it is 0, the piece is held by two jaws with a clamping force of
    up to ``presses_n``.
    """
    cut_n = max((step.cutting.force_n for step in steps if step.strategy != "drill"), default=0.0)
    against = f"the heaviest cut, {cut_n:.0f} N (friction {friction(material):.3f}, safety {SAFETY:g})"
    if friction_n > 0.0:
        enough = "" if friction_n >= SAFETY * cut_n else ": too little, stops are needed"
        return f"the clamps hold {friction_n / 1000:.1f} kN against {against}{enough}"
    needed = clamp_n(cut_n, material, JAWS)
    enough = "" if needed <= presses_n else f": more than the {presses_n / 1000:.0f} kN available, stops are needed"
    return f"{needed / 1000:.1f} kN of clamping force hold {against}{enough}"
