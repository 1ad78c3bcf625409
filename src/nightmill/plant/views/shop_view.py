"""Fold a shop's log into the views that people see. The log, plans and pictures are only read."""

import base64
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.floor import records as on_floor
from nightmill.kpi import Measures, Stretch
from nightmill.plant.plan_store.kept_plans import PartRoute, load_route, planned_parts
from nightmill.plant.plan_store.program_signing import kept_bytes
from nightmill.plant.shop_state.waiting import waits_for
from nightmill.plant.views.fold import Between, Spent, ViewFold
from nightmill.plant.views.records import ChartView, ImageView, OrderView, PartView, ShopView, StockView, UnitView
from nightmill.plant.workspace.layout import open_log, picture_path
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop

MAX_IMAGES = 12


def view_shop(folder: Path, *, at_s: float | None = None) -> ShopView:
    """Return the shop as recorded in its log now or at ``at_s`` (shop time); a time in the future means now."""
    shop = whole_shop(folder)
    store = open_log(folder, writer=False)
    try:
        state, folded, cut_off = empty_state(shop), ViewFold(shop), False
        for event in store.read():
            if at_s is not None and event.at_s > at_s:
                cut_off = True
                continue
            apply(state, event)
            folded.take(event, state)

        def between(first: int, last: int) -> Iterable[e.Event]:
            return islice(store.read(first - 1), max(0, last - first + 1))

        # the view doesn't need the shifts for years to come
        return ShopLook(folder, shop, folded, state, between, at_s if cut_off else None).whole()
    finally:
        store.close()


class ShopLook:
    """The sections of a view, each computed on first use without reading the log again.

    ``folded`` and ``state`` are the log up to ``at_s`` (shop time; None: now); they must not change while this object is used.
    ``between`` reads a range of the log.
    """

    def __init__(
        self,
        folder: Path,
        shop: Shop,
        folded: ViewFold,
        state: ShopState,
        between: Between,
        at_s: float | None = None,
    ) -> None:
        self.folder, self.shop, self.folded, self.state, self.between = folder, shop, folded, state, between
        self.events = folded.events
        self.now_s = max(state.now_s, 1.0) if at_s is None else max(at_s, 1.0)

    def whole(self) -> ShopView:
        """Return the whole view."""
        shop, state = self.shop, self.state
        return ShopView(
            shop=shop.name,
            currency=shop.currency,
            country=shop.country,
            time_zone=shop.time_zone,
            start=shop.start.isoformat(),
            policy=state.policy,
            seed=state.seed,
            now_s=self.now_s,
            ended=state.ended,
            events=self.events,
            measures=self.measures,
            presence=tuple(
                (w.begins_s, w.ends_s) for w in presence_windows(shop, 0.0, self.now_s + 86400.0, state.attendance)
            ),
            units=self.units,
            orders=self.orders,
            parts=self.parts,
            charts=self.charts,
            stock=self.stock,
            decisions=tuple(self.folded.decisions),
            images=self.images,
            story=_story(self.folded, state, self.between),
            sites=self.sites,
        )

    @property
    def ended(self) -> bool:
        """Return whether the run is over."""
        return self.state.ended

    @cached_property
    def _figures(self) -> Measures:
        return self.folded.figures.until(self.shop, self.now_s)

    @cached_property
    def _routes(self) -> dict[str, PartRoute]:
        return _routes(self.folder, self.shop)

    @cached_property
    def measures(self) -> dict[str, Any]:
        """Return the figures, without the timelines they are computed from."""
        return {k: v for k, v in msgspec.to_builtins(replace(self._figures, timelines=())).items() if k != "timelines"}

    @cached_property
    def units(self) -> tuple[UnitView, ...]:
        """Return every unit with its spans, plan, health and signals."""
        return _units(self.state, self.shop, self.folded, self._figures.timelines)

    @cached_property
    def orders(self) -> tuple[OrderView, ...]:
        """Return the orders with their dates."""
        return order_views(self.shop, self.state, self.now_s)

    @cached_property
    def parts(self) -> tuple[PartView, ...]:
        """Return every planned part with its cost."""
        views = []
        for part in self.shop.parts:
            route = self._routes.get(part.name)
            if route is not None:
                spent = self.folded.spent.get(part.name, Spent())
                views.append(part_view(route, price_usd=part.price_usd, cost_usd=spent.mean(), made=spent.made))
        return tuple(views)

    @cached_property
    def charts(self) -> tuple[ChartView, ...]:
        """Return the control charts, longest first."""
        return self.folded.charts({c.id: c for route in self._routes.values() for c in route.characteristics})

    @cached_property
    def stock(self) -> tuple[StockView, ...]:
        """Return the items over time."""
        return self.folded.stock({part.name: part.blank_item for part in self.shop.parts})

    @cached_property
    def images(self) -> tuple[ImageView, ...]:
        """Return the pictures that differ most from good parts."""
        return _images(self.folder, self.folded)

    @cached_property
    def sites(self) -> dict[str, Any] | None:
        """Return the comparison of sites, if there is one."""
        return _sites(self.folder)


