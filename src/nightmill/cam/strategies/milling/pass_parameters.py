"""Parameters of one pass of a mill: cutting data for each cluster of paths by its width and height, and the clusters to skip."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.milling import Cut, quickest_milling, steps_down
from nightmill.cam.stock.in_process_stock import Level
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.offset_paths import BROAD_SHARE, LANE_SHARE
from nightmill.vocabulary.plan import CuttingData, Tool

THIN_SHARE = 0.12
"""Rings up to twice this fraction of the diameter wide get one contour; up to this fraction it is a finishing cut."""
HEIGHT_STEP_MM = 0.1


@dataclass(frozen=True)
class Paths:
    """Tool-centre polylines of one level and cluster, the area they sweep, whether they only skim, where
    the tool's axis may be, and the width of cut.
    """

    lines: list[NDArray[np.float64]]
    centres: BaseGeometry
    swept: BaseGeometry
    thin: bool
    tolerance_mm: float
    free: BaseGeometry
    width_mm: float

    @property
    def length(self) -> float:
        """Return the length of all lines, mm."""
        return sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in self.lines)


@dataclass(frozen=True)
class Pass:
    """One tool's pass through a stage: the allowance kept on walls, whether slopes are cut too, and its cutting data.

    ``data``: for lanes over areas as deep as the tool may cut them; ``slot``: for the start of a path into full
    material. ``ramp_slope``: descent over the length of the ramp into full material. ``below``: levels from this height
    up are finished. ``tight``: areas and wide rings keep to the finishing limits, too. ``alone``: material left by this
    pass obstructs no other tool. ``used``: the data of all cuts so far.
    """

    tool: Tool
    material: Material
    machine: Machine
    data: CuttingData
    slot: CuttingData
    allowance_mm: float
    fine: bool
    ramp_slope: float
    below: float = math.inf
    tight: bool = False
    alone: bool = False
    used: list[CuttingData] = field(default_factory=list, compare=False)

    def data_for(self, found: Paths, height: float) -> CuttingData:
        """Return the cutting data for a cluster of paths of this height."""
        return self._contour(found.width_mm, height) if found.thin else self._area(found.width_mm, height)

    def _contour(self, width: float, height: float) -> CuttingData:
        most = ToolAssembly(self.tool).cutting_mm
        skims = self.fine and width <= THIN_SHARE * self.tool.diameter_mm
        return self._quickest(height, most, width, rough=not (skims or self.tight))

    def _area(self, width: float, height: float) -> CuttingData:
        most = min(self.tool.diameter_mm, ToolAssembly(self.tool).cutting_mm)
        return self._quickest(height, most, width, rough=not self.tight)

    def _quickest(self, height: float, most: float, width: float, *, rough: bool) -> CuttingData:
        high = max(HEIGHT_STEP_MM, math.ceil(height / HEIGHT_STEP_MM) * HEIGHT_STEP_MM)
        cut = Cut(round(high, 4), round(most, 4), round(width, 4), rough)
        return quickest_milling(self.tool, self.material, self.machine, cut)

    def broad_for(self, height: float) -> bool:
        """Return whether wide, shallow cuts remove a height faster than narrow, deep ones."""
        return self._removal(BROAD_SHARE, height) > self._removal(LANE_SHARE, height)

    def _removal(self, share: float, height: float) -> float:
        width = share * self.tool.diameter_mm
        return width * height / _minutes(height, self._area(width, height))

    def leaves(self, found: Paths, height: float, wall_mm: float) -> bool:
        """Return whether a roughing pass should leave a whole cluster to the finishing pass: one cut instead of two.

        ``wall_mm``: the length along walls where an allowance would have to be cut later.
        """
        if self.fine or not (found.thin or (self.alone and wall_mm > 0)):
            return False
        width = found.width_mm + (self.allowance_mm if found.thin else 0.0)
        finishing = replace(self, fine=True, tight=True)
        whole = finishing.data_for(replace(found, width_mm=width), height)
        twice = _minutes(height, self.data_for(found, height)) * found.length
        twice += _minutes(height, finishing._contour(self.allowance_mm, height)) * wall_mm
        return _minutes(height, whole) * found.length <= twice

    def concerns(self, level: Level) -> bool:
        """Return whether this tool may gain anything at a level."""
        return level.z < self.below - 1e-9


def _minutes(height: float, data: CuttingData) -> float:
    """Return the time for 1 mm of contour in all steps, in minutes."""
    return steps_down(height, data.ap_mm) / data.feed_mm_min
