"""Offset control in the loop: one drift controller per mill and tool, whose offset is written to the machine before the next cut.

A reading is assigned to the edge that cut the part and the register in force at the time. All lengths are in µm of cutter radius.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.route_record import CharacteristicRecord
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.quality import offset_control
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import MachineId, MountedTool, OperationId, SerialId, SerialOperation
from nightmill.vocabulary.shop import Shop

WRITE_STEP_UM = 2.0
MEASURE_SHARE = 0.2
PROCESS_SD_UM = 2.0


class CutBy(NamedTuple):
    """One operation as cut by one tool on one machine."""

    mounted: MountedTool
    operation: OperationId


class OffsetMemory(msgspec.Struct, frozen=True):
    """The controllers by mill and tool, their pending inputs, and the parts they want measured."""

    controllers: dict[MountedTool, offset_control.OffsetController]
    _pending: dict[MountedTool, list[dict[str, Any]]]
    _changed: dict[MountedTool, float | None]
    _begun: int
    _numbers: dict[str, dict[CutBy, int]]
    _asked: set[SerialOperation]


class ToolOffsetDecider(Remembering[OffsetMemory]):
    """Keep the controllers; request offset writes and part measurements."""

    Memory = OffsetMemory

    def __init__(self, shop: Shop, routes: dict[str, PartRoute]) -> None:
        self.shop = shop
        self.gauge_sd_um = max((unit.uncertainty_mm for unit in shop.units("gauge")), default=0.002) * 500
        self.steered: dict[str, dict[int, list[CharacteristicRecord]]] = {}
        for route in routes.values():
            for known in route.characteristics:
                if known.operation and known.register == "radius" and known.sensitivity:
                    self.steered.setdefault(known.operation, {}).setdefault(known.tool, []).append(known)
        self.controllers: dict[MountedTool, offset_control.OffsetController] = {}
        self._pending: dict[MountedTool, list[dict[str, Any]]] = {}
        self._changed: dict[MountedTool, float] = {}
        self._begun = 0
        self._numbers: dict[str, dict[CutBy, int]] = {}
        """Numbers of the cuts on each part still in play, by mill, tool and operation."""
        self._asked: set[SerialOperation] = set()

    def observe(self, event: e.Event, state: ShopState) -> None:
        """At the start of a cut, step its tools' controllers; keep each reading for the next step."""
        if state.policy == "conventional" or not isinstance(event.fact, e.Reported):
            return
        report = event.fact.report
        if isinstance(report, r.CycleStarted):
            self._cut_begins(report, state)
        elif isinstance(report, r.PartMeasured):
            self._reading(report, state)
        elif isinstance(report, r.ToolReplaced):
            self._changed[_mounted(report.unit, report.tool)] = report.setter_um
        for serial in r.taken_off(report):
            if state.parts[serial].rests():
                for cut in self._numbers.pop(serial, {}):
                    self._asked.discard(SerialOperation(SerialId(serial), cut.operation))

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return nothing: offsets go to the floor as wishes, and the command appears in the log."""
        return []

    def asks_for(self, cut: SerialOperation) -> bool:
        """Return whether a controller wants this part measured after this operation."""
        return cut in self._asked

    def innovation(
        self, serial: SerialId, machine: MachineId, known: CharacteristicRecord, deviation_mm: float
    ) -> float | None:
        """Return the difference between a reading of a controlled characteristic and its controller's prediction, in standard deviations.

        None if no controller corrects it or knows the cut.
        """
        key = MountedTool(machine, known.tool)
        number = self._numbers.get(serial, {}).get(_cut_by(key, known.operation))
        if number is None or not self.steers(known):
            return None
        edge = self._edge_at_cut(key, number, "")
        size = deviation_mm / known.sensitivity * 1000
        return self.controllers[key].innovation(offset_control.Reading(number, edge, known.operation, size))

    def steers(self, known: CharacteristicRecord) -> bool:
        """Return whether offsets are corrected by readings of this characteristic."""
        return known in self.steered.get(known.operation, {}).get(known.tool, ())

    def wishes(self, state: ShopState) -> tuple[tuple[str, int, float], ...]:
        """Return registers to write before the part on a mill is cut: (machine, tool, mm)."""
        if state.policy == "conventional":
            return ()
        wanted = []
        for pallet in state.pallets.values():
            machine = state.machines.get(pallet.place)
            if machine is None or machine.status != "idle" or not pallet.serial:
                continue
            if state.parts[pallet.serial].done(pallet.operation):
                continue
            for tool in self.steered.get(pallet.operation, {}):
                key = _mounted(machine.id, tool)
                line = self._line(key, pallet.serial, pallet.operation, state)
                _, answer = _stepped(self._controller(key, pallet.operation), line)
                in_force = machine.edges[str(tool)].offset_mm * 1000
                if answer["hold"] is None and abs(answer["offset"] - in_force) >= WRITE_STEP_UM:
                    wanted.append((machine.id, tool, round(answer["offset"] / 1000, 4)))
        return tuple(wanted)

    def _controller(self, key: MountedTool, operation: str) -> offset_control.OffsetController:
        if key not in self.controllers:
            known = self.steered[operation][key.tool]
            tolerance = min((k.upper - k.lower) / 2 / abs(k.sensitivity) for k in known) * 1000
            start = {
                "tolerance": max(1.0, tolerance),
                "gauge_sd": self.gauge_sd_um,
                "process_sd": PROCESS_SD_UM,
                "setter_sd": 2.0,
                "measure_share": MEASURE_SHARE,
                "max_step": 60.0,
                "max_total": 400.0,
            }
            self.controllers[key] = offset_control.handle(None, {"start": start})[0]
        return self.controllers[key]

    def _line(self, key: MountedTool, serial: str, operation: str, state: ShopState) -> dict[str, Any]:
        edge = state.machines[key.machine].edges[str(key.tool)].edge
        changed = key in self._changed
        return {
            "part": self._numbers.get(serial, {}).get(_cut_by(key, operation), self._begun + 1),
            "tool_edge": edge,
            "family": operation,
            "event": "tool_change" if changed else None,
            "setter": self._changed.get(key),
            "measured": list(self._pending.get(key, ())) or None,
        }

    def _cut_begins(self, report: r.CycleStarted, state: ShopState) -> None:
        for tool in self.steered.get(report.operation, {}):
            key = _mounted(report.unit, tool)
            line = self._line(key, report.serial, report.operation, state)
            controller, answer = _stepped(self._controller(key, report.operation), line)
            in_force = state.machines[report.unit].edges[str(tool)].offset_mm * 1000
            memory = msgspec.structs.replace(controller.cuts[-1], offset=in_force)
            self.controllers[key] = msgspec.structs.replace(
                controller, offset=in_force, cuts=(*controller.cuts[:-1], memory)
            )
            self._numbers.setdefault(report.serial, {})[_cut_by(key, report.operation)] = line["part"]
            self._begun = max(self._begun, line["part"])
            self._pending.pop(key, None)
            self._changed.pop(key, None)
            if answer["measure_next"]:
                self._asked.add(SerialOperation(SerialId(report.serial), OperationId(report.operation)))

    def _reading(self, report: r.PartMeasured, state: ShopState) -> None:
        part = state.parts[report.serial]
        cut = next((c for c in reversed(part.cuts) if c.finished_s is not None), None)
        if cut is None or part.review == "rework":
            return
        for tool, known in self.steered.get(cut.operation, {}).items():
            found = [
                (report.readings[k.id] - k.nominal) / k.sensitivity * 1000 for k in known if k.id in report.readings
            ]
            key = _mounted(cut.machine, tool)
            number = self._numbers.get(report.serial, {}).get(_cut_by(key, cut.operation))
            if found and number is not None:
                edge = self._edge_at_cut(key, number, cut.edges.get(str(tool), ""))
                reading = {
                    "part": number,
                    "tool_edge": edge,
                    "family": cut.operation,
                    "deviation": sum(found) / len(found),
                }
                self._pending.setdefault(key, []).append(reading)

    def _edge_at_cut(self, key: MountedTool, number: int, edge: str) -> str:
        """Return the edge's name in the controller's memory; before its first report, an edge is called ``first``."""
        cuts = self.controllers[key].cuts
        return next((cut.tool_edge for cut in reversed(cuts) if cut.part == number), edge)


def _mounted(machine: str, tool: int) -> MountedTool:
    return MountedTool(MachineId(machine), tool)


def _cut_by(mounted: MountedTool, operation: str) -> CutBy:
    return CutBy(mounted, OperationId(operation))


def _stepped(
    controller: offset_control.OffsetController, line: dict[str, Any]
) -> tuple[offset_control.OffsetController, dict[str, Any]]:
    after, answer = offset_control.handle(controller, line)
    assert answer is not None
    return after, answer
