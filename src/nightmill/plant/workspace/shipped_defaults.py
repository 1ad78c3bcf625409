"""The files of a shop that Nightmill ships an example of: the shop's own where it has one."""

from importlib.resources import files
from pathlib import Path

from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

MOST_BYTES = 2 * 1024 * 1024


def own_or_shipped(path: Path) -> str:
    """The text of a shop's file, or of the one of its name that Nightmill ships.

    Raises ``BadInput`` for what is no ordinary file, a link that leads nowhere among them, ``UnicodeDecodeError`` for what is no UTF-8.
    """
    if is_there(path):
        return read_ordinary(path, MOST_BYTES).decode("utf-8-sig")
    return (files("nightmill.plant") / path.name).read_text("utf-8")
