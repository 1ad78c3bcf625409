"""The socket over which a controller finds, queries and stops a gateway: the messages of docs/drivers.md, one controller at a time."""

import asyncio
import secrets
import time
from typing import Literal
from typing import Protocol as TypingProtocol

import msgspec

from nightmill.drivers.station import Answer
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding

LINE_LIMIT = 64 * 1024 * 1024


class Question(msgspec.Struct, frozen=True):
    """Any request; ``repeat`` asks the gateway to resend reports that were lost over the protocol."""

    ask: Literal["hello", "greet", "submit", "evidence", "advance", "image", "shutdown"]
    token: str = ""
    command: AnyCommand | None = None
    command_id: str = ""
    until_s: float = 0.0
    acknowledged_seq: int = 0
    name: str = ""
    repeat: bool = False


class Protocol(TypingProtocol):
    """The protocol's side of a gateway; a request that the protocol carries itself need not be answered here."""

    async def start(self) -> list[tuple[str, str]]:
        """Open all servers; return their protocol names and URLs."""

    async def stop(self) -> None:
        """Close them."""

    async def greet(self) -> Greeting:
        """``Cell.greet``."""

    async def submit(self, command: AnyCommand) -> Acknowledgement:
        """``Cell.submit``."""

    async def evidence(self, command_id: str) -> str:
        """``Cell.evidence``."""

    async def image(self, name: str) -> bytes:
        """``Cell.image``."""

    async def advance(self, until_s: float, acknowledged_seq: int, *, repeat: bool) -> tuple[Advance, int]:
        """Advance the shop and publish its reports; return the time reached, without the reports, and the last one published."""


_QUESTIONS = msgspec.json.Decoder(Question)
_ENCODER = msgspec.json.Encoder()


class ControlServer:
    """Serves one controller after another until ``ending``, or until none has connected for ``idle_s``."""

    def __init__(self, protocol: Protocol, ending: asyncio.Event, *, idle_s: float) -> None:
        self._protocol, self._ending, self._idle_s = protocol, ending, idle_s
        self.token = secrets.token_hex(16)
        self._busy = False
        self._alone_since = time.monotonic()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0, limit=LINE_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def serve(self) -> None:
        """Return when it is time to stop."""
        while not self._ending.is_set():
            try:
                await asyncio.wait_for(self._ending.wait(), 0.5)
            except TimeoutError:
                if not self._busy and time.monotonic() - self._alone_since > self._idle_s:
                    break
        self._server.close()
        for writer in list(self._writers):
            writer.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        mine = False
        try:
            first = _QUESTIONS.decode(await reader.readline())
            refusal = self._refusal(first)
            writer.write(_line(Answer(failed=(refusal,)) if refusal else Answer()))
            if refusal is not None:
                return
            mine = self._busy = True
            while line := await reader.readline():
                writer.write(_line(await self._answer(line)))
                await writer.drain()
        except (ConnectionError, ValueError, *UNREADABLE):
            pass
        finally:
            if mine:
                self._busy, self._alone_since = False, time.monotonic()
            self._writers.discard(writer)
            writer.close()

    def _refusal(self, question: Question) -> Finding | None:
        if question.ask != "hello" or not secrets.compare_digest(question.token, self.token):
            return Finding("gateway", "token", "a wrong token", "the one in gateway.json", "Read that file again.")
        if self._busy:
            found = "a controller is connected"
            return Finding("gateway", "connection", found, "one at a time", "End the other one first.")
        return None

    async def _answer(self, line: bytes) -> Answer:
        try:
            question = _QUESTIONS.decode(line)
            return await self._reply(question)
        except UNREADABLE as error:
            return Answer(wrong=(Finding("gateway", "question", str(error), "a question", "Correct the client."),))
        except BadInput as error:
            return Answer(wrong=error.findings)
        except EnvironmentFailed as error:
            return Answer(failed=error.findings)

    async def _reply(self, question: Question) -> Answer:
        protocol = self._protocol
        match question.ask:
            case "greet":
                return Answer(greeting=await protocol.greet())
            case "submit" if question.command is not None:
                return Answer(acknowledgement=await protocol.submit(question.command))
            case "evidence":
                return Answer(evidence=await protocol.evidence(question.command_id))
            case "image":
                return Answer(image=await protocol.image(question.name))
            case "advance":
                moved, published = await protocol.advance(
                    question.until_s, question.acknowledged_seq, repeat=question.repeat
                )
                return Answer(advance=moved, published=published)
            case "shutdown":
                self._ending.set()
        return Answer()


def _line(answer: Answer) -> bytes:
    return _ENCODER.encode(answer) + b"\n"
