"""Contracts: recorded requests to an ERP system with its answers, one exchange per line of JSON, without keys.

A contract recorded against a real system shows how it behaves, and a test replays it. The format of an exchange::

    {"request": {"method", "path", "query", "headers", "body"}, "answer": {"status", "body"}}

``query`` and ``body`` are stored as JSON if they are JSON. The system's address is left out; user, key and database are
replaced by ``<user>``, ``<key>`` and ``<database>``. The records themselves are kept as they are.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nightmill.drivers.erp.port import Answer, Ask
from nightmill.vocabulary.errors import BadInput, Finding


def recorded(ask: Ask, file: Path, secrets: Mapping[str, str]) -> Ask:
    """Wrap ``ask`` so that each exchange is added to a file as soon as it is answered; ``secrets`` maps placeholders to the texts to hide.

    Raises ``BadInput`` if the file can't be written.
    """
    try:
        file.write_text("", encoding="utf-8")
    except OSError as error:
        finding = Finding(str(file), "", str(error.strerror), "a file that can be written", "Choose another place.")
        raise BadInput(finding) from error

    def asked(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = ask(method, address, headers, body)
        told = {"status": answer.status, "body": hidden(_read(answer.body.decode(errors="replace")), secrets)}
        line = {"request": request_of(method, address, headers, body, secrets), "answer": told}
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        return answer

    return asked


def request_of(
    method: str, address: str, headers: Mapping[str, str], body: bytes | None, secrets: Mapping[str, str]
) -> dict[str, Any]:
    """Return a request in the format of a contract."""
    parts = urlsplit(address)
    said = {
        "method": method,
        "path": parts.path.replace("%20", " "),
        "query": {name: _read(value) for name, value in parse_qsl(parts.query, keep_blank_values=True)},
        "headers": dict(headers),
        "body": None if body is None else _read(body.decode()),
    }
    found: dict[str, Any] = hidden(said, secrets)
    return found


def hidden(value: Any, secrets: Mapping[str, str]) -> Any:
    """Return a JSON value with every text replaced that is a secret or contains the key; user and key in a header are replaced too."""
    if isinstance(value, dict):
        return {
            name: _credentials(each, secrets) if name == "Authorization" else hidden(each, secrets)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [hidden(each, secrets) for each in value]
    if isinstance(value, str):
        for placeholder, secret in secrets.items():
            if secret and value == secret:
                return placeholder
        key = secrets.get("<key>")
        return value.replace(key, "<key>") if key else value
    return value


def _credentials(text: str, secrets: Mapping[str, str]) -> str:
    scheme, _, given = text.partition(" ")
    for placeholder, secret in secrets.items():
        given = given.replace(secret, placeholder) if secret else given
    return f"{scheme} {given}"


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
