"""Fold a shop's log into what people look at. Reads log, plans and pictures; changes nothing."""

import base64
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import read_shop
from nightmill.floor import ShopState, apply, empty_state, genealogy, presence_windows
from nightmill.kpi import Measures, measures
from nightmill.plant.heat_maps import FOLDER as HEAT_FOLDER
from nightmill.plant.places import open_log
from nightmill.plant.routes import PartRoute, load_route
from nightmill.plant.sentences import sentence
from nightmill.plant.view_records import (
    ChartPoint,
    ChartView,
    DecisionView,
    ImageView,
    OrderView,
    PartView,
    ShopView,
    Span,
    StockView,
    StoryStep,
    StoryView,
    UnitView,
)
from nightmill.plant.waiting import waits_for
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Shop

MAX_DECISIONS = 400
MAX_IMAGES = 12


def read_events(folder: Path) -> tuple[e.Event, ...]:
    """All events of the shop's latest run. Raises ``BadInput`` where there is none."""
    store = open_log(folder, writer=False)
    try:
        return tuple(store.read())
    finally:
        store.close()


def view_shop(folder: Path, *, at_s: float | None = None) -> ShopView:
    """The shop as its log says it is now, or was at ``at_s`` (shop time); a time that hasn't come is now."""
    return view_of(folder, whole_shop(folder), read_events(folder), at_s=at_s)


def view_of(folder: Path, shop: Shop, events: Sequence[e.Event], *, at_s: float | None = None) -> ShopView:
    """As ``view_shop``, of a log that was read already."""
    if at_s is not None and all(event.at_s <= at_s for event in events):
        at_s = None  # nobody is asked for the shifts of years to come
    log = events if at_s is None else [event for event in events if event.at_s <= at_s]
    state = empty_state(shop)
    for event in log:
        apply(state, event)
    look = ShopLook(folder, shop, log, state, at_s)
    now = look.now_s
    return ShopView(
        shop=shop.name,
        currency=shop.currency,
        country=shop.country,
        time_zone=shop.time_zone,
        start=shop.start.isoformat(),
        policy=state.policy,
        seed=state.seed,
        now_s=now,
        ended=state.ended,
        events=len(log),
        measures=look.measures,
        presence=tuple((w.begins_s, w.ends_s) for w in presence_windows(shop, 0.0, now + 86400.0, state.attendance)),
        units=look.units,
        orders=order_views(state, now),
        parts=look.parts,
        charts=look.charts,
        stock=look.stock,
        decisions=_decisions(log),
        images=look.images,
        story=_story(log, state),
        sites=look.sites,
    )


class ShopLook:
    """What a view holds that takes a pass over the log, each piece made when it is first asked for.

    ``log`` up to ``at_s`` (shop time; None: now) and ``state``, its fold, must not change while the look is used.
    """

    def __init__(
        self, folder: Path, shop: Shop, log: Sequence[e.Event], state: ShopState, at_s: float | None = None
    ) -> None:
        self.folder, self.shop, self.log, self.state = folder, shop, log, state
        self.events = len(log)
        self.now_s = max(state.now_s, 1.0) if at_s is None else max(at_s, 1.0)

    @cached_property
    def _figures(self) -> Measures:
        return measures(self.log, self.shop, self.now_s)

    @cached_property
    def _routes(self) -> dict[str, PartRoute]:
        return _routes(self.folder, self.shop)

    @cached_property
    def measures(self) -> dict[str, Any]:
        """The figures, without the timelines that they rest on."""
        return {k: v for k, v in msgspec.to_builtins(self._figures).items() if k not in {"timelines"}}

    @cached_property
    def units(self) -> tuple[UnitView, ...]:
        """Every unit with its spans, plan, health and signals."""
        return _units(self.state, self.shop, self.log, self._figures.timelines)

    @cached_property
    def parts(self) -> tuple[PartView, ...]:
        """Every planned part with what it cost."""
        return _parts(self.folder, self.shop, self._routes, self.log)

    @cached_property
    def charts(self) -> tuple[ChartView, ...]:
        """The control charts, the longest first."""
        return _charts(self.log, self._routes)

    @cached_property
    def stock(self) -> tuple[StockView, ...]:
        """The items over time."""
        return _stock(self.log, self.shop)

    @cached_property
    def images(self) -> tuple[ImageView, ...]:
        """The pictures furthest from good ones."""
        return _images(self.folder, self.log)

    @cached_property
    def sites(self) -> dict[str, Any] | None:
        """The comparison of sites, where one was made."""
        return _sites(self.folder)


def whole_shop(folder: Path) -> Shop:
    """The shop in ``folder``, its materials known to ``process``; with the default tools, stocked as its ``[crib]``
    says, where it names no tools of its own.
    """
    from nightmill.process import default_tools, materials

    known = materials()
    words = [one.name for one in known] + [word for one in known for word in (*one.aliases, one.group)]
    return read_shop(folder, default_tools=default_tools(), known_materials=words)


def _routes(folder: Path, shop: Shop) -> dict[str, PartRoute]:
    plans = folder / ".nightmill" / "plans"
    return {
        part.name: load_route(plans / part.name) for part in shop.parts if (plans / part.name / "route.json").exists()
    }


