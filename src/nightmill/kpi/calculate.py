"""Compute the KPIs for a run from the log alone.

ISO 22400-2 names and formulas are recalled from the standard's summaries and cross-checked with the time elements of OPC 40001-1 annex
C.2; KPIs without a standard (lights-out, automation) are defined here. ``None``, never 0, means that the log lacks the data to compute a
value.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from nightmill.kpi.history_record import Cut, Record, RecordFold
from nightmill.kpi.presence import persons_s, presence
from nightmill.kpi.time_states import time_elements_h
from nightmill.kpi.timeline import Timeline, TimelineFold
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.ids import order_of, part_of
from nightmill.vocabulary.intervals import Span, common, complement, length_s, union
from nightmill.vocabulary.shop import Shop

ADHERENCE_S = 900.0
LIGHTS_OUT_GAP_S = 900.0
OEE_WORLD_CLASS = 0.85


class MachineMeasures(msgspec.Struct, frozen=True):
    """ISO 22400-2 KPIs for one mill. APT: actual production time; PBT: planned busy time = period minus planned stops.

    ``utilisation`` = APT / period; ``availability`` = APT / PBT; ``effectiveness`` = planned cycle time of finished cycles / their actual
    time (PRI * PQ / APT); ``quality_ratio`` = GQ / PQ; ``oee`` = product of the last three; ``mtbf_h`` = spindle hours per failure;
    ``mttr_h`` = mean time down. ``time_elements_h`` splits the period into time elements, according to the OPC 40001-1 classifier.
    """

    unit: str
    cycles: int
    running_h: float
    down_h: float
    maintenance_h: float
    idle_h: float
    unattended_h: float
    utilisation: float
    availability: float | None
    effectiveness: float | None
    quality_ratio: float | None
    oee: float | None
    failures: int
    mtbf_h: float | None
    mttr_h: float | None
    time_elements_h: dict[str, float] = {}


class Measures(msgspec.Struct, frozen=True):
    """The KPIs for a run; ``docs/kpi.md`` gives the formula for each."""

    period_h: float
    orders: int
    orders_due: int
    orders_on_time: int
    on_time_share: float | None
    good: int
    scrapped: int
    quarantined: int
    first_pass_yield: float | None
    spindle_hours: float
    unattended_hours: float
    unattended_share: float | None
    lights_out_longest_h: float
    oee: float | None
    availability: float | None
    effectiveness: float | None
    quality_ratio: float | None
    cost_usd: float
    cost_per_good_part_usd: float | None
    cost_per_good_part_order_mix_usd: float | None
    period_cost_usd: float
    period_cost_per_good_part_usd: float | None
    energy_kwh: float
    interventions: int
    interventions_by_cause: dict[str, int]
    mean_time_between_interventions_h: float | None
    decision_automation: float | None
    decisions_by_kind: dict[str, int]
    automation_degree: float | None
    thread_completeness: float | None
    schedule_adherence: float | None
    index: float | None
    index_components: dict[str, float]
    machines: tuple[MachineMeasures, ...]
    timelines: tuple[Timeline, ...]


def measures(events: Iterable[Event], shop: Shop, end_s: float) -> Measures:
    """Return all KPIs for shop time 0..``end_s`` (s, > 0) from the log and the shop's description.

    Raises ``ValueError`` if ``end_s`` is not positive.
    """
    folded = MeasuresFold(shop)
    for event in events:
        folded.lines.take(event)
        if event.at_s <= end_s:
            folded.record.take(event)
    return folded.until(shop, end_s)


class MeasuresFold:
    """Counts from a log that the measures need, updated event by event, so that a growing log is read only once."""

    def __init__(self, shop: Shop) -> None:
        self.record = RecordFold()
        self.lines = TimelineFold(shop)

    def take(self, event: Event) -> None:
        """Process the next event."""
        self.record.take(event)
        self.lines.take(event)

    def until(self, shop: Shop, end_s: float) -> Measures:
        """Return the measures for shop time 0..``end_s`` (s, > 0); ``end_s`` must not be before the newest event taken.

        Raises ``ValueError`` if ``end_s`` is not positive.
        """
        if not end_s > 0:
            raise ValueError(f"measures: end_s {end_s} must be > 0")
        return _measures(self.record.record, self.lines.until(end_s), shop, end_s)

    def timelines(self, end_s: float) -> tuple[Timeline, ...]:
        """Return the timelines alone."""
        return self.lines.until(end_s)


def _measures(record: Record, lines: tuple[Timeline, ...], shop: Shop, end_s: float) -> Measures:
    dark = tuple(complement(presence(shop, end_s, [span for span, _ in record.called]), 0.0, end_s))
    mills = {unit.id for unit in shop.cutters()}
    machines = tuple(_machine(line, record, dark, end_s) for line in lines if line.unit in mills)
    tally = Counter(record.disposed.values())
    finals = tally["good"] + tally["scrap"] + tally["quarantine"]
    due = [order for order in record.orders.values() if not order.remake_of and order.due_s <= end_s]
    on_time = sum(1 for order in due if _on_time(record, order.order, order.due_s, order.quantity))
    spindle_h = sum(machine.running_h for machine in machines)
    dark_h = sum(machine.unattended_h for machine in machines)
    whole = _plant(machines, record, end_s, tally["good"] / finals if finals else None)
    cost = sum(sum(factors.values()) for factors in record.costs.values())
    energy = _energy_kwh(lines, record, shop)
    period_cost = _period_cost(record, shop, end_s, energy)
    decided = sum(record.decisions.values())
    components = {
        "unattended_share": _ratio(dark_h, spindle_h),
        "decision_automation": _ratio(decided - sum(record.by_people.values()), decided),
        "automation_degree": _automation_degree(lines, shop),
        "oee": None if whole[3] is None else min(1.0, whole[3] / OEE_WORLD_CLASS),
        "first_pass_yield": _first_pass_yield(record),
        "schedule_adherence": _adherence(record.cuts),
        "thread_completeness": _thread_completeness(record),
    }
    known = {name: value for name, value in components.items() if value is not None}
    return Measures(
        period_h=end_s / 3600.0,
        orders=sum(1 for order in record.orders.values() if not order.remake_of),
        orders_due=len(due),
        orders_on_time=on_time,
        on_time_share=_ratio(on_time, len(due)),
        good=tally["good"],
        scrapped=tally["scrap"],
        quarantined=tally["quarantine"],
        first_pass_yield=components["first_pass_yield"],
        spindle_hours=spindle_h,
        unattended_hours=dark_h,
        unattended_share=components["unattended_share"],
        lights_out_longest_h=_longest(lines, mills, dark) / 3600.0,
        oee=whole[3],
        availability=whole[0],
        effectiveness=whole[1],
        quality_ratio=whole[2],
        cost_usd=cost,
        cost_per_good_part_usd=_ratio(cost, tally["good"]),
        cost_per_good_part_order_mix_usd=_order_mix_cost(record),
        period_cost_usd=period_cost,
        period_cost_per_good_part_usd=_ratio(period_cost, tally["good"]),
        energy_kwh=energy,
        interventions=len(record.interventions),
        interventions_by_cause=dict(Counter(cause for _, cause in record.interventions)),
        mean_time_between_interventions_h=_ratio(end_s / 3600.0, len(record.interventions)),
        decision_automation=components["decision_automation"],
        decisions_by_kind=dict(record.decisions),
        automation_degree=components["automation_degree"],
        thread_completeness=components["thread_completeness"],
        schedule_adherence=components["schedule_adherence"],
        index=math.prod(known.values()) ** (1.0 / len(known)) if known else None,
        index_components=known,
        machines=machines,
        timelines=lines,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _order_mix_cost(record: Record) -> float | None:
    """Return the cost per good part (USD) with every item weighted as ordered, so that finishing expensive items isn't penalised.

    The cost of an item is that of its finished parts, including scrap, divided by its good parts; items without a good part are left out.
    """
    ordered: Counter[str] = Counter()
    for order in record.orders.values():
        ordered[order.item] += order.quantity
    spent = dict.fromkeys(ordered, 0.0)
    good: Counter[str] = Counter()
    for serial, disposition in record.disposed.items():
        made_for = record.orders.get(order_of(serial))
        if made_for is not None:
            spent[made_for.item] += sum(record.costs.get(serial, {}).values())
            good[made_for.item] += disposition == "good"
    finished = [item for item in ordered if good[item]]
    weighted = sum(ordered[item] * spent[item] / good[item] for item in finished)
    return _ratio(weighted, sum(ordered[item] for item in finished))


def _product(*values: float | None) -> float | None:
    return None if any(value is None for value in values) else math.prod(value for value in values if value is not None)


def _on_time(record: Record, order: str, due_s: float, quantity: int) -> bool:
    at_s, good = record.completed.get(order, (math.inf, 0))
    return at_s <= due_s and good >= quantity


def _machine(line: Timeline, record: Record, dark: Sequence[Span], end_s: float) -> MachineMeasures:
    elements = time_elements_h(line)
    apt, down, planned = (3600.0 * elements[name] for name in ("APT", "ADET", "planned_stop"))
    cuts = [cut for cut in record.cuts if cut.machine == line.unit]
    done = [cut for cut in cuts if cut.finished]
    finals = [record.disposed[serial] for serial in {cut.serial for cut in done} if serial in record.disposed]
    quality = _ratio(finals.count("good"), len(finals))
    effectiveness = _effectiveness(done)
    availability = _ratio(apt, end_s - planned)
    failures = record.failures[line.unit]
    running = tuple((one.start_s, one.end_s) for one in line.stretches if one.state == "running")
    return MachineMeasures(
        unit=line.unit,
        cycles=len(done),
        running_h=apt / 3600.0,
        down_h=down / 3600.0,
        maintenance_h=planned / 3600.0,
        idle_h=elements["idle"],
        unattended_h=length_s(common(running, dark)) / 3600.0,
        utilisation=apt / end_s,
        availability=availability,
        effectiveness=effectiveness,
        quality_ratio=quality,
        oee=_product(availability, effectiveness, quality),
        failures=failures,
        mtbf_h=_ratio(apt / 3600.0, failures),
        mttr_h=_ratio(down / 3600.0, failures),
        time_elements_h=elements,
    )


def _effectiveness(done: Sequence[Cut]) -> float | None:
    """Return PRI * PQ / APT over the finished cycles whose planned time is known."""
    timed = [cut for cut in done if cut.planned_s > 0 and cut.end_s is not None]
    return _ratio(sum(cut.planned_s for cut in timed), sum((cut.end_s or 0.0) - cut.start_s for cut in timed))


def _plant(
    machines: Sequence[MachineMeasures], record: Record, end_s: float, quality: float | None
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return availability, effectiveness, quality ratio and OEE for all mills together, from sums of times instead of mean ratios."""
    apt = sum(machine.running_h for machine in machines)
    pbt = sum(end_s / 3600.0 - machine.maintenance_h for machine in machines)
    availability = _ratio(apt, pbt)
    effectiveness = _effectiveness([cut for cut in record.cuts if cut.finished])
    return availability, effectiveness, quality, _product(availability, effectiveness, quality)


