"""Ask and tell: the next setting worth trying, its expected outcome, and its risk of breaking a limit.

Each output has its own model. The next setting maximises the log expected improvement (Ament et al. 2023) of the goal plus the log
probability that every limit holds (Schonlau 1997; Gardner et al. 2014), among settings whose risk of breaking a limit is low and which
lie within a step of one that kept all limits (a rule outside the models: they may be wrong far from earlier trials). So the known good
region grows outward. If it stagnates, the next trial is the one that teaches most about the limits (``knowledge_gradient``). For several
goals the criterion is the expected gain in the hypervolume under their front (``hypervolume``). The same study and history give the same
answer.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.stats.gaussian_process import Floats
from nightmill.tuning.hypervolume import Front, front_of
from nightmill.tuning.knowledge_gradient import lessons
from nightmill.tuning.output_model import Belief, believe
from nightmill.tuning.search_space import decode, encode, level_gaps, width
from nightmill.tuning.study import MACHINE, Limit, Result, Study, Trial, Value, hard_limits_kept, setting_findings
from nightmill.vocabulary.errors import BadInput, Finding

CANDIDATES, EDGES = 384, 96
RADII, STARTS, AROUND = (0.1, 0.05, 0.02, 0.01), 4, 32
"""Local search: rounds with ``AROUND`` points around each of the ``STARTS`` best, closer in each round."""
BARRED = -1e6
ALIKE, REPEATED, LESSONS, LEAST_LESSON, TEACHING_RISK = 0.05, 2, 200, 0.01, 0.5
"""When a setting counts as a repetition, and what is tried instead.

A setting is a repetition if at least ``REPEATED`` trials are within ``ALIKE`` of it. In that case ``LESSONS`` other settings are
evaluated by what a trial there would teach, and the best is tried if its value exceeds the fraction ``LEAST_LESSON`` of the goal's
expected variation. It may take only the fraction ``TEACHING_RISK`` of the risk, since it is in a region where the models matter most and
are most often wrong.
"""


class Boldness(msgspec.Struct, frozen=True):
    """Permitted risk that a trial in normal mode breaks a limit: ``mean`` over all trials, between ``least`` and ``most`` for one trial.

    After ``BOLD_TRIALS`` trials, ``least`` and ``most`` decrease with the number of trials to the power ``fading``. After ``teaching``
    trials, a trial may be made to learn about the limits instead of repeating the best setting. Improvements below the fraction ``worth``
    of the goal's expected variation don't count.
    """

    mean: float
    least: float
    most: float
    fading: float
    teaching: int
    worth: float


TAUGHT, UNTAUGHT = Boldness(0.12, 0.10, 0.30, 2.0, 8, 0.03), Boldness(0.10, 0.06, 0.25, 1.0, 4, 0.07)
BOLD_TRIALS, SAFE_SHARE = 9, 0.5
STEP, GENTLE = 0.4, 0.2
"""``TAUGHT`` applies if there are formulas for all limits or earlier results; without these, risks are judged less well.

