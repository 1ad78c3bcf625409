"""The model of each output over all settings: formula, earlier results and own trials in one prediction."""

from typing import Protocol

import msgspec
import numpy as np

from nightmill.stats.gaussian_process import (
    BESIDE_FORMULA,
    GOAL_BESIDE_FORMULA,
    MIDDLE,
    OFFSET,
    POWER_LAW,
    UNKNOWN,
    Floats,
    blank,
    fit_surrogate,
)
from nightmill.tuning.botorch_surrogate import fit_botorch
from nightmill.tuning.formula import evaluate, parse_formula
from nightmill.tuning.prior_formula import Formula, calibrated, formula_of
from nightmill.tuning.search_space import encode, width
from nightmill.tuning.study import Limit, Output, Study, Trial, Value

LEAST_OFF, CONSTANTS_OFF = 0.05, 0.3  # common deviation of outputs from a handbook's formula (log scale)
LEFT_OUT = 1.0  # the part that a formula leaves out is assumed to vary at most this many times as much as the formula
ROUGH = 0.02  # variance that a formula cannot explain from one setting to the next, relative to the scale squared
NOISE_SHARE, NOISE_SHARE_TOLD = 0.15, 0.25
"""Fraction of the measuring noise that counts in the risk, without and with a formula or earlier results.

If a reading is over a limit but the part itself meets it, nothing is lost. But late trials are in regions where a formula is too
optimistic, and a model with a formula soon becomes too certain.
"""
LOAD, GAIN = 0.4, 0.8
"""Power of the load assumed for an output if nothing else is known.

Load that brings a machine towards its hard limits usually brings other outputs towards theirs (force, heat and deflection with power 0.5
to 1, roughness more). It also improves the goal, or the limits would not matter: time is inversely proportional to the removal rate,
though wear cancels part of the gain.
"""
LEAST_EARLIER, MANY_EARLIER = 3, 10
UNKNOWN_LOG = 0.9  # common variation of outputs about which nothing is known (log scale)
BAND = 2.0  # outputs with two limits commonly vary by this many times the distance between the limits
GUESSED = 4  # number of readings that this guess is worth: the first settings lie close together and say little about the range

FITS = {"own": fit_surrogate, "botorch": fit_botorch}


class Surrogate(Protocol):
    """A process fitted by one of ``FITS``."""

    @property
    def scale(self) -> float:
        """Expected size of the values."""

    @property
    def noise(self) -> float:
        """Standard deviation of a measurement."""

    def predict(self, x: Floats, features: Floats) -> tuple[Floats, Floats]:
        """Return the mean and deviation [m] of the noiseless residual at x [m, d] with ``features`` [m, K]."""

    def covariance(self, a: Floats, features_a: Floats, b: Floats, features_b: Floats) -> Floats:
        """Return the covariance [m, n] of the noiseless residual between points a [m, d] and b [n, d] with their features."""


