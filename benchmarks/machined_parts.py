"""Generate random parts, all different, that a three-axis mill or a lathe can make completely, as STEP.

    python benchmarks/machined_parts.py OUT_FOLDER [--parts N] [--seed S]

Blocks with rounded pockets, obround slots, drilled and counterbored holes from above, often also from below and from
one side, and with steps and rounded or bevelled uprights. Inner corners have a radius of 3 mm or more, and drilled
holes end in a drill point. Every fifth part is a shaft with shoulders, tapers, a groove, bevelled ends, and maybe a
bore. The same seed gives the same part.
"""

import argparse
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
from labelled_parts import Sheet, edges_of, prism, write
from labelled_sketches import Array, Sketch
from shapely.geometry import LineString, Point, Polygon, box

DRILLS_MM = (3.0, 3.3, 4.0, 4.2, 5.0, 5.5, 6.0, 6.6, 8.0, 8.5, 9.0, 10.0)
WALL_MM = 3.0
_TRIES = 30
_POINT = math.tan(math.radians(59))


class Maker:
    """One part in progress: the shape, and on each side the outlines in use."""

    def __init__(self, rng: random.Random) -> None:
        from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

        self.rng = rng
        self.size = np.array([rng.uniform(40, 110), rng.uniform(35, 80), rng.uniform(14, 36)]).round(1)
        self.shape: Any = BRepPrimAPI_MakeBox(*map(float, self.size)).Shape()
        self.taken: list[Polygon] = []
        self.room_mm = float(self.size[2]) - 4.0

    def _less(self, tool: Any) -> None:
        from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

        self.shape = BRepAlgoAPI_Cut(self.shape, tool).Shape()

    def step(self) -> None:
        """Cut a step along one end, as wide as the block."""
        from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
        from OCP.gp import gp_Pnt

        length, width, height = map(float, self.size)
        run = round(self.rng.uniform(6, length / 4), 1)
        depth = round(self.rng.uniform(2, self.room_mm / 2), 1)
        self._less(BRepPrimAPI_MakeBox(gp_Pnt(0, 0, height - depth), run, width, depth + 1).Shape())
        self.taken.append(box(0, 0, run, width))

    def uprights(self) -> None:
        """Round or bevel the block's upright edges."""
        from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet

        size = round(self.rng.uniform(2, 6), 1)
        maker: Any = (
            BRepFilletAPI_MakeFillet(self.shape) if self.rng.random() < 0.6 else BRepFilletAPI_MakeChamfer(self.shape)
        )
        for edge, length in edges_of(self.shape):
            if abs(length - self.size[2]) < 1e-6:
                maker.Add(size, edge)
        maker.Build()
        self.shape = maker.Shape()
        corners = [(x, y) for x in (0, float(self.size[0])) for y in (0, float(self.size[1]))]
        self.taken += [Point(corner).buffer(size) for corner in corners]

    def _place(self, shape: Polygon) -> tuple[float, float] | None:
        """Return a free place for an outline around the origin, away from the rim and from all others."""
        low_x, low_y, high_x, high_y = shape.bounds
        for _ in range(_TRIES):
            room = [self.size[0] - WALL_MM - high_x, self.size[1] - WALL_MM - high_y]
            if room[0] <= WALL_MM - low_x or room[1] <= WALL_MM - low_y:
                return None
            at = (
                round(self.rng.uniform(WALL_MM - low_x, room[0]), 1), round(self.rng.uniform(WALL_MM - low_y, room[1]), 1)
            )  # fmt: skip
            there = Polygon([(x + at[0], y + at[1]) for x, y in shape.exterior.coords]).buffer(WALL_MM)
            if not any(there.intersects(other) for other in self.taken):
                self.taken.append(there.buffer(-WALL_MM))
                return at
        return None

    def _side(self, at: tuple[float, float], below: bool) -> Sheet:
        """Return the upper or lower side as a sheet with its origin at (x, y)."""
        height = 0.0 if below else float(self.size[2])
        normal = np.array([0.0, 0.0, -1.0 if below else 1.0])
        y = np.array([0.0, -1.0 if below else 1.0, 0.0])
        return Sheet(np.array([*at, height]), np.array([1.0, 0, 0]), y, normal, Polygon(), np.zeros((0, 2)), ())

    def pocket(self, below: bool) -> None:
        """Cut a pocket with rounded corners, or a slot with round ends if it is as narrow as its corners."""
        corner = self.rng.choice((3.0, 3.5, 4.0, 5.0, 6.0, 8.0))
        half = self.rng.uniform(corner + 1, self.size[0] / 3), self.rng.choice((corner, self.rng.uniform(corner + 1, self.size[1] / 3)))  # fmt: skip
        sketch, outline = rounded(half[0], half[1], corner)
        depth = round(min(self.rng.uniform(2, self.room_mm), 4 * corner), 1)
        through = depth >= self.room_mm - 1
        at = self._place(outline)
        if at:
            self._less(prism(self._side(at, below), sketch, float(self.size[2]) + 1 if through else depth))

    def hole(self, below: bool) -> None:
        """Drill a hole, through or blind, with or without a counterbore."""
        diameter = self.rng.choice(DRILLS_MM)
        bored = self.rng.random() < 0.3
        wide = 2 * diameter if bored else diameter
        at = self._place(Point(0, 0).buffer(wide / 2))
        if at is None:
            return
        sheet, height = self._side(at, below), float(self.size[2])
        blind = not bored and self.rng.random() < 0.4
        depth = (
            round(min(self.rng.uniform(1, 3) * diameter, height - 4 - diameter / 2 / _POINT), 1)
            if blind
            else height + 1
        )
        if depth > 1:
            self._less(_disc(sheet, diameter, depth))
            self._less(_point(sheet, diameter, depth))
        if bored:
            self._less(_disc(sheet, wide, round(min(diameter, height / 2), 1)))

    def side_holes(self) -> None:
        """Drill blind holes into one long side, below the features from above."""
        width, height = float(self.size[1]), float(self.size[2])
        for _ in range(self.rng.randint(1, 3)):
            diameter = self.rng.choice([d for d in DRILLS_MM if d < height / 3] or [3.0])
            at = round(self.rng.uniform(10, float(self.size[0]) - 10), 1)
            near = LineString([(at, 0), (at, 12)]).buffer(diameter / 2 + WALL_MM)
            if any(near.intersects(other) for other in self.taken):
                continue
            self.taken.append(near)
            origin, normal = np.array([at, 0.0, height / 2]), np.array([0.0, -1.0, 0.0])
            x, z = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
            sheet = Sheet(origin, x, z, normal, Polygon(), np.zeros((0, 2)), ())
            depth = round(min(2 * diameter, 8.0, width / 4), 1)
            self._less(_disc(sheet, diameter, depth))
            self._less(_point(sheet, diameter, depth))


