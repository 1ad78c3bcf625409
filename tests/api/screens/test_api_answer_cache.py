"""Answers are written once a state of the shop, and are never older than what was durable when they were asked for."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from screens_sample import append, sample_shop  # type: ignore[import-not-found]

from nightmill.api.screens.answer_cache import Answers
from nightmill.plant.proposals import Desk
from nightmill.plant.views import view_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e


def test_an_answer_is_given_again_until_its_mark_changes() -> None:
    made: list[str] = []

    async def ask() -> None:
        answers, mark = Answers(), ["first"]
        for word in ("first", "first", "second", "second"):
            mark[0] = word
            await answers.of("name", lambda: mark[0], lambda: made.append(mark[0]))
        await answers.of("other", lambda: mark[0], lambda: made.append("other"))

    asyncio.run(ask())
    assert made == ["first", "second", "other"]


def test_without_a_mark_only_those_who_asked_before_it_was_begun_share_an_answer() -> None:
    made: list[int] = []

    async def ask() -> list[bytes]:
        answers = Answers()

        def make() -> int:
            made.append(len(made))
            return made[-1]

        first = asyncio.create_task(answers.of("name", lambda: None, make))
        await asyncio.sleep(0)
        late = [asyncio.create_task(answers.of("name", lambda: None, make)) for _ in range(5)]
        return [await first, *[await each for each in late], await answers.of("name", lambda: None, make)]

    assert asyncio.run(ask()) == [b"0", *[b"1"] * 5, b"2"]


def test_an_error_is_nobodys_answer_but_the_askers() -> None:
    async def ask() -> bytes:
        answers = Answers()
        with pytest.raises(ZeroDivisionError):
            await answers.of("name", lambda: "mark", lambda: 1 // 0)
        return await answers.of("name", lambda: "mark", lambda: 7)

    assert asyncio.run(ask()) == b"7"


def test_no_answer_is_older_than_what_was_durable_when_it_was_asked_for(tmp_path: Path) -> None:
    shop = sample_shop(tmp_path / "shop")
    desk, durable, ended, newest = Desk(shop), [1], [], [0]

    def write() -> None:
        store = SqliteEventStore(shop / ".nightmill" / "log.sqlite")
        for n in range(120):
            event = e.Event(0, 600.0, "software", e.OrderReceived(f"N-{n}", "bracket", 1, 9000.0, 1))
            store.append([event], expected_version=store.version())
            durable[0] += 1
            if n % 40 == 20:
                for _ in range(60_000):  # until somebody has been told of it, however slow that is
                    if newest[0] >= durable[0]:
                        break
                    time.sleep(0.001)
        store.close()
        ended.append(True)

    async def asker(answers: Answers, seen: list[int]) -> None:
        while not ended:
            least = durable[0]
            found = len(msgspec.json.decode(await answers.of("orders", desk.following.written, desk.orders)))
            assert found >= least
            seen.append(found)
            newest[0] = max(newest[0], found)
            await asyncio.sleep(0.0005)

    async def ask() -> list[int]:
        answers, seen = Answers(), list[int]()
        desk.orders()  # what is made once for all questions
        await asyncio.gather(asyncio.to_thread(write), *(asker(answers, seen) for _ in range(4)))
        return seen

    assert len(set(asyncio.run(ask()))) > 2


def test_orders_are_those_of_the_whole_view(tmp_path: Path) -> None:
    shop = sample_shop(tmp_path / "shop")
    desk = Desk(shop)
    assert desk.orders() == view_shop(shop).orders
    append(shop, [(1600.0, e.OrderReceived("O-9", "clamp_body", 2, 9000.0, 1))])
    assert desk.orders() == view_shop(shop).orders
    assert [order.state for order in desk.orders()] == ["late", "open"]