def _routes(folder: Path, shop: Shop) -> dict[str, PartRoute]:
    plans = folder / ".nightmill" / "plans"
    return planned_parts(plans, tuple(part.name for part in shop.parts))


def _units(state: ShopState, shop: Shop, folded: ViewFold, lines: Sequence[Any]) -> tuple[UnitView, ...]:
    views = []
    for unit, line in zip(shop.work_units, lines, strict=True):
        machine = state.machines.get(unit.id)
        spans = tuple(each for each in line.stretches if each.state != "idle")
        planned = tuple(
            Stretch("planned", row.start_s, row.end_s, f"{row.serial} {row.operation}")
            for row in state.schedule
            if row.machine == unit.id and row.end_s > state.now_s
        )
        status, alarm = (machine.status, machine.alarm) if machine else ("", "")
        views.append(
            UnitView(
                unit.id, unit.kind, status, alarm, spans, planned,
                tuple(folded.health.get(unit.id, ())), tuple(folded.vibration.get(unit.id, ())),
            )
        )  # fmt: skip
    return tuple(views)


def order_views(shop: Shop, state: ShopState, now_s: float) -> tuple[OrderView, ...]:
    """Return the orders at ``now_s`` (shop time), with their dates and the reason for lateness."""
    return tuple(_order(shop, state, name, now_s) for name in state.orders)


def _order(shop: Shop, state: ShopState, name: str, now_s: float) -> OrderView:
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
        reason=waits_for(state, order.item) or order.reason,
        finishing_days=shop.finishing_days(order.item),
    )


def part_view(route: PartRoute, *, price_usd: float, cost_usd: dict[str, float], made: int) -> PartView:
    """Return a planned part as pages show it, from its folder."""
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
    """Return the plan that ``plan --out FOLDER`` wrote, for its page; no pieces are made yet and there is no price."""
    return part_view(load_route(folder), price_usd=0.0, cost_usd={}, made=0)


def _picture(path: Path, absent: Any) -> Any:
    try:
        return msgspec.json.decode(kept_bytes(path))
    except (
        OSError,
        ValueError,
        RecursionError,
        msgspec.MsgspecError,
    ):  # if a picture can't be read, the part is shown without it
        return absent


def _images(folder: Path, folded: ViewFold) -> tuple[ImageView, ...]:
    views = []
    for image, verdict in folded.pictures(MAX_IMAGES):
        heat = picture_path(folder, image.image, heat=True)
        path = heat if heat.exists() else picture_path(folder, image.image)
        if verdict is not None and path.exists():
            picture = base64.b64encode(path.read_bytes()).decode()
            views.append(ImageView(image.serial, verdict.verdict, verdict.evidence.get("score"), picture))
    return tuple(views)


def _story(folded: ViewFold, state: ShopState, between: Between) -> on_floor.Genealogy | None:
    """Return the finished part with the longest history: most cuts, held or remade parts first."""
    finished = [part for part in state.parts.values() if part.disposition == "good" and part.place == "finished"]
    if not finished:
        return None
    chosen = max(finished, key=lambda part: (len(part.measured), len(part.cuts), part.serial))
    return folded.story(chosen.serial, between)


def _sites(folder: Path) -> dict[str, Any] | None:
    path = folder / ".nightmill" / "sites.json"
    return msgspec.json.decode(path.read_bytes()) if path.exists() else None
