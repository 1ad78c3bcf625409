"""The control loop: fold new reports, ask the deciders, write intents, send. The same code in virtual and in real time.

Nothing is sent that isn't durable in the log first, and the cell moves on only when every report up to now, with the decisions on it, is
durable. After a crash, ``recover`` reads back from the cell what happened to each open command before anything is sent again.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from nightmill.floor import (
    Cell,
    EventStore,
    ShopState,
    Wishes,
    apply,
    dispatch,
    empty_state,
    persons_at,
    presence_windows,
)
from nightmill.plant.plan_store.kept_plans import Refusal
from nightmill.plant.shop_state.decider import SAFE_HOLD, Decider, Decision
from nightmill.plant.shop_state.retrying_cell import CELL, LOG, PatientCell
from nightmill.plant.shop_state.snapshot import Memory
from nightmill.plant.workspace.supervision import DISPATCH, Supervisor
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import AnyCommand, CallPeople, PlacePurchaseOrder
from nightmill.vocabulary.errors import EnvironmentFailed, Fenced
from nightmill.vocabulary.reports import CommandDeclined
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

TICK_S = 1800.0
SELF_RELEASED = frozenset({LOG, CELL})
"""Holds for the surroundings are released automatically when log and cell answer again; any other hold waits for a person."""
LOOK_AGAIN_S = 0.2
HELD_S = 30.0
"""How often a held cell checks whether a person has released it."""
REFUSED_PAUSE_S = 60.0
DECLINED_PAUSE_S = 900.0
"""A person who has declined, or a control that didn't begin, is asked again after the time in which somebody can see to it."""
SUPPLIER_PAUSE_S = 3600.0
"""A supplier that refuses an order rarely changes its answer within a minute, and each try is logged."""


def _decided(decider: Decider, state: ShopState) -> list[Decision]:
    return list(decider.decide(state))


class Wisher(Protocol):
    """A source of wishes, i.e. tasks for the floor besides the schedule: measure, photograph, write offsets, stop."""

    def wishes(self, state: ShopState, persons: int) -> Wishes:
        """Return the wishes of all deciders for this moment."""


DecisionSource = Callable[[ShopState], Iterable[Decision]]


def _nothing(state: ShopState) -> Iterable[Decision]:
    return ()


def _unsigned(command: AnyCommand) -> AnyCommand:
    return command


class ControllerWiring(msgspec.Struct, frozen=True):
    """Everything a controller uses besides its shop, log and cell.

    ``programs``: NC text by SHA-256. ``deciders``: in the order in which they are asked; each sees the decisions of those before it.
    ``memory``: snapshots of the state. ``requests``: the sources of people's requests to the run; at every turn, the first source that has
    a request is processed, and each of its decisions is logged once. ``sign`` puts the shop's signature on programs. ``supervisor``: calls
    the deciders, so that a defect in one doesn't end the run.
    """

    programs: Mapping[str, str]
    deciders: tuple[Decider, ...]
    wisher: Wisher
    memory: Memory | None = None
    requests: tuple[DecisionSource, ...] = ()
    sign: Callable[[AnyCommand], AnyCommand] = _unsigned
    supervisor: Supervisor = msgspec.field(default_factory=Supervisor)


class LoopSettings(msgspec.Struct, frozen=True):
    """Settings for how long a controller runs, how long it waits, and what else it does.

    ``days`` of shop time. ``patience_s``: how long a run that can't reach its log or its cell waits before it ends, in real
    seconds. ``look_every_s``: how often people's requests are looked for when nothing else happens, in shop time.
    ``at_start``: decisions to log before anything else. ``listen`` is called after each turn.
    """

    days: float
    patience_s: float = 0.0
    look_every_s: float = math.inf
    at_start: DecisionSource = _nothing
    listen: Callable[[ShopState, EventStore], None] | None = None


