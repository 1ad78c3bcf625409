"""Make-or-buy answers about one part, from its certified plan. OCP works in a guarded child."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nightmill.formats import read_document, read_shop
from nightmill.plant.part_planning.blank_price import ASSUMED_USD_KG, stock_kg, stock_usd_kg
from nightmill.plant.part_planning.planning_child import PlanningOptions, Progress, plan_part
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.quoting.labour_minutes import attended_operations
from nightmill.plant.quoting.sourcing_request import SiteFacts, SplitLimits, Terms, YearlyDemand
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there
from nightmill.vocabulary.shop import Shop
from nightmill.workers import Scratch

if TYPE_CHECKING:
    from nightmill.costing import PriceBreak, SiteBook, SiteRequest

EXAMPLE_SITES = Path(__file__).parents[1] / "example" / "sites.toml"
CUTTING_KW = 6.0
"""Power that a machine draws while cutting."""


def site_answer(
    part: Path,
    demand: YearlyDemand,
    facts: SiteFacts = SiteFacts(),
    *,
    shop: Path | None = None,
    split: SplitLimits | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return where to make the part, from its own certified plan; the answer of ``nightmill site``. If ``shop`` has a plan for the part,
    that plan is used.

    ``shop`` is the home site's folder: its schedule gives the lead time, and its machines' free hours are checked. ``split``: also split
    the volume over several sites within these limits. Raises ``BadInput``.
    """
    from nightmill.costing import SiteComparison, facts_from_toml, split_volume, where_to_make

    if demand.quantity < 1:
        remedy = "Give the pieces needed in a year."
        raise BadInput(Finding("--quantity", "", str(demand.quantity), "at least 1 piece a year", remedy))
    path = facts.sites or (shop / "sites.toml" if shop is not None and is_there(shop / "sites.toml") else EXAMPLE_SITES)
    day = day_of(facts.as_of)
    crossing = day_of(facts.entry, "--entry") if facts.entry else day
    book = book_with(facts_from_toml(read_document(path), str(path)), facts.own, day)
    terms = terms_of(demand)
    described = read_shop(shop) if shop is not None else None
    record = _kept_route(part, demand.material, shop) if shop is not None else None
    if record is None:
        with Scratch() as scratch:
            plan_part(part, PlanningOptions(material=demand.material), shop=shop, out=scratch, progress=progress)
            record = msgspec.json.decode((scratch / "route.json").read_bytes(), type=RouteRecord)
    usd_kg = stock_usd_kg(described, record.material)
    request = site_request(record, demand.quantity, usd_kg, shop=described, terms=terms)
    room = None
    if shop is not None:
        from nightmill.plant.quoting.home_capacity import fill, home_room, hours_year, lot_promises, with_promise

        promises = lot_promises(shop, [(record, demand.quantity)], demand.lots)
        request = with_promise(request, book.home, shop, promises)
        room = fill(home_room(shop), [(request.part, hours_year(request), True)], promises)
    found = where_to_make(request, book, day, draws=facts.draws, entry=crossing)
    answer = {
        **msgspec.to_builtins(found),
        "attended": msgspec.to_builtins(attended_operations(record)),
        "home": msgspec.to_builtins(room),
    }
    if split is not None:
        comparison = SiteComparison(book, day, draws=facts.draws, hts=request.hts, entry=crossing)
        answer["split"] = msgspec.to_builtins(split_volume(comparison, request, loss_limit=split.loss, keep_share=split.keep))  # fmt: skip
    return answer


def _kept_route(part: Path, material: str, folder: Path) -> RouteRecord | None:
    """Return the route by which the shop in ``folder`` makes its own part, if it was planned and nothing has changed since."""
    from nightmill.plant.part_planning.routes import certified_routes
    from nightmill.plant.workspace.shop import whole_shop

    shop = whole_shop(folder)
    own = next((each for each in shop.parts if (folder / each.step).resolve() == part.resolve()), None)
    if own is None or material not in ("", own.material):
        return None
    routes, _ = certified_routes(shop, folder, only={own.name}, planning=False)
    return routes[own.name].record if own.name in routes else None


def book_with(book: "SiteBook", own: Sequence[str], day: dt.date) -> "SiteBook":
    """Return the book with a person's own values, each as ``SITE.FACT=VALUE``. Raises ``BadInput``."""
    from nightmill.costing import OwnFact, with_own_facts

    facts = []
    for text in own:
        where, _, value = text.partition("=")
        site, _, name = where.partition(".")
        try:
            facts.append(OwnFact(site, name, float(value)))
        except ValueError:
            finding = Finding("--own", "", repr(text), "SITE.FACT=VALUE, such as ohio.wage_usd_h=41", "Correct it.")
            raise BadInput(finding) from None
    return with_own_facts(book, facts, day) if facts else book


