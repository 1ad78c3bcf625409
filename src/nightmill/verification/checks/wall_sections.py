"""Judge walls a second time: the part's exact sections at chosen heights against the areas swept by the tools there.

This method shares nothing with the removal that judges the samples (``swept_volumes``, ``material_removal``). Outlines from the B-rep are
moved outwards by the allowed excess and inwards by the allowed gouge; closed forms in the plane (``planar_sweeps``) tell which stretches
are cleared. There are no gaps between samples, so a ridge or dent of any width shows at these heights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from OCP.TopoDS import TopoDS_Shape

from nightmill.verification.checks.section_heights import STEEP, faces_along, section_heights
from nightmill.verification.memo_cache import Recall, digest
from nightmill.verification.removal.planar_sweeps import PlanarSweeps, Stretches, gaps
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.cross_sections import CHORD_MM, Section, Sections
from nightmill.verification.target.ray_casting import distance_to_mesh
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import EXCESS_LIMIT_MM, GOUGE_LIMIT_MM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Accuracy of a level outline: chords of the section, the tools' corners and rising arcs.
OFF_MM = CHORD_MM + 0.002
_PARALLEL = 1 - 1e-9
_LEAST_GAP_MM = 0.05
_PITCH_MM = 0.5
_LINE_MM = 5.0
_PLACES = 3000
_AXES = 2000
_MEASURED = 200
_DEPTHS_MM = tuple(0.02 * 1.35**step for step in range(16))
_POINT_MM = 1e-4


@dataclass(frozen=True)
class LevelSetup:
    """A milling setup: its ``name``, the rigid (4, 4) transform from model to work coordinates, and the moves there; ``source``
    identifies the program and the part.
    """

    name: str
    to_work: Floats
    sweeps: PlanarSweeps
    source: str = ""

    def work(self, points: Floats) -> Floats:
        """Return model points (..., 3) in work coordinates."""
        return points @ self.to_work[:3, :3].T + self.to_work[:3, 3]


@dataclass(frozen=True)
class Places:
    """Places beside walls: ``points``, ``normals`` (n, 3) model, ``face`` (n,) ids, and the length of outline that each represents,
    ``length_mm`` (n,).
    """

    points: Floats
    normals: Floats
    face: Ints
    length_mm: Floats

    def __getitem__(self, at: "NDArray[np.bool_] | Ints | slice") -> "Places":
        return Places(self.points[at], self.normals[at], self.face[at], self.length_mm[at])


_NO_PLACES = Places(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, dtype=np.int64), np.zeros(0))
"""The result for a direction in which the part has no wall or no section could be made."""


@dataclass(frozen=True)
class LevelGouge:
    """The deepest cut into the section: depth to the nearest face, position (model), and the setup and program line."""

    depth_mm: float
    at: tuple[float, float, float]
    setup: str
    line: int


@dataclass(frozen=True)
class LevelFindings:
    """Findings from the sections: how many ``levels`` along how many ``axes``, how many of them ``meshed`` (from the mesh) or ``missed``
    (from neither source); ``outline_mm`` of walls judged, ``share`` of all steep area crossed; the worst ``gouge``; ``proud`` places that
    no feed move clears and ``clear`` places that some feed move does, both 0.05 mm off the wall.
    """

    levels: int
    axes: int
    meshed: int
    missed: int
    outline_mm: float
    share: float
    gouge: LevelGouge | None
    proud: Places
    clear: Places


@dataclass(frozen=True)
class _Suspects:
    """Model points (k, 3) within the section that moves (k,) of one setup cut, the direction inwards (k, 3; 0 if unknown), and the
    distance from the mesh from which they count.
    """

    setup: LevelSetup
    move: Ints
    points: Floats
    inwards: Floats
    least_mm: float

    def __getitem__(self, at: "NDArray[np.bool_] | Ints | slice") -> "_Suspects":
        return _Suspects(self.setup, self.move[at], self.points[at], self.inwards[at], self.least_mm)


@dataclass
class _Family:
    """Setups along one direction, up or down, and for each section in turn the outlines that they clear."""

    setups: list[LevelSetup]
    frame: Floats
    places: list[Places] = field(default_factory=list)
    open: list[NDArray[np.bool_]] = field(default_factory=list)
    suspects: list[_Suspects] = field(default_factory=list)


@dataclass(frozen=True)
class _Lines:
    """A section with lines just outside and just inside its walls (n, 2, 3), model; for each outer line the chord and the
    outward normal (n, 3), for each inner line the line in the plane (m, 2, 2).
    """

    section: Section
    beside: Floats
    owner: Ints
    normals: Floats
    within: Floats
    inner: Floats


@dataclass
class _Walls:
    """The walls that sections along one direction cross: the numbers of ``levels``, ``meshed`` and ``missed`` sections, the faces, and the
    area of each face's walls.
    """

    crossed: NDArray[np.bool_]
    steep_mm2: Floats
    levels: int = 0
    meshed: int = 0
    missed: int = 0


def judge_levels(
    shape: TopoDS_Shape, part: Target, stock: Solid, setups: Sequence[LevelSetup], kept: Recall | None = None
) -> LevelFindings:
    """Judge the walls of ``shape`` along every direction in which the tools of at least one setup point, after all setups have cut
    ``stock``. ``kept``: see ``cross_levels``.
    """
    families = _families(setups)
    walls = [_cross(shape, part, family, kept or Recall()) for family in families]
    crossed = np.logical_or.reduce([each.crossed for each in walls])
    steep = np.maximum.reduce([each.steep_mm2 for each in walls])
    places, open_ = _owned(families, len(crossed))
    proud = _proud(places[open_], families, stock, part)
    return LevelFindings(
        levels=sum(each.levels for each in walls),
        axes=len(families),
        meshed=sum(each.meshed for each in walls),
        missed=sum(each.missed for each in walls),
        outline_mm=float(places.length_mm.sum()),
        share=float(steep[crossed].sum() / steep.sum()) if steep.sum() > 0 else 0.0,
        gouge=_worst(families, part),
        proud=proud,
        clear=_thinned(places[~open_], _PLACES),
    )


def cross_levels(shape: TopoDS_Shape, part: Target, setups: Sequence[LevelSetup], kept: Recall) -> None:
    """Keep in ``kept`` the results that ``judge_levels`` needs for each setup at its heights, as long as no other setup changes them."""
    for family in _families(setups):
        _cross(shape, part, family, kept)


def _cross(shape: TopoDS_Shape, part: Target, family: _Family, kept: Recall) -> _Walls:
    """Add to ``family`` the lines that its setups clear beside the walls of all sections along its direction."""
    turned = part.triangles @ family.frame.T
    faces = faces_along(turned, part.triangle_face)
    found = _Walls(np.zeros(len(faces.low), dtype=np.bool_), faces.steep_mm2)
    up = np.array([float(setup.to_work[2, :3] @ family.frame[2]) for setup in family.setups])
    sections = Sections(shape, turned, part.triangle_face, family.frame, part.deflection_mm)
    direction = digest(family.frame)
    for height in section_heights(faces, bool((up > 0).any()), bool((up < 0).any())).tolist():
        here = f"{direction} {height!r}"
        lines = kept.of(f"section {here}", family.setups[0].source, partial(_lines, sections, height, family.frame))
        if lines is None:
            found.missed += 1
            continue
        cleared: list[Stretches] = []
        for setup in family.setups:
            swept = partial(_swept, setup, lines, height, family.frame, part.deflection_mm)
            stretches, suspects = kept.of(f"swept {here} {setup.name}", setup.source, swept)
            cleared.append(stretches)
            family.suspects += suspects
        _note_places(family, lines, cleared)
        found.levels, found.meshed = found.levels + 1, found.meshed + (not lines.section.exact)
        found.crossed[lines.section.face[lines.section.lean >= STEEP]] = True
    return found


def _families(setups: Sequence[LevelSetup]) -> list[_Family]:
    families: list[_Family] = []
    for setup in setups:
        axis = setup.to_work[2, :3]
        family = next((each for each in families if abs(float(each.frame[2] @ axis)) > _PARALLEL), None)
        if family is None:
            families.append(_Family([setup], setup.to_work[:3, :3].copy()))
        else:
            family.setups.append(setup)
    return families


def _lines(sections: Sections, height: float, back: Floats) -> _Lines | None:
    """Return the section at a height with lines beside its walls, turned ``back`` (3, 3); None if it can't be made."""
    section = sections.at(height)
    if section is None:
        return None
    walls = section.lean >= STEEP
    outer, owner, normals = _beside(section, walls, EXCESS_LIMIT_MM + OFF_MM)
    inner, _, _ = _beside(section, walls, -(GOUGE_LIMIT_MM + OFF_MM))
    beside, within = (_lifted(lines, height) @ back for lines in (outer, inner))
    return _Lines(section, beside, owner, normals @ back[:2], within, inner)