class Controller:
    """Run one shop on one log against one cell.

    Decisions are folded at once and made durable together, before any command that depends on them is sent: one synced
    transaction per turn of the loop, however many deciders contribute.
    """

    def __init__(
        self, shop: Shop, store: EventStore, cell: PatientCell, wiring: ControllerWiring, settings: LoopSettings
    ) -> None:
        self.shop, self.store = shop, store
        self._parts = {part.name for part in shop.parts}
        self.cell = cell
        cell.lost, cell.back = self._on_lost, self._on_back
        self.programs, self.deciders, self.wisher = wiring.programs, wiring.deciders, wiring.wisher
        self.memory, self.requests, self.sign = wiring.memory, wiring.requests, wiring.sign
        self.supervisor = wiring.supervisor
        self.patience_s, self.look_every_s = settings.patience_s, settings.look_every_s
        self.end_s, self.at_start, self.listen = settings.days * DAY_S, settings.at_start, settings.listen
        self.state = empty_state(shop)
        self._paused: dict[str, float] = {}
        self._later: list[Decision] = []
        self._pending: list[e.Event] = []
        if self.memory is not None:
            self.state = self.memory.recalled(store, self.state, self.deciders)
        self.presence = presence_windows(shop, 0.0, self.end_s + 7 * DAY_S, self.state.attendance)
        self._durable = self.state.version
        self.follow(store)

    def follow(self, store: EventStore) -> None:
        """Fold new events of the log: at the start the whole log, in a standby the leader's new events."""
        for event in store.read(self.state.version):
            self._fold(event)
            if self.outgrown:
                break
        self._durable = self.state.version

    def lead(self, store: EventStore, cell: Cell) -> None:
        """Take over from the leader that this controller has been following: write to ``store``, send to ``cell``."""
        self.store = store
        self.cell.reach(cell)
        self.follow(store)

    @property
    def outgrown(self) -> bool:
        """Return whether the shop has a part that this controller was not made for, so that a new controller has to continue."""
        return not self.state.adopted <= self._parts

    def commit(self, decisions: Iterable[Decision]) -> None:
        """Make decisions durable."""
        self._note(decisions)
        self._flush()

    def _note(self, decisions: Iterable[Decision]) -> None:
        """Fold decisions; they become durable with the next ``_flush``."""
        self._take(self._events([*self._take_later(), *decisions]))

    def _events(self, decisions: Iterable[Decision]) -> list[e.Event]:
        now = self.state.now_s
        return [e.Event(0, now, decision.actor, decision.fact, decision.why) for decision in decisions]

    def _take_later(self) -> list[Decision]:
        later, self._later = self._later, []
        return later

    def recover(self) -> None:
        """Settle every command that was open when the log ended: read back first, and send only the commands that never arrived."""
        self.state.now_s = max(self.state.now_s, self.cell.ask(lambda cell: cell.greet()).now_s)
        if self.state.safe_holds:
            released = e.SafeHoldReleased
            by_itself = [subject for subject in self.state.safe_holds if subject in SELF_RELEASED]
            self.commit([Decision(released(each, "software", "log and cell answer again")) for each in by_itself])
        for command in list(self.state.open_commands.values()):
            evidence = self._evidence(command.command_id)
            if evidence == "unknown":
                self.commit([self._submitted(command)])
            elif evidence == "refused":
                self.commit([Decision(e.CommandRefused(command.command_id, "read back after a restart"))])
            elif command.command_id not in self.state.acknowledged:
                self.commit([Decision(e.CommandAcknowledged(command.command_id))])

    def _evidence(self, command_id: str) -> str:
        return self.cell.ask(lambda cell: cell.evidence(command_id))

    def run(self) -> None:
        """Run until the period's end, or until the controller is ``outgrown``."""
        self.commit([*self.at_start(self.state), *self._suspensions()])
        self.recover()
        self._act()
        while self.state.now_s < self.end_s and not self.outgrown:
            self._wait()
            self._act()
            if self.listen:
                self.supervisor.asked("report", partial(self.listen, self.state, self.store), None)

    def _wait(self) -> None:
        until = min(self.end_s, self._next_timer())
        advance = self.cell.ask(lambda cell: cell.advance(until, self.state.last_report))
        fresh = [report for report in advance.reports if report.seq > self.state.last_report]
        for report in fresh:
            declined = self.state.open_commands.get(report.command_id) if isinstance(report, CommandDeclined) else None
            if declined is not None:
                self._paused[_subject(declined)] = report.at_s + DECLINED_PAUSE_S
        events = [e.Event(0, report.at_s, "machine", e.Reported(report)) for report in fresh]
        if events:
            self._take([*self._events(self._take_later()), *events])
        self.state.now_s = max(self.state.now_s, advance.now_s)

    def _next_timer(self) -> float:
        now = self.state.now_s
        edges = [edge for window in self.presence for edge in (window.begins_s, window.ends_s) if edge > now]
        releases = [order.release_s for order in self.shop.orders if order.release_s > now]
        pauses = [until for until in self._paused.values() if until > now]
        starts = [start for start in self.state.maintenance.values() if start > now]
        repairs = [begin for begin in self.state.repairs.values() if begin > now]
        returns = [until for until in self.state.out_of_service.values() if until > now]
        moves = [start for _, start in self.state.moved.values() if start > now]
        held = [now + HELD_S] if self.state.safe_holds else []
        tick = min(now + TICK_S - now % TICK_S, now + self.look_every_s)
        return min([tick, *edges[:1], *releases, *pauses, *starts, *repairs, *returns, *moves, *held])

    def _act(self) -> None:
        asked = self.supervisor.asked
        nothing: list[Decision] = []
        self._note(asked("asks", self._requested, nothing))
        if self.outgrown:
            self._flush()
            return
        for decider in self.deciders:
            decisions = asked(type(decider).__name__, partial(_decided, decider, self.state), nothing)
            if decisions:
                self._note(decisions)
        suspensions = self._suspensions()
        if suspensions:
            self._note(suspensions)
        if self.state.safe_holds:
            self._flush()
            return
        wanted = [
            purchase_command(self.state, order.id, self.shop)
            for order in self.state.purchases.values()
            if order.promised_s is None and not self._has_purchase_command(order.id)
        ]
        purchases = self._unpaused(wanted)
        calls: list[AnyCommand] = [
            CallPeople(call, "", *asked)
            for call, asked in self.state.calls.items()
            if call not in self.state.open_commands
        ]
        commands = self._unpaused(self._dispatched())
        self._issue([*purchases, *calls, *map(self.sign, _numbered(commands, self.state.issued))])

    def _requested(self) -> list[Decision]:
        """Return the decisions on people's requests from the first source that has any."""
        return next(filter(None, (list(source(self.state)) for source in self.requests)), [])

    def _dispatched(self) -> list[AnyCommand]:
        """Return the commands that the floor may carry out now. A part whose program is missing is refused; a defect found meanwhile
        holds the cell, through ``suspensions``.
        """
        lost: list[str] = []

        def text(sha256: str) -> str | None:
            found = self.programs.get(sha256)
            if found is None:
                lost.append(sha256)
            return found

        def found() -> list[AnyCommand]:
            wishes = self.wisher.wishes(self.state, persons_at(self.presence, self.state.now_s))
            return dispatch(self.state, self.shop, wishes, text)

        nothing: list[AnyCommand] = []
        commands = self.supervisor.asked(DISPATCH, found, nothing)
        if lost:
            items = {
                item
                for item, route in self.state.routes.items()
                for each in route.operations
                if each.program_sha256 in lost
            }
            self._note(
                [Decision(program_lost(item, lost).fact()) for item in sorted(items - self.state.refusals.keys())]
            )
            # dispatch again, as another unit may have been given the refused part in the same round
            commands = self.supervisor.asked(DISPATCH, found, nothing)
        suspensions = self._suspensions()
        if suspensions:
            self._note(suspensions)
        return [] if self.state.safe_holds else commands

    def _suspensions(self) -> list[Decision]:
        """Return the alarms for suspended functions, and put the cell on hold if it can't run without one of them."""
        found = [Decision(alarm, "a defect of the software") for alarm in self.supervisor.alarms()]
        for subject, why in self.supervisor.holds():
            if subject not in self.state.safe_holds:
                found.append(Decision(e.AlarmRaised(SAFE_HOLD, subject, why), "a defect of the software"))
        return found

    def _unpaused(self, commands: Iterable[AnyCommand]) -> list[AnyCommand]:
        """Return the commands that weren't refused a moment ago."""
        return [each for each in commands if self._paused.get(_subject(each), 0.0) <= self.state.now_s]

    def _has_purchase_command(self, purchase: str) -> bool:
        under_way = (each for each in self.state.open_commands.values() if isinstance(each, PlacePurchaseOrder))
        return any(each.purchase_order == purchase for each in under_way)

    def _issue(self, commands: list[AnyCommand]) -> None:
        if commands:
            self._note([Decision(e.CommandIssued(command)) for command in commands])
        self._flush(self.cell.preparing(commands))
        answers = [self._submitted(command) for command in commands]
        if any(isinstance(answer.fact, e.CommandRefused) for answer in answers):
            self.commit(answers)
        else:
            # a lost acknowledgement is recovered by reading back, so it doesn't need its own commit
            self._later = answers

    def _submitted(self, command: AnyCommand) -> Decision:
        answer = self.cell.ask(lambda cell: cell.submit(command))
        if answer.accepted:
            return Decision(e.CommandAcknowledged(command.command_id), actor="machine")
        pause_s = SUPPLIER_PAUSE_S if isinstance(command, PlacePurchaseOrder) else REFUSED_PAUSE_S
        self._paused[_subject(command)] = self.state.now_s + pause_s
        return Decision(e.CommandRefused(command.command_id, answer.reason), actor="machine")

    def _take(self, events: list[e.Event]) -> None:
        for number, event in enumerate(events, self.state.version + 1):
            self._pending.append(event)
            self._fold(msgspec.structs.replace(event, seq=number))

    def _flush(self, meanwhile: Callable[[], None] | None = None) -> None:
        if not self._pending:
            return
        try:
            self._write(meanwhile)
        except Fenced:
            raise
        except EnvironmentFailed as error:
            self._hold_safely(error)
        if self.memory is not None and not self.supervisor.suspended:
            keep = partial(self.memory.keep_now_and_then, self.store, self.state, self.deciders)
            self.supervisor.asked("memory", keep, None)

    def _write(self, meanwhile: Callable[[], None] | None = None) -> None:
        self._durable = self.store.append(self._pending, expected_version=self._durable, meanwhile=meanwhile)
        self._pending = []

    def _hold_safely(self, error: EnvironmentFailed) -> None:
        """Hold the cell while the log can't be written: nothing more is sent. The decisions and the alarm go into the reserved space.

        If the log can be written again within ``patience_s``, the run continues; otherwise it ends.
        """
        text = "the log could not be written; nothing was sent after the last durable event"
        self._take(self._events([Decision(e.AlarmRaised(SAFE_HOLD, LOG, text))]))
        self.store.release_reserve()
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                if self._pending:
                    self._write()
                self.store.restore_reserve()
                break
            except Fenced:
                raise
            except EnvironmentFailed:
                if time.monotonic() >= deadline:
                    raise error from None
                time.sleep(LOOK_AGAIN_S)
        self._take(self._events([Decision(e.SafeHoldReleased(LOG, "software", "the log can be written again"))]))
        self._write()

    def _on_lost(self, subject: str, why: str) -> None:
        self._note([Decision(e.AlarmRaised(SAFE_HOLD, subject, why))])
        self._flush()

    def _on_back(self, subject: str) -> None:
        self._note([Decision(e.SafeHoldReleased(subject, "software", f"the {subject} answers again"))])
        self._flush()

    def _fold(self, event: e.Event) -> None:
        apply(self.state, event)
        if isinstance(event.fact, e.PresenceLimited):
            self.presence = presence_windows(self.shop, 0.0, self.end_s + 7 * DAY_S, self.state.attendance)
        self.supervisor.observe(self.deciders, event, self.state)