Risk that earlier trials left unused may be spent, within bounds. Boldness pays in the first few trials, while much can be gained, even
after some that broke a limit: the most timid studies get no nearer to the optimum. ``SAFE_SHARE`` is the fraction of ``max_risk`` that a
safe trial uses, since a risk is met only on average. ``STEP`` is the longest step in a coordinate, as a fraction of its range, from a
setting that kept every limit. ``GENTLE`` is how far below the middle a first trial starts in parameters that load the machine.
"""


class Range(msgspec.Struct, frozen=True):
    """The expected value of a coming measurement and its 90 % range."""

    mean: float
    low: float
    high: float


class Best(msgspec.Struct, frozen=True):
    """The best trial so far that kept every limit."""

    parameters: dict[str, Value]
    outputs: dict[str, float]


class Suggestion(msgspec.Struct, frozen=True):
    """The result of ``nightmill tune suggest``; ``risk`` is the probability of breaking the limit of each output."""

    trial: int
    parameters: dict[str, Value]
    predicted: dict[str, Range]
    risk: dict[str, float]
    stop: bool
    reason: str
    best: Best | None


class History(msgspec.Struct, frozen=True):
    """The state of a study: trials made, and suggestions that have no result yet."""

    trials: tuple[Trial, ...] = ()
    pending: tuple[Suggestion, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """Suggestions, and the history to store, so that asking again before a result is told returns the same suggestions."""

    suggestions: tuple[Suggestion, ...]
    history: History


class Told(msgspec.Struct, frozen=True):
    """The result of ``nightmill tune tell``; for several goals, also the Pareto-optimal settings."""

    trials: int
    best: Best | None
    front: tuple[Best, ...] = ()


def suggest(study: Study, history: History, batch: int = 1) -> Asked:
    """Suggest the next ``batch`` settings. Raises ``BadInput`` if no setting keeps the hard limits."""
    if batch < 1:
        raise BadInput(Finding("--batch", "", str(batch), "at least 1", "Give 1 or more."))
    pending = list(history.pending)
    while len(pending) < batch:
        pending.append(_next(study, history.trials, tuple(pending)))
    return Asked(tuple(pending[:batch]), History(history.trials, tuple(pending)))


def tell(study: Study, history: History, result: Result) -> History:
    """Return the history with one more trial. Raises ``BadInput`` for unknown trials, wrong settings or missing outputs."""
    waiting = {s.trial: s for s in history.pending}
    number = result.trial
    findings: list[Finding] = []
    if number is None:
        same = [s.trial for s in history.pending if result.parameters in (None, s.parameters)]
        number = same[0] if same else _free_number(history)
    elif number in {t.trial for t in history.trials}:
        findings.append(Finding("result", "trial", str(number), "a trial without a result so far", "Leave trial out."))
    elif number < 1:
        findings.append(Finding("result", "trial", str(number), "a number from 1 on", "Leave trial out."))
    setting = result.parameters or (waiting[number].parameters if number in waiting else {})
    findings += setting_findings(study, setting, "result", "parameters", inside=False)
    if not result.failed:
        for output in study.outputs:
            value = result.outputs.get(output.name)
            if value is None or not np.isfinite(value):
                findings.append(
                    Finding(
                        "result",
                        f"outputs.{output.name}",
                        str(value),
                        "a measured number",
                        "Add it, or mark the trial as failed.",
                    )
                )
    if findings:
        raise BadInput(*findings)
    outputs = {} if result.failed else {o.name: float(result.outputs[o.name]) for o in study.outputs}
    trial = Trial(number, dict(setting), outputs, result.failed)
    return History((*history.trials, trial), tuple(s for s in history.pending if s.trial != number))


def told(study: Study, history: History) -> Told:
    """Return the number of trials and the best one."""
    several = sum(o.goal is not None for o in study.outputs) > 1
    front = pareto_front(study, history.trials) if several else ()
    return Told(len(history.trials), best_trial(study, history.trials), front)


def best_trial(study: Study, trials: tuple[Trial, ...]) -> Best | None:
    """Return the trial with the best goal (several goals: the best sum of ranks) among those that kept every limit."""
    good = [
        t for t in trials if not t.failed and keeps_limits(study, t.outputs) and hard_limits_kept(study, t.parameters)
    ]
    if not good:
        return None
    goals = [o for o in study.outputs if o.goal]
    ranks = np.zeros(len(good))
    for o in goals:
        sign = 1 if o.goal == "minimise" else -1
        values = np.array([sign * t.outputs[o.name] for t in good])
        ranks += np.searchsorted(np.sort(values), values)
    chosen = good[int(np.argmin(ranks))]
    return Best(chosen.parameters, chosen.outputs)


def pareto_front(study: Study, trials: tuple[Trial, ...]) -> tuple[Best, ...]:
    """Return the trials that kept every limit and aren't dominated by another such trial (equal or better in all goals, better in one)."""
    good = [
        t for t in trials if not t.failed and keeps_limits(study, t.outputs) and hard_limits_kept(study, t.parameters)
    ]
    goals = [(o.name, 1.0 if o.goal == "minimise" else -1.0) for o in study.outputs if o.goal]
    table = np.array([[sign * t.outputs[name] for name, sign in goals] for t in good]).reshape(len(good), len(goals))
    front = []
    for k, row in enumerate(table):
        better = (table <= row).all(axis=1) & (table < row).any(axis=1)
        if not better.any():
            front.append(Best(good[k].parameters, good[k].outputs))
    return tuple(front)


