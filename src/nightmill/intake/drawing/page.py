"""A page as letters and strokes, independent of the file format: mm, origin in the upper left corner, y downwards."""

import math

import msgspec

Point = tuple[float, float]


class Box(msgspec.Struct, frozen=True, order=True):
    """An axis-aligned rectangle, mm."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Extent in x."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Extent in y."""
        return self.y1 - self.y0

    @property
    def middle(self) -> Point:
        """Its centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def holds(self, point: Point, slack: float = 0.0) -> bool:
        """Return whether ``point`` is in the box, or at most ``slack`` outside."""
        return self.x0 - slack <= point[0] <= self.x1 + slack and self.y0 - slack <= point[1] <= self.y1 + slack

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


def box_around(points: list[Point]) -> Box:
    """Return the smallest box around one or more points."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


class Letter(msgspec.Struct, frozen=True):
    """One character, or several that a reader returned as one (a line of OCR also has one letter per character).

    ``x``, ``y`` is the left end of its baseline, ``width`` its advance and ``size`` the font's height in mm, measured along and across
    text that runs at ``angle`` degrees (counter-clockwise, 0 to the right, 90 upwards). ``sure`` is the
    reader's confidence.
    """

    text: str
    x: float
    y: float
    width: float
    size: float
    angle: float = 0.0
    sure: float = 1.0


class Stroke(msgspec.Struct, frozen=True):
    """A polyline; curves are flattened. ``closed``: its end meets its start."""

    points: tuple[Point, ...]
    closed: bool = False


class Page(msgspec.Struct, frozen=True):
    """One page. ``scale``: size of the file's unit on it (DXF); ``upwards``: the file's y axis points up; ``inches``: its unit is the inch."""

    number: int
    width: float
    height: float
    letters: tuple[Letter, ...]
    strokes: tuple[Stroke, ...]
    scanned: bool = False
    upwards: bool = False
    scale: float = 1.0
    inches: bool = False


class Turn:
    """Rotation of a page so that text of one angle runs to the right, and its inverse."""

    def __init__(self, angle_deg: float) -> None:
        radians = math.radians(angle_deg)
        self.cos, self.sin = math.cos(radians), math.sin(radians)

    def to(self, point: Point) -> Point:
        """Return ``point`` in the rotated page: along the text, and downwards across it."""
        x, y = point
        return x * self.cos - y * self.sin, x * self.sin + y * self.cos

    def back(self, box: Box) -> Box:
        """Return a box of the rotated page in page coordinates."""
        corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x0, box.y1), (box.x1, box.y1)]
        return box_around([(u * self.cos + v * self.sin, -u * self.sin + v * self.cos) for u, v in corners])
