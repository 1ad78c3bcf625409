"""Send raw bytes to the server: not HTTP, incomplete HTTP, or HTTP with nonsense; none may cause a server error.

``python campaigns/raw_requests.py [--requests N] [--seed S]``: a shop is served as by ``nightmill serve``; each case is
one connection with a request made of wrong methods, paths, percent signs, queries, headers, cookies, lengths, encodings
and bodies (bytes that aren't UTF-8, thousands of brackets, numbers out of range, surrogates, NUL), signed in or not.
Failures: a status of 500 or above except 503, a connection that is neither answered nor closed within ``MOST_S``, and a
server that no longer answers. All traffic stays on the loopback interface.
"""

import argparse
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from served import prepared, served

from nightmill.plant.requests import Access

MOST_S = 2.0
PATHS = (
    "/", "/health", "/openapi.json", "/metrics", "/signin", "/api/session", "/api/me", "/api/view", "/api/orders", "/api/events",
    "/api/stream", "/api/proposals", "/api/import/orders", "/api/parts", "/api/screens/floor", "/api/screens/part/nosuch",
    "/api/screens/picture", "/api/screens/chart", "/api/screens/why", "/api/late/A-1", "/api/promise", "/api/sites", "/api/night",
    "/api/holds", "/api/jobs/0123456789abcdef", "/part/nosuch", "/floor", "/assets/0/control_room/main.js", "/nowhere", "*",
)  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "BREW", "G\x00T", "")
QUERIES = (
    "", "?at=1", "?at=nan", "?at=-1", "?at=1e400", "?at=1&at=2", "?limit=0", "?limit=99999999999999999999", "?after=%ff%fe", "?x=%",
    "?x=%zz", "?" + "a=1&" * 3000, "?family=%00", "?family=" + "x" * 9000, "?part=%F0%9F%94%A7&quantity=1e5", "?serial=%ED%A0%80&operation=x",
    "?code=%ff", "?follow=false", "?follow=maybe", "?preview=2", "?command_id=%0a", "?name=..%2f..%2fx", "?override[]=1", "?seq=2",
)  # fmt: skip
BODIES = (
    b"", b"{}", b"[]", b"null", b"\xff", b'{"name":"\xff","password":"x"}', b"[" * 60_000, b'{"a":' * 20_000, b'{"command_id":"c","command":null}',
    b'{"name":"a","password":"' + b"x" * 300 + b'"}', b'{"name":"\\ud800","password":"correct horse"}', b"NaN", b'{"command_id":1e999}',
    b'{"command_id":"c","command":{"kind":"check","unit":"mill-1","resource":"coolant","level":1e308}}',
    b'{"command_id":"c","command":{"kind":"order","order":"=1+1","part":"bracket","quantity":1,"due_s":-1}}',
    b'{"command_id":"c","command":{"kind":"order","order":"A\xe2\x80\xae1","part":"bracket","quantity":99999999999999999999,"due_s":1}}',
    b"order,item,quantity,due\nA,bracket,1,2026-11-03\n", b"PK\x03\x04" + b"\x00" * 100, b"ISO-10303-21;\nHEADER;\n", b"\x00" * 5000,
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"why":"\x00"}', b"0" * 70_000,
)  # fmt: skip
TYPES = (
    "",
    "application/json",
    "text/csv",
    "multipart/form-data",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "\xff",
    "a/b; c",
)


