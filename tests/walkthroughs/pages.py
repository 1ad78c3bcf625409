"""The pages of ``docs`` that tell a user what to type, taken apart into what they write and what they run."""

import re
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "tutorial.md", *sorted(DOCS.glob("how-to/*.md")))
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: text of the file ``name`` where it has one, else lines for a shell."""

    name: str
    text: str


def blocks(page: str) -> list[Block]:
    """The blocks that a reader of ``page`` (Markdown) writes or runs, in order; others are pictures of output."""
    return [Block(name, text) for kind, name, text in _BLOCK.findall(page) if name or kind == "sh"]


def dead_links(page: Path) -> list[str]:
    """Links of ``page`` to files that aren't there."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [link for link in found if "://" not in link and not (page.parent / link).exists()]
