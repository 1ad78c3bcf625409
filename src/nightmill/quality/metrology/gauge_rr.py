"""Gauge repeatability and reproducibility (AIAG, Measurement Systems Analysis, 4th ed., 2010, ch. III): crossed studies.

Every appraiser measures every part equally often. ``by_anova`` uses the two-way analysis of variance with random parts
and appraisers; their interaction is pooled with the repeatability if it isn't significant. ``by_ranges`` is the
average and range method with K1 = 1/d2, K2 and K3 = 1/d2* (d2*^2 = d2^2 + d3^2, one sample of ranges). The intervals are
generalised confidence intervals (Hamada & Weerahandi, J. Quality Technology 32 (2000) 241), from the mean squares' chi-square
pivots, drawn with a fixed seed, so equal studies give equal answers.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.spc.range_constants import d2, d3
from nightmill.vocabulary.errors import BadInput, Finding

POOL_ABOVE = 0.05
_SPREADS = 6.0
_DRAWS = 40_000
_SEED = 20_100
_CATEGORIES = 1.41
Floats = NDArray[np.float64]


class GaugeReading(msgspec.Struct, frozen=True):
    """One reading of one part by one appraiser; ``place`` is the reading's place in the file."""

    part: str
    appraiser: str
    value: float
    place: str = ""


Source = Literal["repeatability", "reproducibility", "interaction", "gauge", "parts", "total"]
_SOURCES: tuple[Source, ...] = ("repeatability", "reproducibility", "interaction", "gauge", "parts", "total")


class Share(msgspec.Struct, frozen=True):
    """One source of variation: standard deviation ``sd`` in the readings' unit, and its percentages.

    ``study_percent`` is ``sd`` as a percentage of the total variation, ``contribution_percent`` is the percentage of the total
    variance, and ``tolerance_percent`` is six ``sd`` as a percentage of the tolerance (None without a tolerance). ``_low`` and
    ``_high`` are the interval at the study's confidence (None by ranges).
    """

    source: Source
    sd: float
    study_percent: float
    contribution_percent: float
    tolerance_percent: float | None = None
    sd_low: float | None = None
    sd_high: float | None = None
    study_percent_low: float | None = None
    study_percent_high: float | None = None
    tolerance_percent_low: float | None = None
    tolerance_percent_high: float | None = None


class AnovaLine(msgspec.Struct, frozen=True):
    """A line of the analysis of variance table; ``f`` and ``p`` are None if nothing is tested."""

    source: Literal["appraisers", "parts", "interaction", "equipment", "total"]
    df: int
    sum_of_squares: float
    mean_square: float | None = None
    f: float | None = None
    p: float | None = None


class GaugeStudy(msgspec.Struct, frozen=True):
    """Result of a study by one method; ``ndc`` is the number of distinct categories, truncated as in the manual.

    ``pooled`` means that the interaction is counted as repeatability. ``verdict`` follows the manual's rule for the gauge's percentage
    of the study variation (or of the tolerance, if given): ``acceptable`` below 10 % with ``ndc`` >= 5, ``marginal`` up to 30 %.
    """

    method: Literal["anova", "ranges"]
    parts: int
    appraisers: int
    trials: int
    shares: tuple[Share, ...]
    ndc: int
    verdict: Literal["acceptable", "marginal", "unacceptable"]
    pooled: bool = False
    confidence: float | None = None
    table: tuple[AnovaLine, ...] = ()

    def sd(self, source: str) -> float:
        """Return the standard deviation of a source; 0 if the study has no source of that name."""
        return next((share.sd for share in self.shares if share.source == source), 0.0)


def by_anova(
    readings: Sequence[GaugeReading], *, tolerance: float | None = None, confidence: float = 0.95, file: str = "study"
) -> GaugeStudy:
    """Return the study by analysis of variance; ``tolerance`` is the tolerance width in the readings' unit.

    Raises ``BadInput`` for a study that isn't crossed and balanced, has fewer than two parts, appraisers or trials, or
    no variation at all.
    """
    if not 0.5 <= confidence < 1:
        raise BadInput(Finding(file, "confidence", f"{confidence}", "0.5 to below 1", "Use 0.9 or 0.95, for example."))
    cube = crossed(readings, file)
    parts, appraisers, trials = cube.shape
    table = _table(cube)
    lines = {line.source: line for line in table}
    interaction = lines["interaction"]
    # if the gauge repeats exactly, the interaction can't be tested against anything: any interaction is real
    pooled = not interaction.mean_square if interaction.p is None else interaction.p > POOL_ABOVE
    pivots = _pivots(table, pooled)
    if pivots["total"][0] <= 0:
        raise BadInput(Finding(file, "value", "readings all alike", "some variation", "Use a finer gauge."))
    components = _components(pivots, parts, appraisers, trials)
    shares = tuple(
        _share(name, components, tolerance, confidence) for name in _SOURCES if name != "interaction" or not pooled
    )
    return _study("anova", (parts, appraisers, trials), shares, pooled=pooled, confidence=confidence, table=table)


