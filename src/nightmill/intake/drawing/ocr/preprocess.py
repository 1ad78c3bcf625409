"""Prepare a pixel page for reading: decode it, straighten it, and find and remove its ruled lines."""

import io
import math
import re
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.page import Stroke
from nightmill.intake.drawing.sources.pdf import missing, unreadable
from nightmill.vocabulary.errors import BadInput, Finding

Gray = NDArray[np.uint8]
Pixels = tuple[int, int, int, int]
"""A box of pixels: left, top, right, bottom."""
MOST_PIXELS = 60_000_000
USUAL_DPI, LEAST_DPI, MOST_DPI = 200.0, 70.0, 700.0
RULED_MM = 4.6
MOST_SKEW_DEG = 4.0
LEAST_INK, INK_SAMPLE = 500, 60_000
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
INCH_MM = 25.4
DARK = 150
"""Grey values below this are ink."""
BLACK, MOST_GAIN, LEAST_DEPTH = 190.0, 3.0, 24.0
"""Target darkness of letter strokes, maximum factor of darkening, and minimum level above grain, in grey values."""
LETTER_MM, MOST_PIECES = (1.5, 6.0), 4000
TALL = 1.45
"""Ratio of height to width from which a box contains text that runs up the page."""


class Sheet(msgspec.Struct):
    """One page: straightened (``gray``), without its ruled lines (``bare``), with pixels per mm, and the lines in mm."""

    gray: Any
    bare: Any
    per_mm: float
    strokes: tuple[Stroke, ...]


def decoded(data: bytes) -> list[tuple[Gray, float]]:
    """Return the pages of an image file as grey values with their dots per inch; raises ``BadInput``."""
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                pages = []
                for frame in ImageSequence.Iterator(image):
                    if frame.width * frame.height > MOST_PIXELS:
                        raise _too_large(f"{frame.width} × {frame.height} pixels")
                    dots = float(frame.info.get("dpi", (0, 0))[0] or 0)
                    dpi = (
                        dots
                        if LEAST_DPI <= dots <= MOST_DPI and abs(dots - 72) > 1 and abs(dots - 96) > 1
                        else USUAL_DPI
                    )
                    pages.append((_on_white(frame), dpi))
                    if len(pages) >= 20:
                        break
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        many = re.search(r"\d+ pixels", str(error))
        raise _too_large(many[0] if many else "far more pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise unreadable("image", str(error)[:200] or type(error).__name__) from error
    return pages


def _too_large(found: str) -> BadInput:
    remedy = "Scan a large sheet at a lower resolution (A0 at 150 dpi, A1 at 200 dpi), or in parts."
    return BadInput(Finding("drawing", "image", found, f"at most {MOST_PIXELS:,} pixels", remedy))


def _on_white(frame: Any) -> Gray:
    from PIL import Image

    if frame.mode in ("RGBA", "LA", "P", "PA"):
        clear = frame.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        frame = Image.alpha_composite(white, clear)
    return np.asarray(frame.convert("L"), dtype=np.uint8).copy()


def prepared(gray: Gray, dpi: float) -> Sheet:
    """Straighten the page (assumed black on white), find its ruled lines and remove them."""
    cv2 = _cv2()
    if float(np.median(gray)) < 110:
        gray = 255 - gray
    per_mm = dpi / INCH_MM
    gray = _straight(_blackened(gray, per_mm))
    ink = (gray < _threshold(gray)).astype(np.uint8)
    long = max(12, round(RULED_MM * per_mm))
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8))
    strokes = [*_runs(level, per_mm, upright=False), *_runs(upright, per_mm, upright=True)]
    thick = cv2.dilate(level, np.ones((3, 1), np.uint8)) | cv2.dilate(upright, np.ones((1, 3), np.uint8))
    bare = gray.copy()
    bare[thick > 0] = 255
    return Sheet(gray, bare, per_mm, tuple(strokes))


