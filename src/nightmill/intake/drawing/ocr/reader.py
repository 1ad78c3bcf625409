"""Read pages of pixels by OCR (rapidocr: PP-OCRv6, offline), each line twice.

A line that reads differently at another scale is marked as unsure, and so is everything derived from it. Symbols in
tolerance frames are recognised by shape, as OCR can't read them.
"""

import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.intake.drawing.grammar.symbol_shapes import name_points
from nightmill.intake.drawing.layout.ruled_cells import cells_of, ruled
from nightmill.intake.drawing.ocr.glyph_check import Witness, witnessed
from nightmill.intake.drawing.ocr.preprocess import (
    DARK,
    TALL,
    Gray,
    Pixels,
    Sheet,
    bands,
    decoded,
    depth_arrows,
    ink_box,
    inside_ring,
    prepared,
    ring_boxes,
    runs_up,
    struck_rings,
    text_pieces,
    thinned,
    without_zeros,
)
from nightmill.intake.drawing.ocr.text_boxes import text_boxes
from nightmill.intake.drawing.page import Box, Letter, Page, Point
from nightmill.intake.drawing.sources.pdf import missing
from nightmill.intake.drawing.symbols import MODIFIERS, plain

PDF_DPI = 200
SURE_READ, CONFIRMED_READ, LEAST_READ = 0.88, 0.7, 0.35
"""Minimum OCR confidence of a line to be believed, to be believed if the page's other letters confirm it, and to be considered at all."""
CAP = 0.72
MOST_SURE = 0.96
BESIDE, COUNTED, STANDING = 0.6, 1.3, 0.3
"""How close to a text, or before a sign, stray ink must be to belong to it or to obstruct it, and how tall; fractions
of the text's height.
"""
DOUBTED = 0.6
RING_OF = {letter: ring for ring, letter in MODIFIERS.items()}
_ARROW = re.compile(
    r"(?<=[\w°)\]])\s*[↓↧I|l!⊥丨工王↕⊤下Ⅰ]\s*(?=\d)|(?<=[\w°)\]])\s+[T↨¥Ť]\s*(?=\d)|(?<=\s)[↓↧⊥↕⊤]\s*(?=\d)"
)
_HOLE = re.compile(r"[⌀@]|(?:^|\s|[×xX])(?:M\s?\d|G\s?\d|[0Oo]\d)|UN[CF]|NPT|^\d+[.,]?\d*\s")
_STRUCK = re.compile(r"(?:^|(?<=[×xX]\s)|(?<=[×xX])|(?<=\|)|(?<=\())[@QOoΘθ©®]\s?(?=\d)")
_ZERO = re.compile(
    r"(?:^|(?<=\()|(?<=[×xX]\s)|(?<=[×xX])|(?<=BORE\s)|(?<=SINK\s)|(?<=CSK\s)|(?<=[⌴⌵]\s)|(?<=[⌴⌵]))0(?=\d)"
)
_RUN_ON = re.compile(r"(?<=THRU)(?=ALL(?![A-Za-z]))|(?:(?<=BORE)|(?<=SINK)|(?<=CSK))(?=[\d⌀])")
"""Places where OCR misses the space between two words of a callout, or between a word and its size."""
_RHO = re.compile(r"(?<=[\d ])ρ(?=\d{1,2}(?!\d))")
"""The letter that OCR reads instead of the p in a fit."""


def read_image(data: bytes) -> list[tuple[Page, Sheet]]:
    """Return the pages of an image file; raises ``BadInput`` if it isn't one, ``EnvironmentFailed`` without rapidocr."""
    return [_read(gray, dpi, number) for number, (gray, dpi) in enumerate(decoded(data), 1)]


