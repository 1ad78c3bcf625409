"""What the study believes of each output anywhere: formula, earlier results and own trials in one prediction."""

from collections.abc import Callable

import msgspec
import numpy as np

from nightmill.tuning.calibration import Formula, calibrated, formula_of
from nightmill.tuning.expression import evaluate, parse_formula
from nightmill.tuning.gp import MIDDLE, OFFSET, Floats, Surrogate, blank, fit_surrogate
from nightmill.tuning.space import encode, width
from nightmill.tuning.study import Output, Study, Trial, Value

ROUGH = 0.02
CONSTANTS_OFF = 0.3  # a handbook's constants are commonly wrong by this much (log scale)
LEAST_EARLIER = 3
GOAL_DOUBT = 3.0
"""Cost is a sum of laws: a formula that is wrong in one is wrong in its shape, more than a law of its own is."""
UNKNOWN_LOG = 0.6  # outputs of which nothing is known commonly vary by this much (log scale)


class Belief(msgspec.Struct, frozen=True):
    """The model of one output; ``logarithmic`` when it works on the log of the output."""

    study: Study
    output: Output
    logarithmic: bool
    level: float
    formula: Formula | None
    earlier: Surrogate | None
    own: Surrogate

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and deviation [m] of the noiseless output at points, in model units (log or plain)."""
        mean, features = self._mean(points)
        m, sd = self.own.predict(points, features)
        return mean + m, sd

    def _mean(self, points: Floats) -> tuple[Floats, Floats]:
        mean, features = np.full(len(points), self.level), np.zeros((len(points), 0))
        if self.formula is not None and len(points):
            mean, features = self.formula.mean_and_features(numeric_columns(self.study, points), len(points))
        if self.earlier is not None:
            mean = mean + self.earlier.predict(points, np.zeros((len(points), 0)))[0]
        return mean, features

    def to_model(self, value: float) -> float:
        """A value of the output in model units."""
        return float(np.log(max(value, 1e-12))) if self.logarithmic else value

    def from_model(self, value: float) -> float:
        """A model value in the output's unit."""
        return float(np.exp(min(value, 600.0))) if self.logarithmic else value

    def noise_at(self, mean: Floats) -> Floats:
        """One deviation of a measurement in model units where the mean is ``mean``."""
        noise = self.output.noise
        if noise is None or (noise.relative is None and noise.absolute is None):
            return np.full(len(mean), self.own.noise)
        return noise_deviation(
            self.output, np.exp(np.clip(mean, -50, 50)) if self.logarithmic else mean, self.logarithmic
        )


def noise_deviation(output: Output, value: Floats, logarithmic: bool) -> Floats:
    """The stated noise at values of the output, in model units."""
    assert output.noise is not None
    size = np.abs(value)
    sd = (output.noise.relative or 0.0) * size + (output.noise.absolute or 0.0)
    return np.maximum(sd / np.maximum(size, 1e-12) if logarithmic else sd, 1e-6)


