"""Render the vision station's images: a milled face under a lamp, perhaps with a defect.

128 × 128 pixels, 8-bit grey, PNG. The lay of the feed marks, its contrast (which grows with the roughness), the
direction of the light and the sensor's noise differ from image to image; the same key gives the same bytes.
"""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from nightmill.drivers.virtual_shop.state import Picture

SIZE_PX = 128
Grey = npt.NDArray[np.float64]


def render(picture: Picture) -> bytes:
    """Return the PNG of a picture; ``defect``: empty, ``scratch``, ``chip``, ``burr`` or ``dent``; ``defect_size``: 0..1."""
    rng = np.random.Generator(np.random.Philox(picture.key))
    grey = _face(rng, picture.roughness_um)
    if picture.defect:
        grey = _DEFECTS[picture.defect](grey, rng, picture.defect_size)
    grey = grey * rng.uniform(0.85, 1.15) + rng.normal(0.0, 2.5, grey.shape)
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8), "L")
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _grid() -> tuple[Grey, Grey]:
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX].astype(float)
    return x, y


def _face(rng: np.random.Generator, roughness_um: float) -> Grey:
    x, y = _grid()
    contrast = 4.0 + 6.0 * min(roughness_um, 6.0)
    lay = 0.35 + rng.normal(0.0, 0.03)
    radius = np.hypot(x + 260.0 * np.cos(lay), y + 260.0 * np.sin(lay))
    marks = np.sin(2.0 * np.pi * radius / 5.0 + rng.uniform(0, 6.28)) + 0.4 * np.sin(2.0 * np.pi * radius / 13.0)
    grain = np.asarray(
        Image.fromarray((128 + 40 * rng.standard_normal((SIZE_PX, SIZE_PX))).clip(0, 255).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(1.5)
        ),
        dtype=float,
    )
    angle = rng.normal(0.6, 0.15)
    light = 18.0 * ((x * np.cos(angle) + y * np.sin(angle)) / SIZE_PX - 0.6)
    return np.asarray(150.0 + contrast * marks * 0.5 + 0.8 * (grain - 128.0) + light)


def _mask(draw_on: Any) -> Grey:
    image = Image.new("L", (SIZE_PX, SIZE_PX), 0)
    draw_on(ImageDraw.Draw(image))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), dtype=float) / 255.0


def _scratch(grey: Grey, rng: np.random.Generator, size: float) -> Grey:
    start = rng.uniform(20, 108, 2)
    angle = rng.uniform(0, np.pi)
    steps = np.linspace(0, 1, 12)
    length = 30.0 + 60.0 * size
    bend = rng.normal(0, 3.0)
    points = [
        (
            float(start[0] + length * (s - 0.5) * np.cos(angle) - bend * s * s),
            float(start[1] + length * (s - 0.5) * np.sin(angle) + bend * s * s),
        )
        for s in steps
    ]
    mask = _mask(lambda draw: draw.line(points, fill=255, width=1 + round(1.5 * size)))
    return np.asarray(grey * (1 - mask) + mask * rng.choice([55.0, 235.0]))


def _chip(grey: Grey, rng: np.random.Generator, size: float) -> Grey:
    side = int(rng.integers(0, 4))
    along, reach = float(rng.uniform(20, 108)), 6.0 + 12.0 * size
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    centre = ((along, 0.0), (along, 127.0), (0.0, along), (127.0, along))[side]
    shape = [
        (float(centre[0] + reach * r * np.cos(a)), float(centre[1] + reach * r * np.sin(a)))
        for a, r in zip(angles, rng.uniform(0.6, 1.2, 9), strict=True)
    ]
    mask = _mask(lambda draw: draw.polygon(shape, fill=255))
    return np.asarray(grey * (1 - mask) + mask * 45.0)


def _burr(grey: Grey, rng: np.random.Generator, size: float) -> Grey:
    row = float(rng.uniform(4, 12))
    begin = float(rng.uniform(0, 50))
    columns = np.arange(begin, begin + 40.0 + 40.0 * size, 2.0)
    heights = row + rng.normal(0, 1.0 + 1.5 * size, columns.size)
    points = [(float(c), float(h)) for c, h in zip(columns, heights, strict=True)]
    mask = _mask(lambda draw: draw.line(points, fill=255, width=2 + round(2 * size)))
    flipped = mask if rng.uniform() < 0.5 else mask.T
    return np.asarray(grey * (1 - flipped) + flipped * 240.0)


def _dent(grey: Grey, rng: np.random.Generator, size: float) -> Grey:
    x, y = _grid()
    cx, cy = rng.uniform(24, 104, 2)
    reach = 4.0 + 7.0 * size
    dx, dy = (x - cx) / reach, (y - cy) / reach
    bowl = np.exp(-(dx * dx + dy * dy))
    return np.asarray(grey + 110.0 * bowl * (dx + dy) * 0.9 - 35.0 * bowl)


_DEFECTS = {"scratch": _scratch, "chip": _chip, "burr": _burr, "dent": _dent}
