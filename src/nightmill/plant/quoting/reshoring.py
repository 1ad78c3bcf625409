"""Where the parts in a folder should be made: planned, costed at every site, ranked by the savings from reshoring."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nightmill.formats import board_report, read_document, read_shop, write_atomic
from nightmill.plant.analysis.scheduling.promise import LotPromise
from nightmill.plant.part_planning.blank_price import stock_usd_kg
from nightmill.plant.part_planning.many_parts import FolderProgress, plan_folder
from nightmill.plant.part_planning.planning_child import PlanningOptions
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.quoting.home_capacity import fill, home_room, hours_year, lot_promises, with_promise
from nightmill.plant.quoting.labour_minutes import attended_operations
from nightmill.plant.quoting.make_or_buy import EXAMPLE_SITES, book_with, day_of, heading, site_request, terms_of
from nightmill.plant.quoting.sourcing_request import SiteFacts, SplitLimits, YearlyDemand
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there
from nightmill.vocabulary.shop import Shop
from nightmill.workers import Scratch

if TYPE_CHECKING:
    from nightmill.costing import SiteRequest

SWINGS = 8
"""Number of facts in each part's tornado."""


def bring_home(
    folder: Path,
    demand: YearlyDemand = YearlyDemand(1000),
    facts: SiteFacts = SiteFacts(),
    *,
    made_at: str = "",
    shop: Path | None = None,
    split: SplitLimits | None = None,
    progress: FolderProgress | None = None,
) -> dict[str, Any]:
    """Plan the STEP files below ``folder`` and rank them by the yearly saving from making them at the home site; ``nightmill bring-home``.

    A shop folder supplies its materials, tools, orders (fifty times their pieces a year) and sites.toml; in any other folder
    ``quantities.csv`` (part, quantity, hts) may give pieces a year and tariff headings; ``demand`` applies to all other parts.
    ``made_at`` is where the parts are made today; without it, each part's cheapest other site is assumed. ``shop`` is the shop that would
    make them (the folder itself if it is a shop): its schedule gives the home site's lead time, and its machines' free hours are checked.
    ``split`` as for ``nightmill site``. ``write_board_report`` makes a report from the answer. Raises ``BadInput`` for a folder without a
    part that can be planned, or an unknown site.
    """
    from nightmill.costing import SiteComparison, facts_from_toml, rank_home

    at_home = (folder / "shop.toml").is_file()
    shop = folder if at_home else shop
    near = (place / "sites.toml" for place in (folder, shop) if place is not None)
    path = facts.sites or next((p for p in near if is_there(p)), EXAMPLE_SITES)
    book = book_with(facts_from_toml(read_document(path), str(path)), facts.own, day_of(facts.as_of))
    known = [site.id for site in book.sites if site.id != book.home]
    if made_at and made_at not in known:
        raise BadInput(Finding("--made-at", "", repr(made_at), "one of " + ", ".join(known), "Choose another site."))
    if not known:
        raise BadInput(Finding(str(path), "sites", "home alone", "at least one other site", "Add a site."))
    asked = _Asked(folder, shop, demand)
    with Scratch() as scratch:
        options = PlanningOptions(material=demand.material)
        planned = plan_folder(folder, options, shop=shop, out=scratch, progress=progress)
        routes, left = _certified(planned["parts"], scratch)
    requests = [asked.request(stem, route) for stem, route in routes]
    promises: dict[str, LotPromise] = {}
    if shop is not None:
        promises = lot_promises(shop, [(r, one.quantity_year) for (_, r), one in zip(routes, requests, strict=True)], demand.lots)  # fmt: skip
        requests = [with_promise(one, book.home, shop, promises) for one in requests]
    comparison = SiteComparison(book, day_of(facts.as_of), draws=facts.draws)
    ranked = rank_home(comparison, requests, made_at)
    by_part = {request.part: request for request in requests}
    answer = {
        "as_of": comparison.as_of.isoformat(),
        "home": book.home,
        "names": {site.id: site.name for site in book.sites},
        "sites_file": str(path),
        "ranked": msgspec.to_builtins(ranked),
        **_explanations(comparison, ranked, by_part, split),
        "attended": {r.part: msgspec.to_builtins(attended_operations(r, asked.described)) for _, r in routes},
        "capacity": None,
        "not_compared": left,
    }
    if shop is not None:
        worth = [(c.part, hours_year(by_part[c.part]), c.verdict in ("bring home", "within 5 %")) for c in ranked]
        answer["capacity"] = msgspec.to_builtins(fill(home_room(shop, own_parts=at_home), worth, promises))
    return answer


