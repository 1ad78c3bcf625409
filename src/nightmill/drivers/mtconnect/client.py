"""A client of any MTConnect agent: reads its documents, follows it by sequence number and notices every gap.

``follow`` yields each observation once and in order. If the agent has already dropped the next observation, or has restarted
(another ``instance_id``), it yields a ``Gap`` first and continues from ``current``, so that the loss is known.
"""

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element

import msgspec

from nightmill.drivers.limited_xml import MAX_BYTES, local_name, parse_xml, refused
from nightmill.drivers.mtconnect.model import DeviceModel
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

CATEGORIES = {"Samples": "SAMPLE", "Events": "EVENT", "Condition": "CONDITION"}


class Seen(msgspec.Struct, frozen=True):
    """One observation as a client reads it. ``value``: its text, or the level of a condition; ``entries`` of a set or table."""

    sequence: int
    time: str
    device: str
    item: str
    name: str
    category: str
    element: str
    value: str
    text: str = ""
    native_code: str = ""
    sub_type: str = ""
    entries: dict[str, str | dict[str, str] | None] | None = None
    reset: str = ""


class Streams(msgspec.Struct, frozen=True):
    """A Streams document: the state of its agent, and its observations in order."""

    instance_id: int
    first_sequence: int
    last_sequence: int
    next_sequence: int
    observations: tuple[Seen, ...]


class Gap(msgspec.Struct, frozen=True):
    """Observations from ``expected`` up to ``found`` (not included) are no longer available; ``why`` gives the reason."""

    expected: int
    found: int
    why: str