def breaks_of(text: str, option: str = "--price-breaks") -> "tuple[PriceBreak, ...]":
    """Parse price breaks ``KG:SHARE,KG:SHARE``: from KG kilograms of stock a year, the price is times SHARE. Raises ``BadInput``."""
    from nightmill.costing import PriceBreak

    found = []
    for each in filter(None, (one.strip() for one in text.split(","))):
        kilograms, _, share = each.partition(":")
        try:
            found.append(PriceBreak(float(kilograms), float(share)))
        except ValueError:
            found.append(PriceBreak(-1.0, 0.0))
    begins = [one.from_kg_year for one in found]
    if begins != sorted(set(begins)) or any(
        not (0 < one.from_kg_year < 1e12 and 0 < one.price_share <= 2) for one in found
    ):
        expected = "KG:SHARE,.. with rising kilograms a year and shares of the price, such as 1000:0.93,10000:0.85"
        raise BadInput(Finding(option, "", repr(text), expected, "Correct the breaks."))
    return tuple(found)


def terms_of(demand: YearlyDemand) -> Terms:
    """Return how a part is purchased and shipped. Raises ``BadInput`` for a wrong heading or wrong price breaks."""
    heading(demand.hts)
    return Terms(demand.hts, demand.lots, breaks_of(demand.price_breaks))


def site_request(
    record: RouteRecord,
    quantity: int,
    material_usd_kg: float = ASSUMED_USD_KG,
    *,
    shop: Shop | None = None,
    terms: Terms = Terms(),
) -> "SiteRequest":
    """Return the part data needed to compare sites, from its route: minutes of spindle and people, kilograms, energy, edges."""
    from nightmill.costing import SiteRequest

    attended = attended_operations(record, shop)
    minutes = sum(operation.cycle_s for operation in record.operations) / 60
    cutting = sum(used for operation in record.operations for used in operation.tool_minutes.values())
    kilograms = stock_kg(record)
    return SiteRequest(
        part=record.part,
        quantity_year=float(quantity),
        machine_min=minutes,
        attended_min=sum(each.piece_min for each in attended),
        setup_min=sum(each.setup_min for each in attended),
        hts=terms.hts,
        weight_kg=record.part_volume_mm3 * 1e-9 * record.density_kg_m3,
        material_usd=kilograms * material_usd_kg,
        tool_usd=cutting / 60.0 * 40.0,
        energy_kwh=minutes / 60 * CUTTING_KW,
        shipments_year=terms.lots,
        material=record.material,
        stock_kg=kilograms,
        price_breaks=terms.price_breaks,
        source=f"certified route of {record.part}" if record.certified else f"route of {record.part}, not certified",
    )


def site_case(case: Path) -> dict[str, Any]:
    """Evaluate one worked-example formula (``formats``: ``nightmill site --case``)."""
    from nightmill.costing import case as compute

    try:
        document = msgspec.json.decode(read_document(case).encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(Finding(str(case), "", str(error), "a JSON document", "Correct the JSON.")) from error
    if not isinstance(document, dict) or not isinstance(document.get("in"), dict) or "formula" not in document:
        raise BadInput(Finding(str(case), "", "another shape", '{"formula": NAME, "in": {...}}', "Write it like that."))
    return {"out": compute(str(document["formula"]), document["in"])}


def heading(text: str, place: str = "--hts") -> str:
    """Check a tariff heading as entered by a person. Raises ``BadInput``."""
    digits = text.replace(".", "").strip()
    if digits and not (digits.isdigit() and 2 <= len(digits) <= 10):
        raise BadInput(Finding(place, "", repr(text), "2 to 10 digits, such as 8466.93", "Correct the heading."))
    return digits


def day_of(text: str, option: str = "--as-of") -> dt.date:
    """Return the day that a person entered; today if none was entered. Raises ``BadInput``."""
    if not text:
        return dt.date.today()  # noqa: DTZ011 - facts are dated by calendar days
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(Finding(option, "", repr(text), "a date, YYYY-MM-DD", "Write it like 2026-11-02.")) from error


def home_sites(
    folder: Path, shop: Shop, records: dict[str, RouteRecord], unattended_share: float | None
) -> dict[str, Any] | None:
    """Compare sites for the shop's parts, noting the shop's own measured unattended share."""
    from nightmill.costing import facts_from_toml, where_to_make

    path = folder / "sites.toml"
    if not path.exists() or not records:
        return None
    book = facts_from_toml(read_document(path), str(path))
    ordered: dict[str, int] = {}
    for order in shop.orders:
        ordered[order.item] = ordered.get(order.item, 0) + order.quantity
    answers = {
        name: msgspec.to_builtins(
            where_to_make(
                site_request(
                    record, max(12, 50 * ordered.get(name, 1)), stock_usd_kg(shop, record.material), shop=shop
                ),
                book,
                shop.start.date(),
                draws=2000,
            )
        )
        for name, record in records.items()
    }
    return {"unattended_share_measured": unattended_share, "parts": answers}
