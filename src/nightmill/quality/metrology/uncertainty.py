"""Uncertainty budget for a measuring process to ISO 22514-7:2021, combined according to the GUM (JCGM 100).

Each contribution is one standard uncertainty. Resolution, repeatability on a reference and repeatability on the parts describe
the same scatter, so only the largest of them counts (ISO 22514-7, 7.2 and table 4; VDA 5).
"""

import math
from typing import Literal

import msgspec

from nightmill.quality.inspection.characteristic import guard_band
from nightmill.quality.metrology.gauge_rr import GaugeStudy
from nightmill.vocabulary.errors import BadInput, Finding

_SAME_SCATTER = {"resolution", "reference repeatability", "part repeatability"}
COVERAGE = 2.0
RESOLUTION_SHARE = 0.05
SYSTEM_LIMIT, PROCESS_LIMIT = 15.0, 30.0


class GaugeFacts(msgspec.Struct, frozen=True):
    """Known values for a gauge in addition to a study, all in the readings' unit.

    ``resolution``: smallest step; ``calibration``: expanded uncertainty (k = 2) on the certificate; ``bias``: mean
    reading of a reference minus its value, not corrected; ``reference_sd``: standard deviation of those readings;
    ``linearity``, ``temperature``, ``other``: standard uncertainties.
    """

    resolution: float = 0.0
    calibration: float = 0.0
    bias: float = 0.0
    reference_sd: float = 0.0
    linearity: float = 0.0
    temperature: float = 0.0
    other: float = 0.0


class Contribution(msgspec.Struct, frozen=True):
    """A line in the budget: standard uncertainty ``u``; ``counts`` is False if a larger one covers it."""

    source: Literal[
        "resolution", "calibration", "reference repeatability", "bias", "linearity", "temperature", "other",
        "part repeatability", "appraisers", "interaction",
    ]  # fmt: skip
    u: float
    counts: bool


class Uncertainty(msgspec.Struct, frozen=True):
    """The budget and its results, in the readings' unit; percentages of the tolerance are None without a tolerance.

    ``system`` (gauge alone) and ``process`` (gauge in use) are expanded uncertainties (k = 2). ``q_system`` and
    ``q_process`` are 2 U over the tolerance in percent, capable up to 15 and 30 (ISO 22514-7); ``smallest_tolerance`` is
    the width at which ``q_process`` would be 30. ``guard_band`` is that of ``Characteristic.judge`` at each limit; ``accept_low`` and
    ``accept_high`` are the remaining acceptance zone (ISO 14253-1); None if that side is open. ``doubt_percent`` is the
    percentage of the tolerance in which conformity can't be stated.
    """

    budget: tuple[Contribution, ...]
    system: float
    process: float
    guard_band: float
    smallest_tolerance: float
    q_system: float | None = None
    q_process: float | None = None
    resolution_fine: bool | None = None
    capable: bool | None = None
    accept_low: float | None = None
    accept_high: float | None = None
    doubt_percent: float | None = None


def uncertainty_of(
    facts: GaugeFacts,
    study: GaugeStudy | None = None,
    *,
    lower: float | None = None,
    upper: float | None = None,
    tolerance: float | None = None,
) -> Uncertainty:
    """Return the uncertainty of a gauge and, with a study, of the measuring process in which it is used.

    ``tolerance`` is the width if the limits aren't given. Raises ``BadInput`` for a negative contribution, limits in
    the wrong order, and a tolerance that isn't positive.
    """
    _check(facts, lower, upper, tolerance)
    if lower is not None and upper is not None:
        tolerance = upper - lower
    alone = _counted(_budget(facts, None))
    budget = _counted(_budget(facts, study))
    system, process = COVERAGE * _root(alone), COVERAGE * _root(budget)
    guard = guard_band(process)
    q_system = None if tolerance is None else 100 * 2 * system / tolerance
    q_process = None if tolerance is None else 100 * 2 * process / tolerance
    fine = None if tolerance is None else facts.resolution <= RESOLUTION_SHARE * tolerance
    capable = None
    if q_system is not None and q_process is not None:
        capable = bool(fine) and q_system <= SYSTEM_LIMIT and q_process <= PROCESS_LIMIT
    return Uncertainty(
        budget=budget,
        system=system,
        process=process,
        guard_band=guard,
        smallest_tolerance=100 * 2 * process / PROCESS_LIMIT,
        q_system=q_system,
        q_process=q_process,
        resolution_fine=fine,
        capable=capable,
        accept_low=None if lower is None else lower + guard,
        accept_high=None if upper is None else upper - guard,
        doubt_percent=None if tolerance is None else min(100.0, 100 * 2 * guard / tolerance),
    )


def _budget(facts: GaugeFacts, study: GaugeStudy | None) -> list[Contribution]:
    """Return standard uncertainties: half-width over root 3 for uniformly distributed contributions (GUM, 4.3.7)."""
    lines = {
        "resolution": facts.resolution / math.sqrt(12),
        "calibration": facts.calibration / COVERAGE,
        "reference repeatability": facts.reference_sd,
        "bias": abs(facts.bias) / math.sqrt(3),
        "linearity": facts.linearity,
        "temperature": facts.temperature,
        "other": facts.other,
    }
    if study is not None:
        lines["part repeatability"] = study.sd("repeatability")
        lines["appraisers"] = study.sd("reproducibility")
        lines["interaction"] = study.sd("interaction")
    return [Contribution(source, u, u > 0) for source, u in lines.items()]  # type: ignore[arg-type]


def _counted(budget: list[Contribution]) -> tuple[Contribution, ...]:
    """Return the budget, marking contributions that are already covered by a larger contribution for the same scatter."""
    largest = max((line for line in budget if line.source in _SAME_SCATTER), key=lambda line: line.u)
    return tuple(
        line if line is largest or line.source not in _SAME_SCATTER else msgspec.structs.replace(line, counts=False)
        for line in budget
    )


def _root(budget: tuple[Contribution, ...]) -> float:
    return math.sqrt(sum(line.u**2 for line in budget if line.counts))


def _check(facts: GaugeFacts, lower: float | None, upper: float | None, tolerance: float | None) -> None:
    findings = [
        Finding(
            "gauge", name, f"{value}", "a finite number" if name == "bias" else "a number >= 0", "Correct the value."
        )
        for name, value in msgspec.structs.asdict(facts).items()
        if not math.isfinite(value) or (value < 0 and name != "bias")
    ]
    findings += [
        Finding("gauge", f"{name} limit", f"{value}", "a finite number", "Correct the value.")
        for name, value in (("lower", lower), ("upper", upper))
        if value is not None and not math.isfinite(value)
    ]
    if not findings and lower is not None and upper is not None and lower >= upper:
        findings.append(Finding("gauge", "limits", f"lower {lower}, upper {upper}", "lower < upper", "Swap them."))
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0):
        findings.append(
            Finding("gauge", "tolerance", f"{tolerance}", "a width > 0", "Give the upper limit minus the lower limit.")
        )
    if findings:
        raise BadInput(*findings)
