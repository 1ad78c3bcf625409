"""Model how a lathe holds the piece: three jaws and a chuck as closed meshes, and as one area (z, r) that tools must stay out of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import manifold3d as m3
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.turning import PASSIVE_SHARE
from nightmill.cam.fixturing.clamping_forces import BENDS_MM
from nightmill.cam.geometry.solids import stl_of
from nightmill.cam.tooling.materials import Material, modulus
from nightmill.vocabulary.plan import Body, Step

GAP_MM = 0.02
JAW_WALL_MM, JAW_LENGTH_MM = 30.0, 25.0
JAW_SECTOR_DEG = 100.0
CHUCK_WALL_MM, CHUCK_LENGTH_MM = 80.0, 60.0
_SEGMENTS = 360


@dataclass(frozen=True)
class Chuck:
    """Fixtures of a turning setup: bodies and their files, the area that they sweep, a description, and the z at which the jaws end."""

    bodies: tuple[Body, ...]
    files: dict[str, bytes]
    guard: BaseGeometry
    words: str
    front: float


def bar_chuck(name: str, radius: float, front: float) -> Chuck:
    """Return three jaws on a bar of ``radius`` that end at z = ``front``."""
    words = f"Three-jaw chuck on the bar, diameter {2 * radius:g} mm, jaws end at Z{front:.1f}"
    return _chuck(name, "jaw", radius, radius + 1.0, front, words)


def soft_chuck(name: str, radius: float, front: float, end: float) -> Chuck:
    """Return soft jaws bored to a finished ``radius``, ending at z = ``front``; the piece reaches into them to z = ``end``."""
    words = (
        f"Soft jaws bored to diameter {2 * radius:.2f} mm, jaws end at Z{front:.2f}, "
        f"the piece sits {front - end:.2f} mm deep in them against a stop"
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
    return Chuck(tuple(bodies), files, guard, words, front)


def bends_mm(outline: BaseGeometry, front: float, force_n: float, material: Material) -> tuple[float, float]:
    """Return the largest deflection of a piece under a lateral force, and its position (z).

    The piece has the section ``outline`` (z, r) and is held up to z = ``front``: w = F * integral of (z - s)^2 / (E I(s)) ds from the
    jaws to the force, at every z.
    """
    count = 400
    high = float(outline.bounds[2])
    step = (high - front) / count
    compliance = np.zeros(count)
    for index in range(count):
        s = front + (index + 0.5) * step
        column = outline.intersection(shapely.LineString([(s, 0.0), (s, 1e4)]))
        spans = [part.bounds for part in shapely.get_parts(column) if not part.is_empty]
        fourth = sum(float(high_r) ** 4 - float(low_r) ** 4 for _, low_r, _, high_r in spans)
        if fourth > 1e-9:
            compliance[index] = step / (modulus(material) * math.pi / 4 * fourth)
    places = front + (np.arange(count) + 0.5) * step
    arms = np.maximum(0.0, places[:, None] - places[None])
    bends = force_n * (arms**2 * compliance[None]).sum(axis=1)
    worst = int(np.argmax(bends))
    return float(bends[worst]), float(places[worst])


def slender_words(outline: BaseGeometry, front: float, steps: Sequence[Step], material: Material) -> str:
    """Return a note on the finished piece's deflection under its finishing cut if that exceeds the depth of a gouge; else empty."""
    cut_n = max((step.cutting.force_n for step in steps if step.strategy in ("finish", "rest")), default=0.0)
    bend, place = bends_mm(outline, front, PASSIVE_SHARE * cut_n, material) if cut_n else (0.0, 0.0)
    if bend <= BENDS_MM:
        return ""
    return (
        f"{place - front:.0f} mm from the jaws the piece deflects by {bend:.2f} mm under its finishing cut and ends "
        f"up {2 * bend:.2f} mm oversize: support it with a tailstock or a steady rest, which the plan doesn't include"
    )


def _ring(inner: float, outer: float, front: float, back: float, sector_deg: float) -> m3.Manifold:
    """Return a sector of a ring about Z; its inner wall is at radius ``inner`` in the middle of the chords."""
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
