"""Read a PDF into pages: letters by their matrices, strokes from lines, rectangles and curves. Pixel pages are left to OCR."""

import io
import math
import re
from collections.abc import Iterator
from typing import Any

from nightmill.intake.drawing.page import Letter, Page, Point, Stroke
from nightmill.intake.drawing.symbols import GDT_LETTERS, is_gdt_font
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

POINT_MM = 25.4 / 72
MOST_PAGES, MOST_STROKES, MOST_LETTERS = 20, 60_000, 40_000
FEW_LETTERS = 3
CURVE_STEPS = 6


def missing(module: str) -> EnvironmentFailed:
    """Return the error for a library of the ``drawings`` extra that isn't installed."""
    return EnvironmentFailed(
        Finding("drawings", module, "no such module", "the extra 'drawings'", "pip install 'nightmill[drawings]'")
    )


def unreadable(what: str, found: str) -> BadInput:
    """Return the error for a file that isn't of the type its name suggests."""
    return BadInput(Finding("drawing", what, found, f"a valid {what} file", "Export the drawing again."))


def read_pdf(data: bytes) -> tuple[list[Page], list[int]]:
    """Return the pages of a PDF, and the numbers of those without text, which must be read from pixels.

    Raises ``BadInput`` if it isn't a PDF, is locked, or has too many pages.
    """
    try:
        import pdfplumber
        from pdfminer.pdfdocument import PDFPasswordIncorrect
        from pdfminer.pdfexceptions import PDFException
        from pdfminer.psexceptions import PSException
        from pdfplumber.utils.exceptions import PdfminerException
    except ImportError as error:
        raise missing("pdfplumber") from error
    damaged = (
        PDFException,
        PSException,
        PdfminerException,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AssertionError,
    )
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            if len(document.pages) > MOST_PAGES:
                found = f"{len(document.pages)} pages"
                raise BadInput(Finding("drawing", "pages", found, f"at most {MOST_PAGES}", "Split the file."))
            pages = [_page(number, page) for number, page in enumerate(document.pages, 1)]
    except damaged as error:
        if any(isinstance(each, PDFPasswordIncorrect) for each in (error, error.__context__, *error.args)):
            locked = Finding(
                "drawing", "PDF", "a password", "a PDF that opens without one", "Save it without a password."
            )
            raise BadInput(locked) from error
        raise unreadable("PDF", str(error)[:200] or type(error).__name__) from error
    return pages, [
        page.number for page in pages if sum(bool(each.text.strip()) for each in page.letters) <= FEW_LETTERS
    ]


def _page(number: int, page: Any) -> Page:
    letters = tuple(letter for char in page.chars[:MOST_LETTERS] if (letter := _letter(char, page)) is not None)
    strokes = tuple(_strokes(page))[:MOST_STROKES]
    return Page(number, float(page.width) * POINT_MM, float(page.height) * POINT_MM, letters, strokes)


def _letter(char: dict[str, Any], page: Any) -> Letter | None:
    a, b, _, _, e, f = (float(value) for value in char["matrix"])
    scale = math.hypot(a, b)
    if scale == 0:
        return None
    cos, sin = a / scale, b / scale
    advance = float(char["adv"]) * scale
    high, wide = float(char["bottom"]) - float(char["top"]), float(char["x1"]) - float(char["x0"])
    size = (high - advance * abs(sin)) / abs(cos) if abs(cos) > 0.5 else (wide - advance * abs(cos)) / abs(sin)
    text = str(char["text"])
    if is_gdt_font(str(char["fontname"])) and len(text) == 1:
        text = GDT_LETTERS.get(text, text)
    if re.fullmatch(r"\(cid:\d+\)", text):
        text = "\N{REPLACEMENT CHARACTER}"
    x, y = e - float(page.bbox[0]), float(page.height) - (f - float(page.mediabox[1]))
    angle = math.degrees(math.atan2(sin, cos)) % 360
    return Letter(text, x * POINT_MM, y * POINT_MM, advance * POINT_MM, max(size, 0.1) * POINT_MM, angle)


def _strokes(page: Any) -> Iterator[Stroke]:
    for line in page.lines:
        yield Stroke(tuple(_points(line["pts"])))
    for box in page.rects:
        x0, x1, y0, y1 = (float(box[side]) * POINT_MM for side in ("x0", "x1", "top", "bottom"))
        thin = min(x1 - x0, y1 - y0) < 0.35
        if thin and x1 - x0 > y1 - y0:
            yield Stroke(((x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)))
        elif thin:
            yield Stroke((((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)))
        else:
            yield Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)), closed=True)
    for curve in page.curves:
        yield from _flattened(curve)


def _points(points: Any) -> Iterator[Point]:
    for x, y in points:
        yield float(x) * POINT_MM, float(y) * POINT_MM


def _flattened(curve: dict[str, Any]) -> Iterator[Stroke]:
    """Return the sub-paths of a path, with its Bézier curves as short lines."""
    run: list[Point] = []
    for command, *points in curve.get("path") or ():
        ends = list(_points(points))
        if command == "m":
            if len(run) > 1:
                yield Stroke(tuple(run))
            run = ends
        elif command == "l":
            run += ends
        elif command in ("c", "v", "y") and run:
            run += _bezier(run[-1], ends, command)
        elif command == "h" and run:
            run.append(run[0])
    if len(run) > 1:
        yield Stroke(tuple(run), closed=math.dist(run[0], run[-1]) < 0.01)


def _bezier(start: Point, points: list[Point], command: str) -> list[Point]:
    if command == "v":
        points = [start, *points]
    elif command == "y":
        points = [*points, points[-1]]
    (x1, y1), (x2, y2), (x3, y3) = points[:3]
    made = []
    for step in range(1, CURVE_STEPS + 1):
        t = step / CURVE_STEPS
        s = 1 - t
        k0, k1, k2, k3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        made.append((k0 * start[0] + k1 * x1 + k2 * x2 + k3 * x3, k0 * start[1] + k1 * y1 + k2 * y2 + k3 * y3))
    return made
