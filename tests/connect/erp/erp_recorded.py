"""Exchanges with ERP systems, as their interface descriptions give them: each request is looked for among the recorded ones."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Recorded:
    """Answers requests from a contract; ``asked`` keeps what was asked. A request that isn't in it is a failure."""

    def __init__(self, answers: Mapping[str, Any], page: int = 500) -> None:
        self.answers, self.page = dict(answers), page
        self.asked: list[tuple[str, Mapping[str, str], Any]] = []

    def __call__(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        parts = urlsplit(address)
        said = json.loads(body) if body else None
        key, start = f"{method} {unquote(parts.path)}", 0
        if "limit_start" in parts.query:
            start = int(parse_qs(parts.query)["limit_start"][0])
        json2 = parts.path.startswith("/json/2/")
        if json2:
            assert said is not None
            key, start = ".".join(parts.path.removeprefix("/json/2/").split("/")), said.get("offset", 0)
            assert headers["Authorization"].startswith("bearer ")
            assert headers["X-Odoo-Database"]
        if parts.path == "/jsonrpc":
            assert said is not None
            arguments = said["params"]["args"]
            key = f"{said['params']['service']}.{said['params']['method']}"
            if key == "object.execute_kw":
                key, start = f"{arguments[3]}.{arguments[4]}", arguments[6].get("offset", 0)
        self.asked.append((key, headers, said or parse_qs(parts.query)))
        assert key in self.answers, key
        found = self.answers[key]
        if callable(found):
            found = found(said)
        if json2 or parts.path == "/web/version":
            found = found[start : start + self.page] if key.endswith("search_read") else found
            return json.dumps(found).encode()
        if parts.path == "/jsonrpc":
            if isinstance(found, dict) and "error" in found:
                return json.dumps({"jsonrpc": "2.0", "id": 1, **found}).encode()
            found = found[start : start + self.page] if key.endswith("search_read") else found
            return json.dumps({"jsonrpc": "2.0", "id": 1, "result": found}).encode()
        return json.dumps({"data": found[start : start + self.page] if isinstance(found, list) else found}).encode()
