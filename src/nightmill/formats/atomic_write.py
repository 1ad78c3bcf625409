"""Write files atomically: a file is complete or absent, whatever happens during the write."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from nightmill.vocabulary.durable_files import sync_folder
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

STATE = ".nightmill"
"""The folder of a shop's stored state."""


def write_atomic(path: Path, data: bytes | str | Path) -> None:
    """Write a file so that a crash leaves either the old or the new one: temporary file, fsync, rename, fsync of the folder.

    Text is written as UTF-8; a ``Path`` is a file already written in this way, which is only renamed. Missing folders are
    created. A file below ``.nightmill`` is readable by its owner only, any other by everybody with access to its folder. Raises
    ``EnvironmentFailed`` (disk full, no permission), or ``BadInput`` if the name belongs to a device or a pipe, which is never
    replaced; in both cases the old file is kept and no temporary file is left behind.
    """
    temporary = ""
    _refuse_special(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, Path):
            os.replace(data, path)
        else:
            handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o600 if STATE in path.absolute().parts else 0o644)
            os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise EnvironmentFailed(
            Finding(
                str(path),
                "",
                error.strerror or str(error),
                "free space and permission to write",
                "Free some space or choose another folder.",
            )
        ) from error


def _refuse_special(path: Path) -> None:
    with suppress(OSError):
        if path.exists() and not path.is_file() and not path.is_dir():  # for a folder, the system raises the error
            found, remedy = "a device or a pipe", "Give the name of a file; the answer itself goes to standard output."
            raise BadInput(Finding(str(path), "", found, "the name of a file", remedy))
