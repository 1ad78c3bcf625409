"""The stream: every event once and in order, however often a client comes back, while the log grows or is replaced."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from api_sample import write_log  # type: ignore[import-not-found]
from litestar.testing import TestClient

from nightmill.api import AppSettings, create_app
from nightmill.api.screens.shop_at_moment import Look
from nightmill.api.stream.event_stream import BATCH, Tail, follow, position
from nightmill.api.stream.log_reader import LogReader
from nightmill.vocabulary.events import Event


def read(text: str) -> list[tuple[int, str]]:
    """(id, alarm) of each server-sent event with data, by the rules of WHATWG HTML 9.2.6."""
    found: list[tuple[int, str]] = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "data" in fields and "event" not in fields:
            found.append((int(fields["id"]), msgspec.json.decode(fields["data"])["fact"]["alarm"]))
    return found


def test_the_stream_has_the_whole_log(shop: Path, look: Look, signed: Callable[..., dict[str, str]]) -> None:
    with TestClient(create_app(shop, AppSettings(look=look)), base_url="http://127.0.0.1") as client:
        client.headers.update(signed())
        answer = client.get("/api/stream?follow=false")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert read(answer.text) == [(n, f"a{n}") for n in range(1, 8)]


def test_who_does_not_say_that_it_listens_is_let_go(
    shop: Path, look: Look, signed: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightmill.api.app.QUIET_S", 0.05)
    with TestClient(create_app(shop, AppSettings(look=look, poll_s=0.01)), base_url="http://127.0.0.1") as client:
        client.headers.update(signed())
        assert len(read(client.get("/api/stream?after=3").text)) == 4


@pytest.mark.parametrize("seen", range(8))
def test_it_resumes_after_any_position_without_gap_or_repeat(
    shop: Path, look: Look, signed: Callable[..., dict[str, str]], seen: int
) -> None:
    with TestClient(create_app(shop, AppSettings(look=look)), base_url="http://127.0.0.1") as client:
        client.headers.update(signed())
        again = client.get("/api/stream?follow=false", headers={"Last-Event-ID": str(seen)})
        assert [n for n, _ in read(again.text)] == list(range(seen + 1, 8))
        assert client.get(f"/api/stream?follow=false&after={seen}").text == again.text


@pytest.mark.parametrize("wrong", ["x", "-1", "1.5", "٣", "1 2"])
def test_a_position_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="Last-Event-ID"):
        position(wrong)


def test_a_wrong_position_is_a_problem_document(shop: Path, look: Look, signed: Callable[..., dict[str, str]]) -> None:
    with TestClient(create_app(shop, AppSettings(look=look)), base_url="http://127.0.0.1") as client:
        client.headers.update(signed())
        answer = client.get("/api/stream?follow=false", headers={"Last-Event-ID": "nowhere"})
        assert answer.status_code == 400
        assert "Last-Event-ID" in answer.json()["detail"]


def test_it_follows_a_log_that_grows_in_batches(shop: Path) -> None:
    async def watch() -> list[int]:
        seen: list[int] = []
        source = follow(Tail(LogReader(shop), 0.01), 0)
        async for message in source:
            seen += [n for n, _ in read(message.decode())]
            if seen and seen[-1] == 7 and len(seen) == 7:
                write_log(shop, 8, BATCH + 40)
            if len(seen) >= 7 + BATCH + 40:
                break
        return seen

    assert asyncio.run(asyncio.wait_for(watch(), 120)) == list(range(1, 7 + BATCH + 41))


def test_a_new_run_resets_the_client(shop: Path) -> None:
    async def watch() -> list[bytes]:
        found: list[bytes] = []
        async for message in follow(Tail(LogReader(shop), 0.01), 0):
            found.append(message)
            if b"id: 7\n" in message:
                for file in (shop / ".nightmill").glob("log.sqlite*"):
                    file.rename(file.with_name("old-" + file.name))
                write_log(shop, 101, 2)
            if b"a102" in message:
                return found
        return found

    found = asyncio.run(asyncio.wait_for(watch(), 120))
    reset = next(k for k, message in enumerate(found) if message.startswith(b"event: reset"))
    assert [n for m in found[:reset] for n, _ in read(m.decode())] == [1, 2, 3, 4, 5, 6, 7]
    assert [name for m in found[reset:] for _, name in read(m.decode())] == ["a101", "a102"]


class Counting(LogReader):
    """Counts how often events are read."""

    reads = 0

    def after(self, seq: int, limit: int) -> tuple[Event, ...]:
        self.reads += 1
        return super().after(seq, limit)


def test_what_is_new_is_read_once_however_many_listen(shop: Path) -> None:
    reader = Counting(shop)

    async def listener(tail: Tail, after: int) -> list[int]:
        seen: list[int] = []
        async for message in follow(tail, after):
            seen += [n for n, _ in read(message.decode())]
            if seen and seen[-1] == 12:
                break
        return seen

    async def watch() -> list[list[int]]:
        tail = Tail(reader, 0.01)
        await tail.look()
        assert (tail.last, reader.reads) == (7, 0)
        writing = asyncio.create_task(asyncio.to_thread(write_log, shop, 8, 5))
        found = await asyncio.gather(*(listener(tail, 7) for _ in range(20)))
        await writing
        return found

    found = asyncio.run(asyncio.wait_for(watch(), 120))
    assert found == [[8, 9, 10, 11, 12]] * 20
    assert reader.reads == 1


@pytest.mark.parametrize("kept", [1, 3, 100])
def test_who_is_behind_what_is_kept_reads_on_from_the_log(
    shop: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightmill.api.stream.event_stream.KEPT", kept)

    async def watch() -> list[int]:
        seen: list[int] = []
        more = [(8, 1), (9, 6), (15, 2)]
        async for message in follow(Tail(LogReader(shop), 0.01), 2):
            seen += [n for n, _ in read(message.decode())]
            if more and seen and seen[-1] == more[0][0] - 1:
                write_log(shop, *more.pop(0))
            if seen and seen[-1] == 16:
                break
        return seen

    assert asyncio.run(asyncio.wait_for(watch(), 120)) == list(range(3, 17))


def test_nobody_is_ahead_of_the_tail(shop: Path) -> None:
    async def watch() -> str:
        tail = Tail(LogReader(shop), 60.0)
        await tail.look()
        write_log(shop, 8, 5)  # seen by the next look, which is a while away
        source = follow(tail, 0, endless=False)
        return "".join([m.decode() async for m in source])

    text = asyncio.run(asyncio.wait_for(watch(), 120))
    assert "event: reset" not in text
    assert [n for n, _ in read(text)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_position_beyond_the_log_begins_anew(shop: Path) -> None:
    async def watch() -> str:
        return "".join([m.decode() async for m in follow(Tail(LogReader(shop), 0.01), 900, endless=False)])

    text = asyncio.run(asyncio.wait_for(watch(), 120))
    assert "event: reset" in text
    assert [n for n, _ in read(text)] == [1, 2, 3, 4, 5, 6, 7]
