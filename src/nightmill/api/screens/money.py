"""The money screen: the cost of parts at the home site and at other sites."""

from typing import Any

from nightmill.plant.views import ShopLook


def money(view: ShopLook) -> dict[str, Any]:
    """Return the actual cost of parts by factor, and the comparison of sites."""
    names = (
        "cost_usd", "cost_per_good_part_usd", "period_cost_usd", "period_cost_per_good_part_usd", "energy_kwh", "good", "unattended_share",
    )  # fmt: skip
    return {
        "measures": {name: view.measures.get(name) for name in names},
        "parts": [
            {"name": p.name, "price_usd": p.price_usd, "cost_usd": p.cost_usd, "made": p.made} for p in view.parts
        ],
        "sites": _without_facts(view.sites),
    }


def _without_facts(sites: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the comparison without facts; the page requests the facts of a part separately."""
    if sites is None or "parts" not in sites:
        return sites
    slim = {}
    for name, answer in sites["parts"].items():
        rows = [
            {
                **site,
                **{
                    rows: [{key: value for key, value in each.items() if key != "facts"} for each in site.get(rows, ())]
                    for rows in ("factors", "carbon")
                },
            }
            for site in answer["sites"]
        ]
        slim[name] = {**answer, "sites": rows}
    return {**sites, "parts": slim}


def facts(view: ShopLook, part: str) -> list[dict[str, Any]]:
    """Return the facts behind one part's comparison, each once: site, name, value, unit, source, date, grade."""
    answer = ((view.sites or {}).get("parts") or {}).get(part) or {}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for site in answer.get("sites", ()):
        for factor in (*site["factors"], *site.get("carbon", ())):
            for fact in factor.get("facts", ()):
                row = rows.setdefault((site["name"], fact["name"]), {"site": site["name"], **fact, "behind": []})
                row["behind"].append(factor["name"])
    return list(rows.values())
