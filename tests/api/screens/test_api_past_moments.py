"""Moments of the past: as if folded from the first event, whatever is kept; paid for by who asks, and never waited for by the present."""

import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "campaigns"))

from floods import filled
from served import prepared

from nightmill.api.middleware import thread_lanes
from nightmill.api.middleware.thread_lanes import LANES
from nightmill.api.screens import floor, machines, past_moments, schedule
from nightmill.api.screens.past_moments import PastBudget
from nightmill.api.screens.shop_at_moment import Seen, Sight
from nightmill.api.stream.log_reader import LogReader
from nightmill.plant.requests import Caller

EVENTS = 900


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    folder = tmp_path_factory.mktemp("past") / "shop"
    prepared(folder)
    filled(folder, EVENTS)
    return folder, LogReader(folder).after(0, 2 * EVENTS)[-1].at_s


def _told(seen: Seen) -> bytes:
    """All that screens tell of a moment."""
    view = msgspec.to_builtins(seen.look().whole())
    screens = (floor.floor(seen), floor.head(seen), schedule.schedule(seen), machines.machines(seen, seen.look()))  # fmt: skip
    return msgspec.json.encode([view, screens])


def test_a_moment_is_the_same_from_whatever_kept_state_it_was_folded(
    shop: tuple[Path, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, last_s = shop
    monkeypatch.setattr(past_moments, "LEAST_APART", 50)
    kept = Sight(LogReader(folder))
    rng = random.Random(5)
    for at_s in [last_s - 1, *(rng.uniform(0.0, last_s) for _ in range(25)), 0.0]:
        plain = Seen(kept.ask(None, lambda look: look.shop), LogReader(folder))
        plain.at_s = at_s
        plain.take(event for event in LogReader(folder).after(0, EVENTS + 99) if event.at_s <= at_s)
        plain.last_s = last_s
        told = kept.answer("all", at_s, lambda seen: msgspec.Raw(_told(seen)))
        assert msgspec.json.decode(told) == msgspec.json.decode(_told(plain))
    assert len(kept._past._along) > past_moments.KEPT_ALONG // 2, "states were kept along the log"


def test_a_kept_state_is_not_changed_by_what_goes_on_from_it(shop: tuple[Path, float]) -> None:
    folder, _ = shop
    reader = LogReader(folder)
    seen = Seen(Sight(reader).ask(None, lambda look: look.shop), reader)
    seen.take(reader.after(0, EVENTS // 2))
    kept = seen.kept()
    before = _told(kept.copied())
    other = kept.copied()
    other.take(reader.after(other.events, EVENTS))
    assert _told(other) != before
    assert _told(kept.copied()) == before == _told(seen)


def test_who_asks_for_many_moments_waits_and_nobody_else(
    shop: tuple[Path, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, last_s = shop
    poor = msgspec.structs.replace(LANES["person"], past_at_once=float(EVENTS), past_a_second=0.001)
    monkeypatch.setitem(LANES, "person", poor)
    sight = Sight(LogReader(folder))
    answered = _in_lane("viewer", lambda: [_asked(sight, last_s * n / 40) for n in range(1, 30)])
    assert answered[0] == "told"
    assert answered[-1] == "refused"
    assert _in_lane("viewer", lambda: sight.ask(None, lambda look: look.events)) >= EVENTS, "the present is free"
    assert _in_lane("admin", lambda: _asked(sight, last_s / 3)) == "told"


def test_the_present_is_told_while_a_moment_of_the_past_is_folded(shop: tuple[Path, float]) -> None:
    folder, last_s = shop
    sight, begun, go = Sight(LogReader(folder)), threading.Event(), threading.Event()

    def slow(seen: Seen) -> int:
        begun.set()
        assert go.wait(60.0)
        return seen.events

    reader = threading.Thread(target=lambda: sight.answer("slow", last_s / 2, slow))
    reader.start()
    assert begun.wait(60.0)
    assert sight.answer("floor", None, floor.floor)
    go.set()
    reader.join()


def _asked(sight: Sight, at_s: float) -> str:
    try:
        sight.answer("events", at_s, lambda seen: seen.events)
    except PastBudget as error:
        return "refused" if error.wait_s >= 1.0 else "refused for no time"
    return "told"


def _in_lane(role: Any, question: Callable[[], Any]) -> Any:
    """The answer, asked as somebody of that role."""
    found: list[Any] = []

    def ask() -> None:
        thread_lanes.enter(Caller("Ann", role, "id"))
        found.append(question())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]
