"""Cutting parameters in the loop: speed and feed factors for the tool with the longest cutting time in an operation.

The decider learns from measurements: edge wear (from readings and the offsets in force), cycle time and
roughness. A new setting is a new revision of the program with the same moves (proven by reading both back). The revision is first tried
on the twin, where it must not make any order later. After that, one part is cut with the revision and measured, while all other parts
are cut as before. The verdict on this part decides whether the revision is released or withdrawn.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from nightmill.cam import retune
from nightmill.floor import ShopState
from nightmill.floor import records as on_floor
from nightmill.plant.deciders.cutting_parameters_trial import tried_on_twin
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.plan_artifacts import sha256_of
from nightmill.plant.plan_store.route_record import CharacteristicRecord
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.tuning import CuttingObservation, CuttingTask, next_factors, wear_rate
from nightmill.verification import interpret
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import part_of
from nightmill.vocabulary.shop import Shop

READINGS_A_TRIAL = 4
CYCLES_A_TRIAL = 4
WEAR_LIMIT_UM = 30.0
ROUGHNESS_LIMIT_UM = 3.2
LEAST_CHANGE = 0.02
MAX_TRIALS = 6
MAX_RISK = 0.10
DOUBT_OF_HANDBOOK = 0.5
"""Standard deviation of the handbook tool life, as a fraction of that life, before any reading is known."""
READING_UM = 4.0
"""Standard deviation of a wear estimate from one reading of a part, due to the gauge, heat, and the seating of the part."""
SURE = 1.645
"""Number of standard errors that are added to the measured wear as a margin (one-sided 95 %)."""
LEAST_SAVING = 0.02
SETTING_REFUSED = "setting_refused"
"""Alarm for a setting that would save money but isn't tried, raised once until it changes by ``LEAST_CHANGE``; the shop keeps the setting
in force.
"""


class Trial(msgspec.Struct):
    """Observations of one setting for one operation's main tool."""

    speed: float
    feed: float
    minutes: list[float] = []
    roughness: list[float] = []
    wear: list[tuple[str, float, float]] = []
    failed: bool = False
    unknown: bool = False
    """Withdrawn without a result for its part, which counts neither for nor against the setting."""
    program: str = ""
    asked_at: int = -READINGS_A_TRIAL

    def wear_slope(self) -> tuple[float, float]:
        """Return the measured wear per cutting minute (um per minute, fitted within each edge) and its weight: the sum of squared
        deviations of the minutes from their mean.
        """
        slopes: list[tuple[float, float]] = []
        for edge in {name for name, _, _ in self.wear}:
            points = [(x, y) for name, x, y in self.wear if name == edge]
            mean_x = sum(x for x, _ in points) / len(points)
            mean_y = sum(y for _, y in points) / len(points)
            spread = sum((x - mean_x) ** 2 for x, _ in points)
            if spread > 0:
                slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
                slopes.append((slope, spread))
        weight = sum(spread for _, spread in slopes)
        return (sum(slope * spread for slope, spread in slopes) / weight if weight else 0.0), weight


class _ReadBack(msgspec.Struct, frozen=True):
    """Result of reading a revision back: the number of moves that equal those of the certified program, and the tool's highest speed and
    feed.
    """

    moves: int
    rpm: float
    feed_mm_min: float


def worn_when_changed(trials: Sequence[Trial], life_min: float) -> tuple[float, float]:
    """Return the fraction of an edge's life used after ``life_min`` minutes at the handbook's setting, and its standard error.

    Each trial measures this fraction, since the wear rate depends on speed and feed through Taylor's exponents; before any trial, the
    handbook is assumed to be right within 50 %.
    """
    precision = 1 / DOUBT_OF_HANDBOOK**2
    total = precision
    for trial in trials:
        slope, seen = trial.wear_slope()
        if seen > 0:
            scale = wear_rate(trial.speed, trial.feed)
            share, error = (value * life_min / WEAR_LIMIT_UM / scale for value in (slope, READING_UM / math.sqrt(seen)))
            total, precision = total + share / error**2, precision + 1 / error**2
    return max(total / precision, 1e-3), 1 / math.sqrt(precision)


