"""Uncertainty in the twin: probability distributions of cycle times, breakdowns, repairs and scrap, learned from the log."""

import math
from collections.abc import Sequence
from random import Random

import msgspec

from nightmill.stats.survival import completed, fit_shifted


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """The distributions for a machine (or for all machines), each with the number of observations that its parameters
    are worth.

    The ratio of actual to planned cutting time has the median ``cycle_factor``; its excess over ``cycle_shift``, a lower limit
    for every cut, is lognormal with ``cycle_sd`` (of the logarithm). Running hours between breakdowns are exponential with mean
    ``mtbf_h`` (``None``: never); a fraction ``spoilt_share`` of the interrupted cuts is spoilt, the others resume where they
    stopped. A repair takes one person a lognormal number of hours with median ``repair_h`` and ``repair_sd`` (MIL-HDBK-472,
    procedure I). A fraction ``scrap_share`` of the parts is found bad after the last operation. A planned stop comes after
    ``care_h`` running hours (``None``: never): exactly if ``care_regular``, else exponentially distributed, as stops triggered
    by a machine's signals are.

    The defaults are assumptions, worth only the few observations stated, so that data soon outweigh them. An interrupted part
    counts as spoilt by default, since the floor cuts no part twice.
    """

    cycle_factor: float = 1.0
    cycle_sd: float = 0.03
    cycle_weight: float = 4.0
    cycle_shift: float = 0.0
    mtbf_h: float | None = 300.0
    mtbf_weight: float = 4.0
    repair_h: float = 4.0
    repair_sd: float = 0.5
    repair_weight: float = 2.0
    spoilt_share: float = 0.9
    spoilt_weight: float = 2.0
    scrap_share: float = 0.02
    scrap_weight: float = 100.0
    care_h: float | None = None
    care_weight: float = 1.0
    care_regular: bool = False

    def __post_init__(self) -> None:
        positive = {
            "cycle_factor": self.cycle_factor,
            "cycle_weight": self.cycle_weight,
            "mtbf_h": 1.0 if self.mtbf_h is None else self.mtbf_h,
            "mtbf_weight": self.mtbf_weight,
            "repair_h": self.repair_h,
            "repair_weight": self.repair_weight,
            "spoilt_weight": self.spoilt_weight,
            "scrap_weight": self.scrap_weight,
            "care_h": 1.0 if self.care_h is None else self.care_h,
            "care_weight": self.care_weight,
        }
        for name, value in positive.items():
            if not 0.0 < value < math.inf:
                raise ValueError(f"{type(self).__name__}: {name} {value} must be > 0 and finite")
        for name, value in {"cycle_sd": self.cycle_sd, "repair_sd": self.repair_sd}.items():
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{type(self).__name__}: {name} {value} must be >= 0 and finite")
        if not 0.0 <= self.cycle_shift < self.cycle_factor:
            raise ValueError(f"{type(self).__name__}: cycle_shift {self.cycle_shift} must be in 0 .. cycle_factor")
        for name, value in {"spoilt_share": self.spoilt_share, "scrap_share": self.scrap_share}.items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{type(self).__name__}: {name} {value} must be in 0 .. 1")


class MachineLaw(Law, frozen=True, kw_only=True):
    """The distributions for one machine."""

    machine: str


class OperationLaw(msgspec.Struct, frozen=True, kw_only=True):
    """The cutting time of one operation on one machine, if it differs from the machine's general distribution."""

    machine: str
    operation: str
    cycle_factor: float
    cycle_sd: float
    cycle_weight: float
    cycle_shift: float = 0.0


class Uncertainty(Law, frozen=True, kw_only=True):
    """The distributions for all machines, and for those that differ; ``draw_parameters``: also draw the parameters.

    If so, each replication draws its parameters from their posterior, so that uncertainty about them widens the result; if not,
    every replication uses the parameters as given.
    """

    by_machine: tuple[MachineLaw, ...] = ()
    by_operation: tuple[OperationLaw, ...] = ()
    draw_parameters: bool = True

    def law_of(self, machine: str) -> Law:
        """Return the distributions for ``machine``: its own if it has any."""
        return next((law for law in self.by_machine if law.machine == machine), self)


def certain() -> Uncertainty:
    """Return distributions without randomness: every cut takes its planned time, nothing breaks, every part is good."""
    return Uncertainty(cycle_sd=0.0, mtbf_h=None, repair_sd=0.0, scrap_share=0.0, draw_parameters=False)


