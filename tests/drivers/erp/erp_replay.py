"""A server that replays a contract strictly: what isn't in it, or is asked more often than it is in it, is a failure."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from nightmill.drivers.erp import Ask, Erp, ErpNext, Odoo, ask_over_http, request_of

CONTRACTS = Path(__file__).parent / "contracts"
SECRETS = {"<key>": "s3cret", "<user>": "nightmill-user", "<database>": "pump-works"}
TRANSPORT = {"host", "accept-encoding", "content-length", "connection", "user-agent"}
"""Headers that any HTTP client sends."""

Line = dict[str, Any]


def contract(name: str) -> tuple[Line, list[Line]]:
    """The head and the lines of a contract: a recorded one has no head."""
    lines = [json.loads(line) for line in (CONTRACTS / name).read_text(encoding="utf-8").splitlines()]
    head = {} if "request" in lines[0] else lines.pop(0)
    return head, lines


def system(name: str, url: str, page: int = 500, ask: Ask = ask_over_http) -> Erp:
    """The adapter of a contract's system, which its name begins with."""
    user, key, database = SECRETS["<user>"], SECRETS["<key>"], SECRETS["<database>"]
    if name.startswith("erpnext"):
        return ErpNext(url, user, key, ask, page)
    return Odoo(url, database, user, key, ask, page)


class Server(ThreadingHTTPServer):
    """Answers each request with the first of its exchanges that isn't used yet; ``always`` is the answer to what ``lines`` lack."""

    def __init__(self, lines: list[Line], always: Line | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.left, self.always = list(lines), always
        self.unexpected: list[Line] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def answer(self, asked: Line) -> Line:
        for line in self.left:
            if same(line["request"]) == same(asked):
                self.left.remove(line)
                found: Line = line["answer"]
                return found
        if self.always is not None:
            return self.always
        self.unexpected.append(asked)
        return {"status": 599, "body": f"not in the contract: {json.dumps(asked)}"}


class Handler(BaseHTTPRequestHandler):
    """One request, in the form of a contract."""

    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size else None
        answer = self.server.answer(request_of(self.command, self.path, dict(self.headers), body, SECRETS))
        told = answer["body"] if isinstance(answer["body"], str) else json.dumps(answer["body"])
        self.send_response(answer["status"])
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.encode()) + answer.get("missing", 0)))
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def same(request: Mapping[str, Any]) -> Line:
    """A request with its headers as they count: names in any case, without those of the transport."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    return {**request, "headers": {name: headers[name] for name in sorted(headers.keys() - TRANSPORT)}}


@contextmanager
def served(lines: list[Line], always: Line | None = None) -> Iterator[Server]:
    """A server on this machine for as long as the block runs."""
    server = Server(lines, always)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
