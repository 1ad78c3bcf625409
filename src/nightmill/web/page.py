"""The page: a shell of HTML with style, code and data inside, so that it asks nothing of anybody."""

import html
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from nightmill.plant import ShopView
from nightmill.web.meshes import packed

STYLES = ("tokens.css", "layout.css", "sections.css", "print.css")
SCRIPTS = (
    "elements.js",
    "words.js",
    "tables.js",
    "canvas.js",
    "plots.js",
    "mesh.js",
    "solid.js",
    "gantt.js",
    "outcome.js",
    "parts.js",
    "schedule.js",
    "quality.js",
    "machines.js",
    "money.js",
    "story.js",
    "screens.js",
    "live.js",
)


def render_page(
    view: ShopView, *, comparison: dict[str, Any] | None = None, live: bool = False, at_s: float | None = None
) -> str:
    """The whole page of ``view`` as HTML.

    ``comparison``: the figures of both policies, where both were run. ``live``: the page follows ``/api/stream``;
    else it makes no request at all. ``at_s``: the moment of the past that it shows, s of shop time.
    """
    parts = tuple(msgspec.structs.replace(part, preview=packed(part.preview)) for part in view.parts)
    document = {
        "view": msgspec.structs.replace(view, parts=parts),
        "comparison": comparison,
        "live": live and at_s is None,
        "served": live,
        "at_s": at_s,
    }
    slots = {
        "title": html.escape(view.shop),
        "connect": "'self'" if live else "'none'",
        "style": _assets(STYLES),
        "data": embedded(document),
        "script": _assets(SCRIPTS),
    }
    shell = _asset("page.html")
    pieces = shell.split("%%")
    return "".join(slots[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def embedded(document: Any) -> str:
    """JSON that is safe inside a script tag: no name, however hostile, can end the tag or begin a comment."""
    text = msgspec.json.encode(document).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _assets(names: tuple[str, ...]) -> str:
    return "\n".join(_asset(name) for name in names)


@cache
def _asset(name: str) -> str:
    return (files("nightmill.web") / "assets" / name).read_text(encoding="utf-8")
