"""Read a shop's scheduling problem, or a record of one, from a JSON file or a shop folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document
from nightmill.plant.shop_schedule.whole_plan import problem_of
from nightmill.scheduling import records
from nightmill.vocabulary.errors import BadInput, Finding

MOST_NUMBER = 1e12
"""Upper bound for any time, cost or count in a shop (30,000 years in seconds)."""

OF_A_SHOP = ("operations", "orders", "presence", "pallets")
"""Keys that don't occur in classic instances."""


def is_problem(text: str) -> bool:
    """Return whether a JSON text is a shop's scheduling problem rather than a classic instance."""
    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return "jobs" not in keys and not keys.keys().isdisjoint(OF_A_SHOP)


def read_problem(file: Path) -> records.ShopProblem:
    """Return the problem in a JSON file, or the remaining work in a shop folder. Raises ``BadInput``."""
    if file.is_dir():
        return problem_of(file)
    return read_as(file, records.ShopProblem)


def work_left(file: Path) -> records.ShopProblem:
    """Return the problem, and check that something is left to make. Raises ``BadInput``."""
    problem = read_problem(file)
    if not problem.operations:
        raise BadInput(Finding(str(file), "orders", "nothing left to make", "an open order", "Add one to its orders."))
    return problem


def read_as(file: Path, kind: Any) -> Any:
    """Read a record from a JSON file. Raises ``BadInput`` with the position of the error."""
    text = read_document(file)
    try:
        found = msgspec.json.decode(text, type=kind)
        beyond = next(_implausible(msgspec.json.decode(text), "$"), None)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        what, _, place = str(error).partition(" - at ")
        keys = ", ".join(getattr(kind, "__struct_fields__", ())) if not place else ""
        expected = f"JSON with the keys {keys}, as in docs/scheduling.md" if keys else "JSON as in docs/scheduling.md"
        raise BadInput(Finding(str(file), place.strip("`"), what, expected, "Correct the file.")) from error
    if beyond is not None:
        place, number = beyond
        expected = f"a number from {-MOST_NUMBER:g} to {MOST_NUMBER:g}"
        raise BadInput(Finding(str(file), place, str(number)[:40], expected, "Correct it."))
    return found


def _implausible(value: Any, place: str) -> Iterator[tuple[str, float]]:
    """Yield the implausibly large numbers in a document, with their positions."""
    if isinstance(value, float | int):
        if abs(value) > MOST_NUMBER:
            yield place, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _implausible(each, f"{place}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _implausible(each, f"{place}[{number}]")
