"""The morning report: the output of the unattended hours, every exception with its evidence, and everything that waits for a person.

Written by the run itself at 06:00 in the site's time zone, and at any time by ``nightmill morning``.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from nightmill.floor import EventStore, ShopState, presence_windows
from nightmill.floor import records as on_floor
from nightmill.formats import write_atomic
from nightmill.plant.deciders.maintenance_resources import overdue
from nightmill.plant.night.preflight import NIGHT_S
from nightmill.plant.views.event_text import sentence
from nightmill.plant.workspace.layout import check_log, open_log, state_folder
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import EnvironmentFailed
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

REPORT_HOUR = 6


class Incident(msgspec.Struct, frozen=True):
    """Something that didn't go as planned: the log position, the finding, and the action taken."""

    seq: int
    at: str
    kind: str
    what: str
    why: str
    evidence: dict[str, Any]


class Morning(msgspec.Struct, frozen=True):
    """The report on the hours from ``began`` to ``until`` (local times): the output, the exceptions, and the items waiting for a person."""

    shop: str
    began: str
    until: str
    cycles: int
    good: int
    not_good: int
    spindle_h: float
    spindle_share: float
    foreseen_intervention: str
    foreseen_cause: str
    needed_at: str
    exceptions: tuple[Incident, ...]
    waits: tuple[str, ...]


def night_before(
    shop: Shop, now_s: float, limits: Sequence[tuple[float, float, int, bool]] = ()
) -> tuple[float, float]:
    """Return the start and end (at most ``now_s``) of the last long absence that began before ``now_s``.

    ``limits``: periods when attendance differs from the shifts (``ShopState.attendance``); a brief call-in doesn't end a night.
    """
    fewer = [limit for limit in limits if not limit[3]]
    windows = presence_windows(shop, now_s - 14 * DAY_S, now_s + DAY_S, fewer)
    found, edge = (0.0, now_s), 0.0
    for window in windows:
        if window.begins_s - edge >= NIGHT_S and edge <= now_s:
            found = (max(0.0, edge), min(now_s, window.begins_s))
        edge = max(edge, window.ends_s)
    return (edge, now_s) if now_s - edge >= NIGHT_S else found


def morning_report(folder: Path, *, at_s: float | None = None) -> dict[str, Any]:
    """Return the report on the last night before ``at_s`` (shop time; the log's end by default). Raises ``BadInput`` if there is no log."""
    from nightmill.plant.shop_state.live import live_shop

    check_log(folder)
    shop, state = live_shop(folder)
    store = open_log(folder, writer=False)
    try:
        return dict(msgspec.to_builtins(report_of(shop, state, store, state.now_s if at_s is None else at_s)))
    finally:
        store.close()


def report_of(shop: Shop, state: ShopState, store: EventStore, now_s: float) -> Morning:
    """Return the report at ``now_s`` from the log; ``state`` holds the items waiting for a person."""
    began, until = night_before(shop, now_s, state.attendance)
    morning_before_s = night_before(shop, began, state.attendance)[1]
    first = _first_after(store, began)
    events = _until(store, first, until)
    finished = [f.report for event in events if isinstance(f := event.fact, e.Reported) and isinstance(f.report, r.CycleFinished)]  # fmt: skip
    words = [event.fact.disposition for event in events if isinstance(event.fact, e.PartDisposed)]
    spindle_s = sum(min(report.duration_s, report.at_s - began) for report in finished)
    mills = max(1, len(shop.cutters()))
    foreseen = _foreseen(store, began)
    return Morning(
        shop=shop.name,
        began=_local(shop, began),
        until=_local(shop, until),
        cycles=len(finished),
        good=words.count("good"),
        not_good=len(words) - words.count("good"),
        spindle_h=spindle_s / 3600,
        spindle_share=spindle_s / max(1.0, (until - began) * mills),
        foreseen_intervention=_local(shop, foreseen.next_intervention_s) if foreseen else "",
        foreseen_cause=foreseen.cause if foreseen else "",
        needed_at=_needed(shop, events),
        exceptions=tuple(_exceptions(shop, store, first, until)),
        waits=(*_waits(shop, state), *_to_send(shop, state, morning_before_s, until)),
    )


def _exceptions(shop: Shop, store: EventStore, first: int, until_s: float) -> list[Incident]:
    """Collect exceptions with the log's own index, without reading the rest of the log."""
    found = []
    for kind, seq in store.entries("exceptions"):
        event = store.event(seq) if seq >= first else None
        if event is None or event.at_s > until_s:
            continue
        evidence = dict(msgspec.to_builtins(event.fact))
        verdict = _verdict_before(store, event)
        if verdict is not None:
            evidence["verdict"] = msgspec.to_builtins(verdict)
        found.append(Incident(seq, _local(shop, event.at_s), kind, sentence(event.fact), event.why, evidence))
    return found


def _verdict_before(store: EventStore, event: e.Event) -> e.VerdictGiven | None:
    """Return the verdict behind a part's final disposition, which is a few events earlier in the log."""
    if not isinstance(event.fact, e.PartDisposed):
        return None
    for seq in range(event.seq - 1, max(0, event.seq - 60), -1):
        before = store.event(seq)
        if before and isinstance(before.fact, e.VerdictGiven) and before.fact.serial == event.fact.serial:
            return before.fact
    return None


