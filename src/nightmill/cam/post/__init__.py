"""Posts: turn a toolpath into the program for a control. Each control is one module here with one class, found by its name."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from nightmill.cam.post.planned_program import planned_program
from nightmill.cam.post.refused_moves import ended_before, first_line_through
from nightmill.cam.post.writer import Post, Posted, PostError, PostOptions
from nightmill.cam.toolpath.toolpath import TOOLPATH_SUFFIX, Toolpath, decoded

__all__ = [
    "TOOLPATH_SUFFIX", "Post", "PostError", "PostOptions", "Posted", "Toolpath", "decoded", "ended_before", "first_line_through",
    "planned_program", "pockets_of", "post_named", "post_names",
]  # fmt: skip

LAST_POCKET = 99
"""Highest pocket number that is common for magazines and turrets; a lathe's T word has two digits for the station."""


@lru_cache(maxsize=1)
def _posts() -> dict[str, type[Post]]:
    """Return every post by its name: the named classes in this package's modules."""
    found: dict[str, type[Post]] = {}
    for each in iter_modules(__path__):
        module = import_module(f"{__name__}.{each.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Post) and value.__module__ == module.__name__:
                found |= {value.name: value} if "name" in vars(value) else {}
    return dict(sorted(found.items()))


def post_names() -> tuple[str, ...]:
    """Return the names of all posts in alphabetical order."""
    return tuple(_posts())


def post_named(name: str) -> type[Post]:
    """Return the post for a control. Raises ``KeyError`` if there is none."""
    return _posts()[name]


def pockets_of(tools: Iterable[int]) -> dict[int, int]:
    """Return pocket or station by tool number: the tool numbers themselves if all are 1 to 99, else 1, 2, ... in the order given."""
    order = list(dict.fromkeys(tools))
    if all(1 <= number <= LAST_POCKET for number in order):
        return {number: number for number in order}
    if len(order) > LAST_POCKET:
        raise PostError(f"{len(order)} tools: at most {LAST_POCKET}")
    return {number: pocket for pocket, number in enumerate(order, start=1)}