def _swept(
    setup: LevelSetup, lines: _Lines, height: float, back: Floats, deflection_mm: float
) -> tuple[Stretches, list[_Suspects]]:
    """Return the lines beside walls that a setup clears, and its cuts into the section."""
    least = GOUGE_LIMIT_MM + OFF_MM
    both = setup.sweeps.cleared(setup.work(np.concatenate([lines.beside, lines.within])))
    cut = both[both.line >= len(lines.beside)]
    cut = Stretches(cut.line - len(lines.beside), cut.low, cut.high, cut.move)
    middle = ((cut.low + cut.high) / 2)[:, None]
    ends = lines.within[cut.line]
    inwards = -np.column_stack([_right(lines.inner[cut.line]), np.zeros(len(cut.line))]) @ back
    points = ends[:, 0] + middle * (ends[:, 1] - ends[:, 0])
    level = float(setup.work(np.array([0.0, 0.0, height]) @ back)[2])
    axes, move = setup.sweeps.axes_at(level, _AXES)
    model = (axes - setup.to_work[:3, 3]) @ setup.to_work[:3, :3]
    flat = model @ back[:2].T
    shapely.prepare(lines.section.area)
    inside = shapely.contains_xy(lines.section.area, flat[:, 0], flat[:, 1])
    unknown = np.zeros((int(inside.sum()), 3))
    return both[both.line < len(lines.beside)], [
        _Suspects(setup, cut.move, points, inwards, least - deflection_mm),
        _Suspects(setup, move[inside], model[inside], unknown, least + deflection_mm),
    ]


