"""The rows of a CSV text by its header, each with its line; what is no CSV is said in one sentence."""

import csv
import io
import re

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.spreadsheet_cells import plain_cell


def mark_of(text: str) -> str:
    """What stands between the cells: of commas, and the semicolons and tabs that spreadsheets of many countries write, those most often in the header, quotes aside."""
    header = re.sub('"[^"]*"', "", text.removeprefix("\ufeff").lstrip("\r\n").partition("\n")[0])
    return max(",;\t", key=header.count)


def csv_lines(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    """Line number (the last one of a row) and cells by column; a cell that is missing is empty, one beyond the header left out.

    Rows without any text are left out. Raises ``BadInput`` for quotes that don't close, NUL bytes and cells beyond all measure.
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
