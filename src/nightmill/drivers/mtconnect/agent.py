"""The agent: an ASGI application over an ``ObservationBuffer``, and the reader that fills it from an SHDR adapter.

Requests as in MTConnect Standard part 1.0: ``/probe``, ``/current``, ``/sample``, ``/assets``, ``/asset/ID``, each also
below ``/DEVICE``; ``path`` (XPath over the device model), ``from``, ``count``, ``at``, ``to``, ``interval`` and ``heartbeat``
(a stream of ``multipart/x-mixed-replace`` parts). Nothing can be written through it.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from nightmill.drivers.limited_xml import local_name
from nightmill.drivers.mtconnect.buffer import ObservationBuffer, OutOfRange
from nightmill.drivers.mtconnect.documents import (
    Header,
    assets_document,
    devices_document,
    error_document,
    streams_document,
)
from nightmill.drivers.mtconnect.model import Device
from nightmill.drivers.mtconnect.shdr import ShdrParser
from nightmill.vocabulary.errors import BadInput

BOUNDARY = "nightmill-mtconnect"
MAX_COUNT, DEFAULT_COUNT, MAX_PATH, MAX_STREAMS = 100_000, 100, 1024, 64
HEARTBEAT_MS = 10_000
LINE_LIMIT = 1_100_000
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def timestamp() -> str:
    """Return the current UTC time in MTConnect's format."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Refused(Exception):
    """A request that can't be answered; ``code`` as in the standard."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


class Agent:
    """Answers MTConnect requests; an ASGI application."""

    def __init__(self, buffer: ObservationBuffer, *, sender: str = "nightmill", instance_id: int | None = None) -> None:
        self.buffer, self.sender = buffer, sender
        self.instance_id = int(time.time()) if instance_id is None else instance_id
        self._model_changed = timestamp()
        self._paths: dict[str, frozenset[str]] = {}
        self._streams = 0
        self._plain: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise Refused("UNSUPPORTED", "an agent can only be read", 405)
            await self._route(scope, receive, send)
        except Refused as refused:
            await _answer(send, error_document(self._header(), refused.code, refused.text), refused.status)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        words = [unquote(word) for word in scope["path"].split("/") if word]
        given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        query = {key: values[-1] for key, values in given.items()}
        device: Device | None = None
        if words and words[0] not in ("probe", "current", "sample", "asset", "assets"):
            device = self.buffer.model.device(words.pop(0))
            if device is None:
                raise Refused("NO_DEVICE", "no device has this name", 404)
        what = words.pop(0) if words else "probe"
        if what in ("asset", "assets"):
            await _answer(send, self._assets(words, query, device))
        elif words:
            raise Refused("INVALID_URI", f"there is nothing below {what}", 404)
        elif what == "probe":
            await _answer(send, devices_document(self._header(), self.buffer.model, device.uuid if device else None))
        elif what in ("current", "sample"):
            await self._streamed(what, query, device, receive, send)
        else:
            raise Refused("INVALID_URI", "use probe, current, sample or assets", 404)

    async def _streamed(
        self, what: str, query: dict[str, str], device: Device | None, receive: Receive, send: Send
    ) -> None:
        if "interval" not in query:
            document, _ = self._streams_answer(what, query, device)
            await _answer(send, document)
            return
        interval_ms = _number(query, "interval", 0, 0, 3_600_000)
        heartbeat_ms = _number(query, "heartbeat", HEARTBEAT_MS, 1, 3_600_000)
        if self._streams >= MAX_STREAMS:
            raise Refused("TOO_MANY", f"{MAX_STREAMS} streams are open", 503)
        first, following = self._streams_answer(what, query, device)
        self._streams += 1
        try:
            with contextlib.suppress(ConnectionError):
                await self._send_parts(
                    send, self._parts(what, query, device, first, following, interval_ms, heartbeat_ms), receive
                )
        finally:
            self._streams -= 1

    async def _send_parts(self, send: Send, parts: AsyncIterator[str], receive: Receive) -> None:
        kind = f"multipart/x-mixed-replace;boundary={BOUNDARY}"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        gone = asyncio.ensure_future(_left(receive))
        try:
            async for document in parts:
                if gone.done():
                    return
                raw = document.encode()
                head = f"\r\n--{BOUNDARY}\r\nContent-type: text/xml\r\nContent-length: {len(raw)}\r\n\r\n".encode()
                await send({"type": "http.response.body", "body": head + raw, "more_body": True})
            await send({"type": "http.response.body", "body": f"\r\n--{BOUNDARY}--\r\n".encode()})
        finally:
            gone.cancel()

    async def _parts(
        self,
        what: str,
        query: dict[str, str],
        device: Device | None,
        first: str,
        following: int,
        interval_ms: int,
        heartbeat_ms: int,
    ) -> AsyncIterator[str]:
        """Send the first document, then another whenever there are new observations and the interval has passed, or the heartbeat is due."""
        yield first
        news = asyncio.Event()
        deafen = self.buffer.listen(news.set)
        try:
            while True:
                if interval_ms:
                    await asyncio.sleep(interval_ms / 1000)
                if what == "current":
                    yield self._streams_answer(what, query, device)[0]
                    continue
                if following >= self.buffer.next_sequence:
                    news.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), heartbeat_ms / 1000)
                try:
                    document, following = self._streams_answer(what, query | {"from": str(following)}, device)
                except Refused as refused:
                    yield error_document(self._header(), refused.code, refused.text)
                    return
                yield document
        finally:
            deafen()

    def _streams_answer(self, what: str, query: dict[str, str], device: Device | None) -> tuple[str, int]:
        buffer = self.buffer
        wanted = self._wanted(query.get("path"), device)
        devices = None if device is None else [device.uuid]
        try:
            if what == "current":
                at = _number(query, "at", 0, 0, 1 << 63) if "at" in query else None
                if at is not None and "interval" in query:
                    raise Refused("INVALID_REQUEST", "'at' and 'interval' exclude each other")
                seen, following = buffer.current(at), buffer.next_sequence
            else:
                count = _number(query, "count", DEFAULT_COUNT, -MAX_COUNT, MAX_COUNT)
                if count == 0:
                    raise Refused("OUT_OF_RANGE", "'count' must not be 0", 404)
                start = _number(query, "from", 0, 0, 1 << 63) if "from" in query else None
                end = _number(query, "to", 0, 0, 1 << 63) if "to" in query else None
                seen = list(buffer.sample(start, count))
                if end is not None:
                    seen = [each for each in seen if each.sequence <= end]
                following = seen[-1].sequence + 1 if seen else (start or buffer.next_sequence)
        except OutOfRange as error:
            raise Refused("OUT_OF_RANGE", str(error), 404) from error
        if wanted is not None:
            seen = [each for each in seen if each.item.id in wanted]
        return streams_document(self._header(), seen, buffer.model, following=following, devices=devices), following

    def _assets(self, words: list[str], query: dict[str, str], device: Device | None) -> str:
        asked = [name for word in words for name in word.split(";") if name]
        stored = self.buffer.assets
        if asked:
            missing = [name for name in asked if name not in stored]
            if missing:
                raise Refused("ASSET_NOT_FOUND", f"no asset {', '.join(missing)}", 404)
            return assets_document(self._header(), [stored[name] for name in asked])
        count = _number(query, "count", DEFAULT_COUNT, 1, MAX_COUNT)
        with_removed = query.get("removed") == "true"
        chosen = [
            asset
            for asset in reversed(stored.values())
            if (with_removed or not asset.removed)
            and (device is None or asset.device == device.uuid)
            and query.get("type", asset.kind) == asset.kind
        ]
        return assets_document(self._header(), chosen[:count])

    def _wanted(self, path: str | None, device: Device | None) -> frozenset[str] | None:
        """Ids of the data items that an XPath selects: those that match, and all below matching components."""
        if path is None:
            return None if device is None else frozenset(item.id for item in device.items)
        key = f"{device.uuid if device else ''} {path}"
        if key not in self._paths:
            if len(self._paths) > 256:
                self._paths.clear()
            self._paths[key] = self._found(path, device)
        return self._paths[key]

    def _found(self, path: str, device: Device | None) -> frozenset[str]:
        from lxml import etree

        if len(path) > MAX_PATH:
            raise Refused("INVALID_PATH", f"more than {MAX_PATH} characters")
        if self._plain is None:
            document = devices_document(self._header(), self.buffer.model)
            self._plain = etree.fromstring(document.encode())
            for element in self._plain.iter(etree.Element):
                element.tag = local_name(element.tag)
        root = self._plain
        if device is not None:
            root = root.xpath("//Device[@uuid=$uuid]", uuid=device.uuid)[0]
            path = f".{path}" if path.startswith("/") else path
        try:
            found = root.xpath(path)
        except etree.XPathError as error:
            raise Refused("INVALID_PATH", f"{path}: {error}") from error
        if not isinstance(found, list) or not all(isinstance(each, etree._Element) for each in found):
            raise Refused("INVALID_PATH", f"{path} finds no elements")
        ids = {item.get("id") for each in found for item in each.iter("DataItem")}
        if not ids:
            raise Refused("INVALID_PATH", f"{path} finds no data items")
        return frozenset(ids)

    def _header(self) -> Header:
        buffer = self.buffer
        return Header(
            timestamp(),
            self._model_changed,
            self.instance_id,
            self.sender,
            buffer.size,
            buffer.asset_size,
            len([asset for asset in buffer.assets.values() if not asset.removed]),
            buffer.first_sequence,
            buffer.next_sequence - 1,
            buffer.next_sequence,
        )


async def read_adapter(buffer: ObservationBuffer, host: str, port: int, *, retry_s: float = 1.0) -> None:
    """Keep a connection to an SHDR adapter and fill the buffer from it, until cancelled.

    PING and PONG follow the adapter's interval: an adapter that hasn't answered for twice that long counts as lost, and all its items become UNAVAILABLE.
    """
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, limit=LINE_LIMIT)
        except OSError:
            await asyncio.sleep(retry_s)
            continue
        try:
            await _listen(buffer, reader, writer)
        except (OSError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            buffer.lose_adapter(timestamp())
        await asyncio.sleep(retry_s)


async def _listen(buffer: ObservationBuffer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    parser = ShdrParser(buffer.model.kinds, "adapter")
    writer.write(b"* PING\n")
    beat_s: float | None = None
    waiting = False
    while True:
        try:
            raw = await asyncio.wait_for(reader.readline(), beat_s)
        except TimeoutError:
            if waiting:
                raise
            writer.write(b"* PING\n")
            waiting = True
            continue
        except ValueError as error:
            raise ConnectionError("a line without end") from error
        if not raw:
            return
        waiting = False
        line = raw.decode("utf-8", errors="replace")
        if line.startswith("* PONG"):
            word = line[6:].strip()
            beat_s = max(0.1, int(word) / 1000) if word.isdigit() and len(word) < 9 else beat_s
            continue
        try:
            for said in parser.feed(line):
                buffer.take(said)
        except BadInput as error:
            buffer.wrong.append(str(error))


def _number(query: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, str(default))
    try:
        value = int(text[:20])
    except ValueError as error:
        raise Refused("INVALID_REQUEST", f"'{name}' must be a whole number") from error
    if not low <= value <= high:
        raise Refused("OUT_OF_RANGE", f"'{name}' must be from {low} to {high}", 404)
    return value


async def _answer(send: Send, document: str, status: int = 200) -> None:
    raw = document.encode()
    headers = [(b"content-type", b"text/xml; charset=utf-8"), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