class Belief(msgspec.Struct, frozen=True):
    """The model of one output; ``logarithmic`` if it works on the log of the output."""

    study: Study
    output: Output
    logarithmic: bool
    level: float
    formula: Formula | None
    earlier: Surrogate | None
    own: Surrogate
    mean_load: float | None = None

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the mean and deviation [m] of the noiseless output at points, in model units (log or plain)."""
        mean, features = self._mean(points)
        m, sd = self.own.predict(points, features)
        return mean + m, sd

    def covariance(self, a: Floats, b: Floats) -> Floats:
        """Return the covariance [m, n] of the noiseless output between points a [m, d] and b [n, d], in model units squared."""
        return self.own.covariance(a, self._mean(a)[1], b, self._mean(b)[1])

    def beyond(self, mean: Floats, sd: Floats, noise: Floats) -> Floats:
        """Return the probability that a trial breaks the limit, given the ``mean`` and ``sd`` of the output in model units.

        A part of the measuring ``noise`` is included.
        """
        from scipy.special import ndtr

        told = self.formula is not None or self.earlier is not None
        spread = np.hypot(sd, (NOISE_SHARE_TOLD if told else NOISE_SHARE) * noise)
        limit = self.output.limit or Limit()
        chance = np.zeros(np.shape(mean))
        if limit.max is not None:
            chance += ndtr((mean - self.to_model(limit.max)) / spread)
        if limit.min is not None:
            chance += ndtr((self.to_model(limit.min) - mean) / spread)
        return np.clip(chance, 0, 1)

    def _mean(self, points: Floats) -> tuple[Floats, Floats]:
        mean, features = np.full(len(points), self.level), _none(points)
        if self.formula is not None:
            mean, features = self.formula.mean_and_features(numeric_columns(self.study, points), len(points))
        if self.mean_load is not None:
            mean = mean + _power_of_load(self.output) * (log_load(self.study, points) - self.mean_load)
        if self.earlier is not None:
            mean = mean + self.earlier.predict(points, _none(points))[0]
        return mean, features

    def to_model(self, value: float) -> float:
        """Return a value of the output in model units."""
        return float(np.log(max(value, 1e-12))) if self.logarithmic else value

    def from_model(self, value: float) -> float:
        """Return a model value in the output's unit."""
        return float(np.exp(min(value, 600.0))) if self.logarithmic else value

    def noise_at(self, mean: Floats) -> Floats:
        """Return the standard deviation of a measurement at ``mean``, in model units."""
        noise = self.output.noise
        if noise is None or (noise.relative is None and noise.absolute is None):
            return np.full(len(mean), self.own.noise)
        return noise_deviation(
            self.output, np.exp(np.clip(mean, -50, 50)) if self.logarithmic else mean, self.logarithmic
        )


def noise_deviation(output: Output, value: Floats, logarithmic: bool) -> Floats:
    """Return the stated noise at given values of the output, in model units."""
    assert output.noise is not None
    size = np.abs(value)
    sd = (output.noise.relative or 0.0) * size + (output.noise.absolute or 0.0)
    return np.maximum(sd / np.maximum(size, 1e-12) if logarithmic else sd, 1e-6)


def log_load(study: Study, points: Floats) -> Floats:
    """Return the mean logarithm of the hard-limited quantities at points [m], up to a constant; bounded where they vanish."""
    columns = numeric_columns(study, points)
    least = {p.name: max(p.low, 0.05 * abs(p.high)) for p in study.parameters if p.kind != "choice"}
    total = np.zeros(len(points))
    for h in study.hard_limits:
        for name, power in h.powers.items():
            total += power * np.log(np.maximum(columns[name], max(least[name], 1e-9)))
    return total / max(len(study.hard_limits), 1)


def numeric_columns(study: Study, points: Floats) -> dict[str, Floats]:
    """Return the values [n] of each numeric parameter at points, without rounding to steps, so that models stay smooth."""
    columns: dict[str, Floats] = {}
    k = 0
    for p in study.parameters:
        if p.kind == "choice":
            k += len(p.values)
            continue
        x = points[:, k]
        if p.scale == "log":
            columns[p.name] = np.asarray(p.low * np.exp(x * np.log(p.high / p.low)), float)
        else:
            columns[p.name] = np.asarray(p.low + x * (p.high - p.low), float)
        k += 1
    return columns