def _first_pass_yield(record: Record) -> float | None:
    """Return first-pass yield (ISO 22400-2): good parts that passed at once (GP) / parts inspected (IP).

    A part is inspected if it has a verdict and a final disposition. It passes at once if it has no verdict other than ``good`` and no
    interrupted cycle.
    """
    inspected = record.judged & record.disposed.keys()
    passed = sum(1 for serial in inspected if record.disposed[serial] == "good" and serial not in record.troubled)
    return _ratio(passed, len(inspected))


def _adherence(cuts: Sequence[Cut]) -> float | None:
    """Return operations started within 15 minutes of the schedule in force / operations that were in that schedule."""
    planned = [cut for cut in cuts if cut.planned_start_s is not None]
    kept = sum(1 for cut in planned if abs(cut.start_s - (cut.planned_start_s or 0.0)) <= ADHERENCE_S)
    return _ratio(kept, len(planned))


def _thread_completeness(record: Record) -> float | None:
    """Return good parts with an unbroken thread / good parts.

    A thread is unbroken if the part has a CAD hash, a route, a blank and a verdict, and each operation was cut once and completely, with
    a logged program and known edges.
    """
    cuts: dict[str, list[Cut]] = {}
    for cut in record.cuts:
        cuts.setdefault(cut.serial, []).append(cut)
    good = [serial for serial, word in record.disposed.items() if word == "good"]
    whole = sum(1 for serial in good if _unbroken(record, serial, cuts.get(serial, [])))
    return _ratio(whole, len(good))


