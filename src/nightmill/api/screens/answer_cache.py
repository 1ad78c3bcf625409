"""Answers about the present that are asked for often: written once a state of what they rest on, and given as they are until it changes.

An answer is never older than what was durable when it was asked for: it is given again only while the mark of its sources, told
anew for every question, is that from before it was made, or to those who had asked before it was begun.
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
    """A response with this JSON, which nobody on the way keeps."""
    return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


class _Kept:
    """An answer with the mark from before it was made and the time at which it was begun."""

    def __init__(self) -> None:
        self.making = Lock()
        self.mark: object = None
        self.begun_s = 0.0
        self.body = b""

    def serves(self, mark: object, asked_s: float) -> bool:
        """Whether nothing can have changed since it was made, or it was begun after the question."""
        return (mark is not None and mark == self.mark) or self.begun_s > asked_s


class Answers:
    """The latest answers by name; asked in one event loop, made in threads, each name's by one at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def of(self, name: str, mark: Callable[[], object], make: Callable[[], Any]) -> bytes:
        """``make()`` as JSON. ``mark``: of all that it rests on, quickly told; ``None`` where it can't be told."""
        asked_s = time.monotonic()
        kept = self._kept.setdefault(name, _Kept())
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if kept.serves(mark(), asked_s):
            return kept.body
        async with kept.making:
            before, begun_s = mark(), time.monotonic()
            if not kept.serves(before, asked_s):
                body = await to_thread(lambda: msgspec.json.encode(make()))
                kept.mark, kept.begun_s, kept.body = before, begun_s, body
            return kept.body
