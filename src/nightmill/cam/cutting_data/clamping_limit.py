"""Limits of clamping by friction: a vise's force, the grip of its jaws, and the heaviest cut that they can withstand.

Friction: 0.10 for smooth jaws on a machined finish, 0.95 of that for aluminium (Röhm, RN-1391 manual, table 4, clamping
coefficient); the same is used for plates and straps. Safety 2, as usual for interrupted cuts.
Vise: 20 kN, the lower end of the range for 150 mm vises (20 to 40 kN, OPJAW, Clamping Force and Part Deflection, 2026).
"""

from nightmill.cam.tooling.materials import Material

FRICTION, IN_ALUMINIUM, SAFETY = 0.10, 0.95, 2.0
VISE_N = 20_000.0
JAWS = 2


def friction(material: Material) -> float:
    """Return the coefficient of friction: friction force along a clamped surface divided by the normal force on it."""
    return FRICTION * (IN_ALUMINIUM if "aluminium" in material.group else 1.0)


def vise_holds_n(material: Material) -> float:
    """Return the largest cutting force that both jaws of a vise withstand by friction alone, N."""
    return VISE_N * friction(material) * JAWS / SAFETY
