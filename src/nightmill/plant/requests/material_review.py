"""Material review: disposition of a part that is held, in doubt or not good, decided by a person with a reason.

Use as is (a concession), rework at the bench and re-inspection, scrap, or return of the blank to its supplier. The
findings on the part stay in the log; a reworked part is judged by gauge and camera, not by the person who reworked it.
"""

from collections.abc import Iterable
from typing import Any

from nightmill.floor import ShopState
from nightmill.floor import records as on_floor
from nightmill.plant.deciders.inspection import disposed
from nightmill.plant.shop_state.decider import Decision
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.shop import Shop

_BACK = ("use_as_is", "rework")
_AGAINST = ("bad", "doubt", "again")


def why_not(state: ShopState, ask: a.DisposePart) -> str:
    """Return why the decision can't be carried out in ``state``, as text for the person; empty if it can."""
    part = state.parts.get(ask.serial)
    if part is None:
        return f"no part {ask.serial} in this run"
    if not part.cuts:
        return f"{part.serial} has not been cut yet"
    if not in_review(state, part):
        word = part.disposition or "in work, without any findings against it"
        return f"{part.serial} is {word}: only parts that are held, in doubt or in quarantine can be reviewed"
    if ask.decision in _BACK:
        if part.doubtful():
            return (
                f"a cut of {part.serial} was interrupted, so it isn't known what was cut: scrap the part or return it"
            )
        order = state.orders[part.order]
        if order.completed_s is not None or order.cancelled_s is not None:
            return f"the part isn't needed, order {part.order} is complete or cancelled: scrap it or return it"
    return ""


def in_review(state: ShopState, part: on_floor.PartState) -> bool:
    """Return whether the part waits for a person's decision: in quarantine, or held and undecided."""
    if not part.cuts or part.comes_back():
        return False
    return part.disposition == "quarantine" or (not part.disposition and state.suspected(part.serial))


def decided_facts(state: ShopState, shop: Shop, ask: a.DisposePart, by: str) -> list[Decision]:
    """Return the facts of a decision that ``why_not`` permits: the disposition, the release of holds, and the remake or its
    cancellation.
    """
    part = state.parts[ask.serial]
    reason = f"{by}: {ask.reason}"
    supplier = _supplier(shop, part.item) if ask.decision == "return" else ""
    spare = _spare(state, part) if ask.decision in _BACK and part.disposition == "quarantine" else ""
    minutes = ask.minutes if ask.decision == "rework" else 0.0
    fact = e.PartReviewed(part.serial, ask.decision, by, ask.reason, minutes, supplier, spare)
    found = [Decision(fact, reason, "person")]
    if ask.decision in _BACK:
        found += _released(state, part.serial, f"{part.serial}: {ask.decision.replace('_', ' ')}")
        if ask.decision == "use_as_is" and state.next_operation(part) is None:
            found.append(Decision(e.PartDisposed(part.serial, "good", f"used as is: {reason}"), reason, "person"))
        return found
    text = f"returned to {supplier or 'its supplier'}: {reason}" if ask.decision == "return" else reason
    if part.disposition == "quarantine":
        # a replacement is being made already
        return [*found, Decision(e.PartDisposed(part.serial, "scrap", text), reason, "person")]
    return [*found, *disposed(state, part, "scrap", text)]


def _released(state: ShopState, serial: str, why: str) -> list[Decision]:
    return [
        Decision(e.HoldReleased(hold, (serial,), why), why, "person")
        for hold, serials in state.holds.items()
        if serial in serials
    ]


def _supplier(shop: Shop, item: str) -> str:
    blank = next((part.blank_item for part in shop.parts if part.name == item), "")
    return next((each.supplier for each in shop.items if each.item == blank), "")


def _spare(state: ShopState, part: on_floor.PartState) -> str:
    """Return a part of the same order that isn't started and isn't needed once ``part`` counts again; if there are several, the part
    added last.
    """
    mounting = {each.serial for each in state.open_commands.values() if isinstance(each, MountPart)}
    order = state.orders[part.order]
    coming = [name for name in order.serials if state.parts[name].disposition in {"", "good"}]
    if len(coming) < order.quantity:
        return ""
    unbegun = [
        name
        for name in coming
        if state.parts[name].place == "none" and not state.parts[name].cuts and name not in mounting
    ]
    return unbegun[-1] if unbegun else ""


def parts_in_review(state: ShopState, log: Iterable[e.Event]) -> list[dict[str, Any]]:
    """Return ``{serial, part, order, place, disposition, holds[], verdicts, reason, since_s}`` of each waiting part, oldest first."""
    waiting = {part.serial: part for part in state.in_play() if in_review(state, part)}
    since: dict[str, tuple[float, str]] = {}
    for event in log if waiting else ():
        fact = event.fact
        if isinstance(fact, e.PartDisposed) and fact.serial in waiting:
            since[fact.serial] = (event.at_s, fact.reason)
        elif isinstance(fact, e.HoldPlaced):
            since |= {name: (event.at_s, fact.reason) for name in fact.serials if name in waiting}
    rows = [
        {"serial": part.serial, "part": part.item, "order": part.order, "place": part.place, "disposition": part.disposition,
         "holds": [hold for hold, serials in state.holds.items() if part.serial in serials],
         "verdicts": {by: word for by, word in part.verdicts.items() if word in _AGAINST},
         "reason": since.get(part.serial, (0.0, ""))[1], "since_s": since.get(part.serial, (0.0, ""))[0]}
        for part in waiting.values()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["since_s"], row["serial"]))