def program_lost(item: str, lost: Sequence[str]) -> Refusal:
    """Return the refusal of a part whose program, named in the log, is missing: a different version may derive the program's revision
    differently.
    """
    what = f"program {lost[0][:12]} of the log's route is missing, for example, after a version change"
    return Refusal(
        item, f"{what}; restore the shop from an archive that contains it, or start over with --fresh", "other_programs"
    )


def purchase_command(state: ShopState, purchase: str, shop: Shop) -> AnyCommand:
    """Return the command that places a decided purchase order; the command's id is derived from the order's id, so it is sent only once."""
    order = state.purchases[purchase]
    supplier = next((item.supplier for item in shop.items if item.item == order.item), "")
    again = f"-again-{order.refused}" if order.refused else ""
    return PlacePurchaseOrder(f"purchase-{purchase}{again}", "", purchase, supplier, order.item, order.quantity)


def _numbered(commands: Sequence[AnyCommand], issued: int) -> list[AnyCommand]:
    """Number the commands consecutively after the ``issued`` ones. If a dropped command left a gap in the numbers, a later command would
    get an id that is already in use.
    """
    kinds = (command.command_id.rsplit("-", 1)[0] for command in commands)
    return [
        msgspec.structs.replace(command, command_id=f"{kind}-{number}")
        for number, (kind, command) in enumerate(zip(kinds, commands, strict=True), issued + 1)
    ]


def _subject(command: AnyCommand) -> str:
    about = ":".join(str(getattr(command, name, "")) for name in ("pallet", "tool", "purchase_order"))
    return f"{type(command).__name__}:{command.unit}:{about}"