class Cycle(msgspec.Struct, frozen=True):
    """A cut: planned and actual time; if not ``complete``, the full cut takes longer than that.

    Running cuts and interrupted cuts are not complete. ``operation`` may be empty; ``at_s`` is its end.
    """

    planned_s: float
    actual_s: float
    operation: str = ""
    complete: bool = True
    at_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0.0 < self.planned_s < math.inf and 0.0 < self.actual_s < math.inf):
            raise ValueError(f"Cycle: planned_s {self.planned_s} and actual_s {self.actual_s} must be > 0")


class MachineHistory(msgspec.Struct, frozen=True):
    """The history of a machine: its cuts, running (spindle) hours, failures, repairs, parts judged and scrapped, planned stops.

    ``interrupted`` cuts were hit by a failure, ``spoilt`` of them were lost; ``made`` counts parts with a verdict, including
    those lost by a broken tool. ``cares`` counts planned stops in ``cares_running_h`` (``None``: in ``running_h``);
    neither has to be an integer, since old events count for less.
    """

    machine: str
    cycles: tuple[Cycle, ...] = ()
    running_h: float = 0.0
    failures: int = 0
    repairs_h: tuple[float, ...] = ()
    interrupted: int = 0
    spoilt: int = 0
    made: int = 0
    scrapped: int = 0
    cares: float = 0.0
    cares_running_h: float | None = None

    def __post_init__(self) -> None:
        if min(self.running_h, self.failures, self.interrupted, self.spoilt, self.made, self.scrapped, self.cares) < 0:
            raise ValueError(f"MachineHistory {self.machine}: hours and counts must be >= 0")
        if self.spoilt > self.interrupted or self.scrapped > self.made:
            raise ValueError(f"MachineHistory {self.machine}: spoilt <= interrupted and scrapped <= made must hold")
        if any(not 0.0 < hours < math.inf for hours in self.repairs_h):
            raise ValueError(f"MachineHistory {self.machine}: repairs_h must be > 0")


MACHINES_ALIKE = 4.0
"""Weight of the shop's mean time between failures for each machine, in failures.

Mean times differ by about 50 % between the machines of a shop.
"""


def learn(history: tuple[MachineHistory, ...], prior: Uncertainty | None = None) -> Uncertainty:
    """Return the distributions after observation, shrunk towards ``prior``; each machine's own are shrunk towards those of the shop.

    Conjugate updates (Gelman et al., Bayesian Data Analysis, 3rd ed., sec. 2.4, 2.6, 3.3): normal-inverse-gamma for the
    logarithms of cycle and repair times, gamma for the failure rate by running hours, beta for the fractions. A machine's prior
    is the shop's posterior at the weight of ``prior`` (empirical Bayes: the machine's data count in both). The prior for
    failures has the weight ``MACHINES_ALIKE`` or more, since a month with few or many failures says little about the next, and
    the prior for repairs has full weight. Without data the result is ``prior``.
    """
    start = prior or Uncertainty()
    shop = msgspec.structs.replace(start, **_updated(start, history))
    names = tuple(dict.fromkeys(each.machine for each in history))
    own: list[MachineLaw] = []
    operations: list[OperationLaw] = [law for law in start.by_operation if law.machine not in names]
    for name in names:
        known = next((law for law in start.by_machine if law.machine == name), None)
        base = known or _weakened(shop, start, name)
        of_machine = [each for each in history if each.machine == name]
        own.append(msgspec.structs.replace(base, **_updated(base, of_machine)))
        operations += _operations(own[-1], start, of_machine)
    others = [law for law in start.by_machine if law.machine not in names]
    return msgspec.structs.replace(shop, by_machine=(*others, *own), by_operation=tuple(operations))


def _operations(machine: MachineLaw, prior: Uncertainty, history: Sequence[MachineHistory]) -> list[OperationLaw]:
    """Return the distributions for a machine's operations, each shrunk towards the machine's distribution with the weight of ``prior``."""
    known = {law.operation: law for law in prior.by_operation if law.machine == machine.machine}
    names = dict.fromkeys(c.operation for each in history for c in each.cycles if c.operation)
    found: list[OperationLaw] = [law for name, law in known.items() if name not in names]
    for name in names:
        base = known.get(name) or OperationLaw(
            machine=machine.machine,
            operation=name,
            cycle_factor=machine.cycle_factor,
            cycle_sd=machine.cycle_sd,
            cycle_weight=prior.cycle_weight,
            cycle_shift=machine.cycle_shift,
        )
        cycles = [c for each in history for c in each.cycles if c.operation == name]
        found.append(msgspec.structs.replace(base, **_cycle_figures(base, cycles)))
    return found


