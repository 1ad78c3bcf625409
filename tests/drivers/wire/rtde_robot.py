"""A robot controller that speaks RTDE version 2, with the pallet program of docs/drivers.md in it."""

import socket
import struct
import threading
import time
from contextlib import suppress

HEADER = struct.Struct(">HB")
TYPES = {"input_int_register": "INT32", "output_int_register": "INT32", "robot_mode": "INT32", "safety_mode": "INT32"}
LETTERS = {"INT32": "i", "UINT32": "I", "DOUBLE": "d"}


class RtdeRobot:
    """Listens at ``port`` of the loopback; ``carried`` are the moves that the arm has made: job, from, to, pallet."""

    def __init__(self, move_s: float = 0.05, host: str = "127.0.0.1", port: int = 0) -> None:
        self.move_s = move_s
        self.registers: dict[str, int] = {}
        self.told = {"robot_mode": 7, "safety_mode": 1, "runtime_state": 2, "timestamp": 0}
        self.carried: list[tuple[int, int, int, int]] = []
        self.fault = 0
        self.stuck = False
        self.told_times = 0
        self._ends_s = 0.0
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Switch the controller off."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for thread in self._threads:
            thread.join(5.0)
        self._listener.close()

    def hang_up(self) -> None:
        """Drop all connections."""
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def forget(self) -> None:
        """What a restart of the controller does: inputs are empty, outputs are those of a program just begun."""
        with self._lock:
            self.registers.clear()

    @property
    def begun(self) -> int:
        """The job that the arm has begun last; 0 before the first."""
        return self.registers.get("output_int_register_24", 0)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            self._threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        outputs: list[str] = []
        inputs: list[str] = []
        running, every_s, rest = False, 0.04, b""
        try:
            while True:
                client.settimeout(every_s)
                try:
                    more = client.recv(4096)
                    if not more:
                        return
                    rest += more
                except TimeoutError:
                    pass
                while len(rest) >= 3 and len(rest) >= HEADER.unpack_from(rest)[0]:
                    size, kind = HEADER.unpack_from(rest)
                    payload, rest = rest[3:size], rest[size:]
                    if chr(kind) == "V":
                        answer = b"\x01" if payload == b"\x00\x02" else b"\x00"
                    elif chr(kind) == "v":
                        answer = struct.pack(">IIII", 5, 12, 0, 0)
                    elif chr(kind) == "O":
                        every_s = 1.0 / struct.unpack(">d", payload[:8])[0]
                        outputs = _names(payload[8:])
                        answer = b"\x01" + ",".join(map(_type, outputs)).encode()
                    elif chr(kind) == "I":
                        inputs = _names(payload)
                        answer = b"\x01" + ",".join(map(_type, inputs)).encode()
                    elif chr(kind) in "SP":
                        running, answer = chr(kind) == "S", b"\x01"
                    elif chr(kind) == "U":
                        form = struct.Struct(">" + "".join(LETTERS[_type(name)] for name in inputs))
                        with self._lock:
                            self.registers.update(zip(inputs, form.unpack(payload[1:]), strict=True))
                        continue
                    else:
                        continue
                    client.sendall(HEADER.pack(3 + len(answer), kind) + answer)
                self._work()
                if running:
                    client.sendall(self._data(outputs))
                    self.told_times += 1
        except OSError:
            return  # the client has left, or was dropped
        finally:
            client.close()

    def _data(self, outputs: list[str]) -> bytes:
        with self._lock:
            values = [self.told.get(name, self.registers.get(name, 0)) for name in outputs]
        body = b"\x01" + b"".join(struct.pack(">" + LETTERS[_type(n)], v) for n, v in zip(outputs, values, strict=True))
        return HEADER.pack(3 + len(body), ord("U")) + body

    def _work(self) -> None:
        """The program: begin a job that is new, end it when its time has come."""
        with self._lock:
            now, r = time.monotonic(), self.registers
            begun, ended = r.get("output_int_register_24", 0), r.get("output_int_register_25", 0)
            if begun == ended and r.get("input_int_register_24", 0) not in {0, begun}:
                r["output_int_register_24"] = r["input_int_register_24"]
                self._ends_s = now + self.move_s
            elif begun != ended and now >= self._ends_s and not self.stuck:
                names = [f"input_int_register_{n}" for n in (25, 26, 27)]
                self.carried.append((begun, *(r.get(name, 0) for name in names)))  # type: ignore[arg-type]
                r["output_int_register_26"], r["output_int_register_25"] = self.fault, begun


def _names(payload: bytes) -> list[str]:
    """A comma may also stand behind the last, as ``ur-rtde`` writes it."""
    return [name for name in payload.decode().split(",") if name]


def _type(name: str) -> str:
    if name == "runtime_state":
        return "UINT32"
    if name == "timestamp":
        return "DOUBLE"
    return next((kind for start, kind in TYPES.items() if name.startswith(start)), "NOT_FOUND")