def _note_places(family: _Family, lines: _Lines, found: list[Stretches]) -> None:
    """Add to ``family`` the places beside a section's walls that its setups clear, and those that they don't."""
    count = len(lines.beside)
    cleared = Stretches(
        *(np.concatenate([getattr(each, name) for each in found]) for name in ("line", "low", "high", "move"))
    )
    for stretches, is_open in ((gaps(count, cleared), True), (_joined(count, cleared), False)):
        places = _along(lines.beside, stretches, lines.normals, lines.section.face[lines.owner])
        family.places.append(places)
        family.open.append(np.full(len(places.face), is_open))


def _joined(count: int, stretches: Stretches) -> Stretches:
    """Return the parts of lines that ``stretches`` cover, each once: everything except the gaps."""
    return gaps(count, gaps(count, stretches))


def _lifted(lines: Floats, height: float) -> Floats:
    return np.concatenate([lines, np.full((*lines.shape[:2], 1), height)], axis=2)


def _right(lines: Floats) -> Floats:
    """Return unit normals (n, 2) to the right of lines: out of the material, which is on their left."""
    way = lines[:, 1] - lines[:, 0]
    return np.stack([way[:, 1], -way[:, 0]], axis=1) / np.linalg.norm(way, axis=1)[:, None]


def _beside(section: Section, walls: NDArray[np.bool_], off_mm: float) -> tuple[Floats, Ints, Floats]:
    """Return wall chords moved ``off_mm`` along the face's normal, out of the material or (negative) into it.

    They are cut where they come closer than that to another part of the outline: lines (k, 2, 2), the chord (k,) and outward
    normal (k, 2) of each.
    """
    owner = np.flatnonzero(walls)
    normal = _right(section.chords[owner])
    moved = section.chords[owner] + (off_mm / section.lean[owner])[:, None, None] * normal[:, None]
    lines = shapely.linestrings(moved)
    nearer = off_mm - np.sign(off_mm) * OFF_MM
    zone = shapely.buffer(section.area, nearer, quad_segs=4)
    shapely.prepare(zone)
    whole = ~shapely.intersects(zone, lines) if off_mm > 0 else shapely.covers(zone, lines)
    crossing = np.flatnonzero(~whole)
    kept = (shapely.difference if off_mm > 0 else shapely.intersection)(lines[crossing], zone)
    parts, at = shapely.get_parts(kept, return_index=True)
    straight = (shapely.get_num_points(parts) == 2) & (shapely.length(parts) > _POINT_MM)
    rest = shapely.get_coordinates(parts[straight]).reshape(-1, 2, 2)
    row = np.concatenate([np.flatnonzero(whole), crossing[at[straight]]]).astype(np.int64)
    return _short(np.concatenate([moved[whole], rest]), owner[row], normal[row])