def believe(
    study: Study, output: Output, trials: tuple[Trial, ...], vouched: tuple[dict[str, Value], ...] = ()
) -> Belief:
    """Learn the model of one output; ``vouched`` are settings known to keep its limit, without a measurement here."""
    own = [(t.parameters, t.outputs[output.name]) for t in trials if not t.failed and output.name in t.outputs]
    earlier = [(t.parameters, t.outputs[output.name]) for t in study.earlier_trials if output.name in t.outputs]
    probe = _probe(study)
    logarithmic = _works_on_logs(study, output, [value for _, value in (*own, *earlier)], probe)

    def model(rows: list[tuple[dict[str, Value], float]]) -> Floats:
        values = np.array([value for _, value in rows], float)
        return np.asarray(np.log(values)) if logarithmic else values

    x, y, noise = encode(study, [setting for setting, _ in own]), model(own), _noise(output, own, logarithmic)
    formula = None
    if output.prior:
        node = parse_formula(output.prior, frozenset(numeric_columns(study, probe)))
        offset = CONSTANTS_OFF * OFFSET**0.5 if logarithmic else np.inf
        formula = formula_of(node, logarithmic, numeric_columns(study, probe), len(probe), offset)
    guessed = formula.curve(numeric_columns(study, probe), len(probe))[0] if formula else probe[:, 0]
    level, scale = _level_and_scale(output, logarithmic, y, model(earlier), formula, guessed)
    positive = all(p.low > 0 for p in study.parameters if p.kind != "choice")
    alone = POWER_LAW if logarithmic and positive else UNKNOWN
    before, fit = None, FITS[study.surrogate]
    if len(earlier) >= LEAST_EARLIER:
        ex, ey, enoise = encode(study, [s for s, _ in earlier]), model(earlier), _noise(output, earlier, logarithmic)
        if formula:
            formula = _fitted(study, formula, ex, ey, enoise, scale, probe)
            formula = msgspec.structs.replace(formula, home=formula.shift)
        plain = Belief(study, output, logarithmic, level, formula, None, blank(width(study), scale))
        expected = BESIDE_FORMULA if formula else alone
        before = fit(ex, ey - plain._mean(ex)[0], _none(ex), enoise, expected, scale)
    if formula:
        rest = y if before is None else y - before.predict(x, _none(x))[0]
        formula = _fitted(study, formula, x, rest, noise, scale, probe)
    cold = logarithmic and formula is None and before is None and study.hard_limits
    load = float(log_load(study, x if len(x) else probe).mean()) if cold and _power_of_load(output) else None
    empty = Belief(study, output, logarithmic, level, formula, before, blank(width(study), scale), load)
    mean, features = empty._mean(x)
    residual = y - mean
    if vouched and output.limit:
        x, residual, features, noise = _with_vouched(empty, vouched, scale, (x, residual, features, noise))
    beside = GOAL_BESIDE_FORMULA if output.goal and not output.limit else BESIDE_FORMULA
    expected = beside if formula else alone
    own_model = fit(x, residual, features, noise, expected, scale)
    return msgspec.structs.replace(empty, own=own_model)


def _power_of_load(output: Output) -> float:
    """Return the power of the load assumed for an output as long as nothing is known about it."""
    if output.goal:
        return GAIN if output.goal == "maximise" else -GAIN
    return LOAD if output.limit is not None and output.limit.min is None else 0.0


def _works_on_logs(study: Study, output: Output, measured: list[float], probe: Floats) -> bool:
    """Return whether to model the logarithm of an output: the output, its formula and its limits are positive, and it varies by factors."""
    positive = bool(output.prior) and bool(np.all(_raw(study, output, probe) > 0))
    spread = bool(measured) and min(measured) > 0 and max(measured) / min(measured) > 4
    relative = output.noise is not None and bool(output.noise.relative) and not output.noise.absolute
    limits = (output.limit.max, output.limit.min) if output.limit else ()
    above = all(v > 0 for v in measured) and all(v is None or v > 0 for v in limits)
    return above and (positive or ((spread or relative) and not output.prior))


