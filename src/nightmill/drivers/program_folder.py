"""The folder where a control, or the person at it, finds programs: files of Nightmill are below ``nightmill/``, nothing else is touched."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from nightmill.vocabulary.durable_files import sync_folder
from nightmill.vocabulary.shop import MachineLimits

NAME = "nightmill"


class ProgramFolder:
    """Programs by their SHA-256, as files of a machine. ``limits``: the machine's, for reading times from a program."""

    def __init__(self, programs: Path, limits: MachineLimits) -> None:
        self.folder, self._limits = programs / NAME, limits
        self._minutes: dict[str, dict[str, float]] = {}

    def path(self, program_sha256: str) -> Path:
        """Return the file of a program."""
        return self.folder / f"{program_sha256.lower()[:16]}.ngc"

    def store(self, text: str, program_sha256: str) -> str:
        """Write a program and read it back; return why it isn't there, empty if it is."""
        return self.write(self.path(program_sha256), text, program_sha256)

    def write(self, path: Path, text: str, text_sha256: str) -> str:
        """Write a text as a file and read it back; return why it isn't there, empty if it is."""
        data = text.encode()
        if sha256(data).hexdigest() != text_sha256.lower():
            return "the text doesn't have the SHA-256 given"
        draft = path.with_suffix(".new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # the control runs as another user: what is below the shared folder is as open as that folder
            shared = self.folder.parent.stat().st_mode
            self.folder.chmod(shared & 0o777)
            with draft.open("wb") as out:
                os.fchmod(out.fileno(), shared & 0o666)
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(path)
            sync_folder(self.folder)
            found = sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            return f"the program can't be written to {self.folder}: {error.strerror}"
        return "" if found == text_sha256.lower() else f"{path.name} has another SHA-256 when read back: {found[:12]}"

    def remove(self, path: Path) -> None:
        """Delete a file that is no longer needed; one that can't be deleted stays."""
        with suppress(OSError):
            path.unlink()

    def text(self, program_sha256: str) -> str | None:
        """Return a stored program; ``None`` if it isn't there or has been changed."""
        try:
            data = self.path(program_sha256).read_bytes()
        except OSError:
            return None
        return data.decode() if sha256(data).hexdigest() == program_sha256.lower() else None

    def cutting_minutes(self, program_sha256: str) -> dict[str, float]:
        """Return the minutes of cutting feed by tool number as text; empty if the program isn't there."""
        found = self._minutes.get(program_sha256)
        if found is None:
            # imported here, since verification's geometry is slow to load
            from nightmill.verification import read_program

            text = self.text(program_sha256)
            uses = read_program(text, self._limits).tools if text is not None else ()
            found = self._minutes[program_sha256] = {
                str(use.tool): round(use.cutting_s / 60.0, 6) for use in uses if use.cutting_s > 0
            }
        return found