def by_ranges(readings: Sequence[GaugeReading], *, tolerance: float | None = None, file: str = "study") -> GaugeStudy:
    """Return the study by averages and ranges, which can't detect the interaction. Raises the errors of ``by_anova``."""
    cube = crossed(readings, file)
    parts, appraisers, trials = cube.shape
    repeat = float(np.ptp(cube, axis=2).mean()) / d2(trials)
    between = float(np.ptp(cube.mean(axis=(0, 2)))) / _d2_star(appraisers)
    appraisal = math.sqrt(max(0.0, between**2 - repeat**2 / (parts * trials)))
    part = float(np.ptp(cube.mean(axis=(1, 2)))) / _d2_star(parts)
    gauge = math.hypot(repeat, appraisal)
    total = math.hypot(gauge, part)
    if total <= 0:
        raise BadInput(Finding(file, "value", "readings all alike", "some variation", "Use a finer gauge."))
    found = {"repeatability": repeat, "reproducibility": appraisal, "gauge": gauge, "parts": part, "total": total}
    shares = tuple(
        Share(name, sd, 100 * sd / total, 100 * (sd / total) ** 2, _of_tolerance(sd, tolerance))  # type: ignore[arg-type]
        for name, sd in found.items()
    )
    return _study("ranges", (parts, appraisers, trials), shares)


def crossed(readings: Sequence[GaugeReading], file: str = "study") -> Floats:
    """Return the readings as an array (parts, appraisers, trials); raises ``BadInput`` for missing readings or non-numeric values."""
    findings = [
        Finding(file, each.place or each.part, f"value {each.value}", "a finite number", "Measure again.")
        for each in readings
        if not math.isfinite(each.value)
    ]
    parts = list(dict.fromkeys(each.part for each in readings))
    appraisers = list(dict.fromkeys(each.appraiser for each in readings))
    counts = Counter((each.part, each.appraiser) for each in readings)
    trials = max(counts.values(), default=0)
    for name, number in (("parts", len(parts)), ("appraisers", len(appraisers)), ("trials", trials)):
        if number < 2:
            remedy = "The manual asks for 10 parts, 3 appraisers and 3 trials."
            findings.append(Finding(file, "", f"{number} {name}", f"at least 2 {name}", remedy))
    for part in parts:
        for appraiser in appraisers:
            if (number := counts[part, appraiser]) != trials:
                place = f"part {part}, appraiser {appraiser}"
                remedy = "Add the missing readings: every appraiser measures every part equally often."
                findings.append(Finding(file, place, f"{number} readings", f"{trials} readings", remedy))
    if findings:
        raise BadInput(*findings)
    cube = np.empty((len(parts), len(appraisers), trials))
    seen: Counter[tuple[str, str]] = Counter()
    row = {name: place for place, name in enumerate(parts)}
    column = {name: place for place, name in enumerate(appraisers)}
    for each in readings:
        cell = each.part, each.appraiser
        cube[row[each.part], column[each.appraiser], seen[cell]] = each.value
        seen[cell] += 1
    return cube


def _d2_star(n: int) -> float:
    return math.hypot(d2(n), d3(n))


def _table(cube: Floats) -> tuple[AnovaLine, ...]:
    from scipy.special import fdtrc

    parts, appraisers, trials = cube.shape
    grand = cube.mean()
    cells = cube.mean(axis=2)
    of_part, of_appraiser = cells.mean(axis=1), cells.mean(axis=0)
    squares = {
        "appraisers": parts * trials * float(((of_appraiser - grand) ** 2).sum()),
        "parts": appraisers * trials * float(((of_part - grand) ** 2).sum()),
        "interaction": trials * float(((cells - of_part[:, None] - of_appraiser[None, :] + grand) ** 2).sum()),
        "equipment": float(((cube - cells[:, :, None]) ** 2).sum()),
    }
    freedom = {
        "appraisers": appraisers - 1,
        "parts": parts - 1,
        "interaction": (parts - 1) * (appraisers - 1),
        "equipment": parts * appraisers * (trials - 1),
    }
    mean = {name: squares[name] / freedom[name] for name in squares}
    against = {"appraisers": "interaction", "parts": "interaction", "interaction": "equipment"}
    lines = []
    for name, square in mean.items():
        error = against.get(name, "")
        f = square / mean[error] if error and mean[error] > 0 else None
        p = None if f is None else float(fdtrc(freedom[name], freedom[error], f))
        lines.append(AnovaLine(name, freedom[name], squares[name], square, f, p))  # type: ignore[arg-type]
    lines.append(AnovaLine("total", cube.size - 1, float(((cube - grand) ** 2).sum())))
    return tuple(lines)


