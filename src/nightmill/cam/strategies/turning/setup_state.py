"""State of one turning setup: the stock, the material that must stay, the program so far, and the record of each step."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.strategies.turning.lathe_tool_shapes import swept
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Lathe
from nightmill.cam.toolpath.turning_program import TurningProgram
from nightmill.vocabulary.plan import CuttingData, Step, Thread, Tool

Floats = NDArray[np.float64]

# A little less than the excess material that verification allows.
NEAR_MM = 0.042
_PROUD_MM = 0.05
CLEAR_MM = 2.0
_FACE_POINTS = 25


@dataclass
class TurnWork:
    """One setup in progress, all in (z, x): z = 0 is the finished right end, x the radius.

    ``outline``: the finished part as it is in this setup; ``kept``: the part and the material that must stay for now (bar
    in the jaws, stub to be parted off); ``guard``: jaws and chuck; ``left``: the farthest that a tool's point goes towards
    the chuck; ``faces``: the generator (n, 2) of each face.
    """

    outline: BaseGeometry
    piece: BaseGeometry
    kept: BaseGeometry
    guard: BaseGeometry
    left: float
    faces: dict[int, Floats]
    tools: tuple[Tool, ...]
    lathe: Lathe
    material: Material
    program: TurningProgram
    steps: list[Step] = field(default_factory=list)
    asked: list[Thread] = field(default_factory=list)
    threaded: list[Thread] = field(default_factory=list)
    _spent_s: float = 0.0

    @property
    def radius(self) -> float:
        """Return the largest radius of the remaining piece."""
        return float(self.piece.bounds[3])

    @property
    def above(self) -> float:
        """Return a radius clear of everything that turns except the jaws."""
        return self.radius + CLEAR_MM

    @property
    def right(self) -> float:
        """Return where the piece ends on the right."""
        return float(self.piece.bounds[2])

    def lathe_tools(self, kind: str) -> list[Tool]:
        """Return tools of one type in the order of the list: only boring bars that don't groove, and inserts that don't thread."""
        found = [tool for tool in self.tools if tool.type == kind and not (kind == "turning" and tool.pitch_mm)]
        return [tool for tool in found if not (kind == "boring" and tool.width_mm)]

    def grooving_bars(self) -> list[Tool]:
        """Return bars with a blade, for grooves in bores, the widest blade first."""
        bars = [tool for tool in self.tools if tool.type == "boring" and tool.width_mm]
        return sorted(bars, key=lambda tool: (-(tool.width_mm or 0.0), -tool.shank_diameter_mm))

    def leftover(self) -> BaseGeometry:
        """Return the material that stands more than the allowed excess above the part, from the part's left end on."""
        left = float(self.outline.bounds[0]) - 1e-6
        zone = shapely.box(left, 0.0, self.right + 1.0, self.radius + 1.0)
        return shapely.intersection(self.piece.difference(self.outline.buffer(NEAR_MM)), zone)

    def cut(self, path: Floats, shape: Floats) -> None:
        """Remove from the piece the area that a path sweeps, also where it passes the axis."""
        gone = swept(path, shape)
        if gone.bounds[1] < 0:
            gone = shapely.union(gone, shapely.transform(gone, lambda points: points * np.array([1.0, -1.0])))
        self.piece = _areas(self.piece.difference(gone))

    def part_off(self) -> None:
        """Keep only the connected material that contains the part."""
        middle = self.outline.buffer(-0.01)
        kept = [each for each in shapely.get_parts(self.piece) if each.intersects(middle)]
        self.piece = shapely.union_all(kept)

    def record(
        self,
        strategy: str,
        tool: Tool,
        data: CuttingData,
        line: int,
        before: BaseGeometry,
        faces: tuple[int, ...] = (),
    ) -> None:
        """Record a step that started after ``line`` blocks, with ``before`` as leftover.

        ``faces``: the faces it cut, if the leftover doesn't show them.
        """
        after = self.leftover()
        faces = faces or tuple(
            face
            for face, curve in self.faces.items()
            if proud_share(curve, before) > proud_share(curve, after) and proud_share(curve, after) < 0.5
        )
        self.steps.append(
            Step(
                name=f"{strategy} {tool.name}",
                strategy=strategy,
                tool=tool.number,
                features=(),
                faces=faces,
                cutting=data,
                time_s=round(self.program.time_s - self._spent_s, 2),
                line_from=line + 1,
                line_to=len(self.program.blocks),
            )
        )
        self._spent_s = self.program.time_s


def proud_share(curve: Floats, leftover: BaseGeometry) -> float:
    """Return the fraction of a face, by area, on which there is leftover material; ``curve`` (n, 2) is its generator."""
    if leftover.is_empty:
        return 0.0
    line = shapely.LineString(curve)
    places = (np.arange(_FACE_POINTS) + 0.5) / _FACE_POINTS * line.length
    points = shapely.line_interpolate_point(line, places)
    weight = np.maximum(1e-6, shapely.get_y(points))
    return float(weight[shapely.distance(points, leftover) < _PROUD_MM].sum() / weight.sum())


def _areas(found: BaseGeometry) -> BaseGeometry:
    """Return only the polygons of a geometry that have more than a negligible area."""
    return shapely.union_all([p for p in shapely.get_parts(found) if p.geom_type == "Polygon" and p.area > 1e-5])
