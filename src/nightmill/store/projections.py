"""Projections: indexes of the log, written in the same transaction as the events, so that a query need not read the log.
A projection gives the key under which an event is found, or no key. It can be rebuilt from the events at any time, and
the audit compares it with the stored one.
"""

from collections.abc import Callable

from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.events import Event


def exception_of(event: Event) -> str:
    """Return the heading under which a morning report lists the event: deviations from the plan, and the reactions to them."""
    fact = event.fact
    if isinstance(fact, e.Reported):
        return {r.MachineFailed: "machine_failed", r.CycleInterrupted: "cycle_interrupted"}.get(type(fact.report), "")
    if isinstance(fact, e.PartDisposed):
        return "" if fact.disposition == "good" else fact.disposition
    return {
        e.AlarmRaised: "alarm",
        e.AlarmTriaged: "triage",
        e.HoldPlaced: "hold",
        e.RouteRefused: "no_route",
        e.SafeHoldReleased: "released",
    }.get(type(fact), "")


def adopted_by(event: Event) -> str:
    """Return the part that was added to the shop, which changed the shop's files."""
    return event.fact.part if isinstance(event.fact, e.PartAdopted) else ""


PROJECTIONS: dict[str, Callable[[Event], str]] = {"exceptions": exception_of, "adopted": adopted_by}
"""Projections by name: from an event to the key under which it is found; an empty key leaves it out."""


def projected(event: Event, seq: int) -> tuple[list[tuple[str, int]], list[tuple[str, str, int]]]:
    """Return the projections of event ``seq``: the command id that it issues, and its index entries."""
    fact = event.fact
    commands = [(fact.command.command_id, seq)] if isinstance(fact, e.CommandIssued) else []
    return commands, [(name, key, seq) for name, index in PROJECTIONS.items() if (key := index(event))]
