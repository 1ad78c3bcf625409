"""A page of pixels made ready for reading: decoded, straightened, its ruled lines found and taken out."""

import io
import math
import warnings
from itertools import pairwise
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
                        raise BadInput(
                            Finding("drawing", "image", found, f"at most {MOST_PIXELS:,}", "Scan it at 300 dpi.")
                        )
                    dots = float(frame.info.get("dpi", (0, 0))[0] or 0)
                    dpi = (
                        dots
                        if LEAST_DPI <= dots <= MOST_DPI and abs(dots - 72) > 1 and abs(dots - 96) > 1
                        else USUAL_DPI
                    )
                    pages.append((_on_white(frame), dpi))
                    if len(pages) >= 20:
                        break
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
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


def stacked_pieces(dark: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """A line of text as boxes (left, top, right, bottom): the line itself, and deviations stacked behind its size."""
    high = dark.shape[0]
    words = _bands(dark.any(axis=0), max(3, round(0.16 * high)))
    if len(words) < 2:
        return [(0, 0, dark.shape[1], high)]
    main = _rows_of(dark, *words[0])
    tall = main[1] - main[0]
    for place, (left, right) in enumerate(words[1:], 1):
        bands = [band for band in _bands(dark[:, left:right].any(axis=1), 2) if band[1] - band[0] > 0.25 * tall]
        top, bottom = _rows_of(dark, left, right)
        two = len(bands) == 2 and all(0.3 * tall < b - a < 0.9 * tall for a, b in bands)
        off = bottom < main[1] - 0.3 * tall or (bottom > main[1] + 0.15 * tall and top > main[0] + 0.3 * tall)
        one = right - left > 1.2 * tall and 0.4 * tall < bottom - top < 0.88 * tall and off
        if not (two or one):
            continue
        end = words[place][1] if two or place == len(words) - 1 else words[-1][1]
        pieces = [(words[0][0], *_rows_of(dark, words[0][0], words[place - 1][1]), words[place - 1][1])]
        made = [(a, b, d, c) for a, b, c, d in pieces]
        last = words[-1][1] if not two else max(word[1] for word in words[place:] if _small(dark, word, tall))
        for a, b in bands if two else [(top, bottom)]:
            made.append((left, a, max(end, last), b))
        return made
    return [(0, 0, dark.shape[1], high)]


def _small(dark: NDArray[np.bool_], word: tuple[int, int], tall: int) -> bool:
    """Whether a word's bands are all lower than the line's letters."""
    return all(b - a < 0.9 * tall for a, b in _bands(dark[:, word[0] : word[1]].any(axis=1), 2))


def _rows_of(dark: NDArray[np.bool_], left: int, right: int) -> tuple[int, int]:
    rows = np.flatnonzero(dark[:, left:right].any(axis=1))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, dark.shape[0])


def _bands(filled: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Stretches of true values that stand at least ``gap`` apart."""
    places = np.flatnonzero(filled)
    if len(places) == 0:
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts, ends = np.r_[places[0], places[breaks + 1]], np.r_[places[breaks], places[-1]]
    return [(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]


def ring_boxes(bare: Gray, per_mm: float) -> list[tuple[int, int, int, int]]:
    """Boxes of thin circles with something separate inside, 2.5 to 9 mm wide."""
    cv2 = _cv2()
    ink = (bare < 150).astype(np.uint8)
    outlines, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return []
    found = []
    for outline, (_, _, hole, parent) in zip(outlines, tree[0], strict=True):
        x, y, wide, high = cv2.boundingRect(outline)
        if parent >= 0 or hole < 0 or not 2.5 <= wide / per_mm <= 9 or not 0.9 < wide / high < 1.1:
            continue
        area = cv2.contourArea(outline)
        inner = max(cv2.contourArea(outlines[each]) for each in _siblings(hole, tree[0]))
        if abs(area / (wide * high) - math.pi / 4) < 0.05 and inner > 0.62 * area:
            inside = ink[y + high // 4 : y + 3 * high // 4, x + wide // 4 : x + 3 * wide // 4]
            if 0.06 < float(inside.mean()) < 0.7:
                found.append((x, y, x + wide, y + high))
    return found


def _siblings(first: int, tree: NDArray[np.int32]) -> list[int]:
    found = [first]
    while tree[found[-1]][0] >= 0:
        found.append(int(tree[found[-1]][0]))
    return found


def inside_ring(bare: Gray, box: tuple[int, int, int, int]) -> Gray:
    """What a circle surrounds, the circle itself painted over."""
    x0, y0, x1, y1 = box
    part = bare[y0:y1, x0:x1].copy()
    rows, columns = np.indices(part.shape)
    middle_y, middle_x = (part.shape[0] - 1) / 2, (part.shape[1] - 1) / 2
    part[np.hypot((rows - middle_y) / middle_y, (columns - middle_x) / middle_x) > 0.8] = 255
    return part


def has_struck_ring(crop: Gray) -> bool:
    """Whether the first or a later glyph is a ring that a stroke parts into two or more holes: Ø, not 0."""
    cv2 = _cv2()
    grown = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    outlines, tree = cv2.findContours((grown < 140).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return False
    for outline, (_, _, hole, parent) in zip(outlines, tree[0], strict=True):
        if parent >= 0 or hole < 0:
            continue
        x, y, wide, high = cv2.boundingRect(outline)
        if high < 0.4 * grown.shape[0] or wide < 0.55 * high:
            continue
        holes = [cv2.boundingRect(outlines[each]) for each in _siblings(hole, tree[0])]
        holes = [each for each in holes if each[2] * each[3] > 0.03 * wide * high]
        # an 8 has its holes one above the other; a struck ring has them side by side as well
        if len(holes) == 2 and abs((holes[0][0] + holes[0][2] / 2) - (holes[1][0] + holes[1][2] / 2)) > 0.16 * wide:
            return True
        del x, y
    return False


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
            turns = sum(((a == 0) & (b == 1)).astype(np.int16) for a, b in pairwise(ring))
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
