"""What buyers send: mails and drawings, read into records with questions for what is missing."""

import datetime as dt
from pathlib import Path

import msgspec

from nightmill.intake import Drawing, OrderDraft
from nightmill.vocabulary.errors import BadInput, Finding


def read_mail(text: str, *, today: dt.date, sender: str = "", subject: str = "") -> OrderDraft:
    """Read a request for quotation or an order: parts, quantities, dates, materials, each with the words it rests on, and questions.

    ``today``: the day of the mail; relative dates count from it.
    """
    from nightmill.intake import read_rfq

    return read_rfq(text, sender=sender or None, today=today, subject=subject)


def read_drawing(path: str | Path) -> Drawing:
    """Read a drawing (PDF, DXF or picture): dimensions, tolerances, notes, title block. Needs the extra ``drawings``.

    The file is read in a guarded child process. Raises ``BadInput`` for a file that is no drawing or is damaged.
    """
    from nightmill.plant.drawings import read_file

    found = read_file(Path(path))
    if "drawing" not in found:
        raise BadInput(Finding(str(path), "", "a mail", "a drawing", "Read its text by read_mail."))
    return msgspec.convert(found["drawing"], Drawing)
