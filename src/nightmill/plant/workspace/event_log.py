"""Read the events of a shop's latest run."""

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from nightmill.plant.workspace.layout import open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding


class ReadEvents(Collection[e.Event]):
    """The events of a log up to the newest at one moment, re-read at each iteration and never held in memory.

    Raises ``BadInput`` if another run has started in the folder since, so that a reader never mixes the events of two runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = open_log(folder, writer=False)
        try:
            self._run, self._count = store.identity(), store.version()
        finally:
            store.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[e.Event]:
        store = open_log(self.folder, writer=False)
        try:
            if self._count and (store.identity() != self._run or store.version() < self._count):
                found, expected = "the log of another run", "the log of the requested run"
                raise BadInput(
                    Finding(
                        store.place, "begin", found, expected, "Run the command again: a new run started meanwhile."
                    )
                )
            yield from islice(store.read(), self._count)
        finally:
            store.close()

    def __contains__(self, event: object) -> bool:
        return any(each == event for each in self)


def read_events(folder: Path) -> Collection[e.Event]:
    """Return all events of the shop's latest run, however many, one at a time. Raises ``BadInput`` if there is none."""
    return ReadEvents(folder)
