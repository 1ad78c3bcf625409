"""The events of the log: past tense, immutable, versioned by ``Event.schema``.

An ``Event`` is an envelope (number, shop time, who decided and why) around one ``Fact`` of the shop.
"""

from typing import Literal

import msgspec

from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.requests import AnyAsk, NameLot
from nightmill.vocabulary.shop import CutterKind

SCHEMA = 1
"""The current version of facts. A change that breaks decoding of old events needs the next number and an upcaster in ``store``."""


class Fact(msgspec.Struct, frozen=True, tag_field="event"):
    """Root of all facts about past events."""


class RunStarted(Fact, frozen=True, tag="run_started", omit_defaults=True):
    """A run of the shop started; ``shop_sha256`` is the hash of its folder's files. ``live``: on the shop's own equipment."""

    shop: str
    policy: str
    seed: int
    days: float
    shop_sha256: str
    live: bool = False


class RouteCertified(Fact, frozen=True, tag="route_certified"):
    """A part has a route: one operation per setup, each with program hash, cycle time, tools and a summary of its steps.

    ``certified_area_share`` refers to the visible area, ``reachable_area_share`` to the area its tools can reach; None if it
    was not computed. ``notes``: facts that a person must know about the route, such as areas the programs leave to another process.
    """

    part: str
    revision: int
    cad_sha256: str
    material: str
    operations: tuple["RoutedOperation", ...]
    certified: bool
    certified_area_share: float
    assumed: tuple[str, ...] = ()
    reachable_area_share: float | None = None
    notes: tuple[str, ...] = ()


