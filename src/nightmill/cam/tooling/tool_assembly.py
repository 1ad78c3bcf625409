"""A tool as it stands in the spindle: cutter, neck and holder, how deep each gets, and the clearance that each keeps."""

from dataclasses import dataclass
from typing import NamedTuple

from nightmill.vocabulary.plan import Tool

HOLDER_CLEARANCE_MM = 0.5
"""Distance of the holder from everything, sideways and below its face."""
FIXTURE_CLEARANCE_MM = 0.5
"""Distance of the cutter from fixtures."""
FLUTE_SHARE = 0.95
"""Fraction of the flutes that cuts; the rest is where they run out."""


class Ring(NamedTuple):
    """A part of the tool above its cutter: everything from ``above_mm`` over the tip must stay ``radius_mm`` away from its axis."""

    radius_mm: float
    above_mm: float


@dataclass(frozen=True, slots=True)
class ToolAssembly:
    """Cutter, neck and holder of a tool at its stick-out, for whoever asks what else fits where the cutter fits."""

    tool: Tool

    @property
    def radius_mm(self) -> float:
        """Return the radius of the cutter."""
        return self.tool.diameter_mm / 2

    @property
    def neck_radius_mm(self) -> float:
        """Return the radius of the neck or shank above the flutes; the cutter's own if none is given."""
        return (self.tool.shank_diameter_mm or self.tool.diameter_mm) / 2

    @property
    def necked(self) -> bool:
        """Return whether the neck is thinner than the cutter, so that it goes down where the cutter has been."""
        return self.neck_radius_mm < self.radius_mm

    @property
    def holder_radius_mm(self) -> float:
        """Return the radius that must be free for the holder: its own and its clearance."""
        return self.tool.holder_diameter_mm / 2 + HOLDER_CLEARANCE_MM

    @property
    def holder_is_wider(self) -> bool:
        """Return whether the holder needs more width than the cutter."""
        return self.holder_radius_mm > self.radius_mm

    @property
    def cutting_mm(self) -> float:
        """Return how much of the flutes cuts, from the tip up."""
        return FLUTE_SHARE * self.tool.flute_length_mm

    @property
    def reach_mm(self) -> float:
        """Return how deep the tip gets below something that the holder must stay above."""
        return self.tool.stickout_mm - HOLDER_CLEARANCE_MM

    @property
    def drilling_reach_mm(self) -> float:
        """Return how deep a hole of the tool's own width may be: flutes must carry the chips out, and the holder stays above."""
        return min(self.tool.flute_length_mm, self.reach_mm)

    @property
    def milling_reach_mm(self) -> float:
        """Return how deep a mill gets in a hole that it opens: up to the holder if it has a neck, otherwise as deep as it cuts."""
        return self.reach_mm if self.necked else self.tool.flute_length_mm

    def reaches(self, deep_mm: float) -> bool:
        """Return whether the tip gets this deep below something that the holder must stay above."""
        return self.tool.stickout_mm >= deep_mm + HOLDER_CLEARANCE_MM

    def neck(self, off_mm: float = 0.0) -> Ring:
        """Return the neck, kept ``off_mm`` away from things."""
        return Ring(self.neck_radius_mm + off_mm, self.tool.flute_length_mm)

    @property
    def holder(self) -> Ring:
        """Return the holder with its clearance."""
        return Ring(self.holder_radius_mm, self.reach_mm)