def keeps_limits(study: Study, outputs: dict[str, float]) -> bool:
    """Return whether no measured output is beyond its limit."""
    for o in study.outputs:
        value, limit = outputs[o.name], o.limit or Limit()
        if (limit.max is not None and value > limit.max) or (limit.min is not None and value < limit.min):
            return False
    return True


def _free_number(history: History) -> int:
    return 1 + max([t.trial for t in history.trials] + [s.trial for s in history.pending], default=0)


def _next(study: Study, trials: tuple[Trial, ...], pending: tuple[Suggestion, ...]) -> Suggestion:
    number = _free_number(History(trials, pending))
    # Pending suggestions count as if their results were as predicted (kriging believer, Ginsbourger et al. 2010).
    assumed = tuple(Trial(s.trial, s.parameters, {name: r.mean for name, r in s.predicted.items()}) for s in pending)
    everything = (*trials, *assumed)
    tried = [_without_machine(study, t.parameters) for t in everything]
    vouched = (study.start,) if study.start is not None and study.start not in tried else ()
    machine = _freest(study, everything)
    beliefs = [believe(study, o, everything, vouched) for o in study.outputs]
    view = _View(study, everything, beliefs, number, machine)
    ready = all(o.prior or study.earlier_trials for o in study.outputs if o.goal)
    first = min(6, width(study) + 1)
    if study.start is not None and study.start not in tried:
        setting, why = {**study.start, **machine}, "the setting known to be acceptable comes first"
    elif not ready and view.limited and not everything:
        setting, why = view.middle(), "nothing is known yet, so a gentle setting near the middle comes first"
    elif not ready and len(everything) < first and not view.limited and study.mode == "normal":
        setting, why = (
            view.spread_out(len(everything)),
            f"spread over the ranges to learn: trial {len(everything) + 1} of {first}",
        )
    else:
        setting, why = view.most_promising()
    gain = view.expected_gain(setting)
    stop, verdict = _stopping(study, trials, gain)
    predicted, risk = view.outlook(setting)
    return Suggestion(number, setting, predicted, risk, stop, f"{why}; {verdict}", best_trial(study, trials))


def _without_machine(study: Study, setting: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in setting.items() if not study.machines or name != MACHINE}


def _freest(study: Study, trials: tuple[Trial, ...]) -> dict[str, Value]:
    """Return the machine whose turn it is, as part of a setting: the one with the fewest trials, or the first listed of these."""
    done = [t.parameters.get(MACHINE) for t in trials]
    return {MACHINE: min(study.machines, key=done.count)} if study.machines else {}


def _stopping(study: Study, trials: tuple[Trial, ...], gain: float | None) -> tuple[bool, str]:
    if study.trials is not None and len(trials) >= study.trials:
        return True, f"all {study.trials} planned trials have been made"
    if gain is None:
        return False, "no trial has kept every limit yet"
    worth = f"expected gain {gain:.3g}"
    if study.trial_cost is None or len(trials) < 3:
        return False, worth
    # A gain is earned again in each remaining production period.
    left = max(1, (study.trials or len(trials) + 1) - len(trials))
    return gain * left < study.trial_cost, f"{worth} over {left} more against {study.trial_cost:.3g} a trial"