def _cycle_figures(prior: Law | OperationLaw, cycles: Sequence[Cycle]) -> dict[str, float]:
    """Return factor, scatter, shift and weight of cutting times after ``cycles``; a censored time counts by its information.

    The shift is that of the most likely distribution, if a shift is worthwhile. The data enter through their most likely mean
    and scatter; a censored time is worth the fraction of an observation by which it narrows the distribution.
    """
    whole = [c.actual_s / c.planned_s for c in cycles if c.complete]
    cut_short = [c.actual_s / c.planned_s for c in cycles if not c.complete]
    if not whole:
        return {
            "cycle_factor": prior.cycle_factor,
            "cycle_sd": prior.cycle_sd,
            "cycle_weight": prior.cycle_weight,
            "cycle_shift": prior.cycle_shift,
        }
    fit = fit_shifted(whole, cut_short)
    shift = fit.shift if fit.shift < prior.cycle_factor else 0.0
    if shift != fit.shift:
        fit = fit_shifted(whole, cut_short, may_shift=False)
    _, left = completed(fit.mean, fit.sd, [ratio - shift for ratio in cut_short if ratio > shift])
    worth = len(whole) + sum(max(0.0, 1.0 - variance / fit.sd**2) for variance in left)
    mean, sd, weight = _normal(
        math.log(prior.cycle_factor - shift), prior.cycle_sd, prior.cycle_weight, fit.mean, fit.sd, worth
    )
    return {"cycle_factor": shift + math.exp(mean), "cycle_sd": sd, "cycle_weight": weight, "cycle_shift": shift}


def _weakened(shop: Law, prior: Law, machine: str) -> MachineLaw:
    """Return the shop's parameters at the prior's weights; since the same people repair all machines, repairs keep the shop's weight.

    The mean of a lognormal time grows without bound as its parameters are drawn from fewer observations.
    """
    fields = {name: getattr(prior if name.endswith("_weight") else shop, name) for name in Law.__struct_fields__}
    weights = {"repair_weight": shop.repair_weight, "mtbf_weight": max(prior.mtbf_weight, MACHINES_ALIKE)}
    return MachineLaw(machine=machine, **{**fields, **weights})


def _updated(prior: Law, history: Sequence[MachineHistory]) -> dict[str, float | None]:
    """Return the fields of a distribution updated with ``history``."""
    repairs = [math.log(hours) for each in history for hours in each.repairs_h]
    cutting = _cycle_figures(prior, [c for each in history for c in each.cycles])
    average = sum(repairs) / max(1, len(repairs))
    scatter = math.sqrt(sum((log - average) ** 2 for log in repairs) / max(1, len(repairs)))
    repair, repair_sd, repair_weight = _normal(
        math.log(prior.repair_h), prior.repair_sd, prior.repair_weight, average, scatter, len(repairs)
    )
    failures, hours = sum(each.failures for each in history), sum(each.running_h for each in history)
    mtbf_h, mtbf_weight = _mean_time(prior.mtbf_h, prior.mtbf_weight, failures, hours)
    cared_h = sum(each.running_h if each.cares_running_h is None else each.cares_running_h for each in history)
    care_h, care_weight = _mean_time(prior.care_h, prior.care_weight, sum(each.cares for each in history), cared_h)
    interrupted, made = sum(each.interrupted for each in history), sum(each.made for each in history)
    spoilt, scrapped = sum(each.spoilt for each in history), sum(each.scrapped for each in history)
    return {
        **cutting,
        "mtbf_h": mtbf_h,
        "mtbf_weight": mtbf_weight,
        "repair_h": math.exp(repair),
        "repair_sd": repair_sd,
        "repair_weight": repair_weight,
        "spoilt_share": (prior.spoilt_share * prior.spoilt_weight + spoilt) / (prior.spoilt_weight + interrupted),
        "spoilt_weight": prior.spoilt_weight + interrupted,
        "scrap_share": (prior.scrap_share * prior.scrap_weight + scrapped) / (prior.scrap_weight + made),
        "scrap_weight": prior.scrap_weight + made,
        "care_h": care_h,
        "care_weight": care_weight,
    }


def _normal(
    mean: float, sd: float, weight: float, average: float, scatter: float, number: float
) -> tuple[float, float, float]:
    """Return the normal-inverse-gamma update with kappa = ``weight`` and alpha = ``weight`` / 2 (BDA3 eq. 3.3).

    ``number`` observations have the mean ``average`` and the standard deviation ``scatter``.
    """
    if number <= 0.0:
        return mean, sd, weight
    shift = weight * number / (weight + number) * (average - mean) ** 2
    total = weight + number
    return (
        (weight * mean + number * average) / total,
        math.sqrt((weight * sd**2 + number * scatter**2 + shift) / total),
        total,
    )


