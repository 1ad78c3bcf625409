"""Describe facts in sentences for people; facts of interest to machines only get none. The Chinese catalogue (web) matches these
sentences.
"""

from collections.abc import Callable
from typing import Any

from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.requests import kind_of


def sentence(fact: e.AnyFact) -> str:
    """Return what happened as a sentence; empty for facts too minor to list individually."""
    if isinstance(fact, e.Reported):
        return _report(fact.report)
    teller = _TELLERS.get(type(fact))
    return teller(fact) if teller else ""


def _report(report: r.AnyReport) -> str:
    if isinstance(report, r.MachineFailed):
        return f"{report.unit} failed: {report.alarm}"
    if isinstance(report, r.MachineRepaired):
        return f"{report.unit} repaired: {report.cause}"
    if isinstance(report, r.MachineMaintained):
        return f"{report.unit} serviced: {report.found}"
    if isinstance(report, r.CycleInterrupted):
        return f"{report.operation} of {report.serial} on {report.unit} was interrupted: {report.alarm}"
    if isinstance(report, r.Delivered):
        return f"{report.quantity} {report.item} arrived ({report.purchase_order})"
    return ""


def _certified(fact: e.RouteCertified) -> str:
    word = "certified" if fact.certified else "NOT certified"
    reached = "" if fact.reachable_area_share is None else f"{fact.reachable_area_share:.2%} of the reachable area, "
    share = f"{reached}{fact.certified_area_share:.2%} of the visible area"
    return f"{fact.part}: {len(fact.operations)} operations {word}, {share}"


def _promised(fact: e.OrderPromised) -> str:
    late = f", {fact.late_by_s / 3600:.1f} h late: {fact.reason}" if fact.late_by_s > 0 else ""
    return f"order {fact.order} promised for hour {fact.promise_s / 3600:.1f}{late}"


def _verdict(fact: e.VerdictGiven) -> str:
    return "" if fact.verdict == "good" else f"{fact.serial} is {fact.verdict} by {fact.by}: {fact.reason}"


def _disposed(fact: e.PartDisposed) -> str:
    return "" if fact.disposition == "good" else f"{fact.serial}: {fact.disposition}, {fact.reason}"


def _reviewed(fact: e.PartReviewed) -> str:
    words = {"use_as_is": "accepted as is", "rework": f"sent to {fact.minutes:g} min of rework", "scrap": "scrapped"}
    word = words.get(fact.decision, f"returned to {fact.supplier or 'its supplier'}")
    spared = f"; remake {fact.remake} cancelled" if fact.remake else ""
    return f"{fact.serial} {word} by {fact.by}: {fact.reason}{spared}"


def _revised(fact: e.ParametersRevised) -> str:
    return (
        f"{fact.operation}: T{fact.tool} now runs at {fact.speed_factor:.2f} of the planned speed and {fact.feed_factor:.2f} of the planned "
        f"feed (revision {fact.revision}, saves about {fact.predicted_saving_usd:.2f} per part)"
        + (", on one trial part first" if fact.on_trial else "")
        + (f"; all {fact.moves} moves match the certified program" if fact.moves is not None else "")
    )


def _revision_judged(fact: e.ParametersJudged) -> str:
    word = "released" if fact.released else "withdrawn"
    return f"{fact.operation}: revision {fact.revision} {word} after {fact.serial}: {fact.reason}"


def _maintenance(fact: e.MaintenancePlanned) -> str:
    spares = ", ".join(f"{count} {item}" for item, count in fact.spares.items())
    more = "".join([f" by {fact.technician}" if fact.technician else "", f" with {spares}" if spares else ""])
    return f"{fact.machine}: planned stop{more} from hour {fact.start_s / 3600:.1f} ({fact.reason})"


def _request(fact: e.RequestTaken) -> str:
    outcome = f"refused: {fact.refused}" if fact.refused else "done"
    return f"{fact.by} ({fact.role}) requested {kind_of(fact.ask).replace('_', ' ')}: {outcome}"


