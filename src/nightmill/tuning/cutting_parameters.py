"""Improve the cutting parameters of a running operation from the shop's measurements: wear, time and finish.

Speed and feed are factors on the handbook values of a certified program. The underlying study is the general one, with Taylor's extended
tool life equation (Taylor 1907) for tool cost and the kinematic roughness feed^2 as priors.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from nightmill.tuning.ask_tell import History, suggest
from nightmill.tuning.study import HardLimit, Limit, Noise, Output, Parameter, Study, Trial, Value

LOW, HIGH = 0.8, 1.3
SPEED_EXPONENT = 4.0  # 1 / n for carbide, n = 0.25 (Taylor)
FEED_EXPONENT = 1.5


class CuttingObservation(msgspec.Struct, frozen=True):
    """One run at given factors: fraction of tool life used per part, minutes per part, and roughness if measured."""

    speed_factor: Annotated[float, msgspec.Meta(gt=0)]
    feed_factor: Annotated[float, msgspec.Meta(gt=0)]
    wear_share: Annotated[float, msgspec.Meta(ge=0)]
    minutes: Annotated[float, msgspec.Meta(gt=0)]
    roughness_um: float | None = None
    failed: bool = False


class CuttingTask(msgspec.Struct, frozen=True):
    """Cost and requirements of an operation: handbook cutting time and wear, price of machine time and of a tool.

    ``power_share`` is the load at the handbook setting as a fraction of the machine's limit; it is a hard limit. ``edge_minutes``:
    cutting minutes after which the shop removes an edge, however worn it is; a part then pays for an edge by its cutting minutes.
    ``worn``: an upper bound on the fraction of an edge's life used by that time at the handbook setting; settings that may use up more
    than the whole life by Taylor's equation are excluded. Without ``edge_minutes``, edges are changed when they are worn.
    """

    name: str
    minutes: float
    wear_share: float
    minute_usd: float
    tool_usd: float
    roughness_um: float = 1.6
    roughness_limit_um: float = 3.2
    power_share: float = 0.5
    seed: int = 0
    max_risk: float = 0.10
    edge_minutes: Annotated[float, msgspec.Meta(gt=0)] | None = None
    worn: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class CuttingAdvice(msgspec.Struct, frozen=True):
    """The next factors within 0.8 .. 1.3, with their expected cost per part, the risk, and the reason."""

    speed_factor: float
    feed_factor: float
    cost_usd: float
    risk: float
    settled: bool
    reason: str


def cutting_cost(task: CuttingTask, minutes: float, wear_share: float) -> float:
    """Return the cost of machine time and of the part of a tool used, in USD a part."""
    share = wear_share if task.edge_minutes is None else minutes / task.edge_minutes
    return minutes * task.minute_usd + share * task.tool_usd


def wear_rate(speed: float, feed: float) -> float:
    """Return the wear of an edge per minute at these factors, relative to the handbook setting (Taylor 1907)."""
    return float(speed**SPEED_EXPONENT * feed**FEED_EXPONENT)


def next_factors(task: CuttingTask, observations: Sequence[CuttingObservation]) -> CuttingAdvice:
    """Return the safest promising factors after ``observations``; without observations, the handbook setting (1, 1).

    ``settled``: the next trial isn't expected to save 1 % of the cost, so the best factors so far are returned.
    """
    study = _study(task, any(o.roughness_um is not None for o in observations))
    history = History(tuple(_trial(task, study, k + 1, o) for k, o in enumerate(observations)))
    (suggestion,) = suggest(study, history).suggestions
    setting: dict[str, Value] = suggestion.parameters
    if suggestion.stop and suggestion.best is not None:
        setting = suggestion.best.parameters
        settled = CuttingAdvice(
            float(setting["speed"]),
            float(setting["feed"]),
            suggestion.best.outputs["cost"],
            0.0,
            True,
            suggestion.reason,
        )
        if LOW <= settled.speed_factor <= HIGH and LOW <= settled.feed_factor <= HIGH:
            return settled
        setting = suggestion.parameters
    keep = 1.0
    for chance in suggestion.risk.values():
        keep *= 1 - chance
    return CuttingAdvice(
        float(setting["speed"]),
        float(setting["feed"]),
        suggestion.predicted["cost"].mean,
        1 - keep,
        False,
        suggestion.reason,
    )


def _study(task: CuttingTask, finish: bool) -> Study:
    base = cutting_cost(task, task.minutes, task.wear_share)
    if task.edge_minutes is None:
        cost = (
            f"{task.minutes * task.minute_usd:.9f} / (speed * feed) + {task.wear_share * task.tool_usd:.9f} "
            f"* speed ** {SPEED_EXPONENT - 1} * feed ** {FEED_EXPONENT - 1}"
        )
        outputs = [Output("cost", goal="minimise", noise=Noise(relative=0.05), prior=cost)]
    else:
        outputs = [Output("cost", goal="minimise", noise=Noise(relative=0.02), prior=f"{base:.9f} / (speed * feed)")]
    if finish:
        rough = Output(
            "roughness", limit=Limit(max=task.roughness_limit_um), noise=Noise(relative=0.08),
            prior=f"{task.roughness_um:.9f} * feed ** 2",
        )  # fmt: skip
        outputs.append(rough)
    # Power is proportional to speed x feed^0.75 (Kienzle, mc = 0.25); if the handbook setting is overloaded, power may not increase.
    power = HardLimit("spindle power", task.power_share, {"speed": 1.0, "feed": 0.75}, max(1.0, task.power_share))
    hard = [power]
    if task.edge_minutes is not None:
        powers = {"speed": SPEED_EXPONENT, "feed": FEED_EXPONENT}
        hard.append(HardLimit("wear until the edge is changed", task.worn, powers, max(1.0, task.worn)))
    return Study(
        task.name, (Parameter("speed", low=LOW, high=HIGH, scale="log"), Parameter("feed", low=LOW, high=HIGH, scale="log")),
        tuple(outputs), seed=task.seed, mode="safe", max_risk=task.max_risk, trial_cost=0.01 * base,
        hard_limits=tuple(hard), start={"speed": 1.0, "feed": 1.0},
    )  # fmt: skip


def _trial(task: CuttingTask, study: Study, number: int, o: CuttingObservation) -> Trial:
    setting: dict[str, Value] = {"speed": o.speed_factor, "feed": o.feed_factor}
    if o.failed:
        return Trial(number, setting, {}, True)
    outputs = {"cost": cutting_cost(task, o.minutes, o.wear_share)}
    if len(study.outputs) > 1:
        # If a part's finish was not measured, the handbook value for its feed counts.
        outputs["roughness"] = task.roughness_um * o.feed_factor**2 if o.roughness_um is None else o.roughness_um
    return Trial(number, setting, outputs)
