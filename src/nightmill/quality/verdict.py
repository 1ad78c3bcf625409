"""Verdicts with their uncertainty, and which parts a bad one puts under suspicion."""

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from nightmill.quality.characteristic import Characteristic
from nightmill.vocabulary.errors import BadInput, Finding

Verdict = Literal["good", "bad", "doubt"]

# ISO 14253-1:2017, 5.2: conformity is stated at 95 % probability, which for a normal error and a tolerance much
# wider than the uncertainty is a guard band of 1.65 standard uncertainties on each limit.
GUARD_FACTOR = 1.65


def judge(characteristic: Characteristic, measured: float, uncertainty: float) -> Verdict:
    """``good`` or ``bad`` where that is proven at 95 % (ISO 14253-1:2017), ``doubt`` in between.

    ``measured`` is the absolute value (or the zone used, for a geometric tolerance) and ``uncertainty`` the expanded
    uncertainty U (k = 2) of the gauge, both in the characteristic's unit. Raises ``BadInput`` for values that are no
    numbers and for a characteristic without limits, on which nothing can be judged.
    """
    lower, upper = characteristic.lower, characteristic.upper
    if characteristic.tolerance is not None:
        lower, upper = None, characteristic.tolerance
    findings = []
    place = f"characteristic {characteristic.balloon} ({characteristic.kind})"
    if not math.isfinite(measured):
        findings.append(Finding("measurement", place, f"value {measured}", "a finite number", "Measure again."))
    if not (math.isfinite(uncertainty) and uncertainty >= 0):
        findings.append(Finding("measurement", place, f"uncertainty {uncertainty}", ">= 0", "Calibrate the gauge."))
    if lower is None and upper is None:
        findings.append(Finding("inspection plan", place, "no limits", "a limit", "Give its tolerance."))
    if findings:
        raise BadInput(*findings)
    guard = GUARD_FACTOR * uncertainty / 2
    below = math.inf if lower is None else measured - lower
    above = math.inf if upper is None else upper - measured
    # a value read off a scale may stand on the limit up to rounding of the last binary digit
    slack = 1e-12 * max(1.0, abs(measured))
    room = min(below, above) + slack
    if room >= guard:
        return "good"
    return "bad" if room < -guard else "doubt"


class CutRecord(msgspec.Struct, frozen=True):
    """One part cut by one edge on one machine; ``verdict`` is empty as long as nobody has measured it."""

    serial: str
    machine: str
    tool_edge: str
    verdict: Verdict | Literal[""] = ""


def containment(
    history: Iterable[CutRecord], *, serial: str, tool_edge: str = "", machine: str = ""
) -> tuple[str, ...]:
    """Serials to hold after a bad finding on ``serial``, in the order they were cut (oldest first in ``history``).

    Suspect are the parts that the same ``tool_edge`` (or, where no edge is named, the same ``machine``) has cut since
    the last part of it proven good before the finding, the finding itself, and every later one not proven good.
    Without an edge or machine both are taken from the finding's own record. Empty where ``serial`` isn't in history.
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
