"""Traceability from the log: back from a serial number to everything used to make the part, and forward from an edge, machine or
program to the parts.
"""

from pathlib import Path
from typing import Any

from nightmill.floor import ShopState, genealogy
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.workspace.layout import open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import serial_id


def trace_back(folder: Path, serial: str) -> dict[str, Any]:
    """Return the answer of ``nightmill trace SHOP SERIAL``: the part's origin and history.

    ``{serial, part, order, place, disposition, cad_sha256, complete, remake_of, remakes[], steps[{at_s, what, where,
    detail}], cuts[{operation, machine, program_sha256, edges, offsets_mm, began_s, revision}]}``; ``revision`` of a cut: None if its
    program is the certified one. Raises ``BadInput`` for a serial that isn't in the run.
    """
    _, state = live_shop(folder, planning=False)
    part = state.parts.get(serial)
    if part is None:
        remedy = "Trace an edge, or list an order's parts, to see the serials."
        raise BadInput(Finding(str(folder), "serial", serial[:80], "a part of the latest run", remedy))
    origin, revised = _Remakes(), dict[str, e.ParametersRevised]()

    def noted(event: e.Event) -> e.Event:
        if isinstance(event.fact, e.ParametersRevised):
            revised[event.fact.program_sha256] = event.fact
        return origin.take(event)

    store = open_log(folder, writer=False)
    try:  # one pass over the log, without keeping any of it in memory
        story = genealogy(map(noted, store.read()), serial)
    finally:
        store.close()
    return {
        "serial": serial,
        "part": part.item,
        "order": part.order,
        "place": part.place,
        "disposition": part.disposition,
        "cad_sha256": story.cad_sha256,
        "complete": story.complete,
        "remake_of": origin.of.get(serial),
        "remakes": [made for made, lost in origin.of.items() if lost == serial],
        "steps": [{"at_s": s.at_s, "what": s.what, "where": s.where, "detail": s.detail} for s in story.steps],
        "cuts": [
            {
                "operation": cut.operation,
                "machine": cut.machine,
                "program_sha256": cut.program_sha256,
                "edges": cut.edges,
                "offsets_mm": cut.offsets_mm,
                "began_s": cut.started_s,
                "revision": _revision(revised.get(cut.program_sha256)),
            }
            for cut in part.cuts
        ],
    }


def _revision(fact: e.ParametersRevised | None) -> dict[str, Any] | None:
    """Return, for a program other than the certified one, its revision, the program it revises, and its proof."""
    if fact is None or fact.program_sha256 == fact.certified_sha256:  # tuning has returned to the certified program
        return None
    names = ("revision", "tool", "speed_factor", "feed_factor", "certified_sha256", "moves", "rpm", "feed_mm_min")
    return {name: getattr(fact, name) for name in names}


def trace_forward(folder: Path, *, edge: str = "", machine: str = "", program: str = "") -> dict[str, Any]:
    """Return the answer of ``nightmill trace SHOP --edge E`` (or ``--machine``, ``--program``): the parts cut with it.

    ``{edge, machine, program, parts[{serial, part, order, operation, began_s, place, disposition, held}]}`` in the order cut; a cut must
    match everything given. ``program``: the first digits of its SHA-256, at least six. Raises ``BadInput`` if nothing is given or no cut
    matches.
    """
    asked = {"--edge": edge, "--machine": machine, "--program": program}
    if not any(asked.values()) or 0 < len(program) < 6:
        wanted = "an edge, a machine, or six digits of a program's SHA-256"
        given = f"--program {program}" if program else "nothing"
        raise BadInput(Finding("trace", "", given, wanted, "Give the edge, machine or program that cut the parts."))
    _, state = live_shop(folder, planning=False)
    rows = [
        {
            "serial": part.serial,
            "part": part.item,
            "order": part.order,
            "operation": cut.operation,
            "began_s": cut.started_s,
            "place": part.place,
            "disposition": part.disposition,
            "held": state.held(part.serial),
        }
        for part in state.parts.values()
        for cut in part.cuts
        if (not edge or edge in cut.edges.values())
        and (not machine or cut.machine == machine)
        and cut.program_sha256.startswith(program)
    ]
    if not rows:
        given = ", ".join(f"{name} {value}" for name, value in asked.items() if value)
        edges = sorted(_edges(state))
        known = ", ".join(edges[:8]) + (", ..." if len(edges) > 8 else "") or "none"
        raise BadInput(
            Finding(
                str(folder),
                given,
                "no matching cut",
                f"edges that cut: {known}",
                "Trace a part to see its edges, machines and programs.",
            )
        )
    rows.sort(key=lambda row: (float(str(row["began_s"])), str(row["serial"])))
    return {"edge": edge, "machine": machine, "program": program, "parts": rows}


def _edges(state: ShopState) -> set[str]:
    return {edge for part in state.parts.values() for cut in part.cuts for edge in cut.edges.values()}


class _Remakes:
    """Map each remake to the serial that it replaces (``of``), from the events read so far."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self._counted: dict[str, int] = {}

    def take(self, event: e.Event) -> e.Event:
        """Take the next event into account, and return it."""
        fact = event.fact
        if isinstance(fact, e.OrderReceived):
            first = self._counted.get(fact.order, 0) if fact.remake_of else 0
            last = first + fact.quantity
            if fact.remake_of:
                self.of |= {serial_id(fact.order, n): fact.remake_of for n in range(first + 1, last + 1)}
            self._counted[fact.order] = last
        return event
