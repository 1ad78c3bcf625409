"""In the loop, predict failures with a model learned from the shop's own data: ``health_model.json`` next to shop.toml, made by ``nightmill
health fit SHOP``.

Each mill's signals and cuts are turned into rows like those that the model was fitted to (`analysis/maintenance/machine_history.py`). A row
is complete when the next one starts; the model then estimates the mill's remaining life.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.maintenance import LearnedLife, load_model
from nightmill.plant.deciders.failure_modes import SIGNALS, FailureMode, wears
from nightmill.plant.workspace.layout import HEALTH_MODEL
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

CUTTING = "setting_cutting"
OF_THE_TOOL = "roughness_um"
MOST_ROWS = 2000
"""Maximum number of rows kept per life: older rows don't affect the features."""

MOST_MODEL_BYTES = 64 << 20


class _Row(msgspec.Struct):
    """Sums of the signals of one row."""

    sums: dict[str, float] = {}
    counts: dict[str, int] = {}

    def means(self) -> dict[str, float]:
        return {f"sensor_{name}": total / self.counts[name] for name, total in self.sums.items()}


class _Life(msgspec.Struct):
    """The rows of one mill since its last service, by cycle, and its current job."""

    rows: dict[int, _Row] = {}
    cut_s: dict[int, float] = {}
    """Seconds of cutting in each row, including those before a signal starts the row."""
    begins: int = 0
    down: int | None = None
    """The cycle in which the mill broke down, until it is repaired."""
    cuts_since: float | None = None
    told: tuple[int, LearnedLife | None] = (0, None)


class LivesMemory(msgspec.Struct, frozen=True):
    """Each mill's rows for the model of the shop's failures; empty if the shop has no model."""

    lives: dict[str, _Life]