_TELLERS: dict[type[e.Fact], Callable[[Any], str]] = {
    e.RunStarted: lambda f: f"run of {f.shop} started, policy {f.policy}, seed {f.seed}",
    e.RouteCertified: _certified,
    e.PartAdopted: lambda f: f"part {f.part} added to the shop by {f.by}, cut from {f.blank_item}",
    e.RouteRefused: lambda f: f"{f.part} waits for a person: {f.reason}",
    e.RouteReleased: lambda f: f"{f.part} continues: {f.reason}",
    e.OrderReceived: lambda f: (
        f"order {f.order}: {f.quantity} {f.item}" + (f", remake of {f.remake_of}" if f.remake_of else "")
    ),
    e.OrderPromised: _promised,
    e.SchedulePublished: lambda f: f"new schedule of {len(f.lines)} operations, because {f.cause}",
    e.VerdictGiven: _verdict,
    e.SignalRaised: lambda f: f"control chart {f.chart} signals on {f.family}: {f.rule}, {f.value:.1f} µm",
    e.HoldPlaced: lambda f: f"{len(f.serials)} parts held: {f.reason}",
    e.HoldReleased: lambda f: f"hold released for {', '.join(f.serials)}: {f.reason}",
    e.PartDisposed: _disposed,
    e.PartReviewed: _reviewed,
    e.MaintenancePlanned: _maintenance,
    e.ParametersRevised: _revised,
    e.ParametersJudged: _revision_judged,
    e.ForecastMade: lambda f: f"{f.item}: {f.q50:.0f} expected next week, 95 % below {f.q95:.0f}",
    e.CapacityChecked: lambda f: (
        f"{f.pieces} pieces from {f.planned_orders} planned orders scheduled in addition to the open orders: {f.late or 'none'} late"
    ),
    e.PurchaseDecided: lambda f: f"{f.purchase_order}: {f.quantity} {f.item} ordered",
    e.OrderCompleted: lambda f: f"order {f.order} complete, {'on time' if f.on_time else 'late'}",
    e.AlarmRaised: lambda f: f"{f.subject}: {f.text}",
    e.AlarmTriaged: lambda f: f"{f.subject}: {f.text}; {f.rule}: {f.action.replace('_', ' ')}",
    e.SafeHoldReleased: lambda f: f"safe hold of {f.subject} released by {f.by}: {f.reason}",
    e.ResourceChecked: lambda f: f"{f.by} checked {f.resource} of {f.unit}: {f.level:g}",
    e.LotNamed: lambda f: f"lot {f.lot.lot} recorded: {f.lot.quantity} {f.lot.item}, heat {f.lot.heat or 'unknown'}",
    e.PreflightMade: lambda f: f"preflight check: {len(f.failed)} failed, {len(f.unknown)} unknown",
    e.RequestTaken: _request,
    e.OrderChanged: lambda f: f"order {f.order} is due at hour {f.due_s / 3600:.1f}, priority {f.priority}",
    e.OrderCancelled: lambda f: f"order {f.order} cancelled; parts not to be started: {len(f.dropped)}",
    e.UnitStopped: lambda f: f"{f.unit} is out of service until hour {f.until_s / 3600:.1f}: {f.reason}",
    e.UnitReturned: lambda f: f"{f.unit} is back in service: {f.reason}",
    e.EdgeCondemned: lambda f: f"T{f.tool} on {f.machine} is worn: {f.reason}",
    e.PresenceLimited: lambda f: (
        f"people present from hour {f.from_s / 3600:.1f} to {f.to_s / 3600:.1f}: at {'least' if f.called else 'most'} {f.persons}"
    ),
    e.PeopleWanted: lambda f: f"people called in from hour {f.from_s / 3600:.1f} to {f.to_s / 3600:.1f}: {f.persons}",
    e.OperationMoved: lambda f: (
        f"{f.operation} of {f.serial} moved to {f.machine}, earliest start hour {f.start_s / 3600:.1f}"
    ),
    e.WorkOrderClosed: lambda f: (
        f"{f.by} closed {f.order} on {f.machine}: {f.cause}" + (f" ({f.verdict} alarm)" if f.verdict else "")
    ),
    e.RunEnded: lambda f: "the run has ended",
}
