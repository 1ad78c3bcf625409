"""Findings of rooms that take values and not files, told of the files that the values came from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from nightmill.vocabulary.errors import BadInput


@contextmanager
def told_of(files: Mapping[str, Path | None]) -> Iterator[None]:
    """Within, a ``BadInput`` of something that a room calls by a name of its own (``shop problem``) is raised of the file that it stands in."""
    names = {name: str(file) for name, file in files.items() if file is not None}
    try:
        yield
    except BadInput as error:
        found = (msgspec.structs.replace(each, file=names.get(each.file, each.file)) for each in error.findings)
        raise BadInput(*found) from error
