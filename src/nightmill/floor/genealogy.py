"""The genealogy of one serial part, from CAD hash to verdict, read only from the log."""

from collections.abc import Iterable

from nightmill.floor.records import Genealogy, GenealogyStep
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import order_of


def genealogy(log: Iterable[e.Event], serial: str) -> Genealogy:
    """Collect all events about ``serial`` in the log."""
    order = order_of(serial)
    item = cad = ""
    steps: list[GenealogyStep] = []
    hashes: dict[str, str] = {}
    for event in log:
        fact = event.fact
        if isinstance(fact, e.RouteCertified):
            hashes[fact.part] = fact.cad_sha256
        elif isinstance(fact, e.OrderReceived) and fact.order == order:
            item, cad = fact.item, hashes.get(fact.item, "")
        step = _step(event, fact, serial)
        if step:
            steps.append(step)
    kinds = {step.what for step in steps}
    complete = (
        bool(cad) and {"cut", "verdict", "disposed"} <= kinds and all(_proven(s) for s in steps if s.what == "cut")
    )
    return Genealogy(serial, item, order, cad, complete, tuple(steps))


def _proven(step: GenealogyStep) -> bool:
    return bool(step.detail.get("program_sha256"))


def _step(event: e.Event, fact: e.AnyFact, serial: str) -> GenealogyStep | None:
    if isinstance(fact, e.Reported):
        return _from_report(event, fact.report, serial)
    if isinstance(fact, e.VerdictGiven) and fact.serial == serial:
        detail = {"verdict": fact.verdict, "by": fact.by, "reason": fact.reason}
        detail |= {name: f"{value:.4f}" for name, value in fact.evidence.items()}
        return GenealogyStep(event.at_s, "verdict", fact.operation, detail)
    if isinstance(fact, e.PartDisposed) and fact.serial == serial:
        return GenealogyStep(event.at_s, "disposed", "", {"as": fact.disposition, "reason": fact.reason})
    if isinstance(fact, e.PartReviewed) and serial in {fact.serial, fact.remake}:
        detail = {"part": fact.serial, "decision": fact.decision, "by": fact.by, "reason": fact.reason}
        return GenealogyStep(event.at_s, "reviewed", "", detail)
    if isinstance(fact, e.OrderReceived) and fact.remake_of == serial:
        return GenealogyStep(event.at_s, "made again", "", {"order": fact.order})
    if isinstance(fact, e.HoldPlaced | e.HoldReleased) and serial in fact.serials:
        what = "held" if isinstance(fact, e.HoldPlaced) else "released"
        return GenealogyStep(event.at_s, what, "", {"hold": fact.hold, "reason": fact.reason})
    if isinstance(fact, e.PartCosted) and fact.serial == serial:
        return GenealogyStep(event.at_s, "costed", "", {k: f"{v:.2f}" for k, v in fact.factors_usd.items()})
    return None


def _from_report(event: e.Event, report: r.AnyReport, serial: str) -> GenealogyStep | None:
    if isinstance(report, r.TreatmentStarted | r.PartsTreated | r.PartsUnloaded) and serial in report.serials:
        return _treatment(event, report)
    if getattr(report, "serial", None) != serial:
        return None
    if isinstance(report, r.PartMounted):
        return GenealogyStep(
            event.at_s, "mounted", report.unit, {"pallet": report.pallet, "operation": report.operation}
        )
    if isinstance(report, r.CycleStarted):
        detail = {"operation": report.operation, "program_sha256": report.program_sha256}
        return GenealogyStep(event.at_s, "cut", report.unit, detail | _rests_on(report))
    if isinstance(report, r.CycleFinished):
        edges = ", ".join(f"T{tool}={edge}" for tool, edge in sorted(report.tool_edges.items()))
        detail = {"minutes": f"{report.duration_s / 60:.1f}", "kwh": f"{report.energy_kwh:.2f}", "edges": edges}
        return GenealogyStep(event.at_s, "finished cut", report.unit, detail | _rests_on(report))
    if isinstance(report, r.PartMeasured):
        return GenealogyStep(event.at_s, "measured", report.unit, {k: f"{v:.4f}" for k, v in report.readings.items()})
    if isinstance(report, r.ImageTaken):
        return GenealogyStep(event.at_s, "photographed", report.unit, {"image": report.image})
    if isinstance(report, r.PartDismounted):
        return GenealogyStep(event.at_s, "taken off", report.unit, {"to": report.destination})
    return None


def _rests_on(report: r.CycleStarted | r.CycleFinished) -> dict[str, str]:
    """Return the machine and the evidence of a cut on real equipment."""
    return {"source": report.source, "evidence": report.evidence} if report.source else {}


def _treatment(event: e.Event, report: r.TreatmentStarted | r.PartsTreated | r.PartsUnloaded) -> GenealogyStep:
    if isinstance(report, r.TreatmentStarted):
        detail = {"operation": report.operation, "parts": str(len(report.serials))}
        return GenealogyStep(event.at_s, "put in", report.unit, detail)
    if isinstance(report, r.PartsTreated):
        detail = {"operation": report.operation, "minutes": f"{report.duration_s / 60:.1f}"}
        return GenealogyStep(event.at_s, "treated", report.unit, detail)
    return GenealogyStep(event.at_s, "taken out", report.unit, {"to": report.destination})