def request(rng: random.Random, port: int, tokens: list[str]) -> bytes:
    """Return one request, valid or not."""
    if rng.random() < 0.05:
        return rng.choice(
            (
                rng.randbytes(rng.randrange(1, 400)),
                b"\r\n" * 50,
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"GET / HTTP/9.9\r\n\r\n",
            )
        )
    method = rng.choice(METHODS) if rng.random() < 0.5 else rng.choice(("GET", "POST"))
    path, body = rng.choice(PATHS) + rng.choice(QUERIES), rng.choice(BODIES)
    if rng.random() < 0.1:
        path = rng.choice(
            (
                path + "%",
                path + "/%2e%2e",
                path + "\xe4",
                "//" + path,
                path.replace("/", "%2f"),
                path + "#x",
                "http://else/" + path,
            )
        )
    lines = [f"{method} {path} HTTP/1.{rng.choice('110')}"]
    if rng.random() < 0.95:
        lines.append(
            f"Host: {rng.choice(('127.0.0.1', 'localhost', 'evil.example', '', '127.0.0.1:' + str(port), '[::1]:x'))}"
        )
    way = rng.random()
    if way < 0.6:
        lines.append(f"Authorization: Bearer {rng.choice(tokens)}")
    elif way < 0.7:
        lines.append(
            f"Authorization: {rng.choice(('Bearer', 'Basic YTpi', 'Bearer ' + 'x' * 3000, 'Bearer ' + chr(255), 'Bearer a.b.c'))}"
        )
    elif way < 0.8:
        lines.append(
            f"Cookie: nightmill={rng.choice((*tokens, '', chr(0), 'a=b; c', chr(228)))}; nightmill-device={rng.choice(tokens)}"
        )
    kind = rng.choice(TYPES)
    if kind:
        lines.append(f"Content-Type: {kind}")
    length = rng.choice(
        (str(len(body)), str(len(body)), str(len(body)), "0", "-1", "x", "9" * 30, str(len(body) + 5), "1e3")
    )
    chunked = rng.random() < 0.15
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        body = rng.choice(
            (
                b"0\r\n\r\n",
                b"5\r\nabcde\r\n0\r\n\r\n",
                b"zz\r\n",
                b"ffffffffffffffff\r\n",
                b"1\r\na",
                b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
            )
        )
    if not chunked or rng.random() < 0.1:
        lines.append(f"Content-Length: {length}")
    more = (
        "Accept: text/event-stream", "Last-Event-ID: x", "Last-Event-ID: 99999999999999999", "Range: bytes=0-", "If-None-Match: *",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13", "Expect: 100-continue",
        "Origin: null", "Origin: http://127.0.0.1", "Accept-Encoding: gzip", "X-Forwarded-For: 1.2.3.4", "X: " + "y" * 20_000, "Sec-Fetch-Site: cross-site",
        "Content-Encoding: gzip", "Accept: \xff",
    )  # fmt: skip
    lines += rng.sample(more, rng.randrange(3))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def asked(port: int, sent: bytes) -> tuple[int, float]:
    """Return the status (0: none, the connection was closed; -1: neither an answer nor a close), and the time, s."""
    began, answer = time.monotonic(), b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=MOST_S / 2) as connection:
            connection.sendall(sent)
            ended = False
            while not answer.startswith(b"HTTP/1.1 ") or len(answer) < 12:
                try:
                    piece = connection.recv(4096)
                except TimeoutError:
                    if ended:
                        raise
                    ended = True  # the server waits for the rest of a request that announced more: tell it that nothing more comes
                    connection.shutdown(socket.SHUT_WR)
                    continue
                if not piece:
                    return 0, time.monotonic() - began
                answer += piece
    except TimeoutError:
        return -1, time.monotonic() - began
    except OSError:
        return 0, time.monotonic() - began
    return int(answer[9:12]), time.monotonic() - began


def campaign(port: int, tokens: list[str], requests: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Return how often each status occurred, and all faults."""
    statuses, wrong = Counter[int](), list[str]()
    for number in range(requests):
        sent = request(random.Random(f"{seed} {number}"), port, tokens)
        status, took = asked(port, sent)
        if status == -1:  # the request is repeated once, in case the computer was busy
            status, took = asked(port, sent)
        statuses[status] += 1
        if status >= 500 and status != 503:
            wrong.append(f"request {number}: {status}: {sent[:120]!r}")
        if status == -1:
            wrong.append(f"request {number}: neither answered nor closed in {took:.1f} s: {sent[:120]!r}")
        if number % 100 == 99 and asked(port, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")[0] not in (200, 429):
            wrong.append(f"request {number}: the server doesn't answer any more")
            break
    return statuses, wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="nightmill-raw-") as home:
        shop = Path(home) / "shop"
        prepared(shop)
        access = Access(shop)
        tokens = [access.issue(role, role).token for role in ("viewer", "operator", "engineer", "admin", "agent")]
        with served(shop, "--light") as address:
            port = int(address.split("//127.0.0.1:")[1].split("/")[0])
            statuses, wrong = campaign(port, tokens, chosen.requests, chosen.seed)
    for status, count in sorted(statuses.items()):
        print(f"{status or 'ended':>6} {count}")
    for each in wrong:
        print(each, file=sys.stderr)
    print(f"{sum(statuses.values())} requests, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
