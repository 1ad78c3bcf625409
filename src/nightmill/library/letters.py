"""Read the mails and drawings that buyers send into records, with questions about missing information."""

import datetime as dt
from pathlib import Path

import msgspec

from nightmill.intake import Drawing, OrderDraft
from nightmill.vocabulary.errors import BadInput, Finding


def read_mail(text: str, *, today: dt.date, sender: str = "", subject: str = "") -> OrderDraft:
    """Read a request for quotation or an order: parts, quantities, dates, materials, each with the words it was read from, and questions.

    ``today``: the date of the mail, from which relative dates are counted.
    """
    from nightmill.intake import read_rfq

    return read_rfq(text, sender=sender or None, today=today, subject=subject)


def read_drawing(path: str | Path) -> Drawing:
    """Read a drawing (PDF, DXF or image): dimensions, tolerances, notes, title block. Needs the extra ``drawings``.

    The file is read in a guarded child process. Raises ``BadInput`` if the file is damaged or isn't a drawing.
    """
    from nightmill.plant.drawings import read_file

    found = read_file(Path(path))
    if "drawing" not in found:
        raise BadInput(Finding(str(path), "", "a mail", "a drawing", "Read its text with read_mail."))
    return msgspec.convert(found["drawing"], Drawing)
