"""How a lathe holds the piece: three jaws and a chuck as closed meshes, and as one area (z, r) that tools keep out of."""

import math
from dataclasses import dataclass

import manifold3d as m3
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.process.solids import stl_of
from nightmill.vocabulary.plan import Body

GAP_MM = 0.02
JAW_WALL_MM, JAW_LENGTH_MM = 30.0, 25.0
JAW_SECTOR_DEG = 100.0
CHUCK_WALL_MM, CHUCK_LENGTH_MM = 80.0, 60.0
_SEGMENTS = 360


@dataclass(frozen=True)
class Chuck:
    """Fixtures of a turning setup: bodies and their files, the area that they sweep, and the words."""

    bodies: tuple[Body, ...]
    files: dict[str, bytes]
    guard: BaseGeometry
    words: str


def bar_chuck(name: str, radius: float, front: float) -> Chuck:
    """Three jaws on a bar of ``radius`` that end at z = ``front``."""
    words = f"Three-jaw chuck on the bar, diameter {2 * radius:g} mm, jaws end at Z{front:.1f}"
    return _chuck(name, "jaw", radius, radius + 1.0, front, words)


def soft_chuck(name: str, radius: float, front: float, end: float) -> Chuck:
    """Soft jaws bored to a finished ``radius``, ending at z = ``front``; the piece reaches in to z = ``end``."""
    words = (
        f"Soft jaws bored to diameter {2 * radius:.2f} mm, jaws end at Z{front:.2f}, "
        f"the piece stands {front - end:.2f} mm in them against a stop"
    )
    return _chuck(name, "soft jaw", radius, radius + 1.0, front, words)


def _chuck(name: str, word: str, radius: float, bore: float, front: float, words: str) -> Chuck:
    back = front - JAW_LENGTH_MM
    outer = radius + JAW_WALL_MM
    jaws = [
        _ring(radius + GAP_MM, outer, front, back, JAW_SECTOR_DEG).rotate([0.0, 0.0, 120.0 * number])
        for number in range(3)
    ]
    wide = max(outer, CHUCK_WALL_MM)
    body = _ring(bore, wide, back - GAP_MM, back - CHUCK_LENGTH_MM, 360.0)
    files = {f"{name}-jaw-{letter}.stl": stl_of(jaw) for letter, jaw in zip("abc", jaws, strict=True)}
    files[f"{name}-chuck.stl"] = stl_of(body)
    bodies = [Body(file=file, name=f"{word} {file[-5]}") for file in files if "jaw" in file]
    bodies.append(Body(file=f"{name}-chuck.stl", name="chuck"))
    guard = shapely.union(
        shapely.box(back, radius + GAP_MM, front, outer), shapely.box(back - CHUCK_LENGTH_MM, bore, back, wide)
    )
    return Chuck(tuple(bodies), files, guard, words)


def _ring(inner: float, outer: float, front: float, back: float, sector_deg: float) -> m3.Manifold:
    """A sector of a ring about Z; its inner wall keeps ``inner`` at the middle of the chords."""
    count = max(8, int(_SEGMENTS * sector_deg / 360))
    angles = np.radians(np.linspace(0.0, sector_deg, count + 1))
    near = inner / math.cos(float(angles[1] - angles[0]) / 2)
    inside = near * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outside = outer * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if sector_deg >= 360.0:
        section = m3.CrossSection([outside[:-1]]) - m3.CrossSection([inside[:-1]])
    else:
        section = m3.CrossSection([np.vstack([outside, inside[::-1]])])
    return section.extrude(front - back).translate([0.0, 0.0, back])