def _units(state: ShopState, shop: Shop, log: Sequence[e.Event], lines: Sequence[Any]) -> tuple[UnitView, ...]:
    health: dict[str, list[tuple[float, float, float]]] = {}
    signals: dict[str, list[tuple[float, float]]] = {}
    for event in log:
        fact = event.fact
        if isinstance(fact, e.HealthAssessed):
            health.setdefault(fact.machine, []).append((event.at_s, fact.health, fact.failure_probability))
        elif isinstance(fact, e.Reported) and isinstance(fact.report, r.SignalsSampled):
            value = fact.report.signals.get("vibration_mm_s")
            if value is not None:
                signals.setdefault(fact.report.unit, []).append((event.at_s, value))
    views = []
    for unit, line in zip(shop.work_units, lines, strict=True):
        machine = state.machines.get(unit.id)
        spans = tuple(Span(s.state, s.start_s, s.end_s, s.subject) for s in line.stretches if s.state != "idle")
        planned = tuple(
            Span("planned", row.start_s, row.end_s, f"{row.serial} {row.operation}")
            for row in state.schedule
            if row.machine == unit.id and row.end_s > state.now_s
        )
        status, alarm = (machine.status, machine.alarm) if machine else ("", "")
        views.append(
            UnitView(
                unit.id, unit.kind, status, alarm, spans, planned,
                tuple(health.get(unit.id, ())), tuple(signals.get(unit.id, ())),
            )
        )  # fmt: skip
    return tuple(views)


def order_views(state: ShopState, now_s: float) -> tuple[OrderView, ...]:
    """The orders at ``now_s`` (shop time), with their dates and the reason of lateness."""
    return tuple(_order(state, name, now_s) for name in state.orders)


def _order(state: ShopState, name: str, now_s: float) -> OrderView:
    order = state.orders[name]
    words = [state.parts[serial].disposition for serial in order.serials]
    done = order.completed_s is not None
    late = (now_s if order.completed_s is None else order.completed_s) > order.due_s
    return OrderView(
        id=order.id,
        item=order.item,
        quantity=order.quantity,
        due_s=order.due_s,
        promise_s=order.promise_s,
        completed_s=order.completed_s,
        good=words.count("good"),
        scrapped=words.count("scrap") + words.count("quarantine"),
        state="cancelled" if order.cancelled_s is not None else "late" if late else "done" if done else "open",
        reason=order.reason or waits_for(state, order.item),
    )


def _parts(folder: Path, shop: Shop, routes: dict[str, PartRoute], log: Sequence[e.Event]) -> tuple[PartView, ...]:
    costs: dict[str, list[dict[str, float]]] = {}
    items: dict[str, str] = {}
    for event in log:
        if isinstance(event.fact, e.OrderReceived):
            items.setdefault(event.fact.order, event.fact.item)
        elif isinstance(event.fact, e.PartCosted):
            item = items.get(event.fact.serial.rsplit(".", 1)[0], "")
            costs.setdefault(item, []).append(event.fact.factors_usd)
    views = []
    for part in shop.parts:
        route = routes.get(part.name)
        if route is None:
            continue
        found = costs.get(part.name, [])
        names = sorted({name for factors in found for name in factors})
        mean = {name: sum(f.get(name, 0.0) for f in found) / len(found) for name in names}
        views.append(part_view(route, price_usd=part.price_usd, cost_usd=mean, made=len(found)))
    return tuple(views)


def part_view(route: PartRoute, *, price_usd: float, cost_usd: dict[str, float], made: int) -> PartView:
    """A planned part as pages show it, from its folder."""
    return PartView(
        name=route.plan.part,
        material=route.record.material,
        certified=route.record.certified,
        certificate=route.record.certificate,
        setups=tuple(msgspec.to_builtins(setup) for setup in route.plan.setups),
        cycle_s=sum(operation.cycle_s for operation in route.record.operations),
        features=route.record.features,
        faces=route.record.faces,
        characteristics=len(route.characteristics),
        price_usd=price_usd,
        cost_usd=cost_usd,
        made=made,
        preview=_picture(route.folder / "preview.json", {}),
        stock=msgspec.to_builtins(route.plan.stock),
        paths=_picture(route.folder / "paths.json", []),
        fixture_lines=_picture(route.folder / "fixtures.json", []),
        stock_lines=_picture(route.folder / "stock.json", []),
    )


def view_plan(folder: Path) -> PartView:
    """The plan that ``plan --out FOLDER`` wrote, for its page; nothing made and no price yet."""
    return part_view(load_route(folder), price_usd=0.0, cost_usd={}, made=0)


def _picture(path: Path, absent: Any) -> Any:
    return msgspec.json.decode(path.read_bytes()) if path.exists() else absent


