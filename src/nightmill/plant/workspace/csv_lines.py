"""Read the rows of a CSV text by its header, each with its line number; errors are reported in one sentence."""

import csv
import io
import re

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.spreadsheet_cells import plain_cell


def mark_of(text: str) -> str:
    """Return the delimiter: of comma, semicolon and tab (spreadsheets of many countries write the latter two), the one most frequent in the header outside quotes."""
    header = re.sub('"[^"]*"', "", text.removeprefix("\ufeff").lstrip("\r\n").partition("\n")[0])
    return max(",;\t", key=header.count)


def csv_lines(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    """Return line number (the last one of a row) and cells by column; missing cells are empty, surplus ones left out.

    Rows without any text are left out. Raises ``BadInput`` for unclosed quotes, NUL bytes and cells that are far too long.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=mark_of(text), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        return [
            (
                reader.line_num,
                dict(zip(header, [*map(plain_cell, cells), *[""] * (len(header) - len(cells))], strict=False)),
            )
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        line = f"line {max(reader.line_num, 1)}"
        raise BadInput(Finding(file, line, str(error), "CSV text", "Check quotes and line ends.")) from error
