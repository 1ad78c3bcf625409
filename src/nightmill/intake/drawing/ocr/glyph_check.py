"""A second check of OCR: each glyph of the page is compared with all others.

A sheet uses few fonts, so a correctly read glyph looks like glyphs read as the same character in other lines. Doubtful
are: a digit without such a twin, a letter that looks like another character, and a line whose ink separates into more
or fewer glyphs than were read (a point missed, two digits read as one). OCR's own confidence isn't used: the network is
often confident when it is wrong.
"""

import math
import re
from collections.abc import Sequence
from enum import Enum
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.ocr.preprocess import DARK, Gray, Pixels

SIDE = 16
"""Side length in pixels of the square to which glyphs are stretched for comparison."""
TWIN = 0.23
"""Greatest difference between two glyphs of the same character: on scans of 30 fonts at 200 dpi, 99 in 100 correctly read figures have a
twin within 0.20; the nearest different figure is mostly beyond 0.25.
"""
OTHER = 0.7
"""A glyph counts as a different character if its distance to that character is smaller by this factor."""
LEAST_INK, SPECK = 3, 0.007
"""Ink with fewer pixels, or covering less than this fraction of the square of the line's height, is the end of a ruled
line and not a decimal point.
"""
ROWS = 256
_SLIM, _TALL = 0.25, 0.15
"""Weights of the logarithm of width over height, and of the height relative to the tallest glyph in the line, relative to the root mean
square of the grey values.
"""
_ALIKE = ("0OoQD", "1lI|", "Ss", "XxX×", "Cc", "Vv", "Ww", "Zz", ".,", "-–_", "Kk", "Pp", "Uu")
_LOOSE = ':;=%"ijäöüÄÖÜ'
"""Signs made of several pieces, which may be side by side in a slanted font."""
_PAIR = re.compile(r"[^\W\d_]{2,}")


class _Glyphs(msgspec.Struct):
    """All glyphs of a page: their images, shapes and characters, and the line each belongs to."""

    pictures: NDArray[np.float32]
    shapes: NDArray[np.float32]
    names: NDArray[np.str_]
    lines: NDArray[np.int64]
    sure: NDArray[np.bool_]


class Witness(Enum):
    """Result of comparing a line with the other letters on the page."""

    CONFIRMED = "confirmed"
    SILENT = "silent"
    DOUBTED = "doubted"


def witnessed(lines: Sequence[tuple[Gray, str, bool]]) -> list[Witness]:
    """Return the result of comparing each line (its ink, levelled; the OCR text; whether OCR is sure) with the others.

    Only letters from sure lines are used for comparison. A line is confirmed if each of its glyphs has a twin read as the same character.
    A line without figures is doubted only if a letter looks like a different character and unlike its own; a line with figures also if a
    figure has no twin or the number of glyphs differs. A figure that occurs only once on the page is compared with a common font.
    """
    pictures, shapes, names, owners, sures = [], [], [], [], []
    words: list[Witness] = []
    for place, (ink, text, sure) in enumerate(lines):
        letters = re.sub(r"\s", "", text)
        pieces = _pieces(ink)
        pairs, explained = _named(letters, pieces)
        whole = len(pairs) == len(letters)
        doubt = not explained and re.search(r"\d", letters) is not None
        words.append(Witness.DOUBTED if doubt else Witness.CONFIRMED if whole and pairs else Witness.SILENT)
        tallest = max((box[3] - box[1] for box in pieces), default=1)
        for name, box in pairs:
            pictures.append(_picture(ink, box))
            shapes.append((_slim(box), _TALL * (box[3] - box[1]) / tallest))
            names.append(name)
            owners.append(place)
            sures.append(sure)
    if names:
        found = _Glyphs(
            np.array(pictures, np.float32),
            np.array(shapes, np.float32),
            np.array(names),
            np.array(owners, np.int64),
            np.array(sures, np.bool_),
        )
        strange, twinless = _compared(found)
        for place in np.unique(found.lines[twinless]):
            words[place] = Witness.SILENT if words[place] is Witness.CONFIRMED else words[place]
        for place in np.unique(found.lines[strange]):
            words[place] = Witness.DOUBTED
    return words


