"""The registry of failure modes: the shop's ``failure_modes.toml``, or the shipped file.

The registry lists how mills fail, the signals that show each failure, the remedy and the spare parts needed. Causes in the log are names
from the registry.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.workspace.shipped_defaults import own_or_shipped
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

NAME = "failure_modes.toml"
NONE = "none"
"""The cause of a false alarm: nothing was found."""
SIGNALS = ("vibration_mm_s", "spindle_load_pct", "temperature_c", "roughness_um")
"""Signals that every mill reports; a registry may use other signals only if its top-level ``signals`` lists them."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MADE = "Write it as docs/maintenance.md describes."


class FailureMode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which a mill fails: the signals that show it, the remedy, and spare parts by item. ``sensor``: only a sensor failed; the
    machine itself is sound.
    """

    name: str
    title: str = ""
    signals: tuple[str, ...] = ()
    remedy: str = ""
    spare_parts: dict[str, int] = {}
    sensor: bool = False


_KEYS = FailureMode.__struct_fields__
_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "title": (str, "text"),
    "signals": (list, "a list of signals"),
    "remedy": (str, "text"),
    "spare_parts": (dict, "a table of items and quantities"),
    "sensor": (bool, "true or false"),
}


def read_failure_modes(folder: Path, shop: Shop) -> tuple[FailureMode, ...]:
    """Return the modes of the shop in ``folder``. Raises ``BadInput`` with everything that is wrong in its file."""
    path = folder / NAME
    try:
        text = own_or_shipped(path)
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(Finding(str(path), "", str(error), "TOML in UTF-8", _MADE)) from error
    wrong: list[Finding] = []
    modes = _checked(str(path), document, shop, wrong)
    if wrong:
        raise BadInput(*wrong)
    return modes


def wears(modes: Iterable[FailureMode], cause: str) -> bool | None:
    """Return whether a repair with this cause renews the worn parts, i.e. the cause is a mode that signals can show. None for an unknown
    cause.
    """
    mode = next((each for each in modes if each.name == cause), None)
    return bool(mode.signals) and not mode.sensor if mode else None


def known_cause(folder: Path, cause: str, modes: Iterable[FailureMode]) -> None:
    """Raise ``BadInput`` for a cause that is neither a mode of the registry nor ``none``."""
    known = [mode.name for mode in modes] + [NONE]
    if cause not in known:
        finding = Finding(str(folder), "cause", repr(cause), f"one of {', '.join(known)}", _guess(cause, known))
        raise BadInput(finding)


def _checked(file: str, document: dict[str, Any], shop: Shop, wrong: list[Finding]) -> tuple[FailureMode, ...]:
    tops = ("modes", "signals")
    strange = [key for key in document if key not in tops]
    wrong += [Finding(file, key, "an unknown key", " or ".join(tops), _guess(key, tops)) for key in strange]
    more, rows = document.get("signals", []), document.get("modes", [])
    if not isinstance(more, list) or not all(isinstance(each, str) for each in more):
        wrong.append(Finding(file, "signals", repr(more)[:80], "a list of text", _MADE))
        more = []
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        wrong.append(Finding(file, "modes", repr(rows)[:80], "at least one [[modes]] table", _MADE))
        return ()
    signals = (*SIGNALS, *more)
    items = [*(item.item for item in shop.items), *(f"tool:{kind.tool.number}" for kind in shop.tools)]
    found, names = [], set[str]()
    for number, row in enumerate(rows, 1):
        place = f"mode {row.get('name') or number}"
        before = len(wrong)
        _row(file, place, row, wrong)
        if len(wrong) > before:
            continue
        mode = msgspec.convert(row, FailureMode)
        if mode.name in names or mode.name == NONE:
            wrong.append(Finding(file, place, repr(mode.name), "a unique name other than none", "Rename it."))
        names.add(mode.name)
        for signal in mode.signals:
            if signal not in signals:
                expected = f"one of {', '.join(signals)}"
                wrong.append(Finding(file, f"{place}: signals", repr(signal), expected, _guess(signal, signals)))
        for item in mode.spare_parts:
            if item not in items:
                remedy = _guess(item, items, "Add it to items.csv.")
                wrong.append(Finding(file, f"{place}: spare_parts", repr(item), "an item of the shop", remedy))
        found.append(mode)
    return tuple(found)


def _row(file: str, place: str, row: dict[str, Any], wrong: list[Finding]) -> None:
    """Check keys and value types of one mode."""
    for key, value in row.items():
        if key not in _KEYS:
            wrong.append(Finding(file, f"{place}: {key}", "an unknown key", ", ".join(_KEYS), _guess(key, _KEYS)))
        elif not isinstance(value, _TYPES[key][0]):
            wrong.append(Finding(file, f"{place}: {key}", repr(value)[:80], _TYPES[key][1], _MADE))
    name = row.get("name", "")
    if isinstance(name, str) and not _WORD.fullmatch(name):
        expected = "a name of letters, digits and . _ -, at most 40"
        wrong.append(Finding(file, f"{place}: name", repr(name)[:80], expected, "Name the mode."))
    signals = row.get("signals", [])
    if isinstance(signals, list) and not all(isinstance(each, str) for each in signals):
        wrong.append(Finding(file, f"{place}: signals", repr(signals)[:80], "a list of text", _MADE))
    spares = row.get("spare_parts", {})
    for item, count in spares.items() if isinstance(spares, dict) else ():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            wrong.append(
                Finding(file, f"{place}: spare_parts.{item}", repr(count)[:80], "a whole number from 1", "Correct it.")
            )


def _guess(word: str, known: Iterable[str], otherwise: str = "Choose one of them.") -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"Did you mean {near[0]}?" if near else otherwise
