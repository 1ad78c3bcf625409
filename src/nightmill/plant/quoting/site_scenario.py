"""A shop's part at every site with values that a person changes: the data for an interactive page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document, read_shop
from nightmill.plant.part_planning.blank_price import stock_usd_kg
from nightmill.plant.plan_store.kept_plans import load_record
from nightmill.plant.quoting.make_or_buy import day_of, site_request
from nightmill.vocabulary.errors import BadInput, Finding


def sites_under(
    shop: Path,
    part: str,
    *,
    own: Sequence[dict[str, Any]] = (),
    quantity: int = 1000,
    as_of: str = "",
    draws: int = 2000,
) -> dict[str, Any]:
    """Compare the sites for one of the shop's planned parts, with a person's own values ``{"site", "name", "value", "low", "high"}``.

    Answer: ``facts`` (those that may be changed: site, name, unit, value, low, high, source, as_of, grade, valid), ``answer`` (that of
    ``nightmill site``) and ``unattended`` (the home site's break-even shares by duty scenario). Nothing is planned here, so a page may
    call this whenever a slider moves. Raises ``BadInput`` for a part without a plan, a shop without sites.toml, and own facts with
    unknown names or implausible values.
    """
    from nightmill.costing import OwnFact, SiteComparison, facts_from_toml, unattended_shares, with_own_facts

    described = read_shop(shop)
    folder = shop / ".nightmill" / "plans" / part
    if part not in {each.name for each in described.parts} or not (folder / "route.json").is_file():
        planned = [each.name for each in described.parts if (shop / ".nightmill" / "plans" / each.name / "route.json").is_file()]  # fmt: skip
        expected = "one of " + ", ".join(planned) if planned else "a part that was planned: run or plan the shop first"
        raise BadInput(Finding(str(shop), "part", repr(part), expected, "Choose another part."))
    path = shop / "sites.toml"
    book = facts_from_toml(read_document(path), str(path))
    day = day_of(as_of) if as_of else described.start.date()
    try:
        changes = msgspec.convert(list(own), list[OwnFact])
    except msgspec.ValidationError as error:
        raise BadInput(Finding("own facts", "", str(error), "site, name and value", "Correct the fact.")) from error
    changed = with_own_facts(book, changes, day)
    record = load_record(folder)
    request = site_request(record, quantity, stock_usd_kg(described, record.material), shop=described)
    comparison = SiteComparison(changed, day, draws=draws)
    facts = [
        {
            "site": known.fact.site if known.fact is not None else one.site.id, "name": name,
            "value": known.fact.value if known.fact is not None else None, "low": known.low, "high": known.high,
            "unit": known.fact.unit if known.fact is not None else "", "source": known.fact.source if known.fact is not None else "",
            "as_of": known.fact.as_of.isoformat() if known.fact is not None else "",
            "grade": known.fact.grade if known.fact is not None else "", "valid": known.valid,
        }
        for one in comparison.figures
        for name, known in one.known.items()
    ]  # fmt: skip
    return {
        "facts": list({(fact["site"], fact["name"]): fact for fact in facts}.values()),
        "answer": msgspec.to_builtins(comparison.answer(request)),
        "unattended": msgspec.to_builtins(unattended_shares(request, changed, day, draws=200)),
    }