class TuningMemory(msgspec.Struct, frozen=True):
    """Observations of each setting, the programs made for it (by SHA-256), and the refused settings."""

    trials: dict[str, list[Trial]]
    programs: dict[str, str]
    refused: dict[str, tuple[float, float]]


class CuttingParameterDecider(Remembering[TuningMemory]):
    """Tune the main tool of each operation whose wear can be measured."""

    Memory = TuningMemory

    def __init__(self, shop: Shop, routes: dict[str, PartRoute]) -> None:
        self.shop = shop
        self.price = {kind.tool.number: kind.tool.price_usd for kind in shop.tools}
        self.life = {kind.tool.number: kind.tool.life_min for kind in shop.tools}
        self.rpm_max = min((u.limits.spindle_rpm_max for u in shop.cutters("mill") if u.limits), default=12000.0)
        self.feed_max = min((u.limits.feed_max_mm_min for u in shop.cutters("mill") if u.limits), default=math.inf)
        rates = [unit.rate_usd_h for unit in shop.cutters("mill")]
        self.minute_usd = (sum(rates) / max(1, len(rates)) + shop.economy.wage_usd_h * 0.2) / 60
        self.base: dict[str, str] = {}
        self.main: dict[str, int] = {}
        self.handbook_min: dict[str, float] = {}
        self.steered: dict[str, list[CharacteristicRecord]] = {}
        for route in routes.values():
            for operation in (each for each in route.record.operations if each.kind == "mill"):
                self._learn_operation(route, operation.operation, operation.program_sha256, operation.tool_minutes)
        certified = {o.operation: o.program_sha256 for route in routes.values() for o in route.record.operations}
        self.trials = {name: [Trial(1.0, 1.0, program=certified[name])] for name in self.steered}
        self.programs: dict[str, str] = {}
        self.refused: dict[str, tuple[float, float]] = {}
        """Speed and feed factors of the last refused setting for each operation."""

    def _learn_operation(self, route: PartRoute, operation: str, sha: str, minutes: dict[str, float]) -> None:
        measured = [
            c for c in route.characteristics if c.operation == operation and c.register == "radius" and c.sensitivity
        ]
        tools = {str(c.tool) for c in measured} & set(minutes)
        if not tools:
            return
        main = max(tools, key=lambda tool: (minutes[tool], tool))
        self.base[operation] = route.programs[sha]
        self.main[operation] = int(main)
        self.handbook_min[operation] = minutes[main]
        self.steered[operation] = [c for c in measured if str(c.tool) == main]

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Collect each setting's results; keep the text of each revision, derived again from the original program."""
        fact = event.fact
        if isinstance(fact, e.ParametersRevised) and fact.operation in self.base:
            text = self._text(fact.operation, fact.tool, fact.speed_factor, fact.feed_factor)
            self.programs[sha256_of(text)] = text
            trial = Trial(fact.speed_factor, fact.feed_factor, program=fact.program_sha256)
            self.trials[fact.operation].append(trial)
        elif isinstance(fact, e.ParametersJudged) and not fact.released and fact.operation in self.trials:
            *earlier, before, trial = self.trials[fact.operation]
            trial.failed, trial.unknown = not fact.unknown, fact.unknown
            self.trials[fact.operation] = [*earlier, trial, before]
        elif isinstance(fact, e.AlarmRaised) and fact.alarm == SETTING_REFUSED:
            if fact.speed is not None and fact.feed is not None:
                self.refused[fact.subject] = fact.speed, fact.feed
        elif isinstance(fact, e.VerdictGiven) and fact.verdict == "bad" and fact.operation in self.trials:
            cut = next((c for c in state.parts[fact.serial].cuts if c.operation == fact.operation), None)
            blamed = self._cut_with(fact.operation, cut.program_sha256) if cut else None
            if blamed is not None:
                blamed.failed = True
        elif isinstance(fact, e.Reported):
            self._observe_report(fact.report, state)

    def _cut_with(self, operation: str, program_sha256: str) -> Trial | None:
        """Return the observations of this program, if tuning knows it."""
        known = self.trials.get(operation, ())
        return next((trial for trial in reversed(known) if trial.program == program_sha256), None)

    def _observe_report(self, report: r.AnyReport, state: ShopState) -> None:
        if isinstance(report, r.CycleFinished) and report.operation in self.trials:
            trial = self._cut_with(report.operation, state.parts[report.serial].cuts[-1].program_sha256)
            if trial is not None:
                trial.minutes.append(report.tool_minutes.get(str(self.main[report.operation]), 0.0))
                if "roughness_um" in report.signals:
                    trial.roughness.append(report.signals["roughness_um"])
        elif isinstance(report, r.PartMeasured):
            self._observe_reading(report, state)

    def _observe_reading(self, report: r.PartMeasured, state: ShopState) -> None:
        cut = next((c for c in reversed(state.parts[report.serial].cuts) if c.finished_s is not None), None)
        trial = self._cut_with(cut.operation, cut.program_sha256) if cut else None
        if cut is None or trial is None:
            return
        tool = str(self.main[cut.operation])
        found = [
            (report.readings[c.id] - c.nominal) / c.sensitivity * 1000
            for c in self.steered[cut.operation]
            if c.id in report.readings
        ]
        edge = state.machines[cut.machine].edges.get(tool)
        if found and edge is not None and edge.edge == cut.edges.get(tool):
            wear = cut.offsets_mm.get(tool, 0.0) * 1000 - sum(found) / len(found)
            trial.wear.append((edge.edge, edge.minutes, wear))

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return a new revision (one at a time per operation) when the setting in force has enough observations, or the release or
        withdrawal of a revision.
        """
        if state.policy == "conventional":
            return []
        decisions = []
        for operation, trials in self.trials.items():
            route = state.routes.get(part_of(operation))
            if route is not None and operation in route.trials:
                decisions += self._judgement(state, operation, route.trials[operation])
                continue
            current = trials[-1]
            seen = len(current.wear) >= READINGS_A_TRIAL and len(current.minutes) >= CYCLES_A_TRIAL
            worth_asking = (
                len(trials) <= MAX_TRIALS and current.minutes and (seen or (current.failed and len(trials) > 1))
            )
            if worth_asking and len(current.wear) >= current.asked_at + READINGS_A_TRIAL:
                current.asked_at = len(current.wear)
                decisions += self._revision(state, operation)
        return decisions

    def _judgement(self, state: ShopState, operation: str, trial: on_floor.RevisionTrial) -> list[Decision]:
        """Return the result of the trial part, once it is known."""
        part = state.parts.get(trial.serial)
        if part is None:
            return []
        verdict = part.verdicts.get(f"{operation}:gauge", "")
        seen = self._cut_with(operation, trial.after.program_sha256)
        rough = max(seen.roughness, default=0.0) if seen else 0.0
        unknown = False
        if rough > ROUGHNESS_LIMIT_UM:
            found = f"roughness {rough:.2f} um over {ROUGHNESS_LIMIT_UM:g}"
        elif part.doubtful():
            found, unknown = "its cut was interrupted, so nothing is known about it", True
        elif not verdict and part.disposition in {"good", "quarantine"}:
            passed = "passed" if part.disposition == "good" else "went to quarantine"
            found, unknown = f"it {passed} without being measured, so nothing supports the revision", True
        elif verdict == "bad" or part.disposition not in {"", "good"}:
            found = f"{verdict or part.disposition} by its measurement"
        elif verdict == "good":
            found = ""
        else:
            return []
        reason = found or "measured good, roughness within its limit"
        fact = e.ParametersJudged(
            operation, trial.revision, trial.after.program_sha256, not found, trial.serial, reason, unknown
        )
        return [Decision(fact, reason)]

    def _revision(self, state: ShopState, operation: str) -> list[Decision]:
        trials, tool = self.trials[operation], self.main[operation]
        life_min = self.life.get(tool, 60.0)
        seen = [trial for trial in trials if trial.minutes and not trial.unknown]
        worn, error = worn_when_changed(seen, life_min)
        task = CuttingTask(
            name=operation,
            minutes=self.handbook_min[operation],
            wear_share=self.handbook_min[operation] / life_min,
            minute_usd=self.minute_usd,
            tool_usd=self.price.get(tool, 40.0),
            roughness_limit_um=ROUGHNESS_LIMIT_UM,
            seed=state.seed,
            edge_minutes=life_min,
            worn=worn + SURE * error,
        )
        advice = next_factors(task, [_observation(trial, worn, life_min) for trial in seen])
        current = trials[-1]
        change = max(abs(advice.speed_factor - current.speed), abs(advice.feed_factor - current.feed))
        if change < LEAST_CHANGE:
            return []
        factors = (round(advice.speed_factor, 3), round(advice.feed_factor, 3))
        cost = sum(current.minutes) / len(current.minutes) * (task.minute_usd + task.tool_usd / life_min)
        saving = cost - advice.cost_usd
        if advice.risk > MAX_RISK or saving < LEAST_SAVING * cost:
            return []
        text = self._text(operation, tool, *factors)
        proof = self._read_back(operation, text, tool)
        if proof is None:
            why = "its program differs from the certified one in more than speed and feed, or demands more than some mill can do"
            return self._refusal(operation, tool, factors, why)
        revision = state.routes[part_of(operation)].revision + 1
        fact = e.ParametersRevised(
            operation, revision, tool, *factors, sha256_of(text), round(saving, 4), advice.risk, on_trial=True,
            certified_sha256=sha256_of(self.base[operation]), moves=proof.moves, rpm=proof.rpm, feed_mm_min=proof.feed_mm_min,
        )  # fmt: skip
        tried = tried_on_twin(state, self.shop, fact)
        if not tried.allowed:
            return self._refusal(operation, tool, factors, tried.text)
        return [Decision(fact, f"{advice.reason}; {tried.text}")]

    def _refusal(self, operation: str, tool: int, factors: tuple[float, float], why: str) -> list[Decision]:
        """Return the alarm for a setting that isn't tried, or nothing if the last refused setting was almost the same, since every
        few readings shift the setting slightly.
        """
        last = self.refused.get(operation, (0.0, 0.0))
        if max(abs(new - old) for new, old in zip(factors, last, strict=True)) < LEAST_CHANGE:
            return []
        speed, feed = factors
        setting = f"T{tool} at {speed:g} of the speed and {feed:g} of the feed isn't tried"
        return [Decision(e.AlarmRaised(SETTING_REFUSED, operation, f"{setting}: {why}", speed, feed), "tuning")]

    def _text(self, operation: str, tool: int, speed: float, feed: float) -> str:
        """Return the program with these factors applied. The feed factor is per tooth, so the feed rate also scales with the speed."""
        return retune(self.base[operation], {tool: (speed, round(speed * feed, 6))})

    def _read_back(self, operation: str, text: str, tool: int) -> "_ReadBack | None":
        """Return the proof of a revision: the same moves as in the certified program, and speed and feed within the limits of all mills;
        otherwise None.
        """
        before, after = interpret(self.base[operation], chord_mm=math.inf), interpret(text, chord_mm=math.inf)
        same = (
            before.start.shape == after.start.shape
            and bool((before.start == after.start).all())
            and bool((before.end == after.end).all())
            and bool((before.kind == after.kind).all())
            and bool((before.tool == after.tool).all())
        )
        own = after.tool == tool
        fastest, quickest = float(after.rpm[own].max(initial=0.0)), float(after.feed_mm_min[own].max(initial=0.0))
        if not same or fastest > self.rpm_max or quickest > self.feed_max:
            return None
        return _ReadBack(len(after.tool), round(fastest, 1), round(quickest, 1))


def _observation(trial: Trial, worn: float, life_min: float) -> CuttingObservation:
    minutes = max(1e-3, sum(trial.minutes) / len(trial.minutes))
    return CuttingObservation(
        speed_factor=trial.speed,
        feed_factor=trial.feed,
        wear_share=worn * wear_rate(trial.speed, trial.feed) * minutes / life_min,
        minutes=minutes,
        roughness_um=sum(trial.roughness) / len(trial.roughness) if trial.roughness else None,
        failed=trial.failed,
    )
