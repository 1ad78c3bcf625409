"""Parts with known labels: boxes with random, intersecting machining features, written as STEP.

    python benchmarks/labelled_parts.py OUT_FOLDER [--parts N] [--seed S]

The 24 kinds, their sketches and the order in which they are cut (steps, slots, through features, blind features,
O-rings, then chamfers and rounds on any edge) are those that MFCAD++ publishes (Colligan et al., doi
10.17034/d1fec5a0-8c10-4630-b02e-b92dc81df823), so that rules can be tested on parts that weren't used to develop them.
``labels.json`` maps each file to the class numbers of its faces in the order of the file.
"""

import argparse
import json
import math
import multiprocessing
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from labelled_sketches import KINDS, Array, Sketch, unit
from shapely.geometry import Point, Polygon

from nightmill.cad.mfcad.labels import MFCADPP_CLASSES

CLEARANCE, SHORTEST, LARGEST_CHAMFER, LARGEST_ROUND = 1.0, 2.0, 4.0, 5.0
STOCK_MM = (10.0, 50.0)
LIMIT_S = 30.0
ORDER = (
    ("rectangular_through_step", "2sides_through_step", "slanted_through_step", "triangular_blind_step", "circular_blind_step",
     "rectangular_blind_step"),
    ("triangular_through_slot", "rectangular_through_slot", "circular_through_slot", "rectangular_blind_slot",
     "vertical_circular_end_blind_slot", "horizontal_circular_end_blind_slot"),
    ("through_hole", "triangular_passage", "rectangular_passage", "6sides_passage"),
    ("blind_hole", "triangular_pocket", "rectangular_pocket", "6sides_pocket", "circular_end_pocket"),
    ("O_ring",), ("chamfer", "round"),
)  # fmt: skip
RARE = {
    "triangular_through_slot": 0.2, "rectangular_through_slot": 0.6, "circular_through_slot": 0.1, "round": 0.2,
    "rectangular_blind_slot": 0.15, "vertical_circular_end_blind_slot": 0.4, "horizontal_circular_end_blind_slot": 0.15,
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A plane face to sketch on: its frame, its outline in that frame, and its free sides."""

    origin: Array
    x: Array
    y: Array
    normal: Array
    outline: Polygon
    corners: Array
    free: tuple[bool, ...]

    def lift(self, points: Array) -> Array:
        """Return points (n, 2) of the sheet in space (n, 3)."""
        return self.origin + points[:, :1] * self.x + points[:, 1:] * self.y


def _square_on(sheet: Sheet, rng: random.Random) -> Array | None:
    """Return the corners (4, 2) of a rectangle inside the sheet, aligned with the side nearest to a random point."""
    low_x, low_y, high_x, high_y = sheet.outline.bounds
    for _ in range(12):
        at = Point(rng.uniform(low_x, high_x), rng.uniform(low_y, high_y))
        reach = sheet.outline.boundary.distance(at) - CLEARANCE
        if not sheet.outline.contains(at) or reach < SHORTEST / 2:
            continue
        nearest = (
            sheet.outline.boundary.interpolate(sheet.outline.boundary.project(at))
            if sheet.outline.boundary.geom_type == "LineString"
            else None
        )
        w = np.array([1.0, 0.0]) if nearest is None else np.array([nearest.x - at.x, nearest.y - at.y])
        w = w / max(float(np.linalg.norm(w)), 1e-9)
        h = np.array([-w[1], w[0]])
        base = np.array([at.x, at.y]) - reach * (w + h)
        width, height = (max(SHORTEST, 2 * reach * rng.uniform(0.1, 1.0)) for _ in "wh")
        base = base + w * rng.uniform(0, 2 * reach - width) + h * rng.uniform(0, 2 * reach - height)
        return np.array([base + h * height, base, base + w * width, base + w * width + h * height])
    return None


def _edge_rectangle(sheet: Sheet, rng: random.Random, sides: int) -> Array | None:
    """Return the corners (4, 2) of a quadrangle along one free side (1), into a free corner (2), or between free sides
    (3).
    """
    count = len(sheet.corners)
    first = rng.randrange(count)
    places = [(first + step) % count for step in range(sides)]
    if not all(sheet.free[place] for place in places):
        return None
    at = [sheet.corners[(first + step) % count] for step in range(sides + 1)]
    if sides == 1:
        along, w_full = unit(at[1] - at[0])
        inward, h_full = np.array([-along[1], along[0]]), min(1.0, w_full) * 60
        width = max(SHORTEST, w_full * rng.uniform(0.1, 1.0) - 2 * CLEARANCE)
        if width > w_full - 2 * CLEARANCE:
            return None
        base = at[0] + along * (CLEARANCE + rng.uniform(0, w_full - 2 * CLEARANCE - width))
        return _grown(sheet, rng, base, along * width, inward, h_full)
    if sides == 2:
        (h, h_full), (w, w_full) = unit(at[0] - at[1]), unit(at[2] - at[1])
        if abs(float(h @ w)) > 1e-6 or min(h_full, w_full) < SHORTEST + CLEARANCE:
            return None
        width = max(SHORTEST, (w_full - CLEARANCE) * rng.uniform(0.1, 1.0))
        return _grown(sheet, rng, at[1], w * width, h, h_full - CLEARANCE)
    (left, left_full), (right, right_full), (along, width) = (
        unit(at[0] - at[1]),
        unit(at[3] - at[2]),
        unit(at[2] - at[1]),
    )
    if float(left @ right) < 1 - 1e-6 or abs(float(left @ along)) > 0.9:
        return None
    return _grown(sheet, rng, at[1], along * width, left, min(left_full, right_full) - CLEARANCE)


def _grown(sheet: Sheet, rng: random.Random, base: Array, w: Array, h: Array, most: float) -> Array | None:
    """Return the rectangle over ``base``-``w`` as high as the sheet allows, times a random share."""
    while most > SHORTEST:
        corners = np.array([base + h * most, base, base + w, base + w + h * most])
        if sheet.outline.buffer(1e-6).contains(Polygon(corners)):
            height = max(SHORTEST, (most - CLEARANCE * (most > SHORTEST + CLEARANCE)) * rng.uniform(0.1, 1.0))
            return np.array([base + h * height, base, base + w, base + w + h * height])
        most *= 0.8
    return None


class Maker:
    """One part in progress: its shape and the class of each face."""

    def __init__(self, rng: random.Random) -> None:
        from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

        self.rng = rng
        self.size = [rng.uniform(*STOCK_MM) for _ in "xyz"]
        self.shape: Any = BRepPrimAPI_MakeBox(*self.size).Shape()
        self._inner: list[Sheet] = []
        self.labels: list[tuple[Any, str]] = [(face, "stock") for face in faces_of(self.shape)]

    def cut(self, kind: str) -> bool:
        """Cut one feature of ``kind`` where it fits; return False if there is no suitable place."""
        from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

        sides, through, draw = KINDS[kind]
        sheets = self._sheets(inner=not sides)
        triangles = triangles_of(self.shape)
        for _ in range(40):
            sheet = self.rng.choice(sheets)
            corners = _edge_rectangle(sheet, self.rng, sides) if sides else _square_on(sheet, self.rng)
            if corners is None:
                continue
            depth = self._depth(sheet, corners, triangles, through, bool(sides))
            if depth is None:
                continue
            tool = prism(sheet, draw(corners, self.rng), depth)
            operation = BRepAlgoAPI_Cut(self.shape, tool)
            if self._accept(operation, operation.Shape(), kind):
                return True
        return False

    def _sheets(self, *, inner: bool) -> list[Sheet]:
        """Return the faces to sketch on. The faces for holes, passages and pockets are determined once: later features
        overlap earlier ones.
        """
        if inner and self._inner:
            return self._inner
        found = [sheet for face in faces_of(self.shape) if (sheet := sheet_of(self.shape, face))]
        if inner:
            self._inner = found
        return found

    def _depth(self, sheet: Sheet, corners: Array, triangles: Array, through: bool, untouched: bool) -> float | None:
        shares = [(u, v) for u in (0.02, 0.25, 0.5, 0.75, 0.98) for v in (0.02, 0.25, 0.5, 0.75, 0.98)]
        inside = np.array(
            [corners[1] + u * (corners[2] - corners[1]) + v * (corners[0] - corners[1]) for u, v in shares]
        )
        points = sheet.lift(inside)
        if untouched and np.isfinite(first_hits(points, sheet.normal, triangles)).any():
            return None
        if through:
            return 2 * max(self.size)
        room = float(first_hits(points, -sheet.normal, triangles).min())
        if not math.isfinite(room) or room < SHORTEST + CLEARANCE:
            return None
        return self.rng.uniform(SHORTEST, room - CLEARANCE)

    def dress(self, kind: str) -> bool:
        """Add a chamfer or a round to a random edge, which may be concave."""
        from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet
        from OCP.Standard import Standard_Failure

        edges = edges_of(self.shape)
        for _ in range(10):
            edge, length = self.rng.choice(edges)
            if length < SHORTEST:
                continue
            try:
                if kind == "chamfer":
                    maker: Any = BRepFilletAPI_MakeChamfer(self.shape)
                    maker.Add(self.rng.uniform(0.1, LARGEST_CHAMFER), edge)
                else:
                    maker = BRepFilletAPI_MakeFillet(self.shape)
                    maker.Add(self.rng.uniform(0.1, max(0.11, min(LARGEST_ROUND, length / 10))), edge)
                maker.Build()
                if maker.IsDone() and self._accept(maker, maker.Shape(), kind):
                    return True
            except (Standard_Failure, RuntimeError):
                continue
        return False

    def _accept(self, operation: Any, shape: Any, kind: str) -> bool:
        from OCP.BRepCheck import BRepCheck_Analyzer
        from OCP.TopAbs import TopAbs_ShapeEnum

        if len(explore(shape, TopAbs_ShapeEnum.TopAbs_SOLID)) != 1 or not BRepCheck_Analyzer(shape).IsValid():
            return False
        faces = faces_of(shape)
        known: dict[int, str] = {}
        for old, label in self.labels:
            kept = [] if operation.IsDeleted(old) else (list(operation.Modified(old)) or [old])
            for face in kept:
                known |= {place: label for place, new in enumerate(faces) if new.IsSame(face)}
        labels = [(face, known.get(place, kind)) for place, face in enumerate(faces)]
        if all(label != kind for place, (_, label) in enumerate(labels) if place not in known) and len(known) == len(
            faces
        ):
            return False
        self.shape, self.labels = shape, labels
        return True


def explore(shape: Any, kind: Any) -> list[Any]:
    from OCP.TopExp import TopExp_Explorer

    explorer, found = TopExp_Explorer(shape, kind), []
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def faces_of(shape: Any) -> list[Any]:
    from OCP.TopAbs import TopAbs_ShapeEnum

    return explore(shape, TopAbs_ShapeEnum.TopAbs_FACE)


def edges_of(shape: Any) -> list[tuple[Any, float]]:
    """Return distinct edges with their lengths."""
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.GCPnts import GCPnts_AbscissaPoint
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp
    from OCP.TopoDS import TopoDS

    index = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    TopExp.MapShapes_s(shape, TopAbs_ShapeEnum.TopAbs_EDGE, index)
    edges = [TopoDS.Edge(index.FindKey(place)) for place in range(1, index.Extent() + 1)]
    return [(edge, float(GCPnts_AbscissaPoint.Length_s(BRepAdaptor_Curve(edge)))) for edge in edges]


def sheet_of(shape: Any, face: Any) -> Sheet | None:
    """Return a plane face with a straight-sided outline as a sheet; ``free`` sides have a convex edge."""
    from OCP.BRep import BRep_Tool
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.BRepTools import BRepTools, BRepTools_WireExplorer
    from OCP.GeomAbs import GeomAbs_CurveType

    from nightmill.cad.brep.face_records import OrientedFace

    oriented = OrientedFace(face)
    if oriented.kind != "plane":
        return None
    origin, normal = oriented.at(*oriented.middle())
    x = np.cross(normal, (1.0, 0.0, 0.0) if abs(normal[0]) < 0.9 else (0.0, 1.0, 0.0))
    x = x / np.linalg.norm(x)
    y = np.cross(normal, x)
    walker, corners, straight = BRepTools_WireExplorer(BRepTools.OuterWire_s(oriented.shape), oriented.shape), [], []
    while walker.More():
        point = BRep_Tool.Pnt_s(walker.CurrentVertex())
        corners.append((point.X(), point.Y(), point.Z()))
        straight.append(BRepAdaptor_Curve(walker.Current()).GetType() == GeomAbs_CurveType.GeomAbs_Line)
        walker.Next()
    if len(corners) < 3 or not all(straight):
        return None
    flat = np.array([((np.array(corner) - origin) @ x, (np.array(corner) - origin) @ y) for corner in corners])
    outline = Polygon(flat)
    if not outline.is_valid or outline.area < 1:
        return None
    if not outline.exterior.is_ccw:
        flat = flat[::-1]
    wires = _inner_wires(oriented.shape)
    for wire in wires:
        if len(wire) > 2:
            hole = Polygon([((np.array(p) - origin) @ x, (np.array(p) - origin) @ y) for p in wire])
            outline = outline.difference(hole.buffer(0))
    if outline.geom_type != "Polygon":
        return None
    sides = [(flat[place] + flat[(place + 1) % len(flat)]) / 2 for place in range(len(flat))]
    probes = origin + np.array([side[0] * x + side[1] * y for side in sides])
    free = []
    for place, probe in enumerate(probes):
        along, _ = unit(flat[(place + 1) % len(flat)] - flat[place])
        outward = along[1] * x - along[0] * y
        free.append(
            not _inside(shape, probe + 1e-3 * outward + 1e-3 * normal)
            and not _inside(shape, probe + 2e-3 * outward - 1e-3 * normal)
        )
    return Sheet(origin, x, y, normal, outline, flat, tuple(free))


def _inner_wires(face: Any) -> list[list[tuple[float, float, float]]]:
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.BRepTools import BRepTools, BRepTools_WireExplorer
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopoDS import TopoDS

    outer, found = BRepTools.OuterWire_s(face), []
    for wire in explore(face, TopAbs_ShapeEnum.TopAbs_WIRE):
        if wire.IsSame(outer):
            continue
        walker, points = BRepTools_WireExplorer(TopoDS.Wire(wire), face), []
        while walker.More():
            curve = BRepAdaptor_Curve(walker.Current())
            first, last = curve.FirstParameter(), curve.LastParameter()
            values = [curve.Value(first + (last - first) * share / 8) for share in range(8)]
            if walker.Current().Orientation().name == "TopAbs_REVERSED":
                values = [curve.Value(last - (last - first) * share / 8) for share in range(8)]
            points += [(p.X(), p.Y(), p.Z()) for p in values]
            walker.Next()
        found.append(points)
    return found


def _inside(shape: Any, point: Array) -> bool:
    from OCP.BRepClass3d import BRepClass3d_SolidClassifier
    from OCP.gp import gp_Pnt
    from OCP.TopAbs import TopAbs_State

    return bool(BRepClass3d_SolidClassifier(shape, gp_Pnt(*map(float, point)), 1e-6).State() == TopAbs_State.TopAbs_IN)


def triangles_of(shape: Any) -> Array:
    """Return the corners (n, 3, 3) of a coarse mesh."""
    from nightmill.cad.brep.face_records import OrientedFace
    from nightmill.cad.meshing.tessellation import tessellate

    mesh = tessellate(shape, [OrientedFace(face) for face in faces_of(shape)], deflection_mm=0.1, angular_deg=20)
    corners: Array = mesh.vertices[mesh.triangles]
    return corners


def first_hits(points: Array, direction: Array, triangles: Array) -> Array:
    """Return the distance from each point along ``direction`` to the first triangle, inf if none (Moeller and Trumbore
    1997).
    """
    a, u, v = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(direction, v)
    det = np.einsum("ij,ij->i", u, p)
    usable = np.abs(det) > 1e-12
    inverse = np.where(usable, 1 / np.where(usable, det, 1), 0)
    s = points[:, None] - a[None]
    first = np.einsum("nij,ij->ni", s, p) * inverse
    q = np.cross(s, u[None])
    second = q @ direction * inverse
    t = np.einsum("nij,ij->ni", q, v) * inverse
    hit = usable & (first >= 0) & (second >= 0) & (first + second <= 1) & (t > 1e-4)
    nearest: Array = np.where(hit, t, np.inf).min(axis=1)
    return nearest


def prism(sheet: Sheet, sketch: Sketch, depth: float) -> Any:
    """Return the sketch, pushed into the material by ``depth`` mm."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.GC import GC_MakeArcOfCircle
    from OCP.gp import gp_Ax2, gp_Circ, gp_Dir, gp_Pnt, gp_Vec
    from OCP.TopoDS import TopoDS

    def place(point: Array) -> Any:
        return gp_Pnt(*map(float, sheet.lift(point[None])[0]))

    wire = BRepBuilderAPI_MakeWire()
    if sketch.circle:
        ax = gp_Ax2(place(sketch.circle[0]), gp_Dir(*map(float, sheet.normal)))
        wire.Add(BRepBuilderAPI_MakeEdge(gp_Circ(ax, sketch.circle[1])).Edge())
    at = sketch.start
    for piece in sketch.pieces:
        if len(piece) == 1:
            wire.Add(BRepBuilderAPI_MakeEdge(place(at), place(piece[0])).Edge())
        else:
            wire.Add(
                BRepBuilderAPI_MakeEdge(GC_MakeArcOfCircle(place(at), place(piece[0]), place(piece[1])).Value()).Edge()
            )
        at = piece[-1]
    face = BRepBuilderAPI_MakeFace(wire.Wire())
    if sketch.inner and sketch.circle:
        inner = BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(gp_Circ(ax, sketch.inner)).Edge()).Wire()
        face.Add(TopoDS.Wire(inner.Reversed()))
    return BRepPrimAPI_MakePrism(face.Face(), gp_Vec(*map(float, -depth * sheet.normal))).Shape()


