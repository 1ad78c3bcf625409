"""Chart a table of readings from a file: the columns determine which charts are possible, and the options select one."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from nightmill.quality.spc.control_charts import SpcAnswer, SpcOptions, spc
from nightmill.quality.spc.hotelling import THREE_SIGMA, JointAnswer, hotelling
from nightmill.quality.spc.short_run import Column, Method, short_run
from nightmill.vocabulary.errors import BadInput, Finding

Rows = Sequence[Mapping[str, str | None]]
_Figure = TypeVar("_Figure", float, float | None)
_METHODS: dict[str, Method] = {"deviation": "deviation", "z": "z"}


def spc_table(
    rows: Rows,
    source: str,
    options: SpcOptions,
    *,
    pooled: str | None = None,
    columns: Sequence[str] = (),
    reference: int | None = None,
    alpha: float | None = None,
) -> SpcAnswer | JointAnswer:
    """Return the charts of ``rows`` of the file ``source``; its first row is line 2.

    By default it charts the column ``value``, with ``subgroup`` and ``event`` if there are such columns (``spc``). With
    ``pooled`` ``deviation`` or ``z`` it charts several items on one chart, by the columns ``item``, ``nominal`` and
    ``sigma`` (``short_run``). With ``columns`` it makes the T² chart of these columns (``hotelling``), whose first
    ``reference`` rows are the in-control state and whose false-alarm rate is ``alpha``. Raises ``BadInput`` with all
    errors.
    """
    _check(rows, source, options, pooled, columns, reference, alpha)
    words = {name: _words(rows, name) for name in ("subgroup", "event", "item")}
    if columns:
        figures = _figures(rows, source, columns)
        table = np.array([figures[name] for name in columns]).T
        return hotelling(table, columns, words["subgroup"], reference, THREE_SIGMA if alpha is None else alpha)
    values = _figures(rows, source, ["value"])["value"]
    if pooled is None:
        return spc(values, words["subgroup"], words["event"], options)
    method = _METHODS[pooled]
    given = {name: _optional(rows, source, name) for name in ("nominal", "sigma")}
    return short_run(values, words["item"] or (), method, event=words["event"], options=options, **given)


def _check(
    rows: Rows,
    source: str,
    options: SpcOptions,
    pooled: str | None,
    columns: Sequence[str],
    reference: int | None,
    alpha: float | None,
) -> None:
    findings: list[Finding] = []
    header = list(rows[0]) if rows else []

    def say(place: str, found: str, expected: str, remedy: str) -> None:
        findings.append(Finding(source, place, found, expected, remedy))

    def need(name: str) -> None:
        if name not in header:
            say("header", f"no column {name}", f"a column {name}", f"The file has: {', '.join(header) or 'no rows'}.")

    for name in columns or ["value"]:
        need(name)
    if pooled is not None:
        need("item")
        if pooled not in _METHODS:
            say(
                "short-run",
                repr(pooled),
                "deviation or z",
                "Use deviation for items with equal scatter, z for different scatter.",
            )
        if "subgroup" in header:
            say(
                "header",
                "a column subgroup",
                "single readings of items",
                "Chart the items' means, or drop the subgroup column.",
            )
        if columns:
            say("short-run, columns", "both", "one of them", "Chart one thing at a time.")
    if columns:
        names = ("lsl", "usl", "target", "center", "sigma", "distribution")
        given = [name for name in names if getattr(options, name) is not None]
        if given:
            say(", ".join(given), "a value for one column", "none with several columns", "Leave it out.")
        if len(set(columns)) < len(columns):
            say("columns", "a name twice", "each column once", "Name it once.")
    elif reference is not None or alpha is not None:
        say("reference, alpha", "no columns", "the columns of a T² chart", "Name them with --columns.")
    if findings:
        raise BadInput(*findings)


def _words(rows: Rows, name: str) -> list[str] | None:
    return [row[name] or "" for row in rows] if name in rows[0] else None


def _optional(rows: Rows, source: str, name: str) -> Column | None:
    """Return a column of numbers with gaps, or None if there is no such column."""
    return _read(rows, source, name, _figure_or_none) if name in rows[0] else None


def _figures(rows: Rows, source: str, names: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    findings: list[Finding] = []
    for name in names:
        try:
            found[name] = _read(rows, source, name, _figure)
        except BadInput as error:
            findings += error.findings
    if findings:
        raise BadInput(*findings)
    return found


def _read(rows: Rows, source: str, name: str, read: Callable[[str | None], _Figure]) -> list[_Figure]:
    found: list[_Figure] = []
    findings = []
    for line, row in enumerate(rows, 2):
        try:
            found.append(read(row[name]))
        except ValueError:
            place = f"line {line}, column {name}"
            findings.append(Finding(source, place, repr(row[name] or ""), "a number", "Correct the value."))
    if findings:
        raise BadInput(*findings)
    return found


def _figure(cell: str | None) -> float:
    figure = float(cell or "")
    if not math.isfinite(figure):
        raise ValueError(cell)
    return figure


def _figure_or_none(cell: str | None) -> float | None:
    return _figure(cell) if cell and cell.strip() else None