def _unbroken(record: Record, serial: str, cuts: Sequence[Cut]) -> bool:
    if not cuts or serial not in record.blanks or serial not in record.judged:
        return False
    route = record.routes.get(part_of(cuts[0].operation))
    if route is None or not route.cad_sha256:
        return False
    wanted = sorted(operation.operation for operation in route.operations)
    sound = all(cut.finished and cut.has_tools and cut.program in record.programs for cut in cuts)
    return sound and sorted(cut.operation for cut in cuts) == wanted


def _longest(lines: Sequence[Timeline], mills: set[str], dark: Sequence[Span]) -> float:
    """Return the longest span (s) with nobody present during which all mills together never paused for more than 15 minutes."""
    running = union(
        (one.start_s, one.end_s)
        for line in lines
        if line.unit in mills
        for one in line.stretches
        if one.state == "running"
    )
    best = 0.0
    for window in dark:
        begin = end = -math.inf
        for start, stop in common(running, (window,)):
            if start - end > LIGHTS_OUT_GAP_S:
                begin = start
            end = stop
            best = max(best, end - begin)
    return best


def _automation_degree(lines: Sequence[Timeline], shop: Shop) -> float | None:
    """Return the time of automatic operations (cycles, moves, inspections) / that time plus manual work (bench, stops, repairs).

    Loading and unloading are manual work, and so is the whole time of an attended process.
    """
    by_hand = {unit.id for kind in ("bench", "process") for unit in shop.units(kind)}
    steps = [step for part in shop.parts for step in part.finishing]
    attended = {name for step in steps if step.attended for name in step.machines}
    hand = sum(line.seconds("maintenance") + line.seconds("down") for line in lines)
    hand += sum(line.seconds("busy") for line in lines if line.unit in by_hand)
    hand += sum(line.seconds("running") for line in lines if line.unit in attended)
    auto = sum(line.seconds("running") for line in lines if line.unit not in attended)
    auto += sum(line.seconds("busy") for line in lines if line.unit not in by_hand)
    return _ratio(auto, auto + hand)