class RoutedOperation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One OperationsSegment: id ``PART/SETUP``, the hash of its NC program, its times and tools, and the ``kind`` of machine it needs.

    ``seconds_on``: the program's running time on machines slower than the one for which ``cycle_s`` was computed.
    """

    operation: str
    program_sha256: str
    cycle_s: float
    tool_minutes: dict[str, float]
    kind: CutterKind = "mill"
    seconds_on: dict[str, float] = {}

    def takes_s(self, machine: str) -> float:
        """Return how long the program runs on a machine."""
        return self.seconds_on.get(machine, self.cycle_s)


RefusalCode = Literal[
    "",
    "plan_missing",
    "plan_unreadable",
    "plan_changed",
    "other_programs",
    "not_certified",
    "no_machine",
    "not_planned",
]
"""Why a part has no program that may run: a file in its plan is missing, is not a plan, or differs from the signed file; its plan has
different programs from those at the start of the run; its plan is not certified; no machine in the shop can run it; or there is no
plan. Empty if recorded before codes existed."""


class RouteRefused(Fact, frozen=True, tag="route_refused", omit_defaults=True):
    """A part has no program that may run; its orders wait for a person, and its parts in process stay where they are."""

    part: str
    reason: str
    code: RefusalCode = ""


class RouteReleased(Fact, frozen=True, tag="route_released"):
    """A part whose route was refused continues with the programs it was certified with; ``reason``: the checks that it passed."""

    part: str
    reason: str


class PartAdopted(Fact, frozen=True, tag="part_adopted"):
    """A quoted part became one of the shop's parts during the run; from now on the shop's files are those with hash ``shop_sha256``.

    ``blank_item``: the item that the part is cut from; no blank is in stock yet.
    """

    part: str
    blank_item: str
    shop_sha256: str
    by: str


class OrderReceived(Fact, frozen=True, tag="order_received"):
    """An OperationsRequest entered the order book."""

    order: str
    item: str
    quantity: int
    due_s: float
    priority: int
    remake_of: str = ""


class OrderPromised(Fact, frozen=True, tag="order_promised"):
    """The promise date that the schedule gives an order, and the reason if it is late."""

    order: str
    promise_s: float
    late_by_s: float
    reason: str


class SchedulePublished(Fact, frozen=True, tag="schedule_published"):
    """A new schedule is in force. ``lines`` are the operations not yet started, in starting order."""

    cause: str
    lines: tuple["ScheduleLine", ...]
    tardiness_s: float
    lower_bound_s: float
    repairs: tuple["PlannedRepair", ...] = ()


class PlannedRepair(msgspec.Struct, frozen=True):
    """When the repair of a broken machine may start; a repair that is not listed starts at once."""

    machine: str
    begins_s: float


class ScheduleLine(msgspec.Struct, frozen=True):
    """One planned operation of one serial part."""

    serial: str
    operation: str
    machine: str
    mount_s: float
    start_s: float
    end_s: float


class CommandIssued(Fact, frozen=True, tag="command_issued"):
    """A durable record of intent, written before the command is sent."""

    command: AnyCommand


class CommandAcknowledged(Fact, frozen=True, tag="command_acknowledged"):
    """The receiver has accepted the command."""

    command_id: str


class CommandRefused(Fact, frozen=True, tag="command_refused"):
    """The receiver has refused the command: it had and will have no effect."""

    command_id: str
    reason: str


class Reported(Fact, frozen=True, tag="reported"):
    """A report from the shop, as received."""

    report: AnyReport


class VerdictGiven(Fact, frozen=True, tag="verdict_given"):
    """Verdict on a serial part by ``gauge`` or ``vision``, with its evidence: ``good``, ``bad``, ``doubt`` or ``again``.

    ``again``: one image was inconclusive, so another is taken before the part is disposed of.
    """

    serial: str
    operation: str
    by: str
    verdict: str
    evidence: dict[str, float]
    reason: str = ""


class SignalRaised(Fact, frozen=True, tag="signal_raised"):
    """A control chart signal for a family (machine, tool, characteristic)."""

    family: str
    chart: str
    rule: str
    value: float


class HoldPlaced(Fact, frozen=True, tag="hold_placed"):
    """Parts that may not pass until released: the exact serials, and the reason."""

    hold: str
    serials: tuple[str, ...]
    reason: str


class HoldReleased(Fact, frozen=True, tag="hold_released"):
    """A hold ended for these serials."""

    hold: str
    serials: tuple[str, ...]
    reason: str


class PartDisposed(Fact, frozen=True, tag="part_disposed"):
    """Final disposition of a part: ``good``, ``scrap`` or ``quarantine``."""

    serial: str
    disposition: str
    reason: str


class PartReviewed(Fact, frozen=True, tag="part_reviewed"):
    """A person's decision on a part that is held, in doubt or not good (material review).

    ``use_as_is``: the part passes as it is, by concession; ``rework``: ``minutes`` of handwork, then a new inspection;
    ``scrap``; ``return``: the part's blank goes back to ``supplier``. ``remake``: the replacement part that is no longer made.
    """

    serial: str
    decision: str
    by: str
    reason: str
    minutes: float = 0.0
    supplier: str = ""
    remake: str = ""


class OffsetProposed(Fact, frozen=True, tag="offset_proposed"):
    """The offset controller proposes a new register value, with a prediction and the number of readings behind it."""

    machine: str
    tool: int
    edge: str
    offset_mm: float
    predicted_deviation_um: float


class HealthAssessed(Fact, frozen=True, tag="health_assessed"):
    """A machine's health 0..1, its probability of failure within the horizon, and the signals behind it."""

    machine: str
    health: float
    failure_probability: float
    horizon_s: float
    signals: tuple[str, ...]


class MaintenancePlanned(Fact, frozen=True, tag="maintenance_planned"):
    """A planned stop in the schedule, with the expected cost of stopping at that time and of not stopping.

    ``technician``: the person who comes for the stop; ``spares``: the parts reserved for it, by item.
    """

    machine: str
    start_s: float
    duration_s: float
    expected_cost_usd: float
    cost_without_usd: float
    reason: str
    technician: str = ""
    spares: dict[str, int] = {}


