"""The 22 sketches of machining features that are cut straight in, in the frame of their face.

Each takes the corners (4, 2) of a quadrangle, counted from its upper left: b[1] to b[2] lies on the rim of the face
if the feature is open there.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sketch:
    """Straight pieces and arcs in order: ("line", to) or ("arc", through, to), from ``start``; ``inner`` a hole's radius."""

    start: Array
    pieces: tuple[tuple[Array, ...], ...]
    circle: tuple[Array, float] | None = None
    inner: float = 0.0


def line(*points: Array) -> Sketch:
    return Sketch(points[0], tuple((point,) for point in (*points[1:], points[0])))


def unit(vector: Array) -> tuple[Array, float]:
    size = float(np.linalg.norm(vector))
    return vector / max(size, 1e-12), size


def _frame(b: Array) -> tuple[Array, Array, float, float]:
    (w, width), (h, height) = unit(b[2] - b[1]), unit(b[0] - b[1])
    return w, h, width, height


def _polygon(b: Array, angles: list[float]) -> Sketch:
    w, h, width, height = _frame(b)
    middle, radius = b.mean(axis=0), min(width, height) / 2
    return line(*(middle + radius * (math.cos(angle) * w + math.sin(angle) * h) for angle in angles))


def _triangle(b: Array, rng: random.Random) -> Sketch:
    start, third, spread = rng.uniform(0, 2 * math.pi / 3), 2 * math.pi / 3, math.pi / 9
    second = start + third + rng.uniform(-spread, spread)
    return _polygon(b, [start, second, second + third + rng.uniform(-spread, spread)])


def _hexagon(b: Array, rng: random.Random) -> Sketch:
    start = rng.uniform(0, math.pi / 3)
    return _polygon(b, [start + place * math.pi / 3 for place in range(6)])


def _disc(b: Array, rng: random.Random) -> Sketch:
    _, _, width, height = _frame(b)
    return Sketch(b[1], (), (b.mean(axis=0), min(width, height) / 2))


def _ring(b: Array, rng: random.Random) -> Sketch:
    disc = _disc(b, rng)
    outer = disc.circle[1] if disc.circle else 1.0
    return Sketch(b[1], (), disc.circle, rng.uniform(outer / 3, outer - 0.2))


def _rectangle(b: Array, rng: random.Random) -> Sketch:
    return line(*b)


def _slanted(b: Array, rng: random.Random) -> Sketch:
    left, ratio = rng.random() < 0.5, rng.uniform(0.3, 0.6)
    return line(b[0] - (b[0] - b[1]) * ratio * left, b[1], b[2], b[3] - (b[3] - b[2]) * ratio * (not left))


def _tent(b: Array, rng: random.Random) -> Sketch:
    ratio = rng.uniform(0.4, 0.8)
    return line(b[1] + (b[0] - b[1]) * ratio, b[1], b[2], b[2] + (b[3] - b[2]) * ratio, (b[0] + b[3]) / 2)


def _v(b: Array, rng: random.Random) -> Sketch:
    return line(b[1], b[2], b[0] + (b[2] - b[1]) / 2)


def _corner(b: Array, rng: random.Random) -> Sketch:
    return line(b[0], b[1], b[2])


def _half_disc(b: Array, rng: random.Random) -> Sketch:
    w, h, width, height = _frame(b)
    radius, middle = min(width / 2, height), (b[1] + b[2]) / 2
    return Sketch(middle - w * radius, ((middle + w * radius,), (middle + h * radius, middle - w * radius)))


def _quarter_disc(b: Array, rng: random.Random) -> Sketch:
    w, h, width, height = _frame(b)
    radius = min(width, height)
    return Sketch(
        b[1] + h * radius, ((b[1],), (b[1] + w * radius,), (b[1] + (w + h) * radius / math.sqrt(2), b[1] + h * radius))
    )


def _obround(b: Array, rng: random.Random) -> Sketch:
    w, h, width, height = _frame(b)
    if width < height:
        w, h, width, height = h, w, height, width
    radius = min(height / 2, width / 2 - 0.5)
    p1, p2 = b[1] + w * radius, b[1] + w * (width - radius)
    p0, p3 = p1 + h * 2 * radius, p2 + h * 2 * radius
    return Sketch(p0, ((p1 + h * radius - w * radius, p1), (p2,), (p2 + h * radius + w * radius, p3), (p0,)))


def _upright_end(b: Array, rng: random.Random) -> Sketch:
    w, h, width, height = _frame(b)
    radius = width / 2 if height - width / 2 > 1 else min(rng.uniform(0.5, height / 2), width / 2)
    p1 = b[1] + w * (width / 2 - radius)
    p2, p4 = p1 + w * 2 * radius, p1 + h * (height - radius)
    p3 = p2 + h * (height - radius)
    return Sketch(p1, ((p2,), (p3,), ((p3 + p4) / 2 + h * radius, p4), (p1,)))


def _lying_ends(b: Array, rng: random.Random) -> Sketch:
    w, h, width, height = _frame(b)
    radius = min(height, width / 2 - 0.5)
    c1, c2, leg = b[1] + w * radius, b[2] - w * radius, radius / math.sqrt(2)
    return Sketch(
        b[1], ((b[2],), (c2 + (w + h) * leg, c2 + h * radius), (c1 + h * radius,), (c1 + (h - w) * leg, b[1]))
    )


Draw = Callable[[Array, random.Random], Sketch]
KINDS: dict[str, tuple[int, bool, Draw]] = {  # sides of the sheet that the sketch lies on, through, sketch
    "rectangular_through_step": (3, False, _rectangle), "2sides_through_step": (3, False, _tent),
    "slanted_through_step": (3, False, _slanted), "triangular_blind_step": (2, False, _corner),
    "circular_blind_step": (2, False, _quarter_disc), "rectangular_blind_step": (2, False, _rectangle),
    "triangular_through_slot": (1, True, _v), "rectangular_through_slot": (1, True, _rectangle),
    "circular_through_slot": (1, True, _half_disc), "rectangular_blind_slot": (1, False, _rectangle),
    "vertical_circular_end_blind_slot": (1, False, _upright_end),
    "horizontal_circular_end_blind_slot": (1, False, _lying_ends), "through_hole": (0, True, _disc),
    "triangular_passage": (0, True, _triangle), "rectangular_passage": (0, True, _rectangle),
    "6sides_passage": (0, True, _hexagon), "blind_hole": (0, False, _disc), "triangular_pocket": (0, False, _triangle),
    "rectangular_pocket": (0, False, _rectangle), "6sides_pocket": (0, False, _hexagon),
    "circular_end_pocket": (0, False, _obround), "O_ring": (0, False, _ring),
}  # fmt: skip
