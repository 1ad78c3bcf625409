"""The control room's files: one shell for all screens, native modules and styles, served as they lie in the package."""

import hashlib
from functools import cache
from importlib.resources import files

import msgspec

from nightmill.plant import PartView
from nightmill.web.meshes import packed, packed_paths

SHARED = ("elements.js", "words.js", "tables.js", "canvas.js", "plots.js", "mesh.js", "solid.js", "ways.js", "proof.js")
"""Modules that the report holds too, where ``page.py`` puts them one after the other."""
TYPES = {".js": "text/javascript", ".css": "text/css"}


class RoomPages:
    """What ``api`` serves beside the read models."""

    def shell(self) -> str:
        """The HTML of every page: navigation by plain links, and no data of the shop."""
        return _text("room/index.html").replace("/assets/", f"/assets/{version()}/")

    def version(self) -> str:
        """A mark of all assets: what is asked for by it may be kept for good."""
        return version()

    def asset(self, name: str) -> tuple[str, str] | None:
        """Text and media type of a script or style that the page may ask for."""
        if name not in names():
            return None
        return _text(name), TYPES[name[name.rindex(".") :]]

    def picture(self, part: PartView) -> PartView:
        """The part with its mesh and paths packed for the page."""
        return msgspec.structs.replace(part, preview=packed(part.preview), paths=packed_paths(part.paths))


@cache
def names() -> frozenset[str]:
    """Every script and style of the control room, by the name under ``/assets/``."""
    room = (entry.name for entry in (files("nightmill.web") / "assets" / "room").iterdir())
    own = (f"room/{name}" for name in room if name.endswith((".js", ".css")))
    return frozenset({*own, *SHARED, "tokens.css"})


@cache
def version() -> str:
    """The first twelve digits of the SHA-256 of all assets."""
    body = "".join(f"{name}\0{_text(name)}" for name in sorted(names()))
    return hashlib.sha256(body.encode()).hexdigest()[:12]


@cache
def _text(name: str) -> str:
    return (files("nightmill.web") / "assets" / name).read_text(encoding="utf-8")
