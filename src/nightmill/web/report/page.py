"""The page: an HTML shell that contains style, code and data, so that it makes no request."""

import html
import re
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from nightmill.plant.views import PartView, ShopView
from nightmill.web.report.mesh_encoding import packed, packed_paths

STYLES = ("tokens.css", "layout.css", "sections.css", "print.css")
SCRIPTS = (
    "elements.js",
    "words.js",
    "tables.js",
    "canvas.js",
    "plots.js",
    "mesh.js",
    "solid.js",
    "ways.js",
    "gantt.js",
    "outcome.js",
    "proof.js",
    "parts.js",
    "schedule.js",
    "quality.js",
    "machines.js",
    "money.js",
    "story.js",
    "screens.js",
)

MODULE_WORDS = re.compile(r"^import .*;\n|^export (?=function |const |async )", re.M)
"""Import and export keywords; the report joins all scripts in one scope without them."""

SCREENS = (
    ("outcome", "Outcome", "Outcome"),
    ("parts", "Parts", "Parts"),
    ("schedule", "Schedule", "Schedule"),
    ("orders", "Orders", "Orders"),
    ("quality", "Quality", "Quality"),
    ("machines", "Machines", "Machines"),
    ("stock", "Stock", "Stock"),
    ("money", "Money", "Money"),
    ("story", "Story", "Story of one part"),
    ("decisions", "Decisions", "Decisions"),
)
"""Every screen: its id, its name in the navigation bar, its title."""


def render_page(view: ShopView, *, comparison: dict[str, Any] | None = None) -> str:
    """Return the whole report of ``view`` as HTML that makes no request.

    ``comparison``: the figures of both policies, if both were run.
    """
    document = {
        "view": msgspec.structs.replace(view, parts=tuple(_packed(part) for part in view.parts)),
        "comparison": comparison,
    }
    return _filled(document, view.shop, SCREENS)


def render_plan(part: PartView) -> str:
    """Return the page of one plan as HTML: the part, its setups with fixtures and tool paths, its certificate."""
    document = {"plan": True, "view": {"parts": [_packed(part)], "orders": [], "currency": ""}}
    return _filled(document, part.name, (("parts", "Part", f"Plan of {part.name}"),))


def _packed(part: PartView) -> PartView:
    return msgspec.structs.replace(part, preview=packed(part.preview), paths=packed_paths(part.paths))


def _filled(document: dict[str, Any], title: str, screens: tuple[tuple[str, str, str], ...]) -> str:
    """Return the shell with its slots filled."""
    titles = [(name, html.escape(short), html.escape(long)) for name, short, long in screens]
    slots = {
        "title": html.escape(title),
        "first": titles[0][0],
        "nav": "\n".join(f'<a href="#{name}">{short}</a>' for name, short, _ in titles),
        "sections": "\n".join(
            f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{long}</h2>'
            '<div class="body"></div></section>'
            for name, _, long in titles
        ),
        "style": _assets(STYLES),
        "data": embedded(document),
        "script": _assets(SCRIPTS),
    }
    pieces = _asset("page.html").split("%%")
    return "".join(slots[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def embedded(document: Any) -> str:
    """Return JSON that is safe inside a script tag: no name, however hostile, can end the tag or begin a comment."""
    text = msgspec.json.encode(document).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _assets(names: tuple[str, ...]) -> str:
    return "\n".join(MODULE_WORDS.sub("", _asset(name)) for name in names)


@cache
def _asset(name: str) -> str:
    return (files("nightmill.web") / "assets" / name).read_text(encoding="utf-8")