def _blackened(gray: Gray, per_mm: float) -> Gray:
    """Return the page on white paper, with contrast raised until the fine strokes of its letters are black.

    A hairline thinner than a pixel appears grey, however black its ink. The darkness is measured on the palest fifth of
    the pieces of ink as high as letters, each by the darkest tenth of its pixels. The paper's level is the most common
    level on the page.
    """
    cv2 = _cv2()
    paper = float(np.median(gray))
    grain = 1.4826 * float(np.median(np.abs(gray.astype(np.float32) - paper)))
    depth = np.clip(paper - gray.astype(np.float32), 0, 255)
    ink = (cv2.GaussianBlur(depth, (3, 3), 0) > max(LEAST_DEPTH, 4 * grain)).astype(np.uint8)
    _, labels, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low, high = (value * per_mm for value in LETTER_MM)
    pieces = [
        depth[y : y + h, x : x + w][labels[y : y + h, x : x + w] == label]
        for label, (x, y, w, h, area) in enumerate(found)
        if label and low < h < high and w < high and area > low
    ][:MOST_PIECES]
    if not pieces:
        return gray
    pale = float(np.percentile([np.percentile(each, 90) for each in pieces], 20))
    gain = float(np.clip(BLACK / max(pale, 1.0), 255.0 / max(paper, 1.0) if paper > BLACK else 1.0, MOST_GAIN))
    made: Gray = (255 - np.clip(gain * depth, 0, 255)).astype(np.uint8)
    return made


def _threshold(gray: Gray) -> float:
    level, _ = _cv2().threshold(gray, 0, 255, _cv2().THRESH_BINARY + _cv2().THRESH_OTSU)
    return float(min(max(level, 90), 200))


def _straight(gray: Gray) -> Gray:
    angle = skew_deg(gray)
    if abs(angle) < 0.03:
        return gray
    cv2 = _cv2()
    high, wide = gray.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    turned: Gray = cv2.warpAffine(gray, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=255)
    return turned


