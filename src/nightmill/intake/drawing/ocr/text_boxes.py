"""Convert the text detector's results to boxes of single lines: cut at ruled lines, merged, split, freed of leader lines."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.ocr.preprocess import DARK, TALL, Gray, Pixels, Sheet, bands, ink_box
from nightmill.intake.drawing.page import Stroke

Span = tuple[int, int]
"""The two ends of a span, in pixels."""


def text_boxes(sheet: Sheet, found: Iterable[NDArray[np.float64]]) -> list[Pixels]:
    """Return the boxes of text lines in pixels, cut where a ruled line runs through them; ``found``: corners from the detector."""
    walls = [stroke for stroke in sheet.strokes if stroke.points[0][0] == stroke.points[1][0]]
    floors = [stroke for stroke in sheet.strokes if stroke.points[0][0] != stroke.points[1][0]]
    boxes = []
    for corners in found:
        x0, y0 = (int(v) for v in np.min(corners, axis=0))
        x1, y1 = (int(np.ceil(v)) for v in np.max(corners, axis=0))
        between = _parted((x0, x1), (y0, y1), walls, sheet.per_mm, across=False)
        for left, right in _between_words(sheet.bare, between, y0, y1):
            boxes += [
                (left, top, right, bottom)
                for top, bottom in _parted((y0, y1), (left, right), floors, sheet.per_mm, across=True)
            ]
    whole = _freed_of_leaders(sheet.bare, _without_shared_rows(sheet.bare, _united(boxes)))
    whole = _without_shared_rows(sheet.bare, _united(whole))
    tight = [ink_box(sheet.bare, *box) for box in whole]
    return [box for box in tight if box is not None and box[2] - box[0] > 2 and box[3] - box[1] > 5]


def _united(boxes: list[Pixels]) -> list[Pixels]:
    """Merge boxes that overlap: the detector covers a size and its deviations with several boxes."""
    done: list[Pixels] = []
    for box in sorted(boxes):
        grown = box
        while True:
            other = next((each for each in done if _overlap(each, grown)), None)
            if other is None:
                break
            done.remove(other)
            grown = _both(grown, other)
        done.append(grown)
    return done


def _between_words(bare: Gray, spans: list[tuple[int, int]], y0: int, y1: int) -> list[tuple[int, int]]:
    """Return spans of a line of text, cut in the widest gap of its ink near each cut: a text may extend past its cell's wall."""
    made = list(spans)
    reach = max(2, min(y1 - y0, sum(b - a for a, b in spans)))
    for place in range(1, len(made)):
        at = made[place][0]
        low, high = max(made[place - 1][0], at - reach), min(made[place][1], at + reach)
        blank = ~(bare[y0:y1, low:high] < DARK).any(axis=0)
        gaps = [(end - begin, (low + begin, low + end)) for begin, end in bands(blank, 1) if end - begin > 1]
        holding = [gap for _, gap in gaps if gap[0] <= at <= gap[1]]
        if gaps and not holding:
            begin, end = max(gaps)[1]
            at = (begin + end) // 2
        made[place - 1], made[place] = (made[place - 1][0], at), (at, made[place][1])
    return [(a, b) for a, b in made if b - a > 4]


def _without_shared_rows(bare: Gray, boxes: list[Pixels]) -> list[Pixels]:
    """Split boxes with lines one below the other that share rows where their ink is thinnest."""
    made = list(boxes)
    for i, upper in enumerate(made):
        for j, lower in enumerate(made):
            shared = min(upper[2], lower[2]) - max(upper[0], lower[0])
            narrow = min(upper[2] - upper[0], lower[2] - lower[0])
            wider = max(upper, lower, key=lambda box: box[2] - box[0])
            if (
                i == j
                or (wider[3] - wider[1]) > (wider[2] - wider[0])
                or shared < 0.6 * narrow
                or not upper[1] < lower[1] < upper[3] < lower[3]
            ):
                continue
            x0, x1 = min(upper[0], lower[0]), max(upper[2], lower[2])
            ink = (bare[lower[1] : upper[3], x0:x1] < DARK).sum(axis=1)
            at = lower[1] + int(np.argmin(ink))
            made[i] = upper = (*upper[:3], at)
            made[j] = (lower[0], at, *lower[2:])
    return made


def _freed_of_leaders(bare: Gray, boxes: list[Pixels]) -> list[Pixels]:
    """Extend boxes to whole letters; low ends of lines that enter the boxes from far outside are whitened in ``bare``."""
    import cv2

    _, labels, found, _ = cv2.connectedComponentsWithStats((bare < DARK).astype(np.uint8), connectivity=8)
    made = []
    for x0, y0, x1, y1 in boxes:
        part, ink = labels[y0:y1, x0:x1], bare[y0:y1, x0:x1]
        short = min(x1 - x0, y1 - y0)
        grown = (x0, y0, x1, y1)
        for label in np.unique(part[part > 0]):
            left, top, wide, high, area = (int(value) for value in found[label])
            outside = max(x0 - left, left + wide - x1, y0 - top, top + high - y1)
            mine = part == label
            if outside > 0 and max(wide, high) < 1.1 * short and mine.sum() > 0.15 * area and area > 8:
                grown = _both(grown, (left, top, left + wide, top + high))
            elif outside >= 1.5 * short:
                rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
                if max(rows[-1] - rows[0], columns[-1] - columns[0]) < 0.45 * short:
                    ink[mine] = 255
        made.append(grown)
    return made


def _both(a: Pixels, b: Pixels) -> Pixels:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _overlap(a: Pixels, b: Pixels) -> bool:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((each[2] - each[0]) * (each[3] - each[1]) for each in (a, b))
    same = ((a[3] - a[1]) > TALL * (a[2] - a[0])) == ((b[3] - b[1]) > TALL * (b[2] - b[0]))
    widest = max(a[2] - a[0], b[2] - b[0])
    if max(abs(a[0] - b[0]), abs(a[2] - b[2])) < 0.2 * widest and high > 0 and not same:
        return True  # the rest of a text that runs up the page
    # two lines of text, one below the other, stay separate
    same = same and abs((a[1] + a[3]) - (b[1] + b[3])) / 2 < 0.5 * max(a[3] - a[1], b[3] - b[1])
    return same and wide > 0 and high > 0 and wide * high > 0.12 * smaller


def _parted(span: Span, side: Span, walls: Sequence[Stroke], per_mm: float, *, across: bool) -> list[Span]:
    """Return the stretches of ``low``..``high`` between ruled lines that span the middle half of the other side."""
    (low, high), (side0, side1) = span, side
    first, second = (1, 0) if across else (0, 1)
    inner0, inner1 = side0 + 0.25 * (side1 - side0), side1 - 0.25 * (side1 - side0)
    cuts = [low]
    for wall in sorted(walls, key=lambda each: each.points[0][first]):
        at = wall.points[0][first] * per_mm
        ends = sorted(point[second] * per_mm for point in wall.points)
        if low + 3 < at < high - 3 and ends[0] <= inner0 and ends[1] >= inner1:
            cuts.append(round(at))
    cuts.append(high)
    return [(a, b) for a, b in pairwise(cuts) if b - a > 4]
