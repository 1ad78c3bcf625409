"""The night screen: what happened in the last unattended hours."""

from typing import Any

import msgspec

from nightmill.api.screens.floor import attention, people_of, told
from nightmill.api.screens.shop_at_moment import Seen
from nightmill.plant import night as night_door
from nightmill.vocabulary import events as e


def night(seen: Seen) -> dict[str, Any]:
    """Return the outlook until people are back: checks, forecast, work on pallets, what waits for a person, exceptions."""
    found = night_door.preflight_of(seen.shop, seen.state)
    now = seen.now_s
    until = max(found.back_s, now + 3600.0)
    lines = [line for line in seen.state.schedule if line.start_s < until]
    return {
        "now_s": now,
        "ended": seen.state.ended,
        **msgspec.to_builtins(found),
        "ok": found.ok,
        "units": [unit.id for unit in seen.shop.cutters()],
        "ahead": [
            {
                "serial": x.serial,
                "operation": x.operation,
                "machine": x.machine,
                "end_s": x.end_s,
                "start_s": seen.shop.begins_s(x.operation, x.start_s, x.end_s),
            }
            for x in lines
        ],
        "presence": people_of(seen, now - 86400.0, until + 86400.0),
        "attention": attention(seen),
        "exceptions": [told(event) for event in reversed(seen.exceptions)],
        "last": last_night(seen),
    }


def last_night(seen: Seen) -> dict[str, Any] | None:
    """Return the last long absence, finished or under way, from the log: its times and the parts made in it."""
    windows = people_of(seen, max(0.0, seen.now_s - 14 * 86400.0), seen.now_s + 86400.0)
    edge, best = 0.0, None
    for begins, ends in windows:
        if begins - edge >= 4 * 3600.0 and edge <= seen.now_s:
            best = (edge, min(begins, seen.now_s))
        edge = max(edge, ends)
    if seen.now_s - edge >= 4 * 3600.0:
        best = (edge, seen.now_s)
    if best is None:
        return None
    inside = (x.fact for x in seen.words if best[0] <= x.at_s <= best[1])
    verdicts = [fact.disposition for fact in inside if isinstance(fact, e.PartDisposed)]
    cut = [min(took_s, at_s - best[0]) for at_s, took_s in seen.ended if best[0] <= at_s <= best[1]]
    mills = max(1, len(seen.shop.cutters()))
    here = any(begins <= seen.now_s < ends for begins, ends in windows)
    return {
        "begins_s": best[0], "ends_s": best[1], "under_way": not here and best[1] == seen.now_s, "cycles": len(cut), "good": verdicts.count("good"), "not_good": len(verdicts) - verdicts.count("good"),
        "spindle_share": sum(cut) / max(1.0, (best[1] - best[0]) * mills),
    }  # fmt: skip