def _pivots(table: tuple[AnovaLine, ...], pooled: bool) -> dict[str, Floats]:
    """Return mean squares: first as observed, then drawn from their pivots df * MS / chi-square(df)."""
    lines = {line.source: line for line in table}
    found = {name: (lines[name].sum_of_squares, lines[name].df) for name in ("appraisers", "parts")}
    interaction, equipment = lines["interaction"], lines["equipment"]
    if pooled:
        pool = interaction.sum_of_squares + equipment.sum_of_squares, interaction.df + equipment.df
        found["equipment"] = pool
    else:
        found["interaction"] = interaction.sum_of_squares, interaction.df
        found["equipment"] = equipment.sum_of_squares, equipment.df
    draws = np.random.default_rng(_SEED)
    pivots = {}
    for name, (squares, df) in found.items():
        pivots[name] = np.concatenate(([squares / df], squares / draws.chisquare(df, _DRAWS)))
    pivots.setdefault("interaction", pivots["equipment"])
    pivots["total"] = pivots["appraisers"] + pivots["parts"] + pivots["equipment"]
    return pivots


def _components(squares: dict[str, Floats], parts: int, appraisers: int, trials: int) -> dict[str, Floats]:
    """Return the variances of the sources from mean squares, with negative variances set to zero (MSA, appendix A)."""
    repeat = squares["equipment"]
    interaction = np.maximum(0.0, (squares["interaction"] - repeat) / trials)
    appraisal = np.maximum(0.0, (squares["appraisers"] - squares["interaction"]) / (parts * trials))
    part = np.maximum(0.0, (squares["parts"] - squares["interaction"]) / (appraisers * trials))
    gauge = repeat + interaction + appraisal
    return {
        "repeatability": repeat, "interaction": interaction, "reproducibility": appraisal, "gauge": gauge,
        "parts": part, "total": gauge + part,
    }  # fmt: skip


def _share(name: Source, components: dict[str, Floats], tolerance: float | None, confidence: float) -> Share:
    sds = np.sqrt(components[name])
    ratios = 100 * np.sqrt(components[name] / np.maximum(components["total"], 1e-300))
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = (float(each) for each in np.quantile(sds[1:], tails))
    study_low, study_high = (float(each) for each in np.quantile(ratios[1:], tails))
    ratio = float(ratios[0])
    return Share(
        name,
        float(sds[0]),
        ratio,
        ratio**2 / 100,
        _of_tolerance(float(sds[0]), tolerance),
        low,
        high,
        study_low,
        study_high,
        _of_tolerance(low, tolerance),
        _of_tolerance(high, tolerance),
    )


def _of_tolerance(sd: float, tolerance: float | None) -> float | None:
    return None if tolerance is None else 100 * _SPREADS * sd / tolerance


def _study(
    method: Literal["anova", "ranges"],
    shape: tuple[int, int, int],
    shares: tuple[Share, ...],
    *,
    pooled: bool = False,
    confidence: float | None = None,
    table: tuple[AnovaLine, ...] = (),
) -> GaugeStudy:
    by_name = {share.source: share for share in shares}
    gauge, part = by_name["gauge"], by_name["parts"]
    # a gauge without variation distinguishes all parts: the manual has no value for this case, and three digits mean "many"
    ndc = min(999, int(_CATEGORIES * part.sd / gauge.sd)) if gauge.sd > 0 else 999
    judged = gauge.study_percent if gauge.tolerance_percent is None else gauge.tolerance_percent
    verdict: Literal["acceptable", "marginal", "unacceptable"] = "unacceptable"
    if judged <= 30:
        verdict = "acceptable" if judged < 10 and ndc >= 5 else "marginal"
    parts, appraisers, trials = shape
    return GaugeStudy(method, parts, appraisers, trials, shares, max(1, ndc), verdict, pooled, confidence, table)
