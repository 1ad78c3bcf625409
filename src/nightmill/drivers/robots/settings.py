"""Read a shop's ``robots.toml``: which robots are arms with their own controllers, and how they number the shop's places."""

import tomllib
from typing import Annotated

import msgspec
from msgspec import Meta

from nightmill.drivers.robots.rtde import PORT
from nightmill.vocabulary.errors import BadInput, Finding


class ArmSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One arm. ``places``: the number of each work unit and of the pool in its program.

    A move that takes longer than ``longest_s`` real seconds counts as failed.
    """

    unit: str
    host: str
    places: dict[str, Annotated[int, Meta(ge=0, le=2**31 - 1)]]
    port: Annotated[int, Meta(ge=1, le=65535)] = PORT
    longest_s: Annotated[float, Meta(gt=0.0)] = 120.0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    robots: tuple[ArmSettings, ...]


def read_arms(text: str, robots: set[str], places: set[str], file: str = "robots.toml") -> tuple[ArmSettings, ...]:
    """Return the arms in a ``robots.toml``: each is one of the shop's ``robots``, listed once, and numbers all ``places`` for pallets.

    Raises ``BadInput`` with all mistakes.
    """
    try:
        arms = msgspec.convert(tomllib.loads(text), _File).robots
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        remedy = "Write it as docs/drivers.md describes."
        raise BadInput(Finding(file, "robots", str(error), "robots with places", remedy)) from error
    findings = []
    named = [arm.unit for arm in arms]
    for number, arm in enumerate(arms):
        place = f"robots[{number}]"
        if arm.unit not in robots or named.count(arm.unit) > 1:
            expected = f"one of {', '.join(sorted(robots))}, each once"
            findings.append(Finding(file, f"{place}.unit", arm.unit, expected, "Name a robot of the shop."))
        missing, unknown = sorted(places - arm.places.keys()), sorted(arm.places.keys() - places)
        if missing or unknown:
            found = "; ".join(
                f"{word} {', '.join(names)}" for word, names in (("lacks", missing), ("has", unknown)) if names
            )
            expected = f"one number for each of {', '.join(sorted(places))}"
            findings.append(Finding(file, f"{place}.places", found, expected, "Number exactly these places."))
        if len(set(arm.places.values())) < len(arm.places):
            findings.append(
                Finding(
                    file,
                    f"{place}.places",
                    "a number given twice",
                    "a different number for each place",
                    "Correct the numbers.",
                )
            )
    if findings:
        raise BadInput(*findings)
    return arms