def make(seed: int, *, usual: bool = False) -> tuple[Any, list[int]]:
    """Return one part (a ``TopoDS_Shape``) and the class number of each face. ``usual`` draws kinds about as often as
    on parts of MFCAD++, where slots and rounds are rare; otherwise all kinds are equally likely.
    """
    rng = random.Random(seed)
    words = MFCADPP_CLASSES[:-1]
    weights = [RARE.get(word, 1.0) if usual else 1.0 for word in words]
    kinds = (
        rng.choices(words, weights, k=rng.randint(3, 10))
        if usual
        else [rng.choice(words) for _ in range(rng.randint(3, 10))]
    )
    maker = Maker(rng)
    for group in ORDER:
        for kind in kinds:
            if kind in group:
                maker.dress(kind) if group == ORDER[-1] else maker.cut(kind)
    return maker.shape, [MFCADPP_CLASSES.index(label) for _, label in maker.labels]


def write(shape: Any, path: Path) -> None:
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    Message.DefaultMessenger_s().ChangePrinters().Clear()
    writer = STEPControl_Writer()
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--parts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--usual", action="store_true", help="kinds about as often as in MFCAD++")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    import OCP.BRepAlgoAPI  # noqa: F401 - loaded once, before the processes part

    labels: dict[str, list[int]] = {}
    for seed in range(asked.seed, asked.seed + asked.parts):
        known = _made_apart(seed, asked.out / f"{seed}.step", usual=asked.usual)
        if known is None:
            print(f"seed {seed} is left out: the kernel didn't finish within {LIMIT_S:.0f} s")
        else:
            labels[f"{seed}.step"] = known
    (asked.out / "labels.json").write_text(json.dumps(labels))
    print(f"{len(labels)} parts, {sum(map(len, labels.values()))} faces in {asked.out}")


def _made_apart(seed: int, path: Path, *, usual: bool) -> list[int] | None:
    """Make one part in a separate process, since the kernel may never finish a cut; None if it was stopped."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_make_and_send, args=(there, seed, path, usual))
    child.start()
    there.close()
    known: list[int] | None = None
    if here.poll(LIMIT_S):
        try:
            known = here.recv()
        except EOFError:
            known = None
    child.terminate()
    child.join()
    return known


def _make_and_send(there: Any, seed: int, path: Path, usual: bool) -> None:
    shape, known = make(seed, usual=usual)
    write(shape, path)
    there.send(known)


if __name__ == "__main__":
    main()
