"""A page of pixels made ready for reading: decoded, straightened, its ruled lines found and taken out."""

import io
import math
import warnings
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.page import Stroke
from nightmill.intake.drawing.pdf import missing, unreadable
from nightmill.vocabulary.errors import BadInput, Finding

Gray = NDArray[np.uint8]
MOST_PIXELS = 60_000_000
USUAL_DPI, LEAST_DPI, MOST_DPI = 200.0, 70.0, 700.0
RULED_MM = 4.6
MOST_SKEW_DEG = 4.0
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
INCH_MM = 25.4


class Sheet(msgspec.Struct):
    """One page: ``gray`` straightened, ``bare`` without its ruled lines, pixels a mm, and the lines in mm."""

    gray: Any
    bare: Any
    per_mm: float
    strokes: tuple[Stroke, ...]


def decoded(data: bytes) -> list[tuple[Gray, float]]:
    """The pages of an image file as grey values with their dots an inch; raises ``BadInput``."""
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                pages = []
                for frame in ImageSequence.Iterator(image):
                    if frame.width * frame.height > MOST_PIXELS:
                        found = f"{frame.width} × {frame.height} pixels"
                        raise BadInput(Finding("drawing", "image", found, f"at most {MOST_PIXELS:,}", "Scan it at 300 dpi."))
                    dots = float(frame.info.get("dpi", (0, 0))[0] or 0)
                    dpi = dots if LEAST_DPI <= dots <= MOST_DPI and abs(dots - 72) > 1 and abs(dots - 96) > 1 else USUAL_DPI
                    pages.append((_on_white(frame), dpi))
                    if len(pages) >= 20:
                        break
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError, ValueError) as error:
        raise unreadable("image", str(error)[:200] or type(error).__name__) from error
    return pages


def _on_white(frame: Any) -> Gray:
    from PIL import Image

    if frame.mode in ("RGBA", "LA", "P", "PA"):
        clear = frame.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        frame = Image.alpha_composite(white, clear)
    return np.asarray(frame.convert("L"), dtype=np.uint8).copy()


def prepared(gray: Gray, dpi: float) -> Sheet:
    """Straightens the page, takes black on white for granted, finds ruled lines along the page and takes them out."""
    cv2 = _cv2()
    if float(np.median(gray)) < 110:
        gray = 255 - gray
    gray = _straight(gray)
    per_mm = dpi / INCH_MM
    ink = (gray < _threshold(gray)).astype(np.uint8)
    long = max(12, round(RULED_MM * per_mm))
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8))
    strokes = [*_runs(level, per_mm, upright=False), *_runs(upright, per_mm, upright=True)]
    thick = cv2.dilate(level, np.ones((3, 1), np.uint8)) | cv2.dilate(upright, np.ones((1, 3), np.uint8))
    bare = gray.copy()
    bare[thick > 0] = 255
    return Sheet(gray, bare, per_mm, tuple(strokes))


def _threshold(gray: Gray) -> float:
    level, _ = _cv2().threshold(gray, 0, 255, _cv2().THRESH_BINARY + _cv2().THRESH_OTSU)
    return float(min(max(level, 90), 200))


def _straight(gray: Gray) -> Gray:
    angle = skew_deg(gray)
    if abs(angle) < 0.04:
        return gray
    cv2 = _cv2()
    high, wide = gray.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    turned: Gray = cv2.warpAffine(gray, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=255)
    return turned


def skew_deg(gray: Gray) -> float:
    """How far the page's long lines lean, degrees, as ``getRotationMatrix2D`` turns them straight; 0 where they don't say."""
    cv2 = _cv2()
    small = gray if max(gray.shape) < 2600 else cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    edges = (small < 190).astype(np.uint8) * 255
    found = cv2.HoughLinesP(edges, 1, math.pi / 1800, 200, minLineLength=max(small.shape) // 12, maxLineGap=4)
    if found is None:
        return 0.0
    ends = found.reshape(-1, 4).astype(np.float64)
    dx, dy = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    angles = (np.degrees(np.arctan2(dy, dx)) + 45) % 90 - 45
    near = np.abs(angles) < MOST_SKEW_DEG
    if not near.any():
        return 0.0
    lengths = np.hypot(dx, dy)[near]
    order = np.argsort(angles[near])
    total = np.cumsum(lengths[order])
    return float(angles[near][order][np.searchsorted(total, total[-1] / 2)])


def _runs(mask: Gray, per_mm: float, *, upright: bool) -> list[Stroke]:
    """Each connected piece of ``mask`` as one stroke along its middle, in mm."""
    count, _, boxes, _ = _cv2().connectedComponentsWithStats(mask, connectivity=8)
    made = []
    for x, y, wide, high, _ in boxes[1 : min(count, 8000)]:
        if upright:
            middle = (x + wide / 2) / per_mm
            if wide < 0.35 * high:
                made.append(Stroke(((middle, y / per_mm), (middle, (y + high) / per_mm))))
        elif high < 0.35 * wide:
            middle = (y + high / 2) / per_mm
            made.append(Stroke(((x / per_mm, middle), ((x + wide) / per_mm, middle))))
    return made


def ink_box(bare: Gray, x0: int, y0: int, x1: int, y1: int) -> tuple[int, int, int, int] | None:
    """The smallest box around the ink in a box of pixels; None where there is none."""
    part = bare[max(0, y0) : y1, max(0, x0) : x1]
    dark = part < 150
    rows, columns = np.flatnonzero(dark.sum(axis=1) >= 2), np.flatnonzero(dark.sum(axis=0) >= 1)
    if len(rows) == 0 or len(columns) == 0:
        return None
    left, top = max(0, x0), max(0, y0)
    return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1


def thinned(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The skeleton of a small binary picture (Zhang and Suen, CACM 27(3), 1984)."""
    ink = np.pad(dark.astype(np.int8), 1)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            p2, p3, p4, p5 = ink[:-2, 1:-1], ink[:-2, 2:], ink[1:-1, 2:], ink[2:, 2:]
            p6, p7, p8, p9 = ink[2:, 1:-1], ink[2:, :-2], ink[1:-1, :-2], ink[:-2, :-2]
            ring = (p2, p3, p4, p5, p6, p7, p8, p9, p2)
            many = sum(each.astype(np.int16) for each in ring[:-1])
            turns = sum(((a == 0) & (b == 1)).astype(np.int16) for a, b in zip(ring, ring[1:], strict=False))
            sides = (p2 * p4 * p6 == 0) & (p4 * p6 * p8 == 0) if first else (p2 * p4 * p8 == 0) & (p2 * p6 * p8 == 0)
            gone = (ink[1:-1, 1:-1] == 1) & (many >= 2) & (many <= 6) & (turns == 1) & sides
            if gone.any():
                ink[1:-1, 1:-1][gone] = 0
                changed = True
    return ink[1:-1, 1:-1] == 1


def _cv2() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise missing("rapidocr") from error
    return cv2
