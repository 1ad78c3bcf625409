"""Derive machine states from MTConnect data items: turn a stream of observations into a few states with their times.

The states are ``cutting`` (Execution ACTIVE), ``stopped`` (feed hold, interruption or optional stop: the program
waits), ``ready`` (no program runs), ``failed`` (a Fault of any Condition) and ``unknown`` (UNAVAILABLE). A fault takes precedence.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from nightmill.drivers.mtconnect.buffer import Observation

MachineState = Literal["cutting", "stopped", "ready", "failed", "unknown"]
EXECUTIONS: dict[str, MachineState] = {
    "ACTIVE": "cutting",
    "WAIT": "stopped",
    "FEED_HOLD": "stopped",
    "INTERRUPTED": "stopped",
    "OPTIONAL_STOP": "stopped",
    "PROGRAM_STOPPED": "stopped",
    "STOPPED": "ready",
    "READY": "ready",
    "PROGRAM_COMPLETED": "ready",
    "PROGRAM_OPTIONAL_STOP": "stopped",
}


class Change(msgspec.Struct, frozen=True):
    """A change of a machine's state, tool, part count or program; unknown values are empty."""

    sequence: int
    time: str
    device: str
    state: MachineState
    tool: str
    program: str
    part_count: int | None


class _Machine:
    def __init__(self) -> None:
        self.available = False
        self.estop = False
        self.execution: MachineState = "unknown"
        self.faults: dict[tuple[str, str], str] = {}
        self.number = self.asset = self.program = ""
        self.count: int | None = None

    def state(self) -> MachineState:
        if not self.available:
            return "unknown"
        return "failed" if self.faults or self.estop else self.execution

    def take(self, seen: Observation) -> None:
        value = seen.fields[0] if seen.fields else ""
        known = "" if value == "UNAVAILABLE" else value
        match seen.item.type:
            case "AVAILABILITY":
                self.available = value == "AVAILABLE"
            case "EXECUTION":
                self.execution = EXECUTIONS.get(value, "unknown")
            case "EMERGENCY_STOP":
                self.estop = value == "TRIGGERED"
            case "TOOL_NUMBER":
                self.number = known
            case "TOOL_ASSET_ID":
                self.asset = known
            case "PROGRAM" if seen.item.sub_type in ("", "MAIN"):
                self.program = known
            case "PART_COUNT" if seen.item.sub_type in ("", "ALL"):
                self.count = int(known) if known.isdigit() else None
        if seen.item.category == "CONDITION":
            self._condition(seen)

    def _condition(self, seen: Observation) -> None:
        level, code = seen.fields[0], seen.fields[1]
        if level == "FAULT":
            self.faults[seen.item.id, code] = seen.fields[4]
        elif code:
            self.faults.pop((seen.item.id, code), None)
        else:
            for key in [key for key in self.faults if key[0] == seen.item.id]:
                del self.faults[key]


def machine_changes(observations: Iterable[Observation]) -> Iterator[Change]:
    """Yield a ``Change`` whenever it differs from the device's previous one, in the order of the stream.

    The order doesn't depend on the source's clock: recordings jump in time.
    """
    machines: dict[str, _Machine] = {}
    last: dict[str, tuple[object, ...]] = {}
    for seen in observations:
        machine = machines.setdefault(seen.item.device, _Machine())
        machine.take(seen)
        now = (machine.state(), machine.number or machine.asset, machine.program, machine.count)
        if last.get(seen.item.device) != now:
            last[seen.item.device] = now
            yield Change(seen.sequence, seen.time, seen.item.device, *now)
