"""Text cells in tables written by Nightmill: a spreadsheet must not execute them, and they must read back as the same text.

OWASP, CSV injection: a cell that starts with ``= + - @``, a tab or a carriage return may be run as a formula. A leading
apostrophe turns it into text, as when a person types it in a spreadsheet. Workbooks need no apostrophe: their cells have a text type.
"""

import re
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def safe_cell(value: Any) -> Any:
    """Return the value to write into a CSV cell: numbers stay, even as text; a text that a spreadsheet might run gets an apostrophe."""
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def plain_cell(text: str) -> str:
    """Undo ``safe_cell``: remove its apostrophe; leave any other cell as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
