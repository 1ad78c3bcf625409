"""A tuning study: parameters, outputs, goals and limits, and the trials so far."""

import math
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from nightmill.tuning.formula import FormulaError, parse_formula
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding

Value = float | int | str
MACHINE = "machine"
Wrong = Callable[[str, object, str], None]


class Parameter(msgspec.Struct, frozen=True):
    """A parameter: ``real`` or ``integer`` between ``low`` and ``high`` (a ``step`` starts at low), or a ``choice``."""

    name: str
    kind: Literal["real", "integer", "choice"] = "real"
    low: float = 0.0
    high: float = 1.0
    scale: Literal["log", "linear"] = "linear"
    unit: str = ""
    step: float | None = None
    values: tuple[Value, ...] = ()


class Noise(msgspec.Struct, frozen=True):
    """Standard deviation of a measurement, as a fraction of the value or in its unit."""

    relative: float | None = None
    absolute: float | None = None


class Limit(msgspec.Struct, frozen=True):
    """The range an output must stay in."""

    max: float | None = None
    min: float | None = None


class Output(msgspec.Struct, frozen=True):
    """A measured result with a goal, a limit, or both; ``prior`` is a handbook formula."""

    name: str
    goal: Literal["minimise", "maximise"] | None = None
    limit: Limit | None = None
    noise: Noise | None = None
    prior: str | None = None


class HardLimit(msgspec.Struct, frozen=True):
    """A hard limit: coefficient x product of parameter^power <= max; known exactly and never broken."""

    name: str
    coefficient: float
    powers: dict[str, float]
    max: float


class EarlierTrial(msgspec.Struct, frozen=True):
    """A result from another material or machine: prior knowledge, never one of this study's own trials."""

    parameters: dict[str, Value]
    outputs: dict[str, float]
    context: str = ""


class Study(msgspec.Struct, frozen=True):
    """The whole study file. ``seed`` and the history determine every suggestion.

    Trials are distributed among ``machines``, and ``machine`` becomes one more value in each setting. Results from one machine help to
    predict the others, which are similar but not identical.
    """

    name: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    seed: int = 0
    mode: Literal["normal", "safe"] = "normal"
    max_risk: float = 0.10
    trial_cost: float | None = None
    trials: int | None = None
    hard_limits: tuple[HardLimit, ...] = ()
    earlier_trials: tuple[EarlierTrial, ...] = ()
    start: dict[str, Value] | None = None
    surrogate: Literal["own", "botorch"] = "own"
    machines: tuple[str, ...] = ()


class Trial(msgspec.Struct, frozen=True):
    """A trial that was run; a ``failed`` trial has no outputs."""

    trial: int
    parameters: dict[str, Value]
    outputs: dict[str, float]
    failed: bool = False


class Result(msgspec.Struct, frozen=True):
    """A reported result; the trial number may be missing, and the parameters may differ from the suggestion."""

    parameters: dict[str, Value] | None = None
    outputs: dict[str, float] = {}
    trial: int | None = None
    failed: bool = False


def read_study(text: str | bytes, file: str = "study.json") -> Study:
    """Read a study from JSON text and check it. Raises ``BadInput`` with all findings."""
    try:
        study = msgspec.json.decode(text, type=Study)
    except UNREADABLE as error:
        message, _, place = str(error).partition(" - at ")
        raise BadInput(Finding(file, place.strip("`"), message, "a tuning study", "Correct it.")) from error
    if study.machines and any(p.name == MACHINE for p in study.parameters):
        found = f"a parameter {MACHINE!r} as well as machines"
        raise BadInput(Finding(file, "parameters", found, "only one of the two", "Rename the parameter."))
    if study.machines:
        machine = Parameter(MACHINE, kind="choice", values=study.machines)
        study = msgspec.structs.replace(study, parameters=(*study.parameters, machine))
    check_study(study, file)
    return study