class _View:
    """All output models at one time, and the acquisition function that uses them."""

    def __init__(
        self,
        study: Study,
        trials: tuple[Trial, ...],
        beliefs: list[Belief],
        number: int,
        machine: dict[str, Value] | None = None,
    ) -> None:
        """``machine`` is the fixed part of the next setting."""
        self.study, self.trials, self.beliefs, self.machine = study, trials, beliefs, machine or {}
        self.rng = np.random.default_rng([study.seed, number])
        goals = [b for b in beliefs if b.output.goal]
        self.done = [t for t in trials if not t.failed]
        self.failed = encode(study, [t.parameters for t in trials if t.failed])
        self.worked = encode(study, [t.parameters for t in self.done])
        self.goals, self.goal = tuple(goals), goals[0]
        self.front: Front | None = None
        self.sign = 1.0 if self.goal.output.goal == "minimise" else -1.0
        self.incumbent = self._incumbent()
        self.aim = self.incumbent
        self.limited = any(b.output.limit for b in beliefs)
        limits = [b.output for b in beliefs if b.output.limit]
        self.boldness = TAUGHT if study.earlier_trials or all(o.prior for o in limits) else UNTAUGHT
        self.risk = self._allowed_risk()

    def _incumbent(self) -> float | None:
        """Return the best predicted goal, in model units to be minimised, among trials that probably keep every limit."""
        good = self.worked[self._kept()]
        return float((self.sign * self.goal.predict(good)[0]).min()) if len(good) else None

    def _kept(self) -> npt.NDArray[np.bool_]:
        """Return which of the trials that didn't fail kept every limit."""
        return np.array([keeps_limits(self.study, t.outputs) for t in self.done], bool)

    def log_kept(self, points: Floats) -> Floats:
        """Return the log probability that a trial at points keeps every limit and does not fail."""
        total = np.zeros(len(points))
        for belief in self.beliefs:
            if belief.output.limit:
                total += np.log(np.maximum(1 - break_chance(belief, points), 1e-300))
        return np.asarray(total + np.log1p(-np.minimum(self.failure_chance(points), 1 - 1e-12)))

    def failure_chance(self, points: Floats) -> Floats:
        """Return the fraction of failures among trials near points, with one imaginary trial that succeeded everywhere."""
        if not len(self.failed):
            return np.zeros(len(points))

        def near(rows: Floats) -> Floats:
            d = np.square(points[:, None, :] - rows[None, :, :]).sum(axis=2)
            return np.asarray(np.exp(-d / (2 * 0.2**2)).sum(axis=1))

        bad = near(self.failed)
        return bad / (bad + near(self.worked) + 1.0)

    def acquisition(self, points: Floats, kept: Floats) -> Floats:
        """Return log expected improvement + log probability ``kept`` of feasibility; a low goal until a trial has been feasible."""
        if self.front is not None:
            return np.asarray(np.log(np.maximum(self.front.gains(points)[0], 1e-12)) + kept)
        mean, sd = self.goal.predict(points)
        if self.aim is None:
            # Among probably feasible settings, promising and unknown settings come first.
            return np.asarray(kept - 0.3 * self.sign * mean / max(self.goal.own.scale, 1e-9) + 0.1 * np.log(sd))
        return np.asarray(log_improvement(self.aim - self.sign * mean, sd) + kept)

    def allowed(self, points: Floats) -> tuple[Floats, list[dict[str, Value]]]:
        """Return points rounded to permitted settings that keep the hard limits, and the settings."""
        settings = [{**setting, **self.machine} for setting in decode(self.study, points)]
        keep = [k for k, setting in enumerate(settings) if hard_limits_kept(self.study, setting)]
        chosen = [settings[k] for k in keep]
        return encode(self.study, chosen), chosen

    def spread_out(self, index: int) -> dict[str, Value]:
        """Return the next setting in an evenly spread sequence that keeps the hard limits."""
        _, settings = self.allowed(
            _spread(width(self.study), np.random.default_rng(self.study.seed).random(width(self.study)), 256)
        )
        if not settings:
            _, settings = self.candidates()
        return settings[index % len(settings)]

    def middle(self) -> dict[str, Value]:
        """Return the permitted setting nearest to the middle of all ranges, or to a point on the gentle side where hard limits apply."""
        points, settings = self.candidates()
        goal, k = np.full(width(self.study), 0.5), 0
        for p in self.study.parameters:
            powers = [h.powers.get(p.name, 0.0) for h in self.study.hard_limits]
            if p.kind != "choice":
                goal[k] -= GENTLE * float(np.sign(sum(powers)))
            k += len(p.values) if p.kind == "choice" else 1
        return settings[int(np.argmin(np.square(points - goal).sum(axis=1)))]

    def candidates(self) -> tuple[Floats, list[dict[str, Value]]]:
        """Return evenly spread points, corners, edges and neighbours of the best trials, within the hard limits."""
        d = width(self.study)
        spread = _spread(d, self.rng.random(d), CANDIDATES)
        corners = (self.rng.random((min(32, 2**d), d)) < 0.5).astype(float)
        edges = spread[:EDGES].copy()
        edges[np.arange(EDGES), self.rng.integers(0, d, EDGES)] = self.rng.integers(0, 2, EDGES)
        parts = [spread, corners, edges]
        if len(self.worked):
            if len(self.goals) > 1:
                best = self.worked[self.rng.permutation(len(self.worked))[:3]]
            else:
                best = self.worked[np.argsort(self.sign * self.goal.predict(self.worked)[0])[:3]]
            near = np.repeat(best, 40, axis=0)
            parts.append(np.clip(near + self.rng.normal(0, 0.06, near.shape), 0, 1))
        if self.study.start is not None:
            parts.append(encode(self.study, [self.study.start]))
        points, settings = self.allowed(np.concatenate(parts))
        if not settings:
            names = ", ".join(h.name for h in self.study.hard_limits)
            raise BadInput(
                Finding(
                    "study",
                    "hard_limits",
                    f"no setting within {names}",
                    "at least one permitted setting",
                    "Widen a range.",
                )
            )
        return points, settings

    def most_promising(self) -> tuple[dict[str, Value], str]:
        """Return the candidate with the best acquisition after local search, among low-risk candidates within a step."""
        points, settings = self.candidates()
        self._aim(points)
        score = self._within_risk(points)
        for radius in RADII:
            best = points[np.argsort(-score)[:STARTS]]
            near = np.repeat(best, AROUND, axis=0)
            moved = self.rng.random(near.shape) < 0.7
            tried, more = self.allowed(np.clip(near + radius * moved * self.rng.standard_normal(near.shape), 0, 1))
            points, settings = np.concatenate([points, tried]), settings + more
            score = np.concatenate([score, self._within_risk(tried)])
        setting = settings[int(np.argmax(score))]
        taught = self._teaching(points, score)
        if taught is not None:
            return settings[taught], "teaches more about the limits than repeating the best known setting"
        if not self.limited and not len(self.failed):
            return setting, "best expected improvement"
        if float(score.max()) > BARRED:
            return setting, f"best expected improvement among settings of risk up to {self.risk:.2g}"
        return setting, "no setting is known to be within the permitted risk, so this is the least risky one"

    def _teaching(self, points: Floats, score: Floats) -> int | None:
        """Return the index of the point to try in order to learn about the limits.

        None if the best point isn't a repetition, or if no point is worth it. Nothing can be learned from the last planned trial.
        """
        if self.study.trials is not None and len(self.trials) + 1 >= self.study.trials:
            return None
        wanted = points[int(np.argmax(score))]
        alike = (np.abs(self.worked - wanted).max(axis=1, initial=0.0) <= ALIKE).sum()
        if len(self.goals) > 1 or not self.limited or len(self.worked) < self.boldness.teaching or alike < REPEATED:
            return None
        likely = self.log_kept(points) >= np.log1p(-TEACHING_RISK * self.risk)
        safe = self.rng.permutation(np.flatnonzero((score > BARRED) & likely))
        near = points[self._near(points)]
        limits = tuple(b for b in self.beliefs if b.output.limit)
        gains = lessons(limits, points[safe[:LESSONS]], near, self.sign * self.goal.predict(near)[0], self.risk)
        if not len(gains) or gains.max() <= LEAST_LESSON * self.goal.own.scale:
            return None
        return int(safe[int(np.argmax(gains))])

    def _aim(self, points: Floats) -> None:
        """Set the reference for improvement: the best point predicted to be attainable within the risk.

        The best trial so far may exceed the permitted risk, or be best only by noise. With that trial as the reference no setting nearby
        would look promising, and the next trial would be far away.
        """
        good = np.ones(len(points), bool)
        if self.limited:
            good = (self.log_kept(points) >= np.log1p(-self.risk)) & self._near(points)
        if len(self.goals) > 1:
            self.front = front_of(
                self.goals, points[good] if good.any() else points, self.worked[self._kept()], self.rng
            )
            return
        if self.incumbent is None or not self.limited:
            return
        if good.any():
            best = float((self.sign * self.goal.predict(points[good])[0]).min())
            self.aim = best - self.boldness.worth * self.goal.own.scale

    def _within_risk(self, points: Floats) -> Floats:
        """Return the acquisition where the risk is permitted; elsewhere a lower value, which decreases with the risk."""
        kept = self.log_kept(points)
        score = self.acquisition(points, kept)
        if not self.limited and not len(self.failed):
            return score
        allowed = kept >= np.log1p(-self.risk)
        score = np.where(allowed, np.maximum(score, 0.99 * BARRED), 2 * BARRED + np.maximum(kept, 0.1 * BARRED))
        return np.asarray(np.where(self._near(points), score, 4 * BARRED + score / 1e3))

    def _allowed_risk(self) -> float:
        """Return the risk that the next trial may take."""
        if self.study.mode == "safe":
            return SAFE_SHARE * self.study.max_risk
        bold = self.boldness
        if not self.done or not self.limited:
            return bold.mean
        spent = float(-np.expm1(self.log_kept(self.worked)).sum())
        number = len(self.done) + 1
        early = min(1.0, BOLD_TRIALS / number) ** bold.fading
        most = max(bold.mean, bold.most * early)
        return float(np.clip(bold.mean * number - spent, bold.least * early, most))

    def _near(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Return whether points are within a step of a trial that kept every limit, or of the known start; True if there is neither.

        A step reaches at least the next level of a parameter with few levels. A start whose trial broke a limit no longer counts.
        """
        kept = [t.parameters for t in self.done if keeps_limits(self.study, t.outputs)]
        if self.study.start is not None and not self._refuted(self.study.start):
            kept.append(self.study.start)
        if not kept or not self.limited:
            return np.ones(len(points), bool)
        rows = encode(self.study, kept)
        numeric = _numeric(self.study)
        reach = np.maximum(STEP, level_gaps(self.study)) + 1e-9
        far = np.abs(points[:, None, numeric] - rows[None][:, :, numeric]) / reach
        return np.asarray(far.max(axis=2, initial=0.0).min(axis=1) <= 1.0)

    def _refuted(self, setting: dict[str, Value]) -> bool:
        tried = any(_without_machine(self.study, t.parameters) == setting for t in self.done)
        return tried and float(self.log_kept(encode(self.study, [setting]))[0]) < np.log(0.5)

    def expected_gain(self, setting: dict[str, Value]) -> float | None:
        """Return the expected improvement of the goal at a setting, times the probability of keeping the limits.

        For several goals, the gain is in the unit of the first goal.
        """
        if self.incumbent is None:
            return None
        point = encode(self.study, [setting])
        if len(self.goals) > 1:
            return self._share_gained(point)
        mean, sd = self.goal.predict(point)
        gain = float(np.exp(log_improvement(self.incumbent - self.sign * mean, sd) + self.log_kept(point))[0])
        if self.goal.logarithmic:
            gain *= self.goal.from_model(self.sign * self.incumbent)
        return gain

    def _share_gained(self, point: Floats) -> float:
        """Return the gain for several goals, in the unit of the first goal, which is also the unit of a trial's cost.

        A fraction of the front is worth the same fraction of the first goal's range, at most that fraction of its observed variation.
        """
        if self.front is None:
            self._aim(self.candidates()[0])
        assert self.front is not None
        assert self.incumbent is not None
        width = float(self.front.worst[0] - self.front.ideal[0])
        if self.goal.logarithmic:
            width *= self.goal.from_model(self.sign * self.incumbent)
        seen = [t.outputs[self.goal.output.name] for t in self.done]
        unit = min(width, max(seen) - min(seen) or width)
        return float((self.front.gains(point)[1] * np.exp(self.log_kept(point)))[0]) * unit

    def outlook(self, setting: dict[str, Value]) -> tuple[dict[str, Range], dict[str, float]]:
        """Return predicted measurements and the risk for each limit at a setting."""
        point = encode(self.study, [setting])
        predicted: dict[str, Range] = {}
        risk: dict[str, float] = {}
        for belief in self.beliefs:
            mean, sd = belief.predict(point)
            half = 1.6448536 * float(np.hypot(sd, belief.noise_at(mean))[0])
            m = float(mean[0])
            predicted[belief.output.name] = Range(*(belief.from_model(v) for v in (m, m - half, m + half)))
            if belief.output.limit:
                risk[belief.output.name] = float(break_chance(belief, point)[0])
        if len(self.failed):
            risk["failure"] = float(self.failure_chance(point)[0])
        return predicted, risk


def break_chance(belief: Belief, points: Floats) -> Floats:
    """Return the probability [n] that a trial at points breaks the limit of one output, including a part of the measuring noise."""
    mean, sd = belief.predict(points)
    return belief.beyond(mean, sd, belief.noise_at(mean))


def log_improvement(lead: Floats, sd: Floats) -> Floats:
    """Return the log of E[max(0, lead + sd Z)]; stable far into the tail."""
    from scipy.special import erfcx, ndtr

    u = lead / sd
    density = np.exp(-0.5 * np.minimum(u**2, 1400.0)) / np.sqrt(2 * np.pi)
    plain = density + u * ndtr(u)
    tail = np.minimum(u, -1.0)
    # h(u) = phi(u) (1 + u Phi(u) / phi(u)), and Phi / phi = sqrt(pi / 2) erfcx(-u / sqrt 2).
    inner = np.maximum(1 + tail * np.sqrt(np.pi / 2) * erfcx(-tail / np.sqrt(2)), 0.5 / np.maximum(tail**2, 1.0) ** 1.5)
    far = -0.5 * tail**2 - 0.5 * np.log(2 * np.pi) + np.log(inner)
    return np.asarray(np.where(u > -1, np.log(np.maximum(plain, 1e-300)), far) + np.log(sd))


def _numeric(study: Study) -> npt.NDArray[np.bool_]:
    """Return which coordinates are numbers rather than choices."""
    each = [[False] * len(p.values) if p.kind == "choice" else [True] for p in study.parameters]
    return np.array([flag for flags in each for flag in flags], bool)


def _spread(d: int, shift: Floats, count: int) -> Floats:
    """Return evenly spread points [count, d]: a shifted Kronecker sequence of the generalised golden ratio (Roberts 2018)."""
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (d + 1))
    steps = ratio ** -np.arange(1.0, d + 1)
    return np.asarray((shift + np.arange(1, count + 1)[:, None] * steps) % 1.0)