def rounded(half_x: float, half_y: float, corner: float) -> tuple[Sketch, Polygon]:
    """Return a rectangle with rounded corners around the origin, as a sketch and as an outline."""
    half_y = max(half_y, corner)
    turn = corner * (1 - math.sqrt(0.5))
    x, y, r = half_x, half_y, corner

    def p(a: float, b: float) -> Array:
        return np.array([a, b])

    pieces: list[tuple[Array, ...]] = []
    at = p(-x + r, -y)
    straight = [p(x - r, -y), p(x, y - r), p(-x + r, y), p(-x, -y + r)]
    middles = [p(x - turn, -y + turn), p(x - turn, y - turn), p(-x + turn, y - turn), p(-x + turn, -y + turn)]
    ends = [p(x, -y + r), p(x - r, y), p(-x, y - r), p(-x + r, -y)]
    here = at
    for to, through, end in zip(straight, middles, ends, strict=True):
        if np.linalg.norm(to - here) > 1e-6:
            pieces.append((to,))
        pieces.append((through, end))
        here = end
    return Sketch(at, tuple(pieces)), box(-x, -y, x, y)


def _disc(sheet: Sheet, diameter: float, depth: float) -> Any:
    return prism(sheet, Sketch(np.zeros(2), (), (np.zeros(2), diameter / 2)), depth)