def _level_and_scale(
    output: Output, logarithmic: bool, y: Floats, earlier: Floats, formula: Formula | None, guessed: Floats
) -> tuple[float, float]:
    """Return the mean of the output if no formula gives it, and the expected size of the part still to be learned.

    ``guessed`` holds the formula's values over the whole range.
    """
    if formula is not None and logarithmic:
        # The part that a formula leaves out hardly varies more than the formula: hardness varies by far less than wear.
        return 0.0, float(np.clip(LEFT_OUT * np.std(guessed), LEAST_OFF, CONSTANTS_OFF))
    if formula is not None:
        sizes = earlier if len(earlier) else y if len(y) > 1 else guessed
        return 0.0, max(float(np.std(sizes)), 1e-6)
    level = float(np.mean(y)) if len(y) else float(np.mean(earlier)) if len(earlier) else 0.0
    sizes = earlier if len(earlier) else y if len(y) > 1 else np.zeros(1)
    # Many results from another material show how much the output varies; a few may lie close together.
    least = (LEAST_OFF if len(earlier) >= MANY_EARLIER else CONSTANTS_OFF) if logarithmic else 1e-6
    scale = max(float(np.std(sizes)), least)
    middle, unknown = _guess(output, logarithmic, level, scale)
    if logarithmic and not len(earlier):
        scale = float(np.sqrt((GUESSED * unknown**2 + len(y) * np.var(sizes)) / (GUESSED + len(y))))
    return (middle, unknown) if len(y) + len(earlier) < LEAST_EARLIER else (level, scale)


def _fitted(
    study: Study, formula: Formula, x: Floats, y: Floats, noise: Floats | None, scale: float, probe: Floats
) -> Formula:
    """Return the formula calibrated on rows; an offset, slopes and some roughness model the part that it cannot explain."""
    line = (x - MIDDLE) @ (x - MIDDLE).T
    error = scale**2 * (OFFSET + line + ROUGH * np.eye(len(x)))
    error[np.diag_indices(len(x))] += np.square(0.1 * scale if noise is None else noise)
    return calibrated(formula, numeric_columns(study, x), y, error, numeric_columns(study, probe), len(probe))


def _none(points: Floats) -> Floats:
    """Return an empty feature matrix at points."""
    return np.zeros((len(points), 0))


def _with_vouched(
    empty: Belief,
    vouched: tuple[dict[str, Value], ...],
    scale: float,
    rows: tuple[Floats, Floats, Floats, Floats | None],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Add soft rows that place vouched settings well inside the limits."""
    x, residual, formula, noise = rows
    points = encode(empty.study, list(vouched))
    mean, extra = empty._mean(points)
    limit = empty.output.limit
    target = mean.copy()
    if limit and limit.max is not None:
        target = np.minimum(target, empty.to_model(limit.max) - 1.5 * scale)
    if limit and limit.min is not None:
        target = np.maximum(target, empty.to_model(limit.min) + 1.5 * scale)
    base = np.full(len(x), 0.1 * scale) if noise is None else noise
    return (
        np.concatenate([x, points]), np.concatenate([residual, target - mean]), np.concatenate([formula, extra]),
        np.concatenate([base, np.full(len(points), 0.5 * scale)]),
    )  # fmt: skip


def _noise(output: Output, rows: list[tuple[dict[str, Value], float]], logarithmic: bool) -> Floats | None:
    if output.noise is None or (output.noise.relative is None and output.noise.absolute is None):
        return None
    return noise_deviation(output, np.array([value for _, value in rows]), logarithmic)


def _guess(output: Output, logarithmic: bool, level: float, scale: float) -> tuple[float, float]:
    """Return the level and scale of an output about which little more than its limits is known."""
    limits = (output.limit.max, output.limit.min) if output.limit else ()
    known = [float(np.log(v)) if logarithmic else v for v in limits if v is not None]
    middle = float(np.mean(known)) if known else level
    unknown = UNKNOWN_LOG if logarithmic else max(0.5 * abs(middle), scale, 1e-6)
    return middle, min(unknown, BAND * (max(known) - min(known))) if len(known) == 2 else unknown


def _probe(study: Study) -> Floats:
    return np.random.default_rng(0).random((128, width(study)))


def _raw(study: Study, output: Output, points: Floats) -> Floats:
    values = numeric_columns(study, points)
    raw = np.broadcast_to(evaluate(parse_formula(output.prior or "0", frozenset(values)), values), (len(points),))
    return raw[np.isfinite(raw)]