def _waits(shop: Shop, state: ShopState) -> list[str]:
    waits = [f"safe hold {subject}: {text}" for subject, text in state.safe_holds.items()]
    waits += [f"{item}: {reason}" for item, reason in state.refusals.items()]
    waits += [f"hold {hold}: {', '.join(serials)}" for hold, serials in state.holds.items() if serials]
    waits += [
        f"{machine.id} is down: {machine.alarm}" for machine in state.machines.values() if machine.status == "down"
    ]
    waits += [
        text
        for order in state.work_orders.values()
        if order.open and order.begun_s is None and order.kind == "planned"
        for text in overdue(state, shop, order).values()
    ]
    for unit, load in state.loads.items():
        held = on_floor.stays_inside(state, shop, unit)
        if held:
            waits.append(f"{', '.join(held)} on hold in {unit}, which is blocked until somebody decides on it")
        elif load.done:
            waits.append(f"{len(load.serials)} parts are in {unit}, {load.operation} done: unload them")
    waits += [f"{part.serial} is in quarantine" for part in state.in_play() if part.disposition == "quarantine"]
    return waits


def _to_send(shop: Shop, state: ShopState, after_s: float, until_s: float) -> list[str]:
    """Return the orders completed since the previous morning that go to an outside processor next, with the processor and the date
    when they are due back.
    """
    found = []
    for order in state.orders.values():
        steps = shop.finishing_of(order.item)
        if not steps or order.completed_s is None or not after_s < order.completed_s <= until_s:
            continue
        way = ", then ".join(f"{step.name} at {step.supplier}" if step.supplier else step.name for step in steps)
        back = _local(shop, order.completed_s + DAY_S * shop.finishing_days(order.item))
        found.append(f"{order.quantity} {order.item} of {order.id} go on to {way}: due back by {back}")
    return found


def _needed(shop: Shop, events: list[e.Event]) -> str:
    """Return when a person was first called or a machine first failed."""
    for event in events:
        fact = event.fact
        failed = isinstance(fact, e.Reported) and isinstance(fact.report, r.MachineFailed)
        if failed or (isinstance(fact, e.AlarmRaised) and fact.alarm in {"call_person", "safe_hold"}):
            return _local(shop, event.at_s)
    return ""


def _foreseen(store: EventStore, began_s: float) -> e.PreflightMade | None:
    """Return the last preflight check made between an hour before people left and just after they left."""
    found = None
    for event in store.read(_first_after(store, began_s - 3600.0) - 1):
        if event.at_s > began_s + 60.0:
            break
        if isinstance(event.fact, e.PreflightMade):
            found = event.fact
    return found


def _first_after(store: EventStore, at_s: float) -> int:
    """Return the number of the first event at or after a shop time, by bisection: shop time never goes backwards in a log."""
    low, high = 1, store.version() + 1
    while low < high:
        middle = (low + high) // 2
        event = store.event(middle)
        if event is not None and event.at_s < at_s:
            low = middle + 1
        else:
            high = middle
    return low


def _until(store: EventStore, first: int, until_s: float) -> list[e.Event]:
    found = []
    for event in store.read(first - 1):
        if event.at_s > until_s:
            break
        found.append(event)
    return found


def _local(shop: Shop, at_s: float) -> str:
    return (shop.start + timedelta(seconds=at_s)).astimezone(ZoneInfo(shop.time_zone)).isoformat(timespec="minutes")


def as_text(report: Morning) -> str:
    """Format the report for people: Markdown."""
    lines = [f"# {report.shop}: the night to {report.until}", ""]
    lines += [f"From {report.began}: {report.cycles} cycles, {report.good} good parts, {report.not_good} others; "
              f"spindles ran {report.spindle_share:.0%} of the time ({report.spindle_h:.1f} h)."]  # fmt: skip
    if report.foreseen_intervention:
        lines += [f"Foreseen: somebody needed at {report.foreseen_intervention} ({report.foreseen_cause})."]
    lines += [f"Somebody was called at {report.needed_at}." if report.needed_at else "Nobody was called.", ""]
    lines += ["## Waits for a person", *[f"- {each}" for each in report.waits or ("nothing",)], "", "## Exceptions"]
    lines += [f"- {each.at} event {each.seq} {each.kind}: {each.what}" + (f" ({each.why})" if each.why else "") for each in report.exceptions]  # fmt: skip
    return "\n".join([*lines, *(["none"] if not report.exceptions else []), ""])


class MorningPost:
    """Write the report of each morning into ``.nightmill/morning`` as the run passes 06:00 local time."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.folder, self.shop = folder, shop
        self._written = ""

    def passed(self, state: ShopState, store: EventStore) -> None:
        """Write the report from the log alone, once a day; called when the run has reached ``state.now_s``."""
        local = (self.shop.start + timedelta(seconds=state.now_s)).astimezone(ZoneInfo(self.shop.time_zone))
        day = local.date().isoformat()
        if local.hour < REPORT_HOUR or day == self._written:
            return
        due = local.replace(hour=REPORT_HOUR, minute=0, second=0, microsecond=0)
        at_s = (due - self.shop.start.astimezone(due.tzinfo)).total_seconds()
        began, until = night_before(self.shop, at_s, state.attendance)
        if at_s <= 0.0 or at_s - until > DAY_S / 2 or until - began < NIGHT_S:
            return
        report = report_of(self.shop, state, store, at_s)
        # a full disk doesn't end the run: the report is written in the first later hour with enough space
        with suppress(EnvironmentFailed):
            self._keep(day, report)
            self._written = day

    def _keep(self, day: str, report: Morning) -> None:
        home = state_folder(self.folder) / "morning"
        home.mkdir(parents=True, exist_ok=True)
        write_atomic(home / f"{day}.json", msgspec.json.format(msgspec.json.encode(report)))
        write_atomic(home / f"{day}.md", as_text(report).encode())
