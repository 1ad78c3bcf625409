"""Read a TOML file with parameters of the planner: the groups of ``[planner]`` in ``shop.toml``, each as a table of its own."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary
from nightmill.vocabulary.planner_params import Group, PlannerParams, limits_of
from nightmill.vocabulary.validation import Wrong, number

MOST_BYTES = 64 * 1024
SHOWN_BY = "`nightmill planner` lists them with their limits."


def read_planner_params(path: Path, base: PlannerParams = PlannerParams()) -> PlannerParams:
    """Return the parameters ``base`` with those that a file gives in place of theirs. Raises ``BadInput`` with all findings."""
    findings: list[Finding] = []
    groups: dict[str, Group] = {}
    for name, table in _tables(path).items():
        group = getattr(base, name, None)
        if not isinstance(group, Group) or not isinstance(table, dict):
            known = ", ".join(f"[{field}]" for field in PlannerParams.__struct_fields__)
            findings.append(Finding(str(path), name, f"{name} = {table!r:.80}", known, SHOWN_BY))
            continue
        values = _values(str(path), name, group, table, findings)
        try:
            groups[name] = msgspec.structs.replace(group, **values)
        except ValueError as error:  # each value is valid by itself
            findings.append(
                Finding(str(path), name, "values that exclude each other", str(error), "Change one of them.")
            )
    if findings:
        raise BadInput(*findings)
    return msgspec.structs.replace(base, **groups)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_ordinary(path, MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError) as error:
        found = Finding(str(path), "", str(error), "a TOML file", "Check the path, and the syntax at that line.")
        raise BadInput(found) from error


def _values(file: str, name: str, group: Group, table: dict[str, Any], findings: list[Finding]) -> dict[str, float]:
    """Return the valid values of a table; add a finding for each of the others."""
    known = {limits.name: limits for limits in limits_of(type(group))}
    values: dict[str, float] = {}
    for key, value in table.items():
        place, limits = f"{name}.{key}", known.get(key)
        if limits is None:
            findings.append(Finding(file, place, f"key {key!r}", ", ".join(known), SHOWN_BY))
            continue
        whole = isinstance(limits.default, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            expected = (
                f"a {'whole ' if whole else ''}number from {limits.low:g} to {limits.high:g} {limits.unit}".rstrip()
            )
            findings.append(Finding(file, place, f"{value!r:.80}", expected, SHOWN_BY))
            continue
        try:
            number(value, limits.low, limits.high, limits.unit)
            values[key] = value
        except Wrong as wrong:
            findings.append(wrong.finding(file, place, SHOWN_BY))
    return values