def skew_deg(gray: Gray) -> float:
    """Return the skew of the page in degrees, as ``getRotationMatrix2D`` straightens it; 0 if the ink doesn't determine it.

    This is the angle at which the ink falls on the fewest rows and columns: the sum of squares of both projections is largest.
    """
    rows, columns = np.nonzero(gray < DARK)
    if len(rows) < LEAST_INK:
        return 0.0
    every = max(1, len(rows) // INK_SAMPLE)
    y, x = rows[::every].astype(np.float64), columns[::every].astype(np.float64)

    def sharpness(angle: float) -> float:
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        across, down = x * cos + y * sin, y * cos - x * sin
        counts = [np.bincount((each - each.min()).astype(np.int64)) for each in (across, down)]
        return float(sum((count.astype(np.float64) ** 2).sum() for count in counts))

    coarse = max(np.arange(-MOST_SKEW_DEG, MOST_SKEW_DEG + 0.01, 0.1), key=sharpness)
    return float(max(np.arange(coarse - 0.1, coarse + 0.101, 0.02), key=sharpness))


def _runs(mask: Gray, per_mm: float, *, upright: bool) -> list[Stroke]:
    """Return each connected piece of ``mask`` as one stroke along its middle, in mm."""
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


def ink_box(bare: Gray, x0: int, y0: int, x1: int, y1: int) -> Pixels | None:
    """Return the smallest box around the ink in a box of pixels; None if there is none."""
    part = bare[max(0, y0) : y1, max(0, x0) : x1]
    dark = part < DARK
    rows, columns = np.flatnonzero(dark.sum(axis=1) >= 2), np.flatnonzero(dark.sum(axis=0) >= 1)
    if len(rows) == 0 or len(columns) == 0:
        return None
    left, top = max(0, x0), max(0, y0)
    return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1


def text_pieces(dark: NDArray[np.bool_]) -> list[Pixels]:
    """Return the lines in a box of text, as boxes (left, top, right, bottom), each separated from its stacked
    deviations.
    """
    whole = (0, dark.shape[0])
    rows = bands(dark.any(axis=1), 1) if dark.shape[1] > dark.shape[0] else []
    made = []
    for top, bottom in _whole_lines(rows) or [whole]:
        made += [(a, top + b, c, top + d) for a, b, c, d in stacked_pieces(dark[top:bottom])]
    return made


def runs_up(dark: NDArray[np.bool_]) -> bool:
    """Return whether the text in a box runs up the page: the box is much higher than wide, or has letters above each other and none side
    by side.
    """
    high, wide = dark.shape
    if high > TALL * wide:
        return True
    rows = bands(dark.any(axis=1), 1)
    above = len(rows) > 1 and all(bottom - top > 0.45 * wide for top, bottom in rows)
    return above and high > 1.15 * wide and len(bands(dark.any(axis=0), 1)) == 1


def _whole_lines(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return bands of rows; low bands (the dots of an Ä, the tail of a comma) are merged into the nearest band."""
    kept = list(rows)
    tallest = max((bottom - top for top, bottom in kept), default=0)
    while len(kept) > 1:
        low = next((place for place, (top, bottom) in enumerate(kept) if bottom - top < 0.55 * tallest), None)
        if low is None:
            break
        above = kept[low][0] - kept[low - 1][1] if low else math.inf
        below = kept[low + 1][0] - kept[low][1] if low + 1 < len(kept) else math.inf
        first = low - 1 if above <= below else low
        kept[first : first + 2] = [(kept[first][0], kept[first + 1][1])]
    return kept


def stacked_pieces(dark: NDArray[np.bool_]) -> list[Pixels]:
    """Return a line of text as boxes (left, top, right, bottom): the line itself, and deviations stacked after its
    size.

    Ink to the right of a gap is a stack if it has two low rows, or one row set higher or lower than the line.
    """
    high, wide = dark.shape
    whole = [(0, 0, wide, high)]
    count, _, boxes, _ = _cv2().connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    glyphs = [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, area in boxes[1:count] if area > 3]
    for left, right in pairwise(bands(dark.any(axis=0), 2)):
        before = [glyph for glyph in glyphs if glyph[0] < right[0] - 1]
        if not before:
            continue
        _, top, _, foot = max(before, key=lambda glyph: glyph[3] - glyph[1])  # a comma reaches below the line
        tall, middle = foot - top, (top + foot) / 2
        rest = [glyph for glyph in glyphs if glyph[0] >= right[0] - 1]
        if left[1] < 0.5 * tall or not rest or any(glyph[3] - glyph[1] > 0.92 * tall for glyph in rest):
            continue
        upper, lower = _above_and_below(rest, tall, middle)
        if not _is_stack(upper, lower, top, foot):
            continue
        high0, high1 = _rows_of(dark, 0, left[1])
        made = [(0, high0, left[1], high1)]
        return [*made, *(_around(glyphs_of) for glyphs_of in (upper, lower) if glyphs_of)]
    return whole


def _above_and_below(glyphs: list[Pixels], tall: int, middle: float) -> tuple[list[Pixels], list[Pixels]]:
    """Split the glyphs above and below a line's middle; a comma or sign stays with its figures."""
    figures = [each for each in glyphs if each[3] - each[1] > 0.45 * tall] or glyphs
    upper = [each for each in figures if each[1] + each[3] < 2 * middle]
    lower = [each for each in figures if each[1] + each[3] >= 2 * middle]
    border = (_around(upper)[3] + _around(lower)[1]) / 2 if upper and lower else math.inf if upper else -math.inf
    for each in glyphs:
        if each not in figures:
            (upper if (each[1] + each[3]) / 2 < border else lower).append(each)
    return upper, lower


def _around(glyphs: list[Pixels]) -> Pixels:
    xs0, ys0, xs1, ys1 = zip(*glyphs, strict=True)
    return min(xs0), min(ys0), max(xs1), max(ys1)


def _is_stack(upper: list[Pixels], lower: list[Pixels], top: int, foot: int) -> bool:
    """Return whether glyphs above and below a line's middle are deviations: off the line, and as high as figures."""
    tall = foot - top
    for glyphs in (upper, lower):
        if glyphs and not 0.4 * tall < max(each[3] - each[1] for each in glyphs):
            return False
    if upper and lower:
        return _around(upper)[1] < top - 0.05 * tall or _around(lower)[3] > foot + 0.08 * tall
    box = _around(upper or lower)
    off = box[3] < foot - 0.25 * tall if upper else box[3] > foot + 0.12 * tall and box[1] > top + 0.25 * tall
    return box[2] - box[0] > 1.1 * tall and off


def _rows_of(dark: NDArray[np.bool_], left: int, right: int) -> tuple[int, int]:
    rows = np.flatnonzero(dark[:, left:right].any(axis=1))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, dark.shape[0])


def bands(filled: Any, gap: int) -> list[tuple[int, int]]:
    """Return stretches of true values that are at least ``gap`` apart."""
    places = np.flatnonzero(filled)
    if len(places) == 0:
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts, ends = np.r_[places[0], places[breaks + 1]], np.r_[places[breaks], places[-1]]
    return [(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]


def ring_boxes(bare: Gray, per_mm: float) -> list[Pixels]:
    """Return boxes of thin circles with something separate inside, 2.5 to 9 mm wide."""
    cv2 = _cv2()
    ink = (bare < DARK).astype(np.uint8)
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


def inside_ring(bare: Gray, box: Pixels) -> Gray:
    """Return the pixels inside a circle, with the circle itself painted over."""
    x0, y0, x1, y1 = box
    part = bare[y0:y1, x0:x1].copy()
    rows, columns = np.indices(part.shape)
    middle_y, middle_x = (part.shape[0] - 1) / 2, (part.shape[1] - 1) / 2
    part[np.hypot((rows - middle_y) / middle_y, (columns - middle_x) / middle_x) > 0.8] = 255
    return part


NEAR, NEAR_POINT, NEAR_SIZE, ALIKE = 0.45, 0.55, 1.2, 0.07
"""Maximum distances, in letter heights, to the next letter or decimal mark within a number, and from an Ø to its size;
maximum difference between shapes of one letter.
"""
TAIL = 0.12
"""Length of a comma below the line (a point has none), in figure heights."""
LEAST_ZEROS = 3
"""Number of zeros needed to know the shape of a font's zero."""


def struck_rings(bare: Gray, per_mm: float) -> list[Pixels]:
    """Return boxes of rings that one slanting stroke divides into an upper left and a lower right hole: Ø, not 0 and
    not 8.
    """
    cv2 = _cv2()
    grown = cv2.resize(bare, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    outlines, tree = cv2.findContours((grown < 140).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return []
    found = []
    for outline, (_, _, hole, parent) in zip(outlines, tree[0], strict=True):
        if parent >= 0 or hole < 0:
            continue
        x, y, wide, high = cv2.boundingRect(outline)
        if not 1.2 <= high / 2 / per_mm <= 9 or not 0.6 < wide / high < 1.25:
            continue
        every = [cv2.boundingRect(outlines[each]) for each in _siblings(hole, tree[0])]
        holes = sorted(each for each in every if each[2] * each[3] > 0.03 * wide * high)
        full = 0.83 < cv2.contourArea(outline) / (math.pi / 4 * wide * high) < 1.1
        if len(holes) == 2 and full and _diagonal(holes[0], holes[1], wide, high):
            found.append((x // 2, y // 2, (x + wide + 1) // 2, (y + high + 1) // 2))
    return found


def without_zeros(bare: Gray, rings: Sequence[Pixels]) -> list[Pixels]:
    """Return struck rings without the zeros in fonts that have a struck zero.

    A ring right after a letter of its height, after a decimal mark or before a comma is a zero: an Ø never appears inside a number, and a
    size without its leading zero has a point. If there are such zeros, a ring of the same shape before a point or before nothing is a
    zero, too; and so are all rings of that shape if the sheet's Ø has a different one.
    """
    zeros = [box for box in rings if _behind_figure(bare, box) or _before_comma(bare, box)]
    forms = [_slenderness(box) for box in zeros]
    alike = [box for box in rings if any(abs(_slenderness(box) - form) < ALIKE * form for form in forms)]
    usual = float(np.median(forms)) if forms else 0.0
    apart = max((abs(_slenderness(box) - usual) for box in alike), default=0.0) + ALIKE
    others = [box for box in rings if box not in alike]
    if others and len(zeros) >= LEAST_ZEROS and all(abs(_slenderness(box) - usual) > apart for box in others):
        return others
    zeros += [box for box in alike if _before_point(bare, box) or _before_nothing(bare, box)]
    return [box for box in rings if box not in zeros]


def _slenderness(box: Pixels) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])


def _behind_figure(bare: Gray, box: Pixels) -> bool:
    """Return whether a letter as high as the ring, or a decimal mark, is right before it."""
    _, y0, _, y1 = box
    high = y1 - y0
    letter, mark = (_rows_beside(bare, box, reach, before=True) for reach in (NEAR, NEAR_POINT))
    if letter and abs(letter[0] - y0) < 0.14 * high and abs(letter[1] - y1) < 0.14 * high:
        return True
    return mark is not None and mark[0] > y1 - 0.35 * high and y1 - 0.1 * high < mark[1] < y1 + 0.3 * high


def _before_point(bare: Gray, box: Pixels) -> bool:
    """Return whether a point is right after the ring."""
    high = box[3] - box[1]
    rows = _rows_beside(bare, box, NEAR_POINT, before=False)
    return rows is not None and rows[0] > box[3] - 0.35 * high and rows[1] < box[3] + 0.3 * high


def _before_comma(bare: Gray, box: Pixels) -> bool:
    """Return whether a mark whose tail reaches below the line is right after the ring."""
    high = box[3] - box[1]
    rows = _rows_beside(bare, box, NEAR_POINT, before=False)
    return rows is not None and rows[0] > box[3] - 0.35 * high and box[3] + TAIL * high < rows[1] < box[3] + 0.3 * high


def _before_nothing(bare: Gray, box: Pixels) -> bool:
    """Return whether no letter follows the ring; an Ø is followed by its figures."""
    return _rows_beside(bare, box, NEAR_SIZE, before=False) is None


def _rows_beside(bare: Gray, box: Pixels, near: float, *, before: bool) -> tuple[int, int] | None:
    """Return the first and last row of the whole letter nearest to a ring's side: only the bar of a 4 may be near."""
    x0, y0, x1, y1 = box
    high = y1 - y0
    reach, over = round(near * high), round(0.3 * high)
    top, left = max(0, y0 - over), max(0, x0 - reach - high)
    part = bare[top : y1 + over, left:x0] if before else bare[top : y1 + over, x1 : x1 + reach + high]
    if not part.size:
        return None
    _, labels = _cv2().connectedComponents((part < DARK).astype(np.uint8), connectivity=8)
    places = [
        np.nonzero(labels == label) for label in np.unique(labels[:, -reach:] if before else labels[:, :reach]) if label
    ]
    own = [(rows + top, columns) for rows, columns in places if rows[-1] + top >= y0 and rows[0] + top < y1]
    if not own:  # or it is only the tail of a comma in the line above
        return None
    rows, _ = max(own, key=lambda each: each[1].max()) if before else min(own, key=lambda each: each[1].min())
    return int(rows.min()), int(rows.max()) + 1


def _diagonal(left: Sequence[int], right: Sequence[int], wide: int, high: int) -> bool:
    """Return whether two holes lie on the diagonal of a ring, as in a struck one.

    The distances of their middles, measured on Ø, ⌀ and ø of several fonts, are 0.08 to 0.23 across and 0.17 to 0.23
    down; 8 and B have 0.4 or more down.
    """
    across = ((right[0] + right[2] / 2) - (left[0] + left[2] / 2)) / wide
    down = ((right[1] + right[3] / 2) - (left[1] + left[3] / 2)) / high
    alike = 0.55 < (left[2] * left[3]) / (right[2] * right[3]) < 1.8
    return alike and 0.05 < across < 0.38 and 0.1 < down < 0.33 and left[3] > 0.27 * high


def depth_arrows(bare: Gray, per_mm: float) -> list[Pixels]:
    """Return boxes of arrows that point down from a bar (↧): a stem, a bar at its top, a head at its foot."""
    cv2 = _cv2()
    ink = (bare < DARK).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = []
    for label in range(1, count):
        x, y, wide, high, area = (int(value) for value in boxes[label])
        if not 1.6 <= high / per_mm <= 7 or not 0.3 < wide / high < 1.0 or area > 0.5 * wide * high:
            continue
        if _is_arrow(labels[y : y + high, x : x + wide] == label):
            found.append((x, y, x + wide, y + high))
    return found


def _is_arrow(shape: NDArray[np.bool_]) -> bool:
    high, wide = shape.shape
    filled = shape.mean(axis=1)
    extent = np.array([float(np.ptp(np.flatnonzero(row)) + 1) / wide if row.any() else 0.0 for row in shape])
    stem = extent[round(0.2 * high) : round(0.5 * high)]
    middle = np.flatnonzero(shape[round(0.35 * high)])
    centred = len(middle) > 0 and abs(float(middle.mean()) - (wide - 1) / 2) < 0.12 * wide
    bar = extent[: max(2, round(0.14 * high))].max() > 0.55 and filled[: max(2, round(0.14 * high))].max() > 0.5
    head = extent[round(0.5 * high) : round(0.85 * high)].max() > 0.75
    foot = extent[-max(2, round(0.06 * high)) :].max() < 0.55
    middles = [np.flatnonzero(row).mean() for row in shape[round(0.2 * high) : round(0.5 * high)] if row.any()]
    upright = len(middles) > 0 and np.ptp(middles) < 0.14 * wide  # the stem of a slanted 5 or 6 isn't straight
    return bool(centred and upright and bar and head and foot and len(stem) and float(np.median(stem)) < 0.4)


def thinned(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the skeleton of a small binary image (Zhang and Suen, CACM 27(3), 1984)."""
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