def write_board_report(answer: dict[str, Any], report: Path) -> None:
    """Write the answer of ``bring_home`` to ``report``, as a PDF for a board of directors."""
    write_atomic(report, board_report(answer))


class _Asked:
    """The request for the parts in a folder: pieces a year, headings, lots, stock prices."""

    def __init__(self, folder: Path, shop: Path | None, demand: YearlyDemand) -> None:
        self._terms = terms_of(demand)
        self.described = read_shop(shop) if shop is not None else None
        self._wanted = _quantities(folder, self.described if shop == folder else None)
        self._others = _Wanted(demand.quantity, heading(demand.hts))

    def request(self, stem: str, route: RouteRecord) -> "SiteRequest":
        asked = self._wanted.get(stem, self._others)
        usd_kg = stock_usd_kg(self.described, route.material)
        terms = replace(self._terms, hts=asked.hts or self._others.hts)
        return site_request(route, asked.pieces, usd_kg, shop=self.described, terms=terms)


def _certified(rows: Sequence[dict[str, Any]], scratch: Path) -> tuple[list[tuple[str, RouteRecord]], list[Any]]:
    """Return the certified routes by their file's stem, and the files that can't be compared, with the reason."""
    routes, left = [], []
    for row in rows:
        record = scratch / Path(row["file"]).with_suffix("") / "route.json"
        if "findings" in row or not record.is_file():
            left.append({"file": row["file"], "why": _missing_reason(row)})
            continue
        route = msgspec.json.decode(record.read_bytes(), type=RouteRecord)
        if route.certified:
            routes.append((Path(row["file"]).stem, route))
        else:
            left.append({"file": row["file"], "why": "its program isn't certified, so its minutes aren't known"})
    return routes, left


def _explanations(
    comparison: Any, ranked: Sequence[Any], by_part: dict[str, Any], split: SplitLimits | None
) -> dict[str, Any]:
    """Return the explanation of a ranking, by part: factors at home and away, unattended shares, tornado, break-evens, splits."""
    from nightmill.costing import split_volume, tornado, unattended_shares

    book, day = comparison.book, comparison.as_of
    built: dict[str, Any] = {
        "unattended": {}, "tornado": {}, "break_even": {}, "factors": {}, "given": {}, "least_elsewhere_usd": {},
    }  # fmt: skip
    for case in ranked:
        request = by_part[case.part]
        built["unattended"][case.part] = msgspec.to_builtins(unattended_shares(request, book, day))
        built["tornado"][case.part] = _tornado(tornado(comparison, request, case.made_at))
        sites = comparison.answer(request)
        built["break_even"][case.part] = msgspec.to_builtins(sites.break_even)
        built["given"][case.part] = msgspec.to_builtins(sites.given)
        built["least_elsewhere_usd"][case.part] = min(one.low_usd for one in sites.sites if one.id != book.home)
        built["factors"][case.part] = _side_by_side(sites, book.home, case.made_at)
    if split is not None:
        built["splits"] = {
            case.part: msgspec.to_builtins(
                split_volume(comparison, by_part[case.part], loss_limit=split.loss, keep_share=split.keep)
            )
            for case in ranked
        }
    today = comparison.figures[comparison.home].known["automation_share"]
    share = today.fact.value if today.valid and today.fact is not None else None
    built["unattended_today"] = share
    built["scenarios"] = _by_scenario(built["unattended"].values(), share)
    return built


