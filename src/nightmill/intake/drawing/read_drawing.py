"""Read a drawing file into a ``Drawing`` with the reader for its file type."""

from typing import Literal

from nightmill.intake.drawing.records import Drawing
from nightmill.vocabulary.errors import BadInput, Finding

DrawingKind = Literal["pdf", "image", "dxf"]
LARGEST = 100_000_000


def read_drawing(data: bytes, kind: DrawingKind) -> Drawing:
    """Return all requirements of a drawing. ``kind``: the kind of file; PDF pages without text are read from pixels.

    Only values read with certainty are asserted: every value with ``flags``, and every text that wasn't understood,
    becomes a question. Raises ``BadInput`` for a damaged file, ``EnvironmentFailed`` without the extra ``drawings``.
    """
    if not data or len(data) > LARGEST:
        remedy = "Export the drawing again, one sheet per file."
        raise BadInput(Finding("drawing", "the file", f"{len(data)} bytes", f"1 to {LARGEST} bytes", remedy))
    from nightmill.intake.drawing.pipeline import read_pages

    if kind == "dxf":
        from nightmill.intake.drawing.sources.dxf import read_dxf

        return read_pages(read_dxf(data), "dxf")
    if kind == "image":
        from nightmill.intake.drawing.ocr.reader import read_image, shape_on

        read = read_image(data)
        return read_pages([page for page, _ in read], "scan", {page.number: shape_on(sheet) for page, sheet in read})
    from nightmill.intake.drawing.sources.pdf import read_pdf

    pages, bare = read_pdf(data)
    if not bare:
        return read_pages(pages, "pdf")
    from nightmill.intake.drawing.ocr.reader import read_pixels, shape_on

    scanned = read_pixels(data, bare)
    pages = [scanned[page.number][0] if page.number in scanned else page for page in pages]
    shapes = {number: shape_on(sheet) for number, (_, sheet) in scanned.items()}
    return read_pages(pages, "scan" if len(bare) == len(pages) else "pdf", shapes)
