"""Offset controller for ``nightmill bench offset --plant``: one line in, one answer out.

Every reading is tied to the edge that cut the part and to the offset in force at that time, however late it arrives. At a tool
change the edge's level restarts from the setter's reading (or from the usual seat error), and its wear rate from the rates of
earlier edges. The controller measures where its uncertainty is greatest, within the allowed fraction of parts, and holds when
the readings contradict the machine: the register works backwards or not at all, or the readings belong to other parts.
"""

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from nightmill.quality.compensation.kalman_filter import GAINS, MACHINE, DriftFilter, Walks, combined_sd
from nightmill.vocabulary.errors import BadInput, Finding

_BONUS_PARTS = 12
_RECORDS = 400
_GATE_SD = 4.0
_EVIDENCE = 0.97
_BREAK_IN_PARTS = 8
# half of the last readings report a part, edge and family that were never cut together
_MISFIT_WINDOW = 12
_MISFIT_LIMIT = 6
# below this probability that the register works, the controller tests it; size of the test step, in standard deviations
# of a reading
_TRUST = 0.7
_PROBE_SD = 2.0
# after this fraction of an edge's life, the controller prepares for the tool change: it allows for a seat error of this
# many sd, at this fraction of the tolerance
_LATE_LIFE = 0.8
_SEAT_SD = 0.7
_OFF_NOMINAL = 0.4
# a count of parts since the last measured one that means "measure at the next chance"
_AT_ONCE = 1000


class Start(msgspec.Struct, frozen=True):
    """The shop's values for the plant, in µm and parts. ``tolerance`` is ± about nominal."""

    tolerance: float
    gauge_sd: float
    process_sd: float
    setter_sd: float | None = None
    tool_life_parts: float = 120.0
    delay_parts: float = 1.0
    measure_share: float = 0.2
    max_step: float = 40.0
    max_total: float = 150.0
    seed: int = 0


class StartLine(msgspec.Struct, frozen=True):
    """The first line of a run."""

    start: Start


class Reading(msgspec.Struct, frozen=True):
    """A measured part: ``deviation`` is measured minus nominal as cut, µm."""

    part: int
    tool_edge: str
    family: str
    deviation: float


class PartLine(msgspec.Struct, frozen=True):
    """A part about to be cut, and the readings received since the previous line."""

    part: int
    tool_edge: str
    family: str
    event: Literal["tool_change", "pause", "released"] | None = None
    setter: float | None = None
    measured: tuple[Reading, ...] | None = None


class Answer(msgspec.Struct, frozen=True):
    """``offset`` in µm in force for this part; ``measure_next``: measure it; ``hold``: the reason why a person must check, if any."""

    offset: float
    measure_next: bool
    hold: str | None = None


class CutMemory(msgspec.Struct, frozen=True):
    """The offset in force when a part was cut; ``age`` counts the parts of its edge."""

    part: int
    tool_edge: str
    family: str
    offset: float
    age: int


