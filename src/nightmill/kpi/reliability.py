"""Compute MTBF and MTTR for each mill with confidence intervals, following ISO 22400-2, from the log alone.

MTBF = operating time / failures. The time since the last failure counts as operating time without a failure (censored at the end of the
period), as does operating time that ends with a planned stop: the result is the MTBF under the actual maintenance. Operating time is
spindle time. MTTR = time down / completed repairs; it includes the time waiting for a person.
"""

from collections.abc import Iterable, Sequence

import msgspec

from nightmill.kpi.timeline import timelines
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.events import Event, Reported
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import HOUR_S

ALL = "all mills"
DRAWS = 20_000


class Reliability(msgspec.Struct, frozen=True):
    """Reliability of one mill, or of all mills together; times are in hours, ``None`` if the log lacks the data.

    ``censored_h`` is the operating time since the last failure (all operating time if there was none). ``repairs_open`` counts unfinished
    repairs, which are left out of the MTTR. ``mtbf_high_h`` is None without a failure, since the log sets no upper bound.
    """

    machine: str
    operating_h: float
    failures: int
    censored_h: float
    mtbf_h: float | None
    mtbf_low_h: float | None
    mtbf_high_h: float | None
    repairs: int
    repairs_open: int
    mttr_h: float | None
    mttr_low_h: float | None
    mttr_high_h: float | None


def reliability(log: Iterable[Event], shop: Shop, end_s: float, coverage: float = 0.9) -> tuple[Reliability, ...]:
    """Return one row per mill in file order and one for all mills, for shop time 0..``end_s`` (s, > 0)."""
    failed: dict[str, list[float]] = {}
    repaired: dict[str, list[float]] = {}
    down: dict[str, float] = {}
    for event in log:
        report = event.fact.report if isinstance(event.fact, Reported) else None
        if isinstance(report, r.MachineFailed) and report.unit not in down and report.at_s <= end_s:
            down[report.unit] = report.at_s
            failed.setdefault(report.unit, []).append(report.at_s)
        elif isinstance(report, r.MachineRepaired) and report.unit in down and report.at_s <= end_s:
            repaired.setdefault(report.unit, []).append((report.at_s - down.pop(report.unit)) / HOUR_S)
    mills = {unit.id for unit in shop.cutters()}
    rows, every, total, censored = [], list[float](), 0.0, 0.0
    for line in timelines(log, shop, end_s):
        if line.unit not in mills:
            continue
        runs = [(each.start_s, each.end_s) for each in line.stretches if each.state == "running"]
        last = max(failed.get(line.unit, [0.0]))
        hours = sum(end - start for start, end in runs) / HOUR_S
        since = sum(max(0.0, end - max(start, last)) for start, end in runs) / HOUR_S
        times = repaired.get(line.unit, [])
        rows.append(_row(line.unit, hours, since, len(failed.get(line.unit, [])), times, line.unit in down, coverage))
        every += times
        total, censored = total + hours, censored + since
    failures = sum(row.failures for row in rows)
    rows.append(_row(ALL, total, censored, failures, every, len(down), coverage))
    return tuple(rows)


def mtbf_interval(operating_h: float, failures: int, coverage: float = 0.9) -> tuple[float | None, float | None]:
    """Return the exact two-sided confidence interval of the MTBF for a constant failure rate and a fixed observation time.

    low = 2T / chi2(1 - a/2; 2r + 2), high = 2T / chi2(a/2; 2r) (Epstein 1960; IEC 60605-4; MIL-HDBK-338B, 8.3). Without a
    failure there is only a lower bound; without operating time there is none.
    """
    from scipy.stats import chi2

    if operating_h <= 0:
        return None, None
    tail = (1 - coverage) / 2
    low = 2 * operating_h / float(chi2.ppf(1 - tail, 2 * failures + 2))
    return low, 2 * operating_h / float(chi2.ppf(tail, 2 * failures)) if failures else None


def mttr_interval(hours: Sequence[float], coverage: float = 0.9) -> tuple[float | None, float | None]:
    """Return a confidence interval for the mean of lognormal repair times (MIL-HDBK-472).

    It is the generalised interval of Krishnamoorthy & Mathew (Journal of Statistical Planning and Inference 115, 2003). None if there are
    fewer than two repairs that took any time.
    """
    import numpy as np

    times = np.asarray([each for each in hours if each > 0], float)
    n = times.size
    if n < 2:
        return None, None
    logs = np.log(times)
    variance = float(logs.var(ddof=1))
    rng = np.random.default_rng(0)
    drawn = variance * (n - 1) / rng.chisquare(n - 1, DRAWS)
    means = logs.mean() + rng.standard_normal(DRAWS) * np.sqrt(drawn / n) + drawn / 2
    low, high = np.quantile(means, [(1 - coverage) / 2, (1 + coverage) / 2])
    with np.errstate(over="ignore"):
        top = float(np.exp(high))
    return float(np.exp(low)), top if np.isfinite(top) else None


def _row(
    machine: str, hours: float, censored: float, failures: int, times: list[float], still_down: int, coverage: float
) -> Reliability:
    low, high = mtbf_interval(hours, failures, coverage)
    fast, slow = mttr_interval(times, coverage)
    return Reliability(
        machine, hours, failures, censored, hours / failures if failures else None, low, high,
        len(times), int(still_down), sum(times) / len(times) if times else None, fast, slow,
    )  # fmt: skip
