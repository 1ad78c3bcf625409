"""Containment: the parts that a bad verdict makes suspect."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from nightmill.quality.inspection.characteristic import Verdict
from nightmill.vocabulary.ids import MachineId, SerialId


class CutRecord(msgspec.Struct, frozen=True):
    """One part cut by one edge on one machine; ``verdict`` is empty until the part is measured."""

    serial: SerialId
    machine: MachineId
    tool_edge: str
    verdict: Verdict | Literal[""] = ""


def containment(
    history: Iterable[CutRecord], *, serial: str, tool_edge: str = "", machine: str = ""
) -> tuple[str, ...]:
    """Return the serials to hold after a bad finding on ``serial``, in the order they were cut (oldest first in ``history``).

    The suspect parts are those cut by the same ``tool_edge`` (or, if no edge is named, on the same ``machine``) since
    its last part proven good before the finding, the bad part itself, and every later part not proven good.
    Without an edge or machine, both are taken from the bad part's record. Empty if ``serial`` isn't in the history.
    """
    cuts = list(history)
    found = next((cut for cut in cuts if cut.serial == serial), None)
    if found is None:
        return ()
    if not tool_edge and not machine:
        tool_edge, machine = found.tool_edge, found.machine
    line = [
        cut for cut in cuts if (not tool_edge or cut.tool_edge == tool_edge) and (not machine or cut.machine == machine)
    ]
    place = next((index for index, cut in enumerate(line) if cut.serial == serial), None)
    if place is None:
        return ()
    first = max((index + 1 for index in range(place) if line[index].verdict == "good"), default=0)
    held = [cut.serial for cut in line[first:] if cut.verdict != "good" or cut.serial == serial]
    return tuple(dict.fromkeys(held))