def _energy_kwh(lines: Sequence[Timeline], record: Record, shop: Shop) -> float:
    """Return metered energy for finished cycles, rated power for unmetered cycles and stations, and idle power for the remaining time."""
    units = {unit.id: unit for unit in shop.work_units}
    metered = {(cut.machine, cut.start_s) for cut in record.cuts if cut.finished}
    total = record.energy_kwh
    for line in lines:
        unit = units[line.unit]
        for one in line.stretches:
            hours = (one.end_s - one.start_s) / 3600.0
            if one.state == "busy" or (one.state == "running" and (line.unit, one.start_s) not in metered):
                works = unit.cuts or unit.kind == "robot" or (unit.kind == "process" and one.state == "running")
                total += (unit.power_kw_cutting if works else unit.power_kw_idle) * hours
            elif one.state != "running":
                total += unit.power_kw_idle * hours
    return total


def _period_cost(record: Record, shop: Shop, end_s: float, energy_kwh: float) -> float:
    """Return the cost of the whole shop in the period: rates of all units, people present, energy, blanks, edges, overhead.

    Energy is charged at the day price. Edges are priced if ``Shop.tools`` lists the tool, and blanks without a price by the part's
    costing. Unlike ``cost_usd``, the result also includes idle machines and waiting people.
    """
    hours = end_s / 3600.0
    conversion = sum(unit.rate_usd_h for unit in shop.work_units) * hours
    conversion += persons_s(shop, end_s, record.called) / 3600.0 * shop.economy.wage_usd_h
    prices = {item.item: item.price_usd for item in shop.items}
    edges = {stock.tool.number: stock.tool.price_usd for stock in shop.tools}
    material = 0.0
    for serial, blank in record.blanks.items():
        price = prices.get(blank)
        material += price if price is not None else record.costs.get(serial, {}).get("material", 0.0)
    tools = sum(edges.get(tool, 0.0) * count for tool, count in record.edges.items())
    return (
        conversion * (1.0 + shop.economy.overhead_share) + energy_kwh * shop.economy.energy_usd_kwh + material + tools
    )
