"""Rewrite findings from rooms that take values, not files, so that they mention the files the values came from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from nightmill.vocabulary.errors import BadInput


@contextmanager
def told_of(files: Mapping[str, Path | None]) -> Iterator[None]:
    """Re-raise every ``BadInput`` from the block with file names: a finding in a value that a room knows only by its own name (such as
    ``shop problem``) then names the file that the value came from.
    """
    names = {name: str(file) for name, file in files.items() if file is not None}
    try:
        yield
    except BadInput as error:
        found = (msgspec.structs.replace(each, file=names.get(each.file, each.file)) for each in error.findings)
        raise BadInput(*found) from error
