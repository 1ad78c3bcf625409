"""Compare the API's latency at a steady rate with that of a bare Litestar application in the same run.

``python benchmarks/api_latency.py SHOP [--rate R] [--seconds S] [--rounds N]``: SHOP must have a log; run ``nightmill
run SHOP --pace 60`` at the same time to measure the API while the loop runs. Both applications are served by uvicorn,
each in a separate process. Requests are sent over persistent connections at fixed times, whether or not earlier answers
have arrived; latency is measured from the time at which a request was due. The bare application has one route that
returns a small struct, with no token, log or rate limits. Prints one JSON line with the ratios.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from nightmill.plant.requests import Access

BARE = """
import msgspec, socket, uvicorn
from litestar import Litestar, get
class Me(msgspec.Struct, frozen=True):
    name: str
    role: str
    may: tuple[str, ...]
@get("/api/me")
async def me() -> Me:
    return Me("Ann", "viewer", ("read",))
listener = socket.socket(proto=socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(Litestar([me], openapi_config=None), log_level="error")).run(sockets=[listener])
"""
OURS = """
import socket, sys, uvicorn
from pathlib import Path
from nightmill.api import AppSettings, create_app
from nightmill.web.control_room.serve import SWITCH_S
listener = socket.socket(proto=socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.setswitchinterval(SWITCH_S)
fast = {role: (1e6, 1e6) for role in ("agent", "", "person")}
app = create_app(Path(sys.argv[1]), AppSettings(rates=fast))
uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listener])
"""
CONNECTIONS = 32


def main() -> None:
    """Measure both, round by round, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--rate", type=float, default=1000.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds per round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    token = Access(options.shop).issue("bench", "viewer").token
    servers = [_server(BARE), _server(OURS, str(options.shop))]
    asked = {
        "bare": (servers[0][1], "/api/me"),
        "me": (servers[1][1], "/api/me"),
        "holds": (servers[1][1], "/api/holds"),
        "orders": (servers[1][1], "/api/orders"),
        "proposals": (servers[1][1], "/api/proposals?limit=20"),
    }
    try:
        found = {name: list[float]() for name in asked}
        for _ in range(options.rounds):
            for name, (port, path) in asked.items():
                found[name] += asyncio.run(_round(port, path, token, options.rate, options.seconds))
    finally:
        for process, _ in servers:
            process.terminate()
            process.wait(20)
    p50, p99 = ({name: _quantile(times, q) for name, times in found.items()} for q in (0.5, 0.99))
    answer = {
        "rate": options.rate,
        "requests": {name: len(times) for name, times in found.items()},
        "p50_ratio_to_bare": {name: round(p50[name] / p50["bare"], 2) for name in asked},
        "p99_ratio_to_bare": {name: round(p99[name] / p99["bare"], 2) for name in asked},
        "share_within_5_ms": {
            name: round(sum(t <= 0.005 for t in times) / len(times), 4) for name, times in found.items()
        },
    }
    print(json.dumps(answer))


def _server(program: str, *words: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def _round(port: int, path: str, token: str, rate: float, seconds: float) -> list[float]:
    """Return the latencies (s) of one round; the first tenth is for warming up and isn't counted."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    due: asyncio.Queue[float] = asyncio.Queue()
    times: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            at = await due.get()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head.split(b"\r\n", 1)[0], head[:200]
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            times.append(time.perf_counter() - at)
            due.task_done()

    tasks = [asyncio.create_task(connection()) for _ in range(CONNECTIONS)]
    begin = time.perf_counter() + 0.3
    for n in range(int(rate * seconds)):
        at = begin + n / rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait(at)
    await asyncio.wait_for(due.join(), 60)
    for task in tasks:
        task.cancel()
    return times[len(times) // 10 :]


def _quantile(times: list[float], q: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


if __name__ == "__main__":
    main()
