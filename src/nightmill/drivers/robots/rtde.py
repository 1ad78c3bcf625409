"""The client side of Real-Time Data Exchange (RTDE), protocol version 2, of Universal Robots' controllers.

Packages: length (uint16, including itself), kind (uint8), payload; big-endian (Universal Robots, "Real-Time Data Exchange
(RTDE) Guide", e-Series, sections "Protocol details" and "Field types"). ``ur-rtde`` isn't used because it has no wheels for Python
versions after 3.12.
"""

import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence

from nightmill.vocabulary.errors import EnvironmentFailed, Finding

PORT = 30004
VERSION = 2
REQUEST_VERSION, DATA = ord("V"), ord("U")
SETUP_OUTPUTS, SETUP_INPUTS, START = ord("O"), ord("I"), ord("S")
HEADER = struct.Struct(">HB")
FORMATS = {"BOOL": "?", "UINT8": "B", "UINT32": "I", "UINT64": "Q", "INT32": "i", "DOUBLE": "d"}
"""Struct formats of the scalar types; vectors aren't used."""
TIMEOUT_S = 2.0
Values = Mapping[str, float]
_Failed = Callable[[str, str], EnvironmentFailed]


class RtdeLink:
    """A connection: ``read`` the controller's outputs, ``write`` its input registers. Raises ``EnvironmentFailed`` if it fails.

    The controller assigns each input to one client at a time; ``close`` releases it.
    """

    def __init__(
        self, host: str, outputs: Sequence[str], inputs: Sequence[str], *, port: int = PORT, hz: float = 25.0
    ) -> None:
        self.place = f"rtde {host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), TIMEOUT_S)
        except OSError as error:
            raise self._failed(str(error), "an RTDE server") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        try:
            if self._ask(REQUEST_VERSION, struct.pack(">H", VERSION)) != b"\x01":
                raise self._failed("the version is refused", f"RTDE version {VERSION}")
            self._outputs = self._recipe(SETUP_OUTPUTS, struct.pack(">d", hz), outputs)
            self._inputs = self._recipe(SETUP_INPUTS, b"", inputs) if inputs else None
            if self._ask(START, b"") != b"\x01":
                raise self._failed("it doesn't start", "data")
        except EnvironmentFailed:
            self.close()
            raise

    def read(self) -> dict[str, float]:
        """Return the controller's next outputs, after everything already received; never older than this call."""
        self._drain()
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            kind, payload = self._package()
            if kind == DATA:
                return self._outputs.read(payload, self._failed)
        raise self._failed("it provides none of the outputs", "data")

    def write(self, values: Values) -> None:
        """Set inputs, all in the same cycle of the controller."""
        if self._inputs is None:
            raise self._failed("no inputs were requested", "inputs")
        self._send(DATA, self._inputs.packed(values))

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _recipe(self, kind: int, before: bytes, names: Sequence[str]) -> "_Recipe":
        answer = self._ask(kind, before + ",".join(names).encode())
        types = answer[1:].decode("ascii", "replace").split(",")
        wrong = [f"{n} is {t}" for n, t in zip(names, types, strict=False) if t not in FORMATS]
        if wrong or len(types) != len(names):
            raise self._failed(", ".join(wrong) or f"{len(types)} types", f"registers {', '.join(names)}")
        return _Recipe(answer[0], tuple(names), struct.Struct(">" + "".join(FORMATS[t] for t in types)), tuple(types))

    def _ask(self, kind: int, payload: bytes) -> bytes:
        self._send(kind, payload)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            found, answer = self._package()
            if found == kind and answer:
                return answer
        raise self._failed(f"no answer to {chr(kind)}", "an answer")

    def _send(self, kind: int, payload: bytes) -> None:
        try:
            self._socket.sendall(HEADER.pack(HEADER.size + len(payload), kind) + payload)
        except OSError as error:
            raise self._failed(str(error), "a connection") from error

    def _package(self) -> tuple[int, bytes]:
        while (whole := self._whole()) is None:
            try:
                more = self._socket.recv(65536)
            except OSError as error:
                raise self._failed(str(error), "data") from error
            if not more:
                raise self._failed("it closed the connection", "a connection")
            self._rest += more
        return whole

    def _whole(self) -> tuple[int, bytes] | None:
        """Return the first complete package."""
        if len(self._rest) < HEADER.size:
            return None
        size, kind = HEADER.unpack_from(self._rest)
        if size < HEADER.size:
            raise self._failed(f"a package of {size} bytes", f"at least {HEADER.size}")
        if len(self._rest) < size:
            return None
        payload, self._rest = self._rest[HEADER.size : size], self._rest[size:]
        return kind, payload

    def _drain(self) -> None:
        """Discard everything received so far."""
        self._socket.setblocking(False)
        try:
            while more := self._socket.recv(65536):
                self._rest += more
        except BlockingIOError:
            pass  # everything received has been read
        except OSError as error:
            raise self._failed(str(error), "data") from error
        finally:
            self._socket.settimeout(TIMEOUT_S)
        while self._whole() is not None:
            continue

    def _failed(self, found: str, expected: str) -> EnvironmentFailed:
        return EnvironmentFailed(Finding(self.place, "", found, expected, "Check the robot and its network."))


class _Recipe:
    """The numbers that a data package holds."""

    def __init__(self, number: int, names: tuple[str, ...], form: struct.Struct, types: tuple[str, ...]) -> None:
        self._number, self._names, self._form, self._types = number, names, form, types

    def read(self, payload: bytes, failed: _Failed) -> dict[str, float]:
        if len(payload) != 1 + self._form.size or payload[0] != self._number:
            raise failed(f"a data package of {len(payload)} bytes", f"recipe {self._number} of {1 + self._form.size}")
        return dict(zip(self._names, self._form.unpack(payload[1:]), strict=True))

    def packed(self, values: Values) -> bytes:
        numbers = (
            values[name] if kind == "DOUBLE" else int(values[name])
            for name, kind in zip(self._names, self._types, strict=True)
        )
        return bytes([self._number]) + self._form.pack(*numbers)
