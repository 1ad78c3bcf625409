"""Jobs of the guarded child process that reads a drawing or an email; called by name, with plain JSON in and out."""

import codecs
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.cad import read_part
from nightmill.intake import read_drawing, read_mail, read_rfq
from nightmill.plant.drawings.drawing_model_check import held_against
from nightmill.plant.part_planning.child_jobs import READING_DEFLECTION_MM
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary

MOST_BYTES = 100_000_000
NO_TEXT_SHARE = 0.05
"""Fraction of non-text characters above which a file doesn't count as text; random bytes have 1/8."""


def read_job(
    file: str, kind: str, part: str | None, today: str, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """Return the answer of ``nightmill read``: ``{file, kind, drawing}`` or ``{file, kind, draft}``."""
    progress("reading", 0.0)
    path = Path(file)
    data = read_ordinary(path, MOST_BYTES)
    day = dt.date.fromisoformat(today)
    try:
        if kind in {"mail", "text"}:
            draft = read_mail(data, today=day) if kind == "mail" else read_rfq(_text(data), today=day)
            return {"file": path.name, "kind": "mail", "draft": msgspec.to_builtins(draft)}
        drawing = read_drawing(data, kind)  # type: ignore[arg-type]
    except BadInput as error:
        raise BadInput(*(msgspec.structs.replace(each, file=path.name) for each in error.findings)) from error
    if part is not None:
        progress("comparing with the model", 0.7)
        model = read_part(Path(part), mesh_deflection_mm=READING_DEFLECTION_MM, angular_deg=12.0)
        drawing = held_against(drawing, model)
    return {"file": path.name, "kind": "drawing", "drawing": msgspec.to_builtins(drawing)}


def _text(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with a byte-order mark, or the Windows code page for western languages. Raises ``BadInput``
    if it is none of these.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\f\r") for char in text[:50_000])
    if not text.strip() or "\0" in text or odd > NO_TEXT_SHARE * min(len(text), 50_000):
        found = "bytes that aren't text" if text.strip() else "an empty file"
        raise BadInput(Finding("", "", found, "the text of a request", "Save the mail again as .eml or as text."))
    return text
