"""Shop files with defaults shipped by Nightmill: the shop's own file is used if there is one."""

from importlib.resources import files
from pathlib import Path

from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

MOST_BYTES = 2 * 1024 * 1024


def own_or_shipped(path: Path) -> str:
    """Return the text of a shop's file, or of the shipped default of that name.

    Raises ``BadInput`` for anything but an ordinary file (also for a broken link), ``UnicodeDecodeError`` for text that isn't UTF-8.
    """
    if is_there(path):
        return read_ordinary(path, MOST_BYTES).decode("utf-8-sig")
    return (files("nightmill.plant") / path.name).read_text("utf-8")
