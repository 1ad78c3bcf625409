"""Texts in the cells of tables that Nightmill writes: nothing that a spreadsheet would execute, and read back as the same text.

OWASP, CSV injection: a cell that begins with ``= + - @``, a tab or a carriage return may be run as a formula. An apostrophe before
it makes text of it, as a person types it in a spreadsheet. Workbooks need none: there a cell says itself that it is text.
"""

import re
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def safe_cell(value: Any) -> Any:
    """The value as it is written into a CSV cell: numbers stay, also as text; a text that a spreadsheet might run gets an apostrophe."""
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def plain_cell(text: str) -> str:
    """The text that ``safe_cell`` was given; any other cell as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
