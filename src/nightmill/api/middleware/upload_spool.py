"""Uploads: each is streamed to a temporary file, within its role's share of the disk, and deleted once it is answered."""

import os
import shutil
import tempfile
from asyncio import to_thread
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException, TooManyRequestsException

from nightmill.api.middleware.thread_lanes import LANES, Lane, present_lane
from nightmill.plant.workspace import state_folder
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

PIECE = 1 << 20
"""Bytes per write."""
LEAST_FREE = 256 << 20
"""Free disk space, in bytes, that uploads leave for the shop."""


class Spool:
    """The folder in which one server keeps uploads while it processes them: ``.nightmill/desk/spool-PROCESS``."""

    def __init__(self, folder: Path) -> None:
        self._home = state_folder(folder) / "desk"
        self._mine = f"spool-{os.getpid()}"
        self._at_once: Counter[Lane] = Counter()
        self._bytes: Counter[Lane] = Counter()
        self._ready = False

    @asynccontextmanager
    async def upload(self, request: Request[Any, Any, Any], most: int) -> AsyncIterator[Path]:
        """Yield the body of a request as a file of at most ``most`` bytes; a caller that wants to keep the file moves it.

        Raises 400 for no body, 413 for a longer one, 429 if the role has too many uploads in progress.
        """
        lane, declared = present_lane(), request.headers.get("content-length", "")
        length = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 16 else 0
        if length > most:
            raise ClientException(f"the body has {length} bytes; the limit is {most}", status_code=413)
        if not declared and not {"content-type", "transfer-encoding"} & set(request.headers):
            raise ClientException("no body; send the file as the request body")
        limits = LANES[lane]
        if self._at_once[lane] >= limits.uploads or self._bytes[lane] + length > limits.upload_bytes:
            raise TooManyRequestsException("too many uploads at once", headers={"Retry-After": "5"})
        path = await to_thread(self._new_file)
        self._at_once[lane] += 1
        taken = 0
        try:
            with path.open("wb") as file:
                pieces = bytearray()
                async for piece in request.stream():
                    self._bytes[lane] += len(piece)
                    taken += len(piece)
                    if taken > most:
                        raise ClientException(f"more than {most} bytes", status_code=413)
                    if self._bytes[lane] > limits.upload_bytes:
                        raise TooManyRequestsException("too many uploads at once", headers={"Retry-After": "5"})
                    pieces += piece
                    if len(pieces) >= PIECE:
                        await to_thread(file.write, bytes(pieces))
                        pieces.clear()
                file.write(pieces)
            if not taken and "content-type" not in request.headers:
                raise ClientException("no body; send the file as the request body")
            yield path
        finally:
            self._at_once[lane] -= 1
            self._bytes[lane] -= taken
            path.unlink(missing_ok=True)

    def _new_file(self) -> Path:
        place = self._home / self._mine
        try:
            if not self._ready:
                self._clear()
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._ready = True
            if shutil.disk_usage(place).free < LEAST_FREE:
                raise OSError("the disk is nearly full")
            handle, name = tempfile.mkstemp(dir=place)
        except OSError as error:
            remedy = "Free disk space."
            raise EnvironmentFailed(Finding(str(place), "", str(error), "space for an upload", remedy)) from error
        os.close(handle)
        return Path(name)

    def _clear(self) -> None:
        """Remove the files that killed servers left behind."""
        for left in self._home.glob("spool-*"):
            process = left.name.removeprefix("spool-")
            if left.name != self._mine and process.isdigit() and not Path(f"/proc/{process}").exists():
                shutil.rmtree(left, ignore_errors=True)
