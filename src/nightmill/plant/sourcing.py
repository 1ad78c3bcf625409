"""Where the parts of a folder should be made: planned, costed at every site, ranked by what coming home saves."""

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import board_report, read_document, read_shop, write_atomic
from nightmill.plant.attending import attended_operations
from nightmill.plant.batch import FolderProgress, plan_folder
from nightmill.plant.part_answers import day_of, heading, site_request
from nightmill.plant.planning import RouteRecord
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

EXAMPLE_SITES = Path(__file__).parent / "example" / "sites.toml"
SWINGS = 8
"""Facts that an answer's tornado lists of each part."""


def bring_home(
    folder: Path,
    *,
    quantity: int = 1000,
    sites: Path | None = None,
    made_at: str = "",
    as_of: str = "",
    material: str = "",
    hts: str = "",
    draws: int = 2000,
    report: Path | None = None,
    progress: FolderProgress | None = None,
) -> dict[str, Any]:
    """The STEP files below ``folder`` planned and ranked by what making them at home saves a year; ``nightmill bring-home``.

    A shop folder brings its materials, tools, orders (fifty times their pieces a year) and sites.toml; in any other folder
    ``quantities.csv`` (part, quantity, hts) may give pieces a year and headings of the tariff schedule; ``hts`` is the heading of all others.
    ``made_at`` is where the parts are made today; without it, each part's cheapest site elsewhere. ``report`` is a PDF to write for a board. Raises ``BadInput`` for a folder without a part that can be planned, or an unknown site.
    """
    from nightmill.economics import SiteComparison, facts_from_toml, rank_home, tornado, unattended_shares

    shop = folder if (folder / "shop.toml").is_file() else None
    path = sites or next((p for p in (folder / "sites.toml",) if p.is_file()), EXAMPLE_SITES)
    book = facts_from_toml(read_document(path), str(path))
    known = [site.id for site in book.sites if site.id != book.home]
    if made_at and made_at not in known:
        raise BadInput(Finding("--made-at", "", repr(made_at), "one of " + ", ".join(known), "Name another site."))
    if not known:
        raise BadInput(Finding(str(path), "sites", "home alone", "at least one other site", "Add a site."))
    described = read_shop(shop) if shop is not None else None
    wanted = _quantities(folder, described)
    others = _Wanted(quantity, heading(hts))
    with tempfile.TemporaryDirectory(prefix="nightmill-home-") as scratch:
        planned = plan_folder(folder, shop=shop, material=material, out=Path(scratch), progress=progress)
        requests, left, attended = [], [], dict[str, Any]()
        for row in planned["parts"]:
            record = Path(scratch) / Path(row["file"]).with_suffix("") / "route.json"
            if "findings" in row or not record.is_file():
                left.append({"file": row["file"], "why": _why(row)})
                continue
            route = msgspec.json.decode(record.read_bytes(), type=RouteRecord)
            if not route.certified:
                left.append({"file": row["file"], "why": "its program isn't certified, so its minutes aren't known"})
                continue
            stem = Path(row["file"]).stem
            asked = wanted.get(stem, others)
            usd_kg, code = _usd_kg(described, route.material), asked.hts or others.hts
            requests.append(site_request(route, asked.pieces, usd_kg, shop=described, hts=code))
            attended[route.part] = msgspec.to_builtins(attended_operations(route, described))
    comparison = SiteComparison(book, day_of(as_of), draws=draws)
    ranked = rank_home(comparison, requests, made_at)
    by_part = {request.part: request for request in requests}
    answer = {
        "as_of": comparison.as_of.isoformat(),
        "home": book.home,
        "sites_file": str(path),
        "ranked": msgspec.to_builtins(ranked),
        "unattended": {
            case.part: msgspec.to_builtins(unattended_shares(by_part[case.part], book, comparison.as_of))
            for case in ranked
        },
        "tornado": {case.part: _swings(tornado(comparison, by_part[case.part], case.made_at)) for case in ranked},
        "attended": attended,
        "not_compared": left,
    }
    if report is not None:
        write_atomic(report, board_report(answer))
    return answer


def _swings(found: Any) -> dict[str, Any]:
    answer = dict(msgspec.to_builtins(found))
    answer["swings"] = answer["swings"][:SWINGS]
    return answer


def _why(row: dict[str, Any]) -> str:
    findings: Sequence[dict[str, str]] = row.get("findings", ())
    return "; ".join(f"{each['place']}: {each['found']}" for each in findings) or "no plan was made"


def _usd_kg(shop: Shop | None, material: str) -> float:
    return shop.economy.material_usd_kg.get(material, 6.0) if shop is not None else 6.0


class _Wanted(msgspec.Struct, frozen=True):
    """Pieces a year of a part, and its heading in the tariff schedule where one is given."""

    pieces: int
    hts: str = ""


def _quantities(folder: Path, shop: Shop | None) -> dict[str, _Wanted]:
    """What is asked for each part."""
    if shop is not None:
        ordered: dict[str, int] = {}
        for order in shop.orders:
            ordered[order.item] = ordered.get(order.item, 0) + 50 * order.quantity
        stems = {part.name: Path(part.step).stem for part in shop.parts}
        return {stems.get(item, item): _Wanted(max(12, pieces)) for item, pieces in ordered.items()}
    path = folder / "quantities.csv"
    if not path.is_file():
        return {}
    wanted: dict[str, _Wanted] = {}
    findings = []
    for line, row in enumerate(csv.DictReader(io.StringIO(read_document(path))), 2):
        part, text = (row.get("part") or "").strip(), (row.get("quantity") or "").strip()
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