def _by_scenario(parts: Iterable[Sequence[dict[str, Any]]], today: float | None) -> list[dict[str, Any]]:
    """Count, for each duty scenario and other site, the parts for which the home site costs less with ``today``'s unattended share, or at
    most 5 % more, and those for which that is unknown.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in parts:
        for one in part:
            row = found.setdefault(
                (one["scenario"], one["site"]),
                {"scenario": one["scenario"], "site": one["site"], "parts": 0, "wins": 0, "within_5_percent": 0, "open": 0},
            )  # fmt: skip
            strict, near = (_reached(one[key], today) for key in ("strict", "within_5_percent"))
            row["parts"] += 1
            row["wins"] += strict is True
            row["within_5_percent"] += near is True
            row["open"] += near is None
    return list(found.values())


def _reached(needed: dict[str, Any], today: float | None) -> bool | None:
    """Return whether the required unattended share is reached; None if that can't be known because facts are missing."""
    if today is None:
        return None
    at_worst, at_best = (needed[end] is not None and needed[end] <= today for end in ("at_worst", "at_best"))
    return at_best if at_best == at_worst else None


def _side_by_side(sites: Any, home: str, away: str) -> list[dict[str, Any]]:
    """Return each cost factor of a piece at the home site and where it is made today: USD, or a range if facts are missing; ``null`` if
    there is none.
    """
    both = {one.id: {factor.name: factor for factor in one.factors} for one in sites.sites if one.id in (home, away)}
    names = dict.fromkeys(name for site in (away, home) for name in both[site])
    figure = ("usd", "low", "high")
    return [
        {"name": name, **{side: None if one is None else {key: getattr(one, key) for key in figure} for side, one in (("home", both[home].get(name)), ("away", both[away].get(name)))}}
        for name in names
    ]  # fmt: skip


def _tornado(found: Any) -> dict[str, Any]:
    answer = dict(msgspec.to_builtins(found))
    answer["swings"] = answer["swings"][:SWINGS]
    return answer


def _missing_reason(row: dict[str, Any]) -> str:
    findings: Sequence[dict[str, str]] = row.get("findings", ())
    return "; ".join(f"{each['place']}: {each['found']}" for each in findings) or "no plan was made"


class _Wanted(msgspec.Struct, frozen=True):
    """Pieces a year of a part, and its tariff heading if one is given."""

    pieces: int
    hts: str = ""


def _quantities(folder: Path, shop: Shop | None) -> dict[str, _Wanted]:
    """Return the yearly quantity and heading given for each part."""
    if shop is not None:
        ordered: dict[str, int] = {}
        for order in shop.orders:
            ordered[order.item] = ordered.get(order.item, 0) + 50 * order.quantity
        stems = {part.name: Path(part.step).stem for part in shop.parts}
        return {stems.get(item, item): _Wanted(max(12, pieces)) for item, pieces in ordered.items()}
    path = folder / "quantities.csv"
    if not is_there(path):
        return {}
    wanted: dict[str, _Wanted] = {}
    findings = []
    for line, row in csv_lines(read_document(path), path.name):
        part, text = row.get("part", "").strip(), row.get("quantity", "").strip()
        if not part or not text.isdigit() or int(text) < 1:
            findings.append(
                Finding("quantities.csv", f"line {line}", f"{part!r}, {text!r}", "part and quantity, a whole number >= 1", "Correct the line.")
            )  # fmt: skip
            continue
        name = Path(part).stem if part.lower().endswith((".step", ".stp")) else part
        wanted[name] = _Wanted(int(text), heading(row.get("hts") or "", f"quantities.csv, line {line}"))
    if findings:
        raise BadInput(*findings)
    return wanted
