"""Read machine histories from their sources: tables, recorded MTConnect documents, or a shop's own telemetry and log.

Timed data become rows of equal length (``every``): each row is a cycle of the history, counted from
the source's first row. Values are means over time; rows in which a machine reported nothing are left out.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from nightmill.drivers import mtconnect_history
from nightmill.formats import read_document, read_tables
from nightmill.plant.analysis.maintenance.telemetry_query import duration_us
from nightmill.plant.deciders.failure_modes import FailureMode, read_failure_modes, wears
from nightmill.plant.deciders.failure_prediction import CUTTING, OF_THE_TOOL
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import has_log, telemetry_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import TelemetryHistory
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

MONTH_S = 30 * 86_400.0
EVERY = "1h"
MOST_POINTS = 20_000_000
DOCUMENT = ".xml"
TABLES = (".csv", ".xlsx", ".parquet")
FEW = 3
KEYS = ("unit", "cycle", "failed", "serviced")

Rows = dict[tuple[str, int], dict[str, float]]
"""Columns of each row, by unit and cycle."""


def history_texts(
    data: Path, every: str = "", model_cycle_s: float | None = None
) -> tuple[dict[str, str], float | None]:
    """Return the CSV texts of a history and, if cycles are times, the seconds per cycle.

    The cycle length is ``every``; by default that of the model in use or, without a model, an hour.

    ``data``: a CSV, Parquet or .xml file, a folder of tables or of documents, or a shop folder that was run. Raises
    ``BadInput`` for a folder with both tables and documents, so that neither is silently ignored.
    """
    documents = _documents(data)
    shop = data.is_dir() and (data / "shop.toml").is_file()
    if not shop and not documents:
        if every:
            found = f"--every {every}"
            raise BadInput(
                Finding(str(data), "--every", found, "data with times: MTConnect or a shop", "Leave it out.")
            )
        return (read_tables(data) if data.is_dir() else {data.name: read_document(data)}), None
    every_us = round(model_cycle_s * 1e6) if model_cycle_s and not every else duration_us(every or EVERY)
    rows = _of_shop(data, every_us) if shop else _of_mtconnect(documents, every_us)
    if not rows:
        remedy = "Run the shop first." if shop else "Record sample responses."
        raise BadInput(Finding(str(data), "", "no signal of any machine", "at least one", remedy))
    return {data.name: table_text(rows)}, every_us / 1e6


def _documents(data: Path) -> dict[str, str]:
    if not data.is_dir():
        files = [data] if data.suffix.lower() == DOCUMENT else []
    elif (data / "shop.toml").is_file():
        files = []
    else:
        inside = sorted(path for path in data.iterdir() if path.is_file() and not path.name.startswith((".", "~")))
        files = [path for path in inside if path.suffix.lower() == DOCUMENT]
        tables = [path.name for path in inside if path.suffix.lower() in TABLES]
        if files and tables:
            found = f"MTConnect documents ({_first_names([path.name for path in files])}) together with tables ({_first_names(tables)})"
            remedy = (
                "Put them into separate folders: the cycles in a table have no times, so the two can't be combined."
            )
            raise BadInput(Finding(str(data), "", found, "documents or tables", remedy))
    return {path.name: read_document(path) for path in files}


def _first_names(names: list[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def table_text(rows: Rows) -> str:
    """Return the rows as CSV."""
    columns = sorted({name for row in rows.values() for name in row} - set(KEYS))
    flags = [name for name in KEYS[2:] if any(row.get(name) for row in rows.values())]
    lines = (
        [unit, cycle, *(int(row.get(name, 0)) for name in flags), *(row.get(c, "") for c in columns)]
        for (unit, cycle), row in sorted(rows.items())
    )
    return csv_text([[*KEYS[:2], *flags, *columns], *lines])


def _of_mtconnect(documents: dict[str, str], every_us: int) -> Rows:
    """Return rows in which each value holds until the signal's next value, and the last value until the device's data end."""
    history = mtconnect_history(documents)
    first = min((seen.at_us for seen in history), default=0) // every_us
    ends: dict[str, int] = {}
    for seen in history:
        ends[seen.device] = max(ends.get(seen.device, 0), seen.at_us)
    weights: dict[tuple[str, int, str], tuple[float, float]] = {}
    services: list[tuple[str, int]] = []
    for k, seen in enumerate(history):
        if seen.signal == "serviced":
            services.append((seen.device, seen.at_us // every_us - first + 1))
            continue
        following = history[k + 1] if k + 1 < len(history) else None
        same = following is not None and (following.device, following.signal) == (seen.device, seen.signal)
        until_us = following.at_us if same and following is not None else ends[seen.device] + 1
        if seen.value is not None:
            _add_to_buckets(weights, (seen.device, seen.signal), seen.value, (seen.at_us, until_us), every_us)
    rows: Rows = {}
    for (device, bucket, signal), (weight, total) in weights.items():
        if weight > 0:
            rows.setdefault((device, bucket - first + 1), {})[signal] = total / weight
    return _flagged(rows, "serviced", services)


def _add_to_buckets(
    weights: dict[tuple[str, int, str], tuple[float, float]],
    of: tuple[str, str],
    value: float,
    span_us: tuple[int, int],
    every_us: int,
) -> None:
    """Add a value that holds over a span to the means of the buckets that it overlaps."""
    at_us, until_us = span_us
    while at_us < until_us:
        bucket = at_us // every_us
        held = min(until_us, (bucket + 1) * every_us) - at_us
        weight, total = weights.get((of[0], bucket, of[1]), (0.0, 0.0))
        weights[of[0], bucket, of[1]] = (weight + held, total + held * value)
        at_us += held


def _of_shop(folder: Path, every_us: int) -> Rows:
    shop = whole_shop(folder)
    mills = [unit.id for unit in shop.cutters()]
    points = TelemetryHistory(telemetry_folder(folder)).points(sources=mills, every_us=every_us, limit=MOST_POINTS)
    means = ((point.source, point.at_us, point.signal, point.mean) for point in points)
    log = read_events(folder) if has_log(folder) else ()
    return shop_rows(shop, means, log, every_us, read_failure_modes(folder, shop))


def shop_rows(
    shop: Shop,
    means: Iterable[tuple[str, int, str, float]],
    log: Iterable[e.Event],
    every_us: int,
    modes: Sequence[FailureMode] = (),
) -> Rows:
    """Return the mills' signals except tool signals and, from the log, the failures, services and fraction of time spent cutting for
    each row.

    ``means``: source, start in UTC (µs since 1970), signal and mean for each row. A breakdown whose cause isn't visible in any
    signal (`modes`) doesn't count as a wear failure: the life continues after it, without the rows in which the mill was down.
    """
    first = utc_us(shop.start) // every_us
    rows: Rows = {}
    for source, at_us, signal, mean in means:
        if signal.startswith(OF_THE_TOOL):
            continue
        row = rows.setdefault((source, at_us // every_us - first + 1), {CUTTING: 0.0})
        row[f"sensor_{signal}"] = mean
    return _with_log(rows, log, shop, every_us, modes)


def _with_log(rows: Rows, log: Iterable[e.Event], shop: Shop, every_us: int, modes: Sequence[FailureMode]) -> Rows:
    down: dict[str, int] = {}
    failed: list[tuple[str, int]] = []
    serviced: list[tuple[str, int]] = []
    cut: dict[tuple[str, int, str], tuple[float, float]] = {}
    first = utc_us(shop.start) // every_us
    for event in log:
        if not isinstance(event.fact, e.Reported):
            continue
        report = event.fact.report
        at_us = utc_us(shop.start + timedelta(seconds=event.at_s))
        cycle = at_us // every_us - first + 1
        if isinstance(report, r.CycleFinished):
            _add_to_buckets(cut, (report.unit, ""), 1.0, (at_us - round(report.duration_s * 1e6), at_us), every_us)
        elif isinstance(report, r.MachineFailed):
            down[report.unit] = cycle
        elif isinstance(report, r.MachineRepaired) and wears(modes, report.cause) is False:
            for each in range(down.pop(report.unit, cycle) + 1, cycle + 1):
                rows.pop((report.unit, each), None)
        elif isinstance(report, r.MachineRepaired | r.MachineMaintained):
            failed += [(report.unit, down.pop(report.unit))] if report.unit in down else []
            serviced.append((report.unit, cycle + 1))
    for (unit, bucket, _), (held_us, _) in cut.items():
        row = rows.get((unit, bucket - first + 1))
        if row is not None:
            row[CUTTING] = min(1.0, held_us / every_us)
    return _ended(_flagged(rows, "serviced", serviced), [*failed, *down.items()])


def _flagged(rows: Rows, flag: str, at: Iterable[tuple[str, int]]) -> Rows:
    """Set the flag in the first row at or after each (unit, cycle)."""
    for unit, cycle in at:
        later = [key for key in rows if key[0] == unit and key[1] >= cycle]
        if later:
            rows[min(later)][flag] = 1.0
    return rows


def _ended(rows: Rows, failed: Iterable[tuple[str, int]]) -> Rows:
    """End each life with the row in which the machine failed: data reported while it is down are left out."""
    for unit, cycle in failed:
        mine = sorted(key for key in rows if key[0] == unit)
        after = [key for key in mine if key[1] > cycle]
        anew = next((k for k, key in enumerate(after) if rows[key].get("serviced")), len(after))
        for key in after[:anew]:
            del rows[key]
        before = [key for key in mine if key[1] <= cycle]
        if before:
            rows[before[-1]]["failed"] = 1.0
    return rows