class LearnedLives:
    """The model's estimates for each mill; empty without a model."""

    def __init__(
        self, shop: Shop, model: bytes | None = None, file: str = HEALTH_MODEL, modes: Iterable[FailureMode] = ()
    ) -> None:
        """``model``: as written by ``health fit``. Raises ``BadInput`` for a model that a run can't use."""
        self.model = None if model is None else load_model(model, file)
        if self.model is not None and self.model.cycle_s is None:
            expected = "a model learned from a shop's runs, or from MTConnect documents"
            raise BadInput(
                Finding(file, "", "cycles of unknown length", expected, "Fit it to such data, or remove the file.")
            )
        self.cycle_s = (self.model.cycle_s if self.model else None) or 3600.0
        self.law = self.model.law() if self.model else None
        self._modes = tuple(modes)
        self._start_us = utc_us(shop.start)
        self._first = self._start_us // self._cycle_us
        self._lives = {unit.id: _Life() for unit in shop.cutters()} if self.model else {}

    def memory(self) -> LivesMemory:
        """Return the rows of each mill, without the model that reads them."""
        return LivesMemory(self._lives)

    def restore(self, memory: LivesMemory) -> None:
        """Continue with the rows in ``memory``."""
        self._lives = memory.lives

    @property
    def _cycle_us(self) -> int:
        return round(self.cycle_s * 1e6)

    def told(self) -> dict[str, Any] | None:
        """Return a readable description of the data that the model was fitted to."""
        m = self.model
        if m is None:
            return None
        return {"file": HEALTH_MODEL, "rung": m.rung, "units": m.units, "failures": m.failures, "cycle_s": self.cycle_s, "horizon_s": m.horizon * self.cycle_s if m.life else None}  # fmt: skip

    def needs(self) -> tuple[str, ...]:
        """Return the columns that the model requires."""
        life = self.model.life if self.model else None
        return (*life.sensors, *life.settings) if life else ()

    def observe(self, report: r.AnyReport) -> None:
        """Add a mill's report to the mill's rows."""
        life = self._lives.get(report.unit)
        if life is None:
            return
        at_s = report.at_s
        if isinstance(report, r.MachineRepaired) and wears(self._modes, report.cause) is False:
            life.begins, life.down = self._cycle(at_s) + 1, None
        elif isinstance(report, r.MachineRepaired | r.MachineMaintained):
            self._lives[report.unit] = fresh = _Life()
            fresh.begins = self._cycle(at_s) + 1
        elif isinstance(report, r.MachineFailed):
            life.down, life.cuts_since = self._cycle(at_s), None
        elif isinstance(report, r.CycleStarted):
            life.cuts_since = at_s
        elif isinstance(report, r.CycleInterrupted):
            life.cuts_since = None
        elif isinstance(report, r.CycleFinished):
            self._cut(life, at_s - report.duration_s, at_s)
            life.cuts_since = None
        if isinstance(report, r.CycleFinished | r.SignalsSampled):
            self._signals(life, at_s, report.signals)

    def life(self, machine: str, at_s: float) -> LearnedLife | None:
        """Return the model's estimate for a mill from the rows that were complete at ``at_s``."""
        life = self._lives.get(machine)
        if life is None or self.model is None:
            return None
        cycle = self._cycle(at_s)
        if life.told[0] != cycle:
            rows = self.rows(machine, at_s)
            found = self.model.left(rows, self._begins_s(cycle)) if rows and life.down is None else None
            life.told = (cycle, found)
        return life.told[1]

    def silent_because(self, machine: str, at_s: float) -> str:
        """Return why the model has no estimate for a mill; empty if it has an estimate or there is no model."""
        if self.model is None or self.life(machine, at_s) is not None:
            return ""
        return "down" if self._lives[machine].down is not None else self.model.silent_because(self.rows(machine, at_s))

    def rows(self, machine: str, at_s: float) -> list[tuple[int, dict[str, float]]]:
        """Return the cycle and columns of the mill's rows since its last service that were complete at ``at_s``."""
        life, cycle = self._lives[machine], self._cycle(at_s)
        whole = sorted(each for each in life.rows if each < cycle)[-MOST_ROWS:]
        return [(each, self._columns(life, each)) for each in whole]

    def _columns(self, life: _Life, cycle: int) -> dict[str, float]:
        cut_s = life.cut_s.get(cycle, 0.0)
        if (
            life.cuts_since is not None
        ):  # count a running cut up to the row's end, as it will be counted once the cut has ended
            begins_s = self._begins_s(cycle)
            running_s = max(0.0, begins_s + self.cycle_s - max(life.cuts_since, begins_s))
            cut_s += running_s
        return {**life.rows[cycle].means(), CUTTING: min(1.0, cut_s / self.cycle_s)}

    def _cycle(self, at_s: float) -> int:
        return (self._start_us + round(at_s * 1e6)) // self._cycle_us - self._first + 1

    def _begins_s(self, cycle: int) -> float:
        return ((self._first + cycle - 1) * self._cycle_us - self._start_us) / 1e6

    def _cut(self, life: _Life, since_s: float, until_s: float) -> None:
        for cycle in range(self._cycle(since_s), self._cycle(until_s) + 1):
            begins_s = self._begins_s(cycle)
            cut_s = max(0.0, min(until_s, begins_s + self.cycle_s) - max(since_s, begins_s))
            life.cut_s[cycle] = life.cut_s.get(cycle, 0.0) + cut_s

    def _signals(self, life: _Life, at_s: float, signals: dict[str, float]) -> None:
        cycle = self._cycle(at_s)
        if cycle < life.begins or life.down not in (None, cycle):
            return
        for name, value in signals.items():
            if not name.startswith(OF_THE_TOOL):
                row = life.rows.setdefault(cycle, _Row())
                row.sums[name] = row.sums.get(name, 0.0) + value
                row.counts[name] = row.counts.get(name, 0) + 1


def read_learned_lives(folder: Path, shop: Shop, modes: Sequence[FailureMode]) -> LearnedLives:
    """Return the model beside shop.toml, if there is one. Raises ``BadInput`` if no mill reports the signals that the model needs."""
    path = folder / HEALTH_MODEL
    if not is_there(path):
        return LearnedLives(shop)
    try:
        found = LearnedLives(shop, read_ordinary(path, MOST_MODEL_BYTES), str(path), modes)
    except OSError as error:
        raise BadInput(
            Finding(str(path), "", error.strerror or str(error), "a readable file", "Make it readable.")
        ) from error
    known = {*SIGNALS, *(signal for mode in modes for signal in mode.signals)}
    reported = ", ".join([*sorted(known - {OF_THE_TOOL}), "fraction of time spent cutting"])
    strange = [name for name in found.needs() if name != CUTTING and not _reported(name, known)]
    if strange:
        remedy = "Fit a model to this shop's own runs, list the signals in failure_modes.toml, or remove the file."
        raise BadInput(
            *(Finding(str(path), "columns", name, f"what mills report: {reported}", remedy) for name in strange)
        )
    return found


def _reported(column: str, known: Iterable[str]) -> bool:
    if not column.startswith("sensor_"):
        return False
    signal = column.removeprefix("sensor_")
    head, _, tail = signal.rpartition("_")
    return signal in known or (tail.isdecimal() and head in known)
