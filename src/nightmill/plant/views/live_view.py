"""The shop's current state, kept folded between queries: each query reads only new events."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.shop_state.snapshot import copied, state_of_log
from nightmill.plant.views.fold import ViewFold
from nightmill.plant.views.shop_view import ShopLook
from nightmill.plant.workspace.commit_position import commit_mark
from nightmill.plant.workspace.layout import log_place
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import AnyStore, open_store
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop

T = TypeVar("T")


class Now(msgspec.Struct, frozen=True):
    """A snapshot: the shop, its state (a private copy), and whether a run of it is unfinished.

    ``began``: whether the shop was ever run; if not, the state is the initial state.
    """

    shop: Shop
    state: ShopState
    began: bool
    unfinished: bool


class Following:
    """Follow the log of one shop folder; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, log_place(folder)
        self._lock = Lock()
        self.mark = ""
        """Identifies the run whose log was read last."""
        self._shop: Shop | None = None
        self._state = ShopState()
        self._views = False
        self._folded: ViewFold | None = None
        """The views' data besides the state; built at the first query that needs it."""
        self._seen: tuple[object, ...] | None = None

    def look(self) -> Now:
        """Return the shop's current state. Raises ``BadInput`` if its files are wrong."""
        with self._lock:
            self._catch_up()
            assert self._shop is not None
            began = self._state.version > 0
            return Now(self._shop, copied(self._state), began, began and not self._state.ended)

    def read(self, question: Callable[[Shop, ShopState], T]) -> T:
        """Call ``question`` on the shop's current state and return its answer; it must neither change the state nor keep a reference to
        it.
        """
        with self._lock:
            self._catch_up()
            assert self._shop is not None
            return question(self._shop, self._state)

    def viewed(self, question: Callable[[ShopLook], T]) -> T:
        """Call ``question`` on a view of the shop's current state and return its answer. The first call reads the whole log, later calls
        only new events.
        """
        with self._lock:
            if self._folded is None:
                self.mark, self._seen, self._views = "", None, True
            self._catch_up()
            assert self._shop is not None
            assert self._folded is not None
            return question(ShopLook(self.folder, self._shop, self._folded, self._state, self._between))

    def _between(self, first: int, last: int) -> Iterator[e.Event]:
        store = open_store(self.place, writer=False)
        try:
            yield from islice(store.read(first - 1), max(0, last - first + 1))
        finally:
            store.close()

    def outcome(self, request: str) -> str | None:
        """Return the outcome of a request in this run: ``None`` if the run hasn't processed it yet, an empty text if it was carried out,
        else the reason for its refusal.
        """
        with self._lock:
            self._catch_up()
            return self._state.not_done.get(request, "") if request in self._state.requests else None

    def written(self) -> tuple[object, ...] | None:
        """Return a value that changes with each commit of the log; ``None`` if that can't be told without reading the log."""
        return None if self.place.url else commit_mark(self.place.path)

    def _catch_up(self) -> None:
        written = self.written()  # taken before the log is read: events committed meanwhile are read again
        if written is not None and written == self._seen:
            return
        self._fold_on()
        self._seen = written

    def _fold_on(self) -> None:
        if not self.place.exists():
            self._begin("never run")
            return
        store = open_store(self.place, writer=False)
        try:
            self._begin(self._identity(store))
            assert self._shop is not None
            if self._state.version == 0 and not self._views:
                self._state = state_of_log(self.folder, self._shop, store)
            for event in store.read(self._state.version):
                apply(self._state, event)
                if self._folded is not None:
                    self._folded.take(event, self._state)
                if isinstance(event.fact, e.PartAdopted):
                    self._shop = whole_shop(self.folder)
        finally:
            store.close()

    def _identity(self, store: AnyStore) -> str:
        """Return a value that changes when another run starts. Two runs with the same seed start alike, so a log in a file is identified
        by the file itself.
        """
        if not store.version():
            return "empty"
        if self.place.url:
            return store.identity()
        found = self.place.path.stat()
        shorter = store.version() < self._state.version
        return f"{found.st_dev}-{found.st_ino}{'-again' * shorter}"

    def _begin(self, mark: str) -> None:
        shop_changed = self._shop is None or mark in {"never run", "empty"}
        if mark == self.mark and not shop_changed:
            return
        self.mark, self._shop = mark, whole_shop(self.folder)
        self._state = empty_state(self._shop)
        self._folded = ViewFold(self._shop) if self._views else None
