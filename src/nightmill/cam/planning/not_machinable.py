"""Recognise parts that aren't machined by their uniform thickness: wound wire, and bent or drawn sheet."""

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Face, PartModel
from nightmill.cam.geometry.solids import solid_of
from nightmill.cam.geometry.visible_surface import sampled

Floats = NDArray[np.float64]

SAMPLES, RAYS = 4000, 300
ALIKE, ALIKE_SHARE = 0.05, 0.8
"""How far a thickness may differ from the most common one, and the fraction of the surface that must have that thickness."""
WOUND = 3.0
"""Least length of the straightened wire, as a multiple of the part's length."""
SLENDER = 30.0
"""Least width of a square sheet of the same area, as a multiple of the thickness."""
HIGH = 5.0
"""Least height of the part, as a multiple of the thickness: a flat sheet is cut out of a plate."""
SHARP_DEG, SHARP_SHARE = 20.0, 0.3
"""Angle above which an inner edge is sharp instead of a bend; greatest total length of sharp inner edges, as a fraction
of the part's diagonal.
"""
BENDS, BEND_DEG = 2, 200.0
"""Least number of bends in a bent sheet, and the largest angle of one bend."""
WHOLE_DEG = 359.0
DATUM_SHARE = 0.25
"""Largest fraction of a drawn part's surface that is planes and cylinders."""
TURNED_SHARE, TURNED_MM, OFF_AXIS_MM, AXES = 0.8, 2.0, 0.01, 8
"""Fraction of the surface around one axis from which a part counts as round; thickness from which a part is turned, not
drawn; how far off a face's own axis may be; how many axes are tried.
"""


def formed_words(part: PartModel) -> str:
    """Return why a part is formed, not machined: its kind and the evidence; empty if nothing suggests it.

    A wire has one thickness, that of a round bar with the part's volume and surface, and is several times longer than the
    part. A sheet has one thickness and is wide and high compared with it. It either has bends whose inside and outside turn
    around the same axis and hardly any sharp inner edges, or hardly any planes or cylinders, and is thin or not round.
    """
    size = np.subtract(part.high, part.low)
    diagonal = float(np.linalg.norm(size))
    mean = 2.0 * part.volume_mm3 / part.area_mm2
    thick = 2.0 * mean
    long = part.volume_mm3 / (np.pi / 4.0 * thick**2)
    wide = float(np.sqrt(part.volume_mm3 / mean))
    as_wire = long >= WOUND * diagonal
    as_sheet = wide >= SLENDER * mean and float(size.min()) >= HIGH * mean
    if not as_wire and not as_sheet:
        return ""
    measured = _thicknesses(part, diagonal, mean)
    usual = float(np.median(measured))
    share = float(np.mean(np.abs(measured - usual) <= ALIKE * usual))
    if share < ALIKE_SHARE:
        return ""
    everywhere = f"{usual:.2g} mm thick over {100 * share:.0f} % of its surface"
    if as_wire and abs(usual - thick) <= 2.0 * ALIKE * thick:
        return f"not a machined part: wire {everywhere}, {long:.0f} mm long within {diagonal:.0f} mm, so it is wound"
    if not as_sheet:
        return ""
    bends = _bends(part, usual)
    sharp = sum(e.length_mm for e in part.edges if e.convexity == "concave" and e.angle_deg > SHARP_DEG)
    if bends >= BENDS and sharp <= SHARP_SHARE * diagonal:
        return f"not a machined part: sheet {everywhere}, with {bends} bends that keep the thickness, so it is bent"
    datums = sum(face.area_mm2 for face in part.faces if face.surface in {"plane", "cylinder"})
    if datums <= DATUM_SHARE * part.area_mm2 and not (usual >= TURNED_MM and _round_share(part) >= TURNED_SHARE):
        rest = 100 * (1 - datums / part.area_mm2)
        return f"not a machined part: sheet {everywhere}, {rest:.0f} % of it neither plane nor cylinder, so it is drawn"
    return ""


def _thicknesses(part: PartModel, diagonal: float, mean: float) -> Floats:
    """Return the part's thickness along the normal at points spread evenly over its surface, (n,) mm."""
    solid, samples = solid_of(part.mesh, np.eye(4)), sampled(part.mesh, SAMPLES)
    summed = np.cumsum(samples.area)
    rows = np.searchsorted(summed, (np.arange(RAYS) + 0.5) / RAYS * summed[-1])
    off = 1e-3 * mean
    found = np.full(RAYS, diagonal)
    for k, row in enumerate(rows):
        point, inward = samples.points[row], -samples.normals[row]
        hits = solid.ray_cast(tuple(point + off * inward), tuple(point + diagonal * inward))
        found[k] = off + min((hit.distance for hit in hits), default=1.0) * (diagonal - off)
    return found


def _bends(part: PartModel, thick: float) -> int:
    """Return the inner round faces that have an outer face around the same axis, larger by the thickness of the sheet.

    Faces that together go all the way round form the bore of a tube.
    """
    round_ = [face for face in part.faces if face.surface == "cylinder" and (face.sweep_deg or 360.0) < BEND_DEG]
    outer = [face for face in round_ if not face.hollow]
    inner = [face for face in round_ if face.hollow]
    kept = [face for face in inner if any(_around(face, other, thick) for other in outer)]  # of many holes, few remain
    return sum(sum(f.sweep_deg or 0.0 for f in inner if _around(face, f, 0.0)) < WHOLE_DEG for face in kept)


def _around(inner: Face, outer: Face, thick: float) -> bool:
    """Return whether two round faces share one axis and have radii that differ by about ``thick``."""
    if inner.axis is None or outer.axis is None or inner.origin is None or outer.origin is None:
        return False
    axis, other = np.array(inner.axis), np.array(outer.axis)
    apart = np.subtract(outer.origin, inner.origin)
    beside = float(np.linalg.norm(apart - axis * (apart @ axis)))
    grown = (outer.radius_mm or 0.0) - (inner.radius_mm or 0.0)
    return (
        abs(axis @ other) > 1.0 - 1e-4
        and beside <= ALIKE * thick + OFF_AXIS_MM
        and abs(grown - thick) <= 2.0 * ALIKE * thick + OFF_AXIS_MM
    )


def _round_share(part: PartModel) -> float:
    """Return the largest fraction of the surface around one axis: round faces on the axis and planes square to it."""
    best = 0.0
    axes = [face for face in part.faces if face.axis is not None and face.origin is not None]
    for first in sorted(axes, key=lambda face: -face.area_mm2)[:AXES]:
        axis, origin = np.array(first.axis), np.array(first.origin)
        best = max(best, sum(face.area_mm2 for face in part.faces if _on_axis(face, origin, axis)))
    centers = [face for face in part.faces if face.surface == "sphere" and face.origin is not None]
    for first in centers[:AXES]:  # a dome has an axis wherever its rim is square to it
        for plane in [face for face in part.faces if face.surface == "plane"][:AXES]:
            axis, origin = np.array(plane.normal), np.array(first.origin)
            best = max(best, sum(face.area_mm2 for face in part.faces if _on_axis(face, origin, axis)))
    return best / part.area_mm2


def _on_axis(face: Face, origin: Floats, axis: Floats) -> bool:
    if face.surface == "plane":
        return bool(abs(axis @ np.array(face.normal)) > 1.0 - 1e-4)
    if face.origin is None or (face.axis is not None and abs(axis @ np.array(face.axis)) < 1.0 - 1e-4):
        return False
    apart = np.subtract(face.origin, origin)
    return float(np.linalg.norm(apart - axis * (apart @ axis))) <= OFF_AXIS_MM