class OffsetController(msgspec.Struct, frozen=True):
    """The whole state as a value: store it as JSON and continue with it after a crash. Create it with ``begin``."""

    start: Start
    filter: DriftFilter
    edge: str = ""
    age: int = 0
    offset: float = 0.0
    parts: int = 0
    asked: int = 0
    since_measured: int = 0
    life: float = 0.0
    rate: float = 0.0
    rate_edges: int = 0
    doubts: tuple[float, ...] = ()
    misfits: tuple[bool, ...] = ()
    hold: str | None = None
    cuts: tuple[CutMemory, ...] = ()

    @classmethod
    def begin(cls, start: Start) -> "OffsetController":
        """Return a controller that knows only the shop's values. Raises ``BadInput`` for impossible values."""
        findings = [
            Finding("start", name, f"{value}", expected, "Correct the value.")
            for name, value, expected, right in (
                ("tolerance", start.tolerance, "> 0", start.tolerance > 0),
                ("gauge_sd", start.gauge_sd, ">= 0", start.gauge_sd >= 0),
                ("process_sd", start.process_sd, ">= 0", start.process_sd >= 0),
                ("measure_share", start.measure_share, "within 0..1", 0 <= start.measure_share <= 1),
                ("max_step", start.max_step, "> 0", start.max_step > 0),
                ("max_total", start.max_total, "> 0", start.max_total > 0),
            )
            if not right or not math.isfinite(value)
        ]
        if findings:
            raise BadInput(*findings)
        return cls(start, DriftFilter.fresh(Walks()))

    def step(self, line: PartLine) -> tuple["OffsetController", Answer]:
        """Return the state after this part and the answer to its line."""
        state = self._event(line)
        for reading in line.measured or ():
            state = state._read(reading)
        state = state._judged()
        offset = 0.0 if state.hold else state._wanted(line)
        measure = state._measure(line)
        cut = CutMemory(line.part, line.tool_edge, line.family, offset, state.age)
        after = msgspec.structs.replace(
            state,
            offset=offset,
            parts=state.parts + 1,
            asked=state.asked + measure,
            since_measured=0 if measure else state.since_measured + 1,
            cuts=(*state.cuts, cut)[-_RECORDS:],
        )
        return after, Answer(offset, measure, state.hold)

    def _event(self, line: PartLine) -> "OffsetController":
        state = self
        if line.event == "released":
            state = msgspec.structs.replace(
                state, hold=None, doubts=(), misfits=(), filter=state.filter.with_prior_gains()
            )
        state = msgspec.structs.replace(state, filter=state.filter.with_family(line.family))
        if line.event == "tool_change" or not state.filter.knows(line.tool_edge):
            state = state._new_edge(line)
        elif line.event == "pause":
            state = msgspec.structs.replace(state, filter=state.filter.shaken(MACHINE, state.filter.walks.pause))
        age = state.age + 1 if line.tool_edge == state.edge else state._age_of(line.tool_edge) + 1
        extra = 0.6 if age <= _BREAK_IN_PARTS else 0.0
        return msgspec.structs.replace(
            state, edge=line.tool_edge, age=age, filter=state.filter.advanced(line.tool_edge, extra)
        )

    def _age_of(self, edge: str) -> int:
        return next((cut.age for cut in reversed(self.cuts) if cut.tool_edge == edge), 0)

    def _new_edge(self, line: PartLine) -> "OffsetController":
        state = self._learned_rate()
        walks = state.filter.walks
        level, level_sd = 0.0, walks.level_prior
        if line.setter is not None and math.isfinite(line.setter):
            level, level_sd = line.setter, max(0.5, state.start.setter_sd if state.start.setter_sd is not None else 2.0)
        rate_sd = walks.rate_prior if state.rate_edges < 2 else walks.rate_prior / 2
        grown = state.filter.with_edge(line.tool_edge, level, level_sd, state.rate, rate_sd)
        return msgspec.structs.replace(state, filter=grown, edge=line.tool_edge, age=0, doubts=())

    def _learned_rate(self) -> "OffsetController":
        if not self.filter.knows(self.edge) or self.age < 20:
            return self
        place = self.filter.names.index(f"level:{self.edge}")
        first = next((cut for cut in self.cuts if cut.tool_edge == self.edge), None)
        rate = self.filter.means[self.filter.best_gain()][place + 1]
        if first is None or not math.isfinite(rate):
            return self
        weight = max(0.2, 1 / (self.rate_edges + 1))
        # an edge that has reached the end of its life wears at its final rate; half of that is closer to the rate of a
        # new edge
        return msgspec.structs.replace(
            self,
            life=min(self.age, self.life + 0.3 * (self.age - self.life)) if self.life else self.age,
            rate=self.rate + weight * (rate / 2 - self.rate),
            rate_edges=self.rate_edges + 1,
        )

    def _read(self, reading: Reading) -> "OffsetController":
        cut = self._cut_of(reading)
        state = msgspec.structs.replace(self, misfits=(*self.misfits, cut is None)[-_MISFIT_WINDOW:])
        if cut is None or not self.filter.knows(cut.tool_edge):
            return state
        return state._assimilated(reading, cut)

    def innovation(self, reading: Reading) -> float | None:
        """Return the distance of a reading from the expectation for its part, in standard deviations of that expectation.

        The result suits a control chart: the expectation already includes drift and offsets, so successive values are
        independent while the model holds (Montgomery, Introduction to Statistical Quality Control, 8th ed., ch. 12).
        None for a part, edge or family that the controller doesn't know.
        """
        cut = self._cut_of(reading)
        if cut is None or not self.filter.knows(cut.tool_edge):
            return None
        args, noise = self._expectation(reading, cut)
        surprise, variance = self.filter.innovation(*args)
        return float(surprise[self.filter.best_gain()]) / math.sqrt(variance + noise)

    def _cut_of(self, reading: Reading) -> CutMemory | None:
        """Return the cut that the reading belongs to; None if there was none or the reading is not a number."""
        cut = next((cut for cut in reversed(self.cuts) if cut.part == reading.part), None)
        if cut is None or (cut.tool_edge, cut.family) != (reading.tool_edge, reading.family):
            return None
        return cut if math.isfinite(reading.deviation) else None

    def _expectation(self, reading: Reading, cut: CutMemory) -> tuple[tuple[str, str, int, float, float], float]:
        """Return (arguments for the filter, variance of the reading about its prediction)."""
        now = self.age if cut.tool_edge == self.edge else self._age_of(cut.tool_edge)
        age = max(0, now - cut.age)
        noise = combined_sd(self.start.process_sd, self.start.gauge_sd) ** 2
        noise += age * self.filter.walks.level_walk**2
        return (cut.tool_edge, cut.family, age, cut.offset, reading.deviation), noise

    def _assimilated(self, reading: Reading, cut: CutMemory) -> "OffsetController":
        args, noise = self._expectation(reading, cut)
        surprise, variance = self.filter.innovation(*args)
        spread = math.sqrt(variance + noise)
        best = float(surprise[self.filter.best_gain()])
        nearest = float(min(abs(value) for value in surprise))
        if abs(best) <= _GATE_SD * spread:
            return msgspec.structs.replace(self, filter=self.filter.updated(*args, noise), doubts=())
        if nearest <= _GATE_SD * spread / 2:
            # another gain explains the reading well: it counts as evidence about the register, not about the level
            return msgspec.structs.replace(
                self, filter=self.filter.updated(*args, noise), doubts=(*self.doubts, best)[-6:]
            )
        return self._surprised(args, noise, best, spread)

    def _surprised(
        self, args: tuple[str, str, int, float, float], noise: float, best: float, spread: float
    ) -> "OffsetController":
        """Handle an unexplained reading: set the first one aside; treat a second, similar one as a jump of the edge."""
        doubts = (*self.doubts, best)[-6:]
        if self.doubts and abs(best - self.doubts[-1]) < 2.5 * spread:
            jumped = self.filter.shaken(f"level:{args[0]}", abs(best))
            return msgspec.structs.replace(self, filter=jumped.updated(*args, noise), doubts=doubts)
        return msgspec.structs.replace(self, doubts=doubts, since_measured=_AT_ONCE)

    def _judged(self) -> "OffsetController":
        if self.hold:
            return self
        hold = None
        if self.filter.belief(below=0.0) > _EVIDENCE:
            hold = "wrong sign: the offset moves the size in the wrong direction"
        elif self.filter.belief(above=-0.25, below=0.25) > _EVIDENCE:
            hold = "the offset has no effect on the size"
        elif sum(self.misfits) >= _MISFIT_LIMIT:
            hold = "readings do not belong to the parts given in them"
        elif len(self.doubts) >= 5:
            hold = "readings can't belong to these parts: no drift could explain them"
        return msgspec.structs.replace(self, hold=hold) if hold else self

    def _wanted(self, line: PartLine) -> float:
        sizes, _ = self.filter.predicted(line.tool_edge, line.family)
        if self.filter.belief(above=0.0) < _TRUST:
            wanted = self._probe(sizes)
        else:
            live = [place for place, value in enumerate(GAINS) if value > 0]
            total = sum(self.filter.weights[place] for place in live)
            size = sum(self.filter.weights[place] * sizes[place] for place in live) / total
            gain = sum(self.filter.weights[place] * GAINS[place] for place in live) / total
            wanted = self._ready_for_change(line, -size / gain, gain)
        wanted = max(-self.start.max_total, min(self.start.max_total, wanted))
        step = max(-self.start.max_step, min(self.start.max_step, wanted - self.offset))
        return round(self.offset + step, 2)

    def _ready_for_change(self, line: PartLine, wanted: float, gain: float) -> float:
        """Return ``wanted``, limited late in an edge's life so that one step can reach the offset that a new edge may need.

        The offset of a worn edge may be more than one ``max_step`` from the offset for the next edge's first part. The
        cost of the limit is a size off nominal by part of the tolerance that the noise leaves unused.
        """
        if self.age < _LATE_LIFE * (self.life or self.start.tool_life_parts):
            return wanted
        best = self.filter.best_gain()
        new = -self.filter.without_edge(best, line.family) / gain
        spread = _SEAT_SD * self.filter.walks.level_prior / gain
        low, high = new + spread - self.start.max_step, new - spread + self.start.max_step
        if low > high:
            return wanted
        give = _OFF_NOMINAL * self.start.tolerance / gain
        return max(wanted - give, min(wanted + give, max(low, min(high, wanted))))

    def _probe(self, sizes: tuple[float, ...]) -> float:
        """Return an offset that tests whether the register works: with a constant offset the readings could never show this.

        The offset alternates between two values, far enough apart that the noise can't hide the difference, around the offset that is
        best for all gains together (least expected square of the size).
        """
        weighted = list(zip(self.filter.weights, GAINS, sizes, strict=True))
        middle = -sum(w * g * size for w, g, size in weighted) / sum(w * g * g for w, g, _ in weighted)
        reach = _PROBE_SD * combined_sd(self.start.process_sd, self.start.gauge_sd)
        reach = min(reach, self.start.tolerance / 2, self.start.max_step / 2)
        return middle + (reach if self.offset < middle else -reach)

    def _measure(self, line: PartLine) -> bool:
        start = self.start
        tokens = start.measure_share * (self.parts + 1) + _BONUS_PARTS - self.asked
        if tokens < 1 or start.measure_share <= 0:
            return False
        if self.since_measured >= _AT_ONCE or self.filter.belief(above=0.0) < _TRUST:
            return True
        interval = 1 / start.measure_share
        if self.age <= 1 + 3 * min(1.0, start.measure_share * 5):
            return True
        # extra measurements at the start of an edge are saved later, so that the total stays within the allowed
        # fraction
        life = max(start.tool_life_parts, 4 * interval)
        spare = max(1.0, life * start.measure_share - 4)
        even = (life - 4) / spare
        wait = even if tokens < _BONUS_PARTS else min(even, interval)
        return self.since_measured + 1 >= wait


def handle(
    state: OffsetController | None, document: Mapping[str, object]
) -> tuple[OffsetController, dict[str, object] | None]:
    """Handle one line of the offset interface, already parsed from JSON: return the new state and the answer to print
    (None after ``start``).

    ``state`` is None before the first line. Raises ``BadInput`` for an invalid line.
    """
    try:
        if "start" in document:
            return OffsetController.begin(msgspec.convert(document, StartLine).start), None
        line = msgspec.convert(document, PartLine)
    except msgspec.ValidationError as error:
        raise BadInput(
            Finding(
                "plant",
                "line",
                str(error),
                "a line of the offset interface",
                "See the description of the offset interface.",
            )
        ) from error
    if state is None:
        raise BadInput(
            Finding("plant", "line", "a part before any start", "a start line", "Send the start line first.")
        )
    after, answer = state.step(line)
    return after, msgspec.to_builtins(answer)
