"""The control room's files: one shell for all screens, native modules and styles, served from the package.

They contain no data of the shop, so anybody may fetch them; every other request goes to the API.
"""

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from nightmill.plant.views import PartView
from nightmill.web.report.mesh_encoding import packed, packed_paths

SCREENS = ("floor", "schedule", "part", "quality", "machines", "stock", "money", "night")
SHARED = ("elements.js", "words.js", "tables.js", "canvas.js", "plots.js", "mesh.js", "solid.js", "ways.js", "proof.js")
"""Modules that the report contains too, where ``page.py`` joins them into one script."""
TYPES = {".js": "text/javascript", ".css": "text/css"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HOSTS = ("127.0.0.1", "localhost", "[::1]")
_PAGE = re.compile(rf"/(?:(?:{'|'.join(SCREENS)})/?|part/[^/]+)?")
_ASSET = re.compile(r"/assets/([0-9a-f]+)/(.+)")

_TYPES = re.compile(r"/\*\*.*?\*/[ \n]?", re.S)
_COMMENTS = re.compile(r"^ *//.*\n", re.M)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class WithPages:
    """An ASGI application that serves the shell and the assets, and passes every other request to ``api``."""

    def __init__(self, api: App) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        found = _found(scope) if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} else None
        if found is None:
            await self._api(scope, receive, send)
            return
        text, headers = found
        request_headers = dict(scope["headers"])
        body = text.encode()
        if b"gzip" in request_headers.get(b"accept-encoding", b""):
            body, headers = _gzipped(text), {**headers, "content-encoding": "gzip"}
        named = {
            **headers,
            "content-length": str(len(body)),
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        raw = [(name.encode(), value.encode()) for name, value in named.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _found(scope: Scope) -> tuple[str, dict[str, str]] | None:
    """Return text and headers of a page or an asset; ``None`` for any other path or host name."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    if re.sub(r":\d+$", "", host) not in HOSTS:
        return None
    path = str(scope["path"])
    if _PAGE.fullmatch(path):
        return shell(), {
            "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY, "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
        }  # fmt: skip
    match = _ASSET.fullmatch(path)
    if match is None or match[2] not in names():
        return None
    kept = "public, max-age=31536000, immutable" if match[1] == version() else "no-cache"
    kind = TYPES[match[2][match[2].rindex(".") :]]
    return asset(match[2]), {"content-type": f"{kind}; charset=utf-8", "cache-control": kept}


def shell() -> str:
    """Return the HTML of every page: navigation by plain links, and no data of the shop."""
    return _text("control_room/index.html").replace("/assets/", f"/assets/{version()}/")


@cache
def asset(name: str) -> str:
    """Return a script or style as sent to browsers: the file of the package without type annotations and comment lines."""
    text = _text(name)
    return _COMMENTS.sub("", _TYPES.sub("", text)) if name.endswith(".js") else text


def picture(part: PartView) -> PartView:
    """Return the part with its mesh and paths encoded for the page."""
    return msgspec.structs.replace(part, preview=packed(part.preview), paths=packed_paths(part.paths))


@cache
def names() -> frozenset[str]:
    """Return the names of all scripts and styles of the control room, as used under ``/assets/VERSION/``."""
    room = (entry.name for entry in (files("nightmill.web") / "assets" / "control_room").iterdir())
    own = (f"control_room/{name}" for name in room if name.endswith((".js", ".css")))
    return frozenset({*own, *SHARED, "tokens.css"})


@cache
def version() -> str:
    """Return the first twelve digits of the SHA-256 of all assets; files requested under it may be cached for ever."""
    body = "".join(f"{name}\0{_text(name)}" for name in sorted(names()))
    return hashlib.sha256(body.encode()).hexdigest()[:12]


@cache
def _text(name: str) -> str:
    return (files("nightmill.web") / "assets" / name).read_text(encoding="utf-8")


@cache
def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)