class AgentSaid(Exception):
    """An Error document; ``code`` as in the standard."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


def read_streams(document: bytes | str, source: str = "agent") -> Streams:
    """Read a Streams document. Raises ``AgentSaid`` for an Error document, ``BadInput`` for anything else."""
    root = parse_xml(document, source)
    kind = local_name(root.tag)
    if kind == "MTConnectError":
        errors = [each for each in root.iter() if local_name(each.tag) == "Error"]
        said = errors[0] if errors else Element("Error")
        raise AgentSaid(said.get("errorCode", "UNKNOWN"), said.text or "")
    header = next((each for each in root if local_name(each.tag) == "Header"), None)
    if kind != "MTConnectStreams" or header is None:
        raise refused(source, kind, "MTConnectStreams with a Header")
    try:
        instance, first, last, following = (
            int(header.get(name, "")) for name in ("instanceId", "firstSequence", "lastSequence", "nextSequence")
        )
        seen = sorted(_observations(root), key=lambda each: each.sequence)
    except ValueError as error:
        raise refused(source, str(error), "whole numbers") from error
    return Streams(instance, first, last, following, tuple(seen))


def _observations(root: Element) -> Iterator[Seen]:
    for device in (each for each in root.iter() if local_name(each.tag) == "DeviceStream"):
        uuid = device.get("uuid", "")
        for group in (each for each in device.iter() if local_name(each.tag) in CATEGORIES):
            for element in group:
                yield _observation(element, uuid, CATEGORIES[local_name(group.tag)])


def _observation(element: Element, device: str, category: str) -> Seen:
    get, tag, text = element.get, local_name(element.tag), (element.text or "").strip()
    entries: dict[str, str | dict[str, str] | None] | None = None
    if tag.endswith(("DataSet", "Table")) and text != "UNAVAILABLE":
        entries = {entry.get("key", ""): _entry(entry) for entry in element if local_name(entry.tag) == "Entry"}
    return Seen(
        int(get("sequence", "")),
        get("timestamp", ""),
        device,
        get("dataItemId", ""),
        get("name", ""),
        category,
        get("type", tag) if category == "CONDITION" else tag,
        tag.upper() if category == "CONDITION" else text,
        text,
        get("nativeCode", ""),
        get("subType", ""),
        entries,
        get("resetTriggered", ""),
    )


def _entry(entry: Element) -> str | dict[str, str] | None:
    if entry.get("removed") == "true":
        return None
    cells = {cell.get("key", ""): cell.text or "" for cell in entry if local_name(cell.tag) == "Cell"}
    return cells or entry.text or ""


class AgentClient:
    """One connection to an agent at ``url``. Raises ``EnvironmentFailed`` if nothing answers there."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        parts = urlsplit(url)
        self._url, self._base = url, parts.path.rstrip("/")
        self._link = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 5000, timeout=timeout_s)

    def probe(self) -> DeviceModel:
        """Return the agent's device model."""
        return DeviceModel(self._get("/probe"), self._url)

    def current(self, path: str = "", at: int | None = None) -> Streams:
        """Return the state of all items, or of those that ``path`` (XPath over the model) selects, now or at a sequence number."""
        return read_streams(self._get("/current" + _query({"path": path, "at": "" if at is None else str(at)})))

    def sample(self, start: int, count: int = 1000, path: str = "") -> Streams:
        """Up to ``count`` observations from sequence number ``start``. Raises ``AgentSaid`` with OUT_OF_RANGE if that is no longer available."""
        return read_streams(self._get("/sample" + _query({"from": str(start), "count": str(count), "path": path})))

    def stream(
        self, start: int, *, interval_ms: int = 0, heartbeat_ms: int = 10_000, count: int = 1000
    ) -> Iterator[Streams]:
        """Yield documents as the agent pushes them, until the connection ends. Raises ``EnvironmentFailed`` if it breaks inside a document."""
        asked = {"from": str(start), "interval": str(interval_ms), "heartbeat": str(heartbeat_ms), "count": str(count)}
        with self._asked("/sample" + _query(asked)) as response:
            if "multipart" not in response.headers.get("content-type", ""):
                read_streams(self._whole(response))
                raise refused(self._url, "one document", "a multipart stream")
            for document in self._parts(response):
                yield read_streams(document)

    def follow(self, start: int | None = None, instance_id: int | None = None) -> Iterator[Seen | Gap]:
        """Yield every observation from ``start`` (default: the oldest available) until there is nothing new, with a ``Gap`` for each loss.

        Give the ``instance_id`` that ``start`` belongs to, so that a restart of the agent is noticed.
        """
        life = self.current()
        if start is None:
            start = life.first_sequence
        elif instance_id is not None and life.instance_id != instance_id:
            yield Gap(start, life.first_sequence, "the agent was restarted")
            start = life.first_sequence
        while True:
            try:
                streams = self.sample(start)
            except AgentSaid as said:
                if said.code != "OUT_OF_RANGE":
                    raise
                life = self.current()
                if start >= life.next_sequence:
                    if start == life.next_sequence:
                        return
                    yield Gap(start, life.first_sequence, "the agent was restarted")
                    start = life.first_sequence
                    continue
                yield Gap(start, life.first_sequence, "the agent's buffer no longer holds them")
                start = life.first_sequence
                continue
            for seen in streams.observations:
                if seen.sequence > start:
                    yield Gap(start, seen.sequence, "the agent skipped numbers")
                if seen.sequence >= start:
                    yield seen
                    start = seen.sequence + 1
            if start >= streams.next_sequence and start > streams.last_sequence:
                return
            start = max(start, streams.next_sequence)

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _get(self, path: str) -> bytes:
        with self._asked(path) as response:
            return self._whole(response)

    def _whole(self, response: http.client.HTTPResponse) -> bytes:
        """One complete document. Raises ``EnvironmentFailed`` if the agent dies before it has sent all of it."""
        try:
            data = response.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            self._link.close()
            raise self._broken(error) from error
        if len(data) > MAX_BYTES:
            raise refused(self._url, "a larger document", f"at most {MAX_BYTES} bytes")
        if response.length:
            self._link.close()
            raise self._broken(ConnectionResetError(f"a document without its last {response.length} bytes"))
        return data

    def _asked(self, path: str) -> http.client.HTTPResponse:
        for again in (True, False):
            try:
                self._link.request("GET", self._base + path, headers={"Accept": "text/xml"})
                if again and self._link.sock is not None:
                    self._link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._link.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self._link.close()
                if not again:
                    raise self._broken(error) from error
        raise AssertionError

    def _parts(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        """Yield the bodies of a multipart stream by their Content-length. Raises ``EnvironmentFailed`` if the agent dies inside one."""
        while True:
            try:
                line = response.readline(65536)
                if not line:
                    return
                if not line.lower().startswith(b"content-length:"):
                    continue
                size = _size(line)
                while (line := response.readline(65536)) not in (b"\r\n", b"\n", b""):
                    pass
                body = response.read(size)
            except (OSError, http.client.HTTPException) as error:
                raise self._broken(error) from error
            if len(body) < size:
                raise self._broken(ConnectionResetError(f"{len(body)} of {size} bytes of a document"))
            yield body

    def _broken(self, error: Exception) -> EnvironmentFailed:
        found = str(error) or type(error).__name__
        return EnvironmentFailed(Finding(self._url, "agent", found, "an answer", "Start the agent."))


def _query(values: dict[str, str]) -> str:
    said = "&".join(f"{key}={quote(value, safe='')}" for key, value in values.items() if value)
    return f"?{said}" if said else ""


def _size(line: bytes) -> int:
    """Return the length in a part's Content-length line, checked against the limit."""
    try:
        size = int(line.split(b":", 1)[1])
    except ValueError as error:
        raise refused("stream", repr(line), "a length") from error
    if not 0 <= size <= MAX_BYTES:
        raise refused("stream", f"{size} bytes", f"at most {MAX_BYTES}")
    return size
