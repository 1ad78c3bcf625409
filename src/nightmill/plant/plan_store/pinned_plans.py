"""The plans that a live run started with: the run uses the programs listed in its log until it ends, even if another version would plan
differently.
"""

from collections.abc import Iterator
from pathlib import Path

from nightmill.formats import shop_hash
from nightmill.plant.workspace.layout import has_log, open_log, pending
from nightmill.store import AnyStore
from nightmill.vocabulary import events as e

_OPENING = (e.RunStarted, e.RouteCertified, e.RouteRefused)
"""Kinds of fact at a log's start: everything planned for the run."""


def begun_with(folder: Path) -> dict[str, e.RouteCertified]:
    """Return the routes of the unfinished run of the shop in ``folder``, by item; none if its files were changed since.

    Raises ``BadInput`` if its log can't be read: re-planning would delete the run's programs.
    """
    if not has_log(folder):
        return {}
    store = open_log(folder, writer=False)
    try:
        last = store.last()
        if last is None or isinstance(last.fact, e.RunEnded) or not in_same_shop(folder, store):
            return {}
        return {fact.part: fact for fact in _certified(store)}
    finally:
        store.close()


def in_same_shop(folder: Path, store: AnyStore) -> bool:
    """Return whether the shop's files are those that the run in this log started with, plus the parts added since."""
    first = store.event(1)
    if first is None or not isinstance(first.fact, e.RunStarted):
        return True
    adopted = _adopted(store)
    latest = store.event(adopted[-1][1]) if adopted else None
    known = first.fact if latest is None or not isinstance(latest.fact, e.PartAdopted) else latest.fact
    # a part that is requested but not yet added isn't a change to the run's own shop
    return known.shop_sha256 == shop_hash(folder, without=pending(folder) - {part for part, _ in adopted})


def _adopted(store: AnyStore) -> list[tuple[str, int]]:
    """Return the parts that a run has added, with their event numbers; in a log with an older layout, the events are read one by one."""
    if store.indexed():
        return store.entries("adopted")
    return [(event.fact.part, event.seq) for event in store.read() if isinstance(event.fact, e.PartAdopted)]


def _certified(store: AnyStore) -> Iterator[e.RouteCertified]:
    """Return the routes in a log, in order, so that the newest route of an item is the last."""
    refused = False
    for event in store.read():
        if isinstance(event.fact, e.RouteCertified):
            yield event.fact
        elif not isinstance(event.fact, _OPENING) and not refused:
            break
        refused = refused or isinstance(event.fact, e.RouteRefused)  # the part may have been certified later
    for _, seq in _adopted(store):
        following = store.event(seq + 1)
        if following is not None and isinstance(following.fact, e.RouteCertified):
            yield following.fact
