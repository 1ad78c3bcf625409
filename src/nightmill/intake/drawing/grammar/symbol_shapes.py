"""Recognise ISO 1101 symbols drawn as strokes or pixels by their distance to parametric templates.

The distance is the mean nearest distance, in both directions, between points along the strokes, in a square of side 1 (chamfer
matching). A symbol is recognised only if its best template is close, and clearly closer than that of every other symbol.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.page import Box, Point

Points = NDArray[np.float64]
Poly = list[Point]
STEP = 0.025
NEAR, CLEARLY = 0.055, 1.25
FAR, FAR_CLEARLY = 0.09, 1.6
LEAST_POINTS = 8


def name_strokes(cell: Box, strokes: Sequence[tuple[Point, ...]]) -> tuple[str, float] | None:
    """Return the symbol that ``strokes`` draw, with its confidence; None if they draw none."""
    if not strokes:
        return None
    del cell
    return name_points(_sampled([list(stroke) for stroke in strokes]))


def name_points(points: Points, grain: float = 0.0) -> tuple[str, float] | None:
    """Return the symbol that ``points`` (n, 2), y downwards, draw; None if they draw no symbol or could be either of two.

    ``grain``: the resolution of the points in their own unit: 1 for pixels. A third of it is subtracted from every
    distance.
    """
    if len(points) < LEAST_POINTS:
        return None
    own = _normal(points)
    blur = grain / 3 / (float(np.ptp(points, axis=0).max()) or 1.0)
    best: dict[str, float] = {}
    for sign, template in _templates():
        if abs(_aspect(own) - _aspect(template)) > 0.45:
            continue
        distance = max(0.0, _chamfer(own, template) - blur)
        best[sign] = min(distance, best.get(sign, math.inf))
    ranked = sorted((distance, sign) for sign, distance in best.items())
    if not ranked:
        return None
    (first, sign), second = ranked[0], ranked[1][0] if len(ranked) > 1 else math.inf
    if first > NEAR:
        return (sign, 0.91) if first < FAR and second > FAR_CLEARLY * first else None
    if second < CLEARLY * first or second - first < 0.006:
        return sign, 0.6
    return sign, 0.97 if first < 0.6 * NEAR else 0.92


def _aspect(points: Points) -> float:
    """Height minus width of the symbol, in the square of side 1."""
    return float(np.ptp(points[:, 1]) - np.ptp(points[:, 0]))


def _normal(points: Points) -> Points:
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) or 1.0
    moved: Points = (points - (low + high) / 2) / side
    if len(moved) > 400:
        moved = moved[:: len(moved) // 400 + 1]
    return moved


def _sampled(strokes: Sequence[Poly]) -> Points:
    every = np.array([point for stroke in strokes for point in stroke])
    side = float(np.ptp(every, axis=0).max()) or 1.0
    made: list[Point] = []
    for stroke in strokes:
        for (x0, y0), (x1, y1) in pairwise(stroke):
            steps = max(1, math.ceil(math.dist((x0, y0), (x1, y1)) / (STEP * side)))
            made += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps + 1)]
    return np.array(made, dtype=np.float64)


def _chamfer(a: Points, b: Points) -> float:
    apart = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    forth, back = apart.min(axis=1), apart.min(axis=0)
    return float(max(forth.mean(), back.mean()) + 0.25 * max(np.quantile(forth, 0.97), np.quantile(back, 0.97)))


@cache
def _templates() -> tuple[tuple[str, Points], ...]:
    return tuple((sign, _normal(_sampled(strokes))) for sign, strokes in _signs())


def _arc(cx: float, cy: float, r: float, a: float = 0.0, b: float = 360.0) -> Poly:
    """An arc from ``a`` to ``b`` degrees, counter-clockwise as seen, in y downwards."""
    steps = max(4, int(abs(b - a) / 9))
    turns = [math.radians(a + (b - a) * k / steps) for k in range(steps + 1)]
    return [(cx + r * math.cos(t), cy - r * math.sin(t)) for t in turns]


def _head(tip: Point, toward: float, size: float, spread: float, *, filled: bool) -> list[Poly]:
    """An arrow head whose shaft runs at ``toward`` degrees, its sides ``spread`` degrees off."""
    sides = [
        (tip[0] - size * math.cos(math.radians(toward + turn)), tip[1] + size * math.sin(math.radians(toward + turn)))
        for turn in (spread, -spread)
    ]
    if not filled:
        return [[sides[0], tip, sides[1]]]
    middle = ((sides[0][0] + sides[1][0]) / 2, (sides[0][1] + sides[1][1]) / 2)
    return [[sides[0], tip, sides[1], sides[0]], [tip, middle]]


def _arrow(x: float, angle: float, head: float, spread: float, *, filled: bool) -> list[Poly]:
    """Return an arrow of length 1 that starts at (``x``, 0)."""
    tip = (x + math.cos(math.radians(angle)), -math.sin(math.radians(angle)))
    return [[(x, 0), tip], *_head(tip, angle, head, spread, filled=filled)]


_HEADS = (
    (0.25, 20, False),
    (0.4, 20, False),
    (0.3, 20, True),
    (0.45, 18, True),
    (0.3, 35, False),
    (0.42, 35, False),
    (0.45, 45, False),
)


def _signs() -> Iterator[tuple[str, list[Poly]]]:
    yield "⏤", [[(0, 0), (1, 0)]]
    for slant, high in product((0.2, 0.35, 0.5), (0.35, 0.5, 0.65)):
        yield "⏥", [[(0, high), (slant, 0), (1, 0), (1 - slant, high), (0, high)]]
    yield "○", [_arc(0, 0, 1)]
    for inner in (0.35, 0.45, 0.55, 0.65):
        yield "◎", [_arc(0, 0, 1), _arc(0, 0, inner)]
    for radius in (0.45, 0.55, 0.65, 0.75, 0.85):
        yield "⌖", [_arc(0, 0, radius), [(-1, 0), (1, 0)], [(0, -1), (0, 1)]]
    yield "⌖", [_arc(0, 0, 1), [(-1, 0), (1, 0)], [(0, -1), (0, 1)]]
    for radius, lean, high in product((0.4, 0.5, 0.62), (0.3, 0.5, 0.75), (0.85, 1.0, 1.2)):
        yield "⌭", [_arc(0, 0, radius), *_leaning(radius, lean, high)]
    for sweep in (100, 130, 160, 180):
        yield "⌒", [_arc(0, 0, 1, 90 - sweep / 2, 90 + sweep / 2)]
        ends = _arc(0, 0, 1, 90 - sweep / 2, 90 + sweep / 2)
        yield "⌓", [ends, [ends[0], ends[-1]]]
    for sweep in (210, 240):
        ends = _arc(0, 0, 1, 90 - sweep / 2, 90 + sweep / 2)
        yield "⌓", [ends, [ends[0], ends[-1]]]
    for angle, leg in product((22, 28, 34, 40, 47, 55), (0.8, 0.95, 1.1, 1.3)):
        up = (leg * math.cos(math.radians(angle)), -leg * math.sin(math.radians(angle)))
        yield "∠", [[up, (0, 0), (1, 0)]]
    for high in (0.7, 0.85, 1.0, 1.2):
        yield "⟂", [[(0, 0), (1, 0)], [(0.5, 0), (0.5, -high)]]
    for lean, apart in product((0.0, 0.2, 0.35, 0.5), (0.25, 0.4, 0.55)):
        yield "∥", [[(0, 0), (lean, -1)], [(apart, 0), (apart + lean, -1)]]
    for short, apart in product((0.45, 0.55, 0.7, 0.8), (0.2, 0.3, 0.4)):
        side = (1 - short) / 2
        yield "⌯", [[(0, 0), (1, 0)], [(side, -apart), (1 - side, -apart)], [(side, apart), (1 - side, apart)]]
    for angle, (head, spread, filled) in product((38, 45, 52, 60, 68), _HEADS):
        yield "↗", _arrow(0, angle, head, spread, filled=filled)
    for angle, (head, spread, filled), apart in product((45, 52, 60, 68), _HEADS, (0.4, 0.55, 0.7)):
        both = [_arrow(x, angle, head, spread, filled=filled) for x in (0, apart)]
        yield "⌰", [*both[0], *both[1], [(0, 0), (apart, 0)]]


def _leaning(radius: float, lean: float, high: float) -> list[Poly]:
    """The two tangents of the cylindricity symbol."""
    across = radius * math.sqrt(1 + lean * lean)
    return [[(side * across - lean * high, high), (side * across + lean * high, -high)] for side in (-1, 1)]
