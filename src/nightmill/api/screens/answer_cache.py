"""A cache for frequently requested answers about the present: each is computed once per state of its sources and reused until they change.

An answer is never older than the durable data at the time of the request. It is reused only if the mark of its sources, read
for every request, equals the mark from before the computation, or for requests that arrived before the computation started.
"""

import time
from asyncio import Lock, to_thread
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import MediaType, Response

KEPT = 64


def as_json(body: bytes) -> Response[Any]:
    """Return a response with this JSON that intermediaries must not cache."""
    return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


class _Kept:
    """A cached answer with the mark from before its computation and the time at which that started."""

    def __init__(self) -> None:
        self.making = Lock()
        self.mark: object = None
        self.started_s = 0.0
        self.body = b""

    def serves(self, mark: object, asked_s: float) -> bool:
        """Return whether nothing can have changed since the answer was computed, or its computation started after the request."""
        return (mark is not None and mark == self.mark) or self.started_s > asked_s


class Answers:
    """The latest answers by name; requested from one event loop, computed in threads, one at a time per name."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def of(self, name: str, mark: Callable[[], object], make: Callable[[], Any]) -> bytes:
        """Return ``make()`` as JSON. ``mark``: a cheap mark of the state of all its sources; ``None`` if it can't be determined."""
        asked_s = time.monotonic()
        kept = self._kept.setdefault(name, _Kept())
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if kept.serves(mark(), asked_s):
            return kept.body
        async with kept.making:
            before, started_s = mark(), time.monotonic()
            if not kept.serves(before, asked_s):
                body = await to_thread(lambda: msgspec.json.encode(make()))
                kept.mark, kept.started_s, kept.body = before, started_s, body
            return kept.body
