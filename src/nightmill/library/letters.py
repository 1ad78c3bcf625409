"""What buyers send: mails and drawings, read into records with questions for what is missing."""

import datetime as dt
from pathlib import Path

from nightmill.intake import Drawing, DrawingKind, OrderDraft


def read_mail(text: str, *, today: dt.date, sender: str = "", subject: str = "") -> OrderDraft:
    """Read a request for quotation or an order: parts, quantities, dates, materials, each with the words it rests on, and questions.

    ``today``: the day of the mail; relative dates count from it.
    """
    from nightmill.intake import read_rfq

    return read_rfq(text, sender=sender or None, today=today, subject=subject)


def read_drawing(path: str | Path) -> Drawing:
    """Read a drawing (PDF, DXF or picture): dimensions, tolerances, notes, title block. Needs the extra ``drawings``.

    Read files of strangers by ``nightmill read``, which does it in a guarded child process.
    """
    from nightmill.intake import read_drawing as read

    file = Path(path)
    kinds: dict[str, DrawingKind] = {".pdf": "pdf", ".dxf": "dxf"}
    return read(file.read_bytes(), kinds.get(file.suffix.lower(), "image"))