def _mean_time(mean_h: float | None, weight: float, seen: float, hours: float) -> tuple[float | None, float]:
    """Gamma update of a rate; a prior of "never" is overruled by the first observed event."""
    if mean_h is None:
        return (max(hours, 1e-3) / seen, max(1.0, seen)) if seen else (None, weight)
    return (weight * mean_h + hours) / (weight + seen), weight + seen


class Drawn(msgspec.Struct, frozen=True):
    """The parameters of a machine in one replication; ``log_factor`` refers to the ratio above ``cycle_shift``."""

    log_factor: float
    cycle_sd: float
    cycle_shift: float
    mtbf_s: float
    log_repair_h: float
    repair_sd: float
    spoilt_share: float
    scrap_share: float
    care_s: float
    care_regular: bool


def draw(law: Law, key: int, spread: bool) -> Drawn:
    """Draw parameters from their posterior (or take the given values if not ``spread``); ``key`` fixes the draw."""
    factor, repair = math.log(law.cycle_factor - law.cycle_shift), math.log(law.repair_h)
    cycle_sd, repair_sd, spoilt, scrap = law.cycle_sd, law.repair_sd, law.spoilt_share, law.scrap_share
    mtbf_s, care_s = (math.inf if mean_h is None else mean_h * 3600.0 for mean_h in (law.mtbf_h, law.care_h))
    if spread:
        random = Random(key)
        factor, cycle_sd = _drawn_normal(random, factor, cycle_sd, law.cycle_weight)
        repair, repair_sd = _drawn_normal(random, repair, repair_sd, law.repair_weight)
        spoilt = _drawn_share(random, spoilt, law.spoilt_weight)
        scrap = _drawn_share(random, scrap, law.scrap_weight)
        mtbf_s /= _drawn_rate(random, law.mtbf_weight)
        care_s /= 1.0 if law.care_regular else _drawn_rate(random, law.care_weight)
    return Drawn(factor, cycle_sd, law.cycle_shift, mtbf_s, repair, repair_sd, spoilt, scrap, care_s, law.care_regular)


LEAST_MATCHED = 8
"""From this number of replications on, draws are matched to their mean."""


def matched_draws(law: Law, keys: Sequence[int], spread: bool) -> list[Drawn]:
    """Return a machine's parameters in each of many replications, with the rates of failures and planned stops matched to their mean.

    A few draws of a poorly known rate can by chance be far from its mean, with a large effect on all queues. So the draws are
    scaled until their mean is that of the posterior (moment matching: Barraquand, Management Science 41/12, 1995).
    """
    drawn = [draw(law, key, spread) for key in keys]
    if not spread or len(drawn) < LEAST_MATCHED:
        return drawn
    failing, caring = (
        math.inf if mean_h is None else mean_h * 3600.0 * sum(1.0 / times for times in seen) / len(seen)
        for mean_h, seen in ((law.mtbf_h, [d.mtbf_s for d in drawn]), (law.care_h, [d.care_s for d in drawn]))
    )
    return [msgspec.structs.replace(d, mtbf_s=d.mtbf_s * failing, care_s=d.care_s * caring) for d in drawn]


def draw_cycle(law: OperationLaw, key: int, spread: bool) -> tuple[float, float, float]:
    """Return the logarithm of the median above the shift, the scatter and the shift of an operation, drawn as in ``draw`` for a machine."""
    factor = math.log(law.cycle_factor - law.cycle_shift)
    if not spread:
        return factor, law.cycle_sd, law.cycle_shift
    return *_drawn_normal(Random(key), factor, law.cycle_sd, law.cycle_weight), law.cycle_shift


def _drawn_normal(random: Random, mean: float, sd: float, weight: float) -> tuple[float, float]:
    half = weight / 2.0
    drawn = sd * math.sqrt(half / max(random.gammavariate(half, 1.0), 1e-9))
    return mean + drawn / math.sqrt(weight) * random.gauss(0.0, 1.0), drawn


def _drawn_rate(random: Random, weight: float) -> float:
    """Draw a rate relative to the usual one."""
    return max(random.gammavariate(weight, 1.0 / weight), 1e-9)


def _drawn_share(random: Random, share: float, weight: float) -> float:
    if not 0.0 < share < 1.0:
        return share
    return random.betavariate(share * weight, (1.0 - share) * weight)