def _short(lines: Floats, owner: Ints, normal: Floats) -> tuple[Floats, Ints, Floats]:
    """Return lines cut into equal pieces no longer than ``_LINE_MM``."""
    way = lines[:, 1] - lines[:, 0]
    count = np.ceil(np.linalg.norm(way, axis=1) / _LINE_MM).astype(np.int64)
    row = np.repeat(np.arange(len(lines)), count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    share = np.stack([place, place + 1], axis=1) / count[row][:, None]
    return lines[row, :1] + share[:, :, None] * way[row][:, None], owner[row], normal[row]


def _along(lines: Floats, stretches: Stretches, normals: Floats, face: Ints) -> Places:
    """Return places no more than ``_PITCH_MM`` apart along stretches of lines (n, 2, 3); stretches of zero length are left out."""
    ends = lines[stretches.line]
    way = ends[:, 1] - ends[:, 0]
    length = (stretches.high - stretches.low) * np.linalg.norm(way, axis=1)
    long = length > _LEAST_GAP_MM
    count = np.where(long, np.ceil(length / _PITCH_MM), 0).astype(np.int64)
    row = np.repeat(np.arange(len(count)), count)
    step = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[row]
    share = stretches.low[row] + step * (stretches.high - stretches.low)[row]
    line = stretches.line[row]
    return Places(
        ends[row, 0] + share[:, None] * way[row], normals[line], face[line], (length / np.maximum(count, 1))[row]
    )


def _together(places: Iterator[Places]) -> Places:
    each = [_NO_PLACES, *places]
    return Places(
        *(np.concatenate([getattr(one, name) for one in each]) for name in ("points", "normals", "face", "length_mm"))
    )


def _owned(families: list[_Family], faces: int) -> tuple[Places, NDArray[np.bool_]]:
    """Return each face's places along the direction whose setups clear most of the face, and which of these places stay uncut."""
    shares = np.full((len(families), faces), -1.0)
    kept = []
    for index, family in enumerate(families):
        places, open_ = _together(iter(family.places)), np.concatenate([np.zeros(0, dtype=np.bool_), *family.open])
        length = np.bincount(places.face, places.length_mm, faces)
        clear = np.bincount(places.face[~open_], places.length_mm[~open_], faces)
        shares[index, length > 0] = (clear / np.maximum(length, 1e-300))[length > 0]
        kept.append((places, open_))
    best = np.argmax(shares, axis=0)
    mine = [best[places.face] == index for index, (places, _) in enumerate(kept)]
    return (
        _together(places[own] for (places, _), own in zip(kept, mine, strict=True)),
        np.concatenate([open_[own] for (_, open_), own in zip(kept, mine, strict=True)]),
    )


def _thinned(places: Places, most: int) -> Places:
    return places[:: max(1, -(-len(places.face) // most))]


def _proud(places: Places, families: list[_Family], stock: Solid, part: Target) -> Places:
    """Return the places where material is left: inside the raw piece, not cleared from any other direction, not next to another face."""
    places = places[stock.contains(places.points)]
    places = _thinned(places, _PLACES)
    for setup in (setup for family in families for setup in family.setups):
        places = places[~_cut(setup, places.points)]
    least = EXCESS_LIMIT_MM - part.deflection_mm - 0.001
    return places[_distances(part, places.points, EXCESS_LIMIT_MM) >= least]


def _distances(part: Target, points: Floats, limit_mm: float) -> Floats:
    out = np.zeros(len(points))
    distance_to_mesh(
        np.ascontiguousarray(points), part.triangles, np.full(len(points), limit_mm + part.deflection_mm), out
    )
    return out


def _worst(families: list[_Family], part: Target) -> LevelGouge | None:
    """Return the deepest of the suspected cuts, each followed inwards as long as the same setup cuts there."""
    worst: LevelGouge | None = None
    for suspects in (each for family in families for each in family.suspects if len(each.move)):
        near = _distances(part, suspects.points, suspects.least_mm)
        suspects = suspects[near >= suspects.least_mm]
        suspects = suspects[:: max(1, -(-len(suspects.move) // _MEASURED))]
        depth = np.full(len(suspects.move), max(GOUGE_LIMIT_MM * 1.0001, suspects.least_mm))
        for further in _DEPTHS_MM:
            place = suspects.points + further * suspects.inwards
            gone = _cut(suspects.setup, place)
            away = _distances(part, place, 2 * further)
            depth = np.where(gone, np.maximum(depth, away), depth)
        if len(depth) and (worst is None or depth.max() > worst.depth_mm):
            deepest = int(np.argmax(depth))
            x, y, z = suspects.points[deepest].tolist()
            line = int(suspects.setup.sweeps.program_line[suspects.move[deepest]])
            worst = LevelGouge(float(depth[deepest]), (x, y, z), suspects.setup.name, line)
    return worst


def _cut(setup: LevelSetup, points: Floats) -> NDArray[np.bool_]:
    """Return whether a setup's moves clear each model point (n, 3), tested with very short lines."""
    work = setup.work(points)
    gone = np.zeros(len(points), dtype=np.bool_)
    gone[setup.sweeps.cleared(np.stack([work, work + np.array([_POINT_MM, 0.0, 0.0])], axis=1)).line] = True
    return gone
