"""The view of a shop, folded once a state of its log: many clients may look without the log being read for each."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from nightmill.api.log_reader import LogReader
from nightmill.plant import ShopView

KEPT = 4


class Look(Protocol):
    """How a shop's folder becomes a view: ``plant.view_shop``."""

    def __call__(self, folder: Path, *, at_s: float | None = None) -> ShopView:
        """The shop now, or at ``at_s``."""
        ...


class Looking:
    """Views by (log, its length, shop time), the latest few kept."""

    def __init__(self, reader: LogReader, look: Look) -> None:
        self._reader = reader
        self._look = look
        self._kept: OrderedDict[tuple[str, int, float | None], ShopView] = OrderedDict()
        self._lock = Lock()

    def view(self, at_s: float | None) -> ShopView:
        """The shop now, or at ``at_s``. Raises ``NoLog`` where the shop was never run."""
        key = (self._reader.identity(), self._reader.version(), at_s)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._look(self._reader.folder, at_s=at_s)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def without_meshes(view: ShopView) -> ShopView:
    """The view without the parts' meshes and tool paths, which never change and are most of its size."""
    parts = tuple(
        msgspec.structs.replace(part, preview={}, paths=[], fixture_lines=[], stock_lines=[]) for part in view.parts
    )
    return msgspec.structs.replace(view, parts=parts)