def check_study(study: Study, file: str = "study.json") -> None:
    """Raise ``BadInput`` with all contradictions in the study."""
    findings: list[Finding] = []

    def wrong(place: str, found: object, expected: str) -> None:
        findings.append(Finding(file, place, str(found), expected, "Correct the study."))

    _check_parameters(study, wrong)
    _check_outputs(study, wrong)
    numeric = frozenset(p.name for p in study.parameters if p.kind != "choice")
    for h in study.hard_limits:
        unknown = sorted(set(h.powers) - numeric)
        if unknown or not (h.coefficient > 0 and h.max > 0):
            wrong(
                f"hard limit {h.name}",
                unknown or f"{h.coefficient}, max {h.max}",
                "known numeric parameters, numbers above 0",
            )
    if len(set(study.machines)) < len(study.machines) or not all(study.machines):
        wrong("machines", list(study.machines), "names, each once")
    if not 0 < study.max_risk < 1:
        wrong("max_risk", study.max_risk, "a fraction between 0 and 1")
    if study.start is not None:
        findings.extend(setting_findings(study, study.start, file, "start"))
        if not findings and not hard_limits_kept(study, study.start):
            wrong("start", study.start, "a setting within the hard limits")
    for k, trial in enumerate(study.earlier_trials):
        findings.extend(setting_findings(study, trial.parameters, file, f"earlier_trials[{k}]", inside=False))
    if findings:
        raise BadInput(*findings)


def _check_parameters(study: Study, wrong: Wrong) -> None:
    names = [p.name for p in study.parameters]
    if not names or len(set(names)) < len(names):
        wrong("parameters", names, "at least one parameter, each name once")
    for p in study.parameters:
        if p.kind == "choice":
            if not p.values:
                wrong(f"parameter {p.name}", "no values", "at least one value")
            continue
        if not (math.isfinite(p.low) and math.isfinite(p.high) and p.low < p.high):
            wrong(f"parameter {p.name}", f"low {p.low}, high {p.high}", "low below high")
        elif p.scale == "log" and p.low <= 0:
            wrong(f"parameter {p.name}", f"low {p.low} on a log scale", "low above 0")
        if p.step is not None and not p.step > 0:
            wrong(f"parameter {p.name}", f"step {p.step}", "a step above 0")
        if p.kind == "integer" and math.floor(p.high) < math.ceil(p.low):
            wrong(f"parameter {p.name}", f"{p.low} .. {p.high}", "a range that contains a whole number")


def _check_outputs(study: Study, wrong: Wrong) -> None:
    outputs = [o.name for o in study.outputs]
    if len(set(outputs)) < len(outputs) or not any(o.goal for o in study.outputs):
        wrong("outputs", outputs, "each name once and at least one goal")
    numeric = frozenset(p.name for p in study.parameters if p.kind != "choice")
    for o in study.outputs:
        if o.goal is None and (o.limit is None or (o.limit.max is None and o.limit.min is None)):
            wrong(f"output {o.name}", "neither goal nor limit", "a goal, a limit or both")
        if o.limit and o.limit.min is not None and o.limit.max is not None and o.limit.min > o.limit.max:
            wrong(f"output {o.name}", f"min {o.limit.min} over max {o.limit.max}", "min below max")
        if o.prior is not None:
            try:
                parse_formula(o.prior, numeric)
            except FormulaError as error:
                wrong(f"output {o.name}, prior", str(error), "a formula with the parameters")


def setting_findings(
    study: Study, setting: Mapping[str, Value], file: str, place: str, inside: bool = True
) -> list[Finding]:
    """Return the findings on a setting: values that are missing, of the wrong kind or, with ``inside``, out of range."""
    findings = []
    for p in study.parameters:
        value = setting.get(p.name)
        if value is None and p.name == MACHINE and study.machines and place != "parameters":
            continue  # a known start applies to all machines, and earlier trials were not on any of them
        if p.kind == "choice":
            good, expected = value in p.values, f"one of {', '.join(map(str, p.values))}"
        else:
            number = isinstance(value, int | float) and math.isfinite(value)
            slack = 1e-9 * (abs(p.low) + abs(p.high))
            good = number and (not inside or p.low - slack <= float(value or 0) <= p.high + slack)
            expected = f"a number from {p.low} to {p.high}" if inside else "a number"
        if not good:
            findings.append(Finding(file, f"{place}, {p.name}", str(value), expected, "Correct the setting."))
    return findings


def hard_limits_kept(study: Study, setting: Mapping[str, Value]) -> bool:
    """Return whether every hard limit holds."""
    return all(limit_load(h, setting) <= 1 + 1e-12 for h in study.hard_limits)


def limit_load(limit: HardLimit, setting: Mapping[str, Value]) -> float:
    """Return the limited quantity as a fraction of its maximum."""
    load = limit.coefficient / limit.max
    for name, power in limit.powers.items():
        value = float(setting[name])
        if value <= 0 and (power < 0 or power != int(power)):
            return math.inf
        load *= value**power
    return load