def read_pixels(data: bytes, numbers: Sequence[int]) -> dict[int, tuple[Page, Sheet]]:
    """Return the pages ``numbers`` of a PDF, rendered at 200 dpi and read."""
    try:
        import pypdfium2
    except ImportError as error:
        raise missing("pdfplumber") from error
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    try:
        grays = {
            number: document[number - 1].render(scale=PDF_DPI / 72, grayscale=True).to_numpy() for number in numbers
        }
    finally:
        document.close()
    return {
        number: _read(np.ascontiguousarray(gray.reshape(gray.shape[:2])), PDF_DPI, number)
        for number, gray in grays.items()
    }


def shape_on(sheet: Sheet) -> Any:
    """Return a ``Shape`` for ``read_boxes`` that examines the pixels within a cell."""

    def shape(cell: Box, strokes: Sequence[tuple[Point, ...]]) -> tuple[str, float] | None:
        del strokes
        margin = 0.35
        x0, y0 = (round((low + margin) * sheet.per_mm) for low in (cell.x0, cell.y0))
        x1, y1 = (round((high - margin) * sheet.per_mm) for high in (cell.x1, cell.y1))
        part = sheet.gray[max(0, y0) : y1, max(0, x0) : x1]
        if part.size == 0:
            return None
        skeleton = thinned(part < DARK)
        rows, columns = np.nonzero(skeleton)
        points: NDArray[np.float64] = np.stack([columns, rows], axis=1).astype(np.float64)
        found = name_points(points, grain=1.0)
        return (found[0], min(found[1], MOST_SURE)) if found else None

    return shape


@cache
def _engine() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise missing("rapidocr") from error
    threads = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}
    return RapidOCR(params={"Global.log_level": "error", **threads})


def _read(gray: Gray, dpi: float, number: int) -> tuple[Page, Sheet]:
    sheet = prepared(gray, dpi)
    rings = _rings(sheet)
    signs = _signs(sheet)
    boxes = [piece for box in _boxes(sheet) for piece in _beside_signs(sheet, box, [each for _, each in signs])]
    boxes += _unseen(sheet, boxes)
    letters = _letters(sheet, boxes)
    letters += [*rings, *_along(signs, letters, sheet.per_mm, _ink_of_no_text(sheet.bare, boxes))]
    high, wide = sheet.gray.shape
    page = Page(number, wide / sheet.per_mm, high / sheet.per_mm, tuple(letters), sheet.strokes, scanned=True)
    return page, sheet


def _boxes(sheet: Sheet) -> list[Pixels]:
    found = _engine()._load_det_model()(np.repeat(sheet.bare[:, :, None], 3, axis=2))
    return [] if found.boxes is None else text_boxes(sheet, found.boxes)


def _beside_signs(sheet: Sheet, box: Pixels, signs: list[Pixels]) -> list[Pixels]:
    """Return a box split where a sign was removed from it."""
    x0, y0, x1, y1 = box
    tall = (y1 - y0) > TALL * (x1 - x0)
    pieces = [box]
    for a, b, c, d in signs:
        middle_x, middle_y = (a + c) / 2, (b + d) / 2
        if not (x0 <= middle_x <= x1 and y0 <= middle_y <= y1):
            continue
        cut = [(x0, y0, x1, b), (x0, d, x1, y1)] if tall else [(x0, y0, a, y1), (c, y0, x1, y1)]
        pieces = [(max(p[0], q[0]), max(p[1], q[1]), min(p[2], q[2]), min(p[3], q[3])) for p in pieces for q in cut]
        pieces = [p for p in pieces if p[2] - p[0] > 2 and p[3] - p[1] > 2]
    if pieces == [box]:
        return pieces
    tight = [ink_box(sheet.bare, *piece) for piece in pieces]
    return [piece for piece in tight if piece is not None]