class ParametersRevised(Fact, frozen=True, tag="parameters_revised"):
    """A new revision of an operation's program: factors on a tool's speed and its feed per tooth; same moves, new hash.

    ``on_trial``: one part is cut with the new revision, all others with the previous one, until ``ParametersJudged``. The proof: both
    programs were read back, and all ``moves`` of the certified program (``certified_sha256``) are the same; the tool runs at ``rpm``
    and ``feed_mm_min`` at most, within the limits of every mill. None: a revision made before these values were recorded.
    """

    operation: str
    revision: int
    tool: int
    speed_factor: float
    feed_factor: float
    program_sha256: str
    predicted_saving_usd: float
    risk: float
    on_trial: bool = False
    certified_sha256: str = ""
    moves: int | None = None
    rpm: float | None = None
    feed_mm_min: float | None = None


class ParametersJudged(Fact, frozen=True, tag="parameters_judged"):
    """A revision on trial is ``released`` for all parts, or withdrawn, after checks on the part cut with it (``serial``).

    ``unknown``: withdrawn because there was no evidence for or against the revision.
    """

    operation: str
    revision: int
    program_sha256: str
    released: bool
    serial: str
    reason: str
    unknown: bool = False


class ForecastMade(Fact, frozen=True, tag="forecast_made"):
    """Forecast demand for an item until ``horizon_s``: quantiles."""

    item: str
    horizon_s: float
    q50: float
    q95: float


class PlanningMessage(msgspec.Struct, frozen=True):
    """A message about planned material: ``kind`` is late, material, start_earlier, lead_time, not_handed_over or expedite."""

    kind: str
    item: str
    text: str


class CapacityChecked(Fact, frozen=True, tag="capacity_checked"):
    """Planned make orders for forecast demand were scheduled on the machines with the orders in hand: their number, and the messages."""

    planned_orders: int
    pieces: int
    late: int
    messages: tuple[PlanningMessage, ...]


class PurchaseDecided(Fact, frozen=True, tag="purchase_decided"):
    """A purchase order was decided on."""

    purchase_order: str
    item: str
    supplier: str
    quantity: int
    needed_by_s: float


class OrderCompleted(Fact, frozen=True, tag="order_completed"):
    """All parts of an order are finished and good."""

    order: str
    good: int
    on_time: bool


class AlarmRaised(Fact, frozen=True, tag="alarm_raised", omit_defaults=True):
    """Something a person should know; the shop keeps running. ``speed``, ``feed``: factors of cutting parameters that aren't tried."""

    alarm: str
    subject: str
    text: str
    speed: float | None = None
    feed: float | None = None


class PartCosted(Fact, frozen=True, tag="part_costed"):
    """The actual cost of a finished part, by factor in the shop's currency."""

    serial: str
    factors_usd: dict[str, float]


class AlarmTriaged(Fact, frozen=True, tag="alarm_triaged"):
    """The response of the shop's policy to an alarm: the rule that matched, the action, and whether a person is called."""

    alarm: str
    subject: str
    rule: str
    action: str
    text: str


class SafeHoldReleased(Fact, frozen=True, tag="safe_hold_released"):
    """The cell may continue: who released it, and why. ``request``: the id of the person's request."""

    subject: str
    by: str
    reason: str
    request: str = ""


class ResourceChecked(Fact, frozen=True, tag="resource_checked"):
    """A person has checked a resource that no sensor watches: ``level`` of ``resource`` (coolant, chips, probe) at ``unit``.

    Coolant and chips are in percent of full; probe is the deviation found on the reference, in µm.
    """

    unit: str
    resource: str
    level: float
    by: str
    request: str = ""


class PreflightMade(Fact, frozen=True, tag="preflight_made"):
    """The check before people leave: failed and unknown items, and when and why a person will next be needed."""

    leaves_s: float
    back_s: float
    failed: tuple[str, ...]
    unknown: tuple[str, ...]
    next_intervention_s: float
    cause: str


class RequestTaken(Fact, frozen=True, tag="request_taken"):
    """The decision on a person's or an agent's request: who asked, in which role and for what, who approved it, and why.

    ``refused``: why it was not carried out, for instance because the shop had changed since; empty if done, by the facts that follow.
    """

    request: str
    ask: AnyAsk
    by: str
    role: str
    why: str = ""
    approved_by: str = ""
    refused: str = ""