def numeric_columns(study: Study, points: Floats) -> dict[str, Floats]:
    """The numbers [n] of each numeric parameter at points, not rounded to steps, so that models stay smooth."""
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
    """Learns one output. ``vouched`` are settings known to keep its limit, not measured here."""
    own = [(t.parameters, t.outputs[output.name]) for t in trials if not t.failed and output.name in t.outputs]
    earlier = [(t.parameters, t.outputs[output.name]) for t in study.earlier_trials if output.name in t.outputs]
    measured = [value for _, value in (*own, *earlier)]
    probe = _probe(study)
    positive = bool(output.prior) and bool(np.all(_raw(study, output, probe) > 0))
    spread = bool(measured) and min(measured) > 0 and max(measured) / min(measured) > 4
    relative = output.noise is not None and bool(output.noise.relative) and not output.noise.absolute
    logarithmic = all(v > 0 for v in measured) and (positive or ((spread or relative) and not output.prior))
    if output.limit and logarithmic:
        logarithmic = all(v is None or v > 0 for v in (output.limit.max, output.limit.min))

    def model(value: float) -> float:
        return float(np.log(value)) if logarithmic else value

    x = encode(study, [setting for setting, _ in own])
    y = np.array([model(value) for _, value in own])
    formula = None
    if output.prior:
        node = parse_formula(output.prior, frozenset(numeric_columns(study, probe)))
        formula = formula_of(node, logarithmic, numeric_columns(study, probe), len(probe))
    guessed = formula.curve(numeric_columns(study, probe), len(probe))[0] if formula else np.zeros(1)
    sizes = y if len(y) > 1 else np.array([model(v) for _, v in earlier]) if earlier else guessed
    scale = CONSTANTS_OFF if logarithmic and output.prior else max(float(np.std(sizes)), 1e-6)
    if logarithmic and not output.prior:
        scale = max(scale, 0.3)
    level = float(np.mean(y)) if len(y) else float(np.mean([model(v) for _, v in earlier])) if earlier else 0.0
    if not output.prior and len(measured) < LEAST_EARLIER:
        level, scale = _guess(output, logarithmic, model, level, scale)
    doubt = GOAL_DOUBT if output.goal and not output.limit else 1.0
    before = None
    if len(earlier) >= LEAST_EARLIER:
        ex = encode(study, [setting for setting, _ in earlier])
        ey = np.array([model(value) for _, value in earlier])
        enoise = _noise(output, earlier, logarithmic)
        if formula:
            formula = _fitted(study, formula, ex, ey, enoise, scale, probe)
            formula = msgspec.structs.replace(formula, home=formula.shift)
        plain = Belief(study, output, logarithmic, level, formula, None, blank(width(study), scale))
        none = np.zeros((len(ex), 0))
        before = fit_surrogate(ex, ey - plain._mean(ex)[0], none, enoise, bool(output.prior), scale)
        scale = max(0.5 * scale, 1e-6)
    noise = _noise(output, own, logarithmic)
    if formula:
        rest = y if before is None else y - before.predict(x, np.zeros((len(x), 0)))[0]
        formula = _fitted(study, formula, x, rest, noise, scale, probe)
    empty = Belief(study, output, logarithmic, level, formula, before, blank(width(study), scale))
    mean, features = empty._mean(x)
    residual = y - mean
    if vouched and output.limit:
        x, residual, features, noise = _with_vouched(empty, vouched, scale, (x, residual, features, noise))
    own_model = fit_surrogate(x, residual, features, noise, bool(output.prior), scale, doubt)
    return msgspec.structs.replace(empty, own=own_model)


def _fitted(
    study: Study, formula: Formula, x: Floats, y: Floats, noise: Floats | None, scale: float, probe: Floats
) -> Formula:
    """The formula calibrated on rows; what it cannot explain is an offset, a slope and some roughness."""
    line = (x - MIDDLE) @ (x - MIDDLE).T
    error = scale**2 * (OFFSET + line + ROUGH * np.eye(len(x)))
    error[np.diag_indices(len(x))] += np.square(0.1 * scale if noise is None else noise)
    return calibrated(formula, numeric_columns(study, x), y, error, numeric_columns(study, probe), len(probe))


def _with_vouched(
    empty: Belief,
    vouched: tuple[dict[str, Value], ...],
    scale: float,
    rows: tuple[Floats, Floats, Floats, Floats | None],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Adds soft rows that place vouched settings well inside the limits."""
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


def _guess(
    output: Output, logarithmic: bool, model: Callable[[float], float], level: float, scale: float
) -> tuple[float, float]:
    """Level and scale of an output about which little more is known than its limits."""
    limit = output.limit
    known = [
        model(v) for v in ((limit.max, limit.min) if limit else ()) if v is not None and (v > 0 or not logarithmic)
    ]
    if logarithmic:
        return (float(np.mean(known)) if known else level, UNKNOWN_LOG)
    return (
        (float(np.mean(known)), max(abs(float(np.mean(known))) * 0.5, scale, 1e-6))
        if known
        else (level, max(scale, 0.5 * abs(level), 1e-6))
    )


def _probe(study: Study) -> Floats:
    return np.random.default_rng(0).random((128, width(study)))


def _raw(study: Study, output: Output, points: Floats) -> Floats:
    values = numeric_columns(study, points)
    raw = np.broadcast_to(evaluate(parse_formula(output.prior or "0", frozenset(values)), values), (len(points),))
    return raw[np.isfinite(raw)]