def _letters(sheet: Sheet, boxes: list[Pixels]) -> list[Letter]:
    usual = float(np.median([min(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes])) if boxes else 1.0
    crops: list[Gray] = []
    asked: list[tuple[Pixels, float]] = []
    for box in (piece for whole in boxes for piece in _pieces(sheet, whole, usual)):
        x0, y0, x1, y1 = box
        dark = sheet.bare[y0:y1, x0:x1] < DARK
        tall = runs_up(dark)
        alone = len(bands(dark.any(axis=1), 1)) == 1  # a single letter may be a 1 or a -
        level = not tall or (alone and (y1 - y0) < 1.6 * usual)
        if level:
            crops.append(_crop(sheet.bare, box))
            asked.append((box, 0.0))
        if tall and (y1 - y0) > 1.2 * usual:
            crops.append(np.ascontiguousarray(np.rot90(_crop(sheet.bare, box), -1)))
            asked.append((box, 90.0))
    free = _ink_of_no_text(sheet.bare, [box for box, _ in asked])
    first, second = _texts(crops), _texts([_larger(crop) for crop in crops])
    words = witnessed(
        [
            (_ink(sheet.bare, *each), plain(one[0]), one[0] == two[0] and min(one[1], two[1]) >= SURE_READ)
            for each, one, two in zip(asked, first, second, strict=True)
        ]
    )
    best: dict[Pixels, Letter] = {}
    for (box, angle), one, two, word in zip(asked, first, second, words, strict=True):
        word = Witness.DOUBTED if _goes_on(free, box, angle) else word
        letter = _letter(box, angle, one, two, sheet, word)
        if letter is not None and (box not in best or letter.sure > best[box].sure):
            best[box] = letter
    return list(best.values())


def _ink_of_no_text(bare: Gray, boxes: Sequence[Pixels]) -> NDArray[np.bool_]:
    free: NDArray[np.bool_] = bare < DARK
    for x0, y0, x1, y1 in boxes:
        free[y0:y1, x0:x1] = False
    return free


def _goes_on(
    free: NDArray[np.bool_], box: Pixels, angle: float, within: float = BESIDE, *, behind: bool = True
) -> bool:
    """Return whether there is stray ink within a letter's width before or after a text: the text may be cut off, or a
    stroke may touch it.
    """
    x0, y0, x1, y1 = box
    if angle:
        free, (x0, y0, x1, y1) = free.T, (y0, x0, y1, x1)
    high = y1 - y0
    rows = slice(y0 + round(0.15 * high), y1 - round(0.1 * high))
    reach = max(3, round(within * high))
    before, after = slice(max(0, x0 - reach), x0), slice(x1, x1 + reach)
    if angle:
        before, after = after, before  # text that runs up the page starts at the bottom
    for columns in (before, after) if behind else (before,):
        spread = np.flatnonzero(free[rows, columns].any(axis=1))
        if len(spread) and spread[-1] - spread[0] >= STANDING * high:
            return True
    return False


def _pieces(sheet: Sheet, box: Pixels, usual: float) -> list[Pixels]:
    """Split a box that holds a size and its stacked deviations."""
    x0, y0, x1, y1 = box
    part = sheet.bare[y0:y1, x0:x1] < DARK
    if (y1 - y0) > TALL * (x1 - x0) and (y1 - y0) > 1.6 * usual:
        turned = text_pieces(np.rot90(part, -1))
        # a row of the rotated image is a column of the page, from the left; its columns run up the page
        return [(x0 + top, y1 - right, x0 + bottom, y1 - left) for left, top, right, bottom in turned]
    return [(x0 + left, y0 + top, x0 + right, y0 + bottom) for left, top, right, bottom in text_pieces(part)]


def _crop(bare: Gray, box: Pixels) -> Gray:
    x0, y0, x1, y1 = box
    pad = max(4, round(0.22 * min(x1 - x0, y1 - y0)))
    part = bare[max(0, y0 - pad) : y1 + pad, max(0, x0 - pad) : x1 + pad]
    return np.ascontiguousarray(part)


def _ink(bare: Gray, box: Pixels, angle: float) -> Gray:
    """Return the ink of a box, levelled."""
    x0, y0, x1, y1 = box
    part = bare[y0:y1, x0:x1]
    return np.ascontiguousarray(np.rot90(part, -1) if angle else part)


def _larger(crop: Gray) -> Gray:
    """Return the line's image for a second reading: larger, softened, with more white around it."""
    import cv2

    grown: Any = cv2.resize(crop, None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC)
    edge = max(6, grown.shape[0] // 8)
    made: Gray = cv2.copyMakeBorder(
        cv2.GaussianBlur(grown, (3, 3), 0), edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255
    )
    return made


def _signs(sheet: Sheet) -> list[tuple[str, Pixels]]:
    """Remove Ø and ↧, which OCR reads as figures and letters, from ``sheet.bare``."""
    found = [("⌀", box) for box in without_zeros(sheet.bare, struck_rings(sheet.bare, sheet.per_mm))]
    for _, (x0, y0, x1, y1) in found:
        sheet.bare[y0:y1, x0:x1] = 255
    arrows = [("↧", box) for box in depth_arrows(sheet.bare, sheet.per_mm)]
    for _, (x0, y0, x1, y1) in arrows:
        sheet.bare[y0:y1, x0:x1] = 255
    return found + arrows


def _along(
    signs: list[tuple[str, Pixels]], letters: list[Letter], per_mm: float, free: NDArray[np.bool_]
) -> list[Letter]:
    """Return signs as letters on the baseline of the text after them; a sign is unsure if ink before it may be a lost ``6×``."""
    made = []
    for sign, box in signs:
        x0, y0, x1, y1 = (value / per_mm for value in box)
        near = [(gap, letter) for letter in letters if (gap := _gap(letter, x0, y0, x1, y1)) is not None]
        if not near:
            size = (y1 - y0) / CAP
            made.append(Letter(sign, x0, y1, x1 - x0, size, 0.0, 0.8))
            continue
        letter = min(near, key=lambda entry: entry[0])[1]
        sure = DOUBTED if _goes_on(free, box, letter.angle, COUNTED, behind=False) else MOST_SURE
        if letter.angle:
            made.append(Letter(sign, letter.x, y1, y1 - y0, letter.size, letter.angle, sure))
        else:
            made.append(Letter(sign, x0, letter.y, x1 - x0, letter.size, 0.0, sure))
    return made


def _gap(letter: Letter, x0: float, y0: float, x1: float, y1: float) -> float | None:
    """Return the distance from the end of a sign's box to ``letter``, if the box is about as high and on the same level."""
    if letter.angle:
        gap, level, high = y0 - letter.y, (x0 + x1) / 2 - (letter.x - 0.36 * letter.size), x1 - x0
    else:
        gap, level, high = letter.x - x1, (y0 + y1) / 2 - (letter.y - 0.36 * letter.size), y1 - y0
    close = -0.3 * letter.size < gap < 0.8 * letter.size and abs(level) < 0.25 * letter.size
    return abs(gap) if close and 0.45 * letter.size < high < 1.3 * letter.size else None


def _unseen(sheet: Sheet, boxes: list[Pixels]) -> list[Pixels]:
    """Return isolated ink in a small cell, such as a single letter, that the detector missed."""
    found = []
    for cell in cells_of(ruled(sheet.strokes, 0.0)):
        if cell.height > 16 or cell.width > 90:
            continue
        x0, y0, x1, y1 = (
            round(value * sheet.per_mm) for value in (cell.x0 + 0.5, cell.y0 + 0.5, cell.x1 - 0.5, cell.y1 - 0.5)
        )
        if any(a < x1 and x0 < c and b < y1 and y0 < d for a, b, c, d in boxes):
            continue
        ink = ink_box(sheet.bare, x0, y0, x1, y1)
        if ink is not None and 1.2 < (ink[3] - ink[1]) / sheet.per_mm < 8:
            found.append(ink)
    return found


def _rings(sheet: Sheet) -> list[Letter]:
    """Return circled letters (Ⓜ, Ⓛ, ...) and remove them from ``sheet.bare``."""
    found = ring_boxes(sheet.bare, sheet.per_mm)
    read = _texts([_larger(inside_ring(sheet.bare, box)) for box in found])
    letters = []
    for (x0, y0, x1, y1), (text, sure) in zip(found, read, strict=True):
        sign = RING_OF.get(text.strip().upper())
        if sign is None:
            continue
        sheet.bare[y0:y1, x0:x1] = 255
        size = (y1 - y0) / sheet.per_mm / 1.45 / CAP
        middle = (y0 + y1) / 2 / sheet.per_mm
        sure = MOST_SURE if sure >= SURE_READ else DOUBTED
        letters.append(
            Letter(sign, x0 / sheet.per_mm, middle + CAP * size / 2, (x1 - x0) / sheet.per_mm, size, 0.0, sure)
        )
    return letters


def _texts(crops: list[Gray]) -> list[tuple[str, float]]:
    from rapidocr.ch_ppocr_rec.typings import TextRecInput

    if not crops:
        return []
    found = _engine()._load_rec_model()(TextRecInput(img=[np.repeat(crop[:, :, None], 3, axis=2) for crop in crops]))
    return [(str(text), float(sure)) for text, sure in zip(found.txts or (), found.scores, strict=True)]


def _letter(
    box: Pixels, angle: float, one: tuple[str, float], two: tuple[str, float], sheet: Sheet, word: Witness
) -> Letter | None:
    text, doubt = mended(one[0])
    other, _ = mended(two[0])
    agree = re.sub(r"\s", "", text) == re.sub(r"\s", "", other)
    sure = min(one[1], two[1]) if agree else 0.5 * max(one[1], two[1])
    if agree and word is Witness.CONFIRMED and sure >= CONFIRMED_READ:
        sure = MOST_SURE
    if doubt or word is Witness.DOUBTED:
        sure = min(sure, DOUBTED)
    if not text.strip() or sure < LEAST_READ * 0.5:
        return None
    x0, y0, x1, y1 = (value / sheet.per_mm for value in box)
    sure = MOST_SURE if sure >= SURE_READ else min(sure, 0.85)
    size = _size(text, x1 - x0 if angle else y1 - y0)
    if angle:
        return Letter(text, x0 + CAP * size, y1, y1 - y0, size, angle, sure)
    return Letter(text, x0, y0 + CAP * size, x1 - x0, size, 0.0, sure)


def _size(text: str, ink: float) -> float:
    """Return the letters' size from the height of their ink; tails and commas reach below the baseline."""
    return ink / (CAP * (1.22 if re.search(r"[gjpqy,;(Q↧]", text) else 1.0))


def mended(text: str) -> tuple[str, bool]:
    """Return the text with OCR's spelling of symbols corrected, and whether the correction is a guess that a person must confirm."""
    text = plain(text).replace("：", ":").replace("，", ",").replace("⁰", "°")
    text = re.sub(r"^\s*=+\s*|\s*=+\s*$", "", text)  # the arrowheads of a dimension line
    text = _RUN_ON.sub(" ", text)
    doubt = False
    if _HOLE.search(text):
        text = _ARROW.sub(" ↧", text)
    if _STRUCK.search(text):
        text, doubt = _STRUCK.sub("⌀", text), True
    if _ZERO.search(text) and text != "00":
        text, doubt = _ZERO.sub("⌀", text), True
    text = re.sub(r"(?<=\d)\s*[oO]\b(?![\w])", "°", text) if re.search(r"[×xX]\s*\d+\s*[oO]\b", text) else text
    text = re.sub(r"(?<![A-Za-z])A[I|](?=[A-Z]?[a-z]|[\s-]?\d)|(?<=\d)A[I|](?![A-Z])|(?<=-\d)A1(?=-\dV)", "Al", text)
    text = re.sub(r"(?<=[A-Za-z])\s?β(?=[a-z])", "ß", text)
    if (fit := _RHO.sub("p", text)) != text:
        text, doubt = fit, True
    return re.sub(r"\s+", " ", text).strip(), doubt
