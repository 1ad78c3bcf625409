"""A part's picture from its STEP file, before planning: meshed once in a reusable child process, cached by the file's hash."""

import hashlib
import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.workers import KeptChild, Limits, Scratch

MESH_CALL = "nightmill.plant.part_preview.step_preview_child:mesh_job"
LIMITS = Limits(memory_mib=4096, cpu_s=60, wall_s=60.0)
KEPT = 100
FILES_A_CHILD = 20
"""A child is replaced after this many files, or after a file of ``LARGE_BYTES``, whose memory it would still hold."""
LARGE_BYTES = 4 * 1024 * 1024
REST_S = 0.5
"""Time to draw a finished picture on the page."""
COMES_S = 0.2
"""A part and its picture are requested at the same time; the picture's request may arrive second."""


class Pictures:
    """Pictures of STEP files for the shop in ``folder``; thread-safe.

    The meshing child loads the geometry kernel before its first file. It is replaced after each file that it failed to read, so
    that no file affects the next. A file that arrives while the child is busy gets its own child.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._child, self._read, self._ready = _child(), 0, False
        self._at_work, self._last_s, self._changed = 0, -math.inf, Condition()

    def begin(self) -> None:
        """Keep a child ready from now on, without waiting for it; if memory is short, the first file will report that."""
        self._ready = True
        with self._lock, suppress(EnvironmentFailed):
            self._child.begin()

    def of(self, step: Path) -> dict[str, Any]:
        """Return ``{vertices, triangles, face_of}`` of the STEP file ``step``, as in ``preview.json``; the latest ``KEPT`` are cached.

        Raises ``BadInput`` for a file that can't be read as STEP, ``EnvironmentFailed`` if there is no memory for a child.
        """
        refuse_if_no_step(step)
        with self._working():
            return self._known_or_made(step)

    def _known_or_made(self, step: Path) -> dict[str, Any]:
        place = state_folder(self._folder) / "desk" / "pictures"
        with step.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = place / f"{digest}.json"
        with suppress(FileNotFoundError):
            return dict(msgspec.json.decode(kept.read_bytes()))
        found = self._meshed(step)
        place.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, found)
        with suppress(FileNotFoundError):  # another thread cleans up at the same time
            for old in sorted(place.glob("*.json"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
        return dict(msgspec.json.decode(found))

    def rest(self, most_s: float) -> None:
        """Wait until no picture has been in progress for ``REST_S``, and wait ``COMES_S`` for one to be requested; at most ``most_s`` in
        all.

        Background work that calls this leaves the processor to a user who is waiting for a picture.
        """
        until_s = time.monotonic() + most_s
        with self._changed:
            self._last_s = max(self._last_s, time.monotonic() + COMES_S - REST_S)
        with self._changed:
            while (now_s := time.monotonic()) < until_s:
                free_s = math.inf if self._at_work else self._last_s + REST_S
                if free_s <= now_s:
                    return
                self._changed.wait(min(free_s, until_s) - now_s)

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._changed:
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work, self._last_s = self._at_work - 1, time.monotonic()
                self._changed.notify_all()

    def _meshed(self, step: Path) -> bytes:
        if not self._lock.acquire(blocking=False):
            with _child() as other:
                return _mesh_in_child(other, step)
        try:
            well = False
            try:
                found = _mesh_in_child(self._child, step)
                well = True
            finally:
                self._read += 1
                self._renewed(spent=not well or self._read >= FILES_A_CHILD or step.stat().st_size > LARGE_BYTES)
            return found
        finally:
            self._lock.release()

    def _renewed(self, *, spent: bool) -> None:
        """End the child if it has processed enough files or if no child should be kept ready; its replacement starts in the background."""
        if spent or not self._ready:
            self._child.stop()
            self._read = 0
        if self._ready:
            with suppress(EnvironmentFailed):
                self._child.begin()


def _child() -> KeptChild:
    return KeptChild(MESH_CALL, LIMITS, ready="ready")


def refuse_if_no_step(step: Path) -> None:
    """Raise ``BadInput`` if an uploaded file isn't a STEP file, judging by its first line."""
    with step.open("rb") as file:
        first = file.read(4096)
    if not first.lstrip()[:14].startswith(b"ISO-10303-21;"):
        found = repr(first[:40].decode("ascii", "replace"))
        raise BadInput(Finding("part", "the file", found, "a STEP file (ISO-10303-21)", "Export it as STEP."))


def _mesh_in_child(child: KeptChild, step: Path) -> bytes:
    with Scratch() as scratch:
        path = scratch / "part.step"
        shutil.copyfile(step, path)
        fast, sure = (msgspec.json.encode({"step": str(path), "sweep": sweep}) for sweep in (True, False))
        try:
            return child.ask(fast, "part", sure)
        except BadInput as error:  # report the name of the uploaded file, not of the copy that the child read
            findings = (
                msgspec.structs.replace(each, file=each.file.replace(str(path), "part")) for each in error.findings
            )
            raise BadInput(*findings) from error