def _compared(all_glyphs: _Glyphs) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which glyphs look like a different character or are digits unlike the others of their kind, and which have no twin."""
    kinds, place = np.unique(all_glyphs.names, return_inverse=True)
    alike = np.array([[_same(a, b) for b in kinds] for a in kinds])
    square = (all_glyphs.pictures**2).sum(axis=1)
    figure = np.char.isdigit(all_glyphs.names)
    strange, twinless = np.zeros(len(place), np.bool_), np.zeros(len(place), np.bool_)
    for start in range(0, len(place), ROWS):
        own = slice(start, start + ROWS)
        dots = all_glyphs.pictures[own] @ all_glyphs.pictures.T
        apart = np.sqrt(np.maximum(square[own, None] + square[None] - 2 * dots, 0) / SIDE**2)
        apart += np.abs(all_glyphs.shapes[own, None] - all_glyphs.shapes[None]).sum(axis=2)
        apart[(all_glyphs.lines[own, None] == all_glyphs.lines[None]) | ~all_glyphs.sure[None]] = np.inf
        same = alike[place[own]][:, place]
        twin, other = np.where(same, apart, np.inf).min(axis=1), np.where(same, np.inf, apart).min(axis=1)
        twinless[own] = (twin > TWIN) | (other < twin)
        alone = figure[own] & np.isinf(twin)
        another = np.isfinite(twin) & (other < OTHER * twin) & (other < TWIN)
        strange[own] = another | (figure[own] & ~alone & twinless[own])
        for glyph in start + np.flatnonzero(alone):
            strange[glyph] |= (
                _usual_name(all_glyphs.pictures[glyph], all_glyphs.shapes[glyph]) != all_glyphs.names[glyph]
            )
    return strange, twinless


def _usual_name(picture: NDArray[np.float32], shape: NDArray[np.float32]) -> str:
    """Return the figure in a common font, upright or slanted, that a glyph resembles most: correct for 94 % of 1,800 scanned figures."""
    names, pictures, slims = _usual_figures()
    apart = np.sqrt(((pictures - picture) ** 2).mean(axis=1)) + np.abs(slims - shape[0])
    return names[int(np.argmin(apart))]


@cache
def _usual_figures() -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
    """Return the ten figures in Pillow's own font: characters, images, and how slim each is."""
    from PIL import Image, ImageDraw, ImageFont

    names, pictures, slims = [], [], []
    for name in "0123456789":
        for lean in (0.0, 0.2):
            drawn = Image.new("L", (100, 100), 255)
            ImageDraw.Draw(drawn).text((20, 20), name, fill=0, font=ImageFont.load_default(40))
            leaning = drawn.transform(drawn.size, Image.Transform.AFFINE, (1, lean, -50 * lean, 0, 1, 0), fillcolor=255)
            ink = np.asarray(leaning)
            rows, columns = np.flatnonzero((ink < DARK).any(axis=1)), np.flatnonzero((ink < DARK).any(axis=0))
            box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
            names.append(name)
            pictures.append(_picture(ink, box))
            slims.append(_slim(box))
    return names, np.array(pictures, np.float32), np.array(slims, np.float32)


def _same(a: str, b: str) -> bool:
    return a == b or any(a in letters and b in letters for letters in _ALIKE)


def _named(letters: str, pieces: list[Pixels]) -> tuple[list[tuple[str, Pixels]], bool]:
    """Pair letters with their glyphs, and tell whether their counts agree or differ in a permitted way (letters in a word may touch)."""
    more = len(pieces) - len(letters)
    if more == 0:
        return list(zip(letters, pieces, strict=True)), True
    words = [match.span() for match in _PAIR.finditer(letters)]
    if more > 0:
        return [], more <= sum(letter in _LOOSE for letter in letters)
    if -more > sum(end - start - 1 for start, end in words):
        return [], False
    head, tail = words[0][0], len(letters) - words[-1][1]
    ends = list(zip(letters[:head], pieces[:head], strict=True))
    if tail:
        ends += zip(letters[-tail:], pieces[-tail:], strict=True)
    return ends, True


def _pieces(ink: Gray) -> list[Pixels]:
    """Return the boxes of a line's glyphs, from the left: connected ink, and marks above or below it."""
    import cv2

    if not ink.size:
        return []
    high = ink.shape[0]
    count, _, found, _ = cv2.connectedComponentsWithStats((ink < DARK).astype(np.uint8), connectivity=8)
    boxes = sorted(
        (int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h, area in found[1:count]
        if area >= max(LEAST_INK, SPECK * high * high)
    )
    made: list[Pixels] = []
    for box in boxes:
        if made and _one_glyph(made[-1], box, high):
            last = made[-1]
            made[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            made.append(box)
    return made


def _one_glyph(a: Pixels, b: Pixels, high: int) -> bool:
    """Return whether two boxes belong to one glyph: most of the narrower box is below the other, and it isn't a point beside a letter."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    if shared <= 0.5 * min(a[2] - a[0], b[2] - b[0]):
        return False
    lower, taller = sorted((a, b), key=lambda box: box[3] - box[1])
    point = lower[3] - lower[1] < 0.35 * high and taller[3] - taller[1] > 0.5 * high and lower[1] > 0.55 * high
    return not point or lower[1] >= taller[3] - 1 or lower[3] <= taller[1] + 1


def _slim(box: Pixels) -> float:
    return _SLIM * math.log((box[2] - box[0]) / (box[3] - box[1]))


def _picture(ink: Gray, box: Pixels) -> NDArray[np.float32]:
    import cv2

    part = ink[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    dark = np.clip((255 - part) / max(1.0, 255.0 - float(ink.min())), 0, 1)
    made: NDArray[np.float32] = cv2.resize(dark, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
    return made