def _charts(log: Sequence[e.Event], routes: dict[str, PartRoute]) -> tuple[ChartView, ...]:
    known = {c.id: c for route in routes.values() for c in route.characteristics}
    cuts: dict[str, r.CycleFinished] = {}
    points: dict[str, list[ChartPoint]] = {}
    signals = {(x.fact.family, round(x.fact.value, 6)) for x in log if isinstance(x.fact, e.SignalRaised)}
    for event in log:
        if not isinstance(event.fact, e.Reported):
            continue
        report = event.fact.report
        if isinstance(report, r.CycleFinished):
            cuts[report.serial] = report
        elif isinstance(report, r.PartMeasured) and report.serial in cuts:
            cut = cuts[report.serial]
            for name, value in report.readings.items():
                if name not in known:
                    continue
                tool = str(known[name].tool)
                family = f"{cut.unit}|{tool}|{name}"
                deviation = (value - known[name].nominal) * 1000
                signal = "signal" if (family, round(deviation, 6)) in signals else ""
                offset = cut.offsets_mm.get(tool, 0.0) * 1000
                point = ChartPoint(event.at_s, report.serial, deviation, offset, cut.tool_edges.get(tool, ""), signal)
                points.setdefault(family, []).append(point)
    views = []
    for family, found in points.items():
        machine, tool, name = family.split("|")
        limit = known[name]
        lower, upper = (limit.lower - limit.nominal) * 1000, (limit.upper - limit.nominal) * 1000
        views.append(ChartView(family, machine, int(tool), name, limit.asked.kind, lower, upper, tuple(found)))
    return tuple(sorted(views, key=lambda view: -len(view.points)))


def _stock(log: Sequence[e.Event], shop: Shop) -> tuple[StockView, ...]:
    state = empty_state(shop)
    series: dict[str, list[tuple[float, float]]] = {item: [(0.0, float(n))] for item, n in state.stock.items()}
    ordered: dict[str, int] = {}
    received: dict[str, int] = {}
    forecasts: dict[str, e.ForecastMade] = {}
    blanks = {part.name: part.blank_item for part in shop.parts}
    before = dict(state.stock)
    for event in log:
        apply(state, event)
        if state.stock != before:
            for item, quantity in state.stock.items():
                if before.get(item) != quantity:
                    series.setdefault(item, []).append((event.at_s, float(quantity)))
            before = dict(state.stock)
        fact = event.fact
        if isinstance(fact, e.PurchaseDecided):
            ordered[fact.item] = ordered.get(fact.item, 0) + fact.quantity
        elif isinstance(fact, e.ForecastMade):
            forecasts[blanks.get(fact.item, fact.item)] = fact
        elif isinstance(fact, e.Reported) and isinstance(fact.report, r.Delivered):
            received[fact.report.item] = received.get(fact.report.item, 0) + fact.report.quantity
    return tuple(
        StockView(
            item,
            tuple(found),
            ordered.get(item, 0),
            received.get(item, 0),
            forecasts[item].q50 if item in forecasts else None,
            forecasts[item].q95 if item in forecasts else None,
        )
        for item, found in series.items()
    )


def _decisions(log: Sequence[e.Event]) -> tuple[DecisionView, ...]:
    found = []
    for event in log:
        text = sentence(event.fact)
        if text:
            found.append(DecisionView(event.at_s, event.actor, str(event.fact.__struct_config__.tag), text, event.why))
    return tuple(found[-MAX_DECISIONS:])


def _images(folder: Path, log: Sequence[e.Event]) -> tuple[ImageView, ...]:
    verdicts = {
        event.fact.serial: event.fact
        for event in log
        if isinstance(event.fact, e.VerdictGiven) and event.fact.by == "vision"
    }
    taken = [
        event.fact.report
        for event in log
        if isinstance(event.fact, e.Reported) and isinstance(event.fact.report, r.ImageTaken)
    ]
    taken.sort(
        key=lambda image: -verdicts[image.serial].evidence.get("score", 0.0) if image.serial in verdicts else 0.0
    )
    views = []
    for image in taken[:MAX_IMAGES]:
        path = folder / ".nightmill" / "images" / f"{image.image}"
        heat = path.parent / HEAT_FOLDER / path.name
        path = heat if heat.exists() else path
        if image.serial in verdicts and path.exists():
            verdict = verdicts[image.serial]
            picture = base64.b64encode(path.read_bytes()).decode()
            views.append(ImageView(image.serial, verdict.verdict, verdict.evidence.get("score", 0.0), picture))
    return tuple(views)


def _story(log: Sequence[e.Event], state: ShopState) -> StoryView | None:
    """The finished part with the longest story: most cuts, held or remade parts first."""
    finished = [part for part in state.parts.values() if part.disposition == "good" and part.place == "finished"]
    if not finished:
        return None
    chosen = max(finished, key=lambda part: (len(part.measured), len(part.cuts), part.serial))
    told = genealogy(log, chosen.serial)
    steps = tuple(StoryStep(s.at_s, s.what, s.where, s.detail) for s in told.steps)
    return StoryView(told.serial, told.item, told.order, told.cad_sha256, told.complete, steps)


def _sites(folder: Path) -> dict[str, Any] | None:
    path = folder / ".nightmill" / "sites.json"
    return msgspec.json.decode(path.read_bytes()) if path.exists() else None