def _point(sheet: Sheet, diameter: float, depth: float) -> Any:
    """Return the drill's point under a hole of ``depth``."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    place = sheet.origin - depth * sheet.normal
    axis = gp_Ax2(gp_Pnt(*map(float, place)), gp_Dir(*map(float, -sheet.normal)))
    return BRepPrimAPI_MakeCone(axis, diameter / 2, 0.0, diameter / 2 / _POINT).Shape()


def shaft(rng: random.Random) -> Any:
    """Return a turned part around Z: its half-section as corners (r, z)."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeRevol
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt

    count = rng.randint(2, 4)
    radii = sorted(round(rng.uniform(7, 22), 1) for _ in range(count))
    thickest = rng.randrange(count)  # thinner towards both ends, so that each shoulder can be reached from its own end
    radii = [*radii[-thickest - 1 :], *reversed(radii[: count - thickest - 1])] if thickest else radii[::-1]
    bevel = rng.choice((0.5, 1.0))
    corners, z = [(0.0, 0.0), (radii[0] - bevel, 0.0), (radii[0], bevel)], 0.0
    for place, radius in enumerate(radii):
        length = round(rng.uniform(9, 24), 1)
        if place and radii[place - 1] != radius:
            corners.append((radius, z))
        if rng.random() < 0.3 and place == thickest and length > 12:
            corners += [(radius, z + 5), (radius - 1.5, z + 5), (radius - 1.5, z + 8.2), (radius, z + 8.2)]
        z = round(z + length, 1)
        corners.append((radius, z))
    corners[-1] = (radii[-1], round(z - bevel, 1))
    corners += [(radii[-1] - bevel, z), (0.0, z)]
    outline = BRepBuilderAPI_MakePolygon()
    for radius, height in corners:
        outline.Add(gp_Pnt(radius, 0.0, height))
    outline.Close()
    axis = gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1))
    shape: Any = BRepPrimAPI_MakeRevol(BRepBuilderAPI_MakeFace(outline.Wire()).Face(), axis).Shape()
    return _bored(shape, rng, min(radii[0], radii[-1]), z) if rng.random() < 0.4 else shape


def _bored(shape: Any, rng: random.Random, radius: float, length: float) -> Any:
    """Add a drilled hole to one end of a shaft."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut

    diameter = rng.choice([drill for drill in DRILLS_MM if drill < radius])
    end = np.array([0.0, 0.0, length])
    sheet = Sheet(
        end, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, 0, 1.0]), Polygon(), np.zeros((0, 2)), ()
    )
    depth = round(min(2.5 * diameter, length / 2), 1)
    bored = BRepAlgoAPI_Cut(shape, _disc(sheet, diameter, depth)).Shape()
    return BRepAlgoAPI_Cut(bored, _point(sheet, diameter, depth)).Shape()


def make(seed: int) -> Any:
    """Return one part, a ``TopoDS_Shape``."""
    rng = random.Random(seed)
    if seed % 5 == 0:
        return shaft(rng)
    maker = Maker(rng)
    if rng.random() < 0.6:
        maker.uprights()
    if rng.random() < 0.4:
        maker.step()
    if rng.random() < 0.4:
        maker.side_holes()
    for _ in range(rng.randint(1, 3)):
        maker.pocket(below=False)
    for _ in range(rng.randint(2, 8)):
        maker.hole(below=False)
    if rng.random() < 0.4:
        maker.pocket(below=True)
        maker.hole(below=True)
    return maker.shape


def main() -> None:
    """Write the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--parts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for seed in range(asked.seed, asked.seed + asked.parts):
        write(make(seed), asked.out / f"machined_{seed}.step")
    print(f"{asked.parts} parts in {asked.out}")


if __name__ == "__main__":
    main()