class OrderChanged(Fact, frozen=True, tag="order_changed"):
    """An open order has another due date and priority."""

    order: str
    due_s: float
    priority: int


class OrderCancelled(Fact, frozen=True, tag="order_cancelled"):
    """No more parts are made for the order: the ``dropped`` parts had not been started; the others are finished."""

    order: str
    dropped: tuple[str, ...]


class UnitStopped(Fact, frozen=True, tag="unit_stopped"):
    """A person took a mill out of service: nothing new starts on it before ``until_s``."""

    unit: str
    until_s: float
    reason: str


class UnitReturned(Fact, frozen=True, tag="unit_returned"):
    """A mill that was out of service is back in use."""

    unit: str
    reason: str


class EdgeCondemned(Fact, frozen=True, tag="edge_condemned"):
    """The active edge of a tool counts as used up: who found it worn, and why."""

    machine: str
    tool: int
    reason: str


class PresenceLimited(Fact, frozen=True, tag="presence_limited"):
    """At most ``persons`` of the people on the shifts are present from ``from_s`` to ``to_s``; ``called``: at least this many will come."""

    from_s: float
    to_s: float
    persons: int
    called: bool = False


class PeopleWanted(Fact, frozen=True, tag="people_wanted"):
    """``persons`` people are wanted from ``from_s`` to ``to_s``, regardless of the shifts; ``call`` is the command that calls them in."""

    call: str
    from_s: float
    to_s: float
    persons: int


class OperationMoved(Fact, frozen=True, tag="operation_moved"):
    """An operation of a part may only be cut on this machine, and not before ``start_s``."""

    serial: str
    operation: str
    machine: str
    start_s: float


class WorkOrderClosed(Fact, frozen=True, tag="work_order_closed"):
    """A person closed a work order with the cause found (``none``: no cause) and the parts used, by item.

    ``verdict``: ``confirmed`` or ``false`` for an alarm, empty for work without an alarm. ``sensor_fault``: the
    machine was sound and a sensor was wrong.
    """

    order: str
    machine: str
    cause: str
    verdict: str
    parts: dict[str, int]
    by: str
    sensor_fault: bool = False


class LotNamed(Fact, frozen=True, tag="lot_named"):
    """A person recorded the lot that came with a delivery, or was in stock at the start: its quantity, heat and certificate."""

    lot: NameLot
    by: str


class RunEnded(Fact, frozen=True, tag="run_ended"):
    """The run is over; anything left is work in progress."""

    at_end: dict[str, float]


AnyFact = (
    RunStarted
    | RouteCertified
    | RouteRefused
    | RouteReleased
    | PartAdopted
    | OrderReceived
    | OrderPromised
    | SchedulePublished
    | CommandIssued
    | CommandAcknowledged
    | CommandRefused
    | Reported
    | VerdictGiven
    | SignalRaised
    | HoldPlaced
    | HoldReleased
    | PartDisposed
    | PartReviewed
    | OffsetProposed
    | HealthAssessed
    | MaintenancePlanned
    | ParametersRevised
    | ParametersJudged
    | ForecastMade
    | CapacityChecked
    | PurchaseDecided
    | OrderCompleted
    | AlarmRaised
    | PartCosted
    | AlarmTriaged
    | SafeHoldReleased
    | ResourceChecked
    | PreflightMade
    | RequestTaken
    | OrderChanged
    | OrderCancelled
    | UnitStopped
    | UnitReturned
    | EdgeCondemned
    | PresenceLimited
    | PeopleWanted
    | OperationMoved
    | WorkOrderClosed
    | LotNamed
    | RunEnded
)


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """The envelope: ``seq`` from 1 without gaps (0 = not yet in the log), shop time, actor (software, machine, robot, person), reason."""

    seq: int
    at_s: float
    actor: str
    fact: AnyFact
    why: str = ""
    schema: int = 1


class Snapshot(msgspec.Struct, frozen=True):
    """A state stored with the log: the fold of all events up to ``seq``."""

    seq: int
    body: bytes
