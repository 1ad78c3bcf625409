"""Report for a company's board on which parts to make at the home site: a PDF with the ranking, the deciding factors, the caveats, and
every fact with its source.
"""

import io
from collections.abc import Sequence
from typing import Any

MARGIN_PT = 42.0
PAGE_PT = 757.0
"""Width between the margins of A4, landscape."""
LETTER_PT, LONGEST_CELL = 4.2, 44
"""Points per letter, and the number of letters above which a cell is wrapped."""
LIKELY = (
    "Likely: 10 and 90 % quantiles over draws of all facts; the whole range if facts are missing. Unattended share: the smallest share from which "
    "the home site costs less (its 10 .. 90 % quantiles; the percentage of draws in which any share is enough)."
)
SWINGS = 5
ASSUMED = "assumption"
"""Prefix of the source of a value that was assumed, not given for the part."""
GIVEN = ("the same at every site", "value", "unit", "source", "as of")
EVEN = (
    ("unattended_share", "unattended share at home", "{:.0%}", "above"), ("tariff", "total duty on imports", "{:.1%}", "above"),
    ("wage", "an hour's wage at home", "{:,.2f} USD", "below"), ("freight", "freight of imports", "{:,.2f} USD/kg", "above"), ("volume", "pieces a year", "{:,.0f}", ""),
)  # fmt: skip
"""Each value with its name, its format, and whether the home site costs less above or below it; for pieces the answer states this."""


def board_report(answer: dict[str, Any]) -> bytes:
    """Return the answer of ``nightmill bring-home`` as a PDF (A4, landscape). The same answer gives the same bytes."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    home, ranked = answer["names"][answer["home"]], answer["ranked"]
    story: list[Any] = [
        Paragraph(f"What to bring home to {_escaped(home)}", styles["Title"]),
        Paragraph(_summary(answer), styles["BodyText"]),
        Spacer(1, 10),
        _grid(["", "part", "instead of", "pieces a year", "verdict", "saves, USD a year", "likely", "loses in", "days sooner", "duty today", "cash freed, USD", "kg CO2e saved"], [_row(n, c, answer["names"]) for n, c in enumerate(ranked, 1)]),
        Paragraph(LIKELY, styles["BodyText"]),
        Spacer(1, 10),
        *_scenarios(answer, styles),
    ]  # fmt: skip
    if answer["capacity"]:
        story += [Spacer(1, 10), *_room(answer["capacity"], styles)]
    for case in ranked:
        story += [Spacer(1, 14), Paragraph(_escaped(case["part"]), styles["Heading2"]), *_part(answer, case, styles)]
    for left in answer["not_compared"]:
        story.append(Paragraph(f"Not compared: {_escaped(left['file'])}: {_escaped(left['why'])}", styles["BodyText"]))
    assumed = {f["name"]: f for part in answer["given"].values() for f in part if f["source"].startswith(ASSUMED)}
    story += [Spacer(1, 14), Paragraph("Assumed for every part", styles["Heading2"]), _grid(GIVEN, [_given(f) for f in assumed.values()])]  # fmt: skip
    story += [Spacer(1, 14), Paragraph("Facts", styles["Heading2"]), _grid(["fact", "what it is", "value", "unit", "source", "as of", "grade", "why not used"], _facts([*ranked, *answer.get("splits", {}).values()]))]  # fmt: skip
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out, pagesize=landscape(A4), leftMargin=MARGIN_PT, rightMargin=MARGIN_PT, topMargin=MARGIN_PT, bottomMargin=MARGIN_PT,
        title=f"What to bring home to {home}", author="Nightmill", invariant=True,
    )  # fmt: skip
    page.build(story)
    return out.getvalue()


def _summary(answer: dict[str, Any]) -> str:
    ranked = answer["ranked"]
    count = {verdict: sum(case["verdict"] == verdict for case in ranked) for verdict in ("bring home", "within 5 %", "leave", "unknown")}  # fmt: skip
    saved = sum(case["saving_usd_year"] or 0.0 for case in ranked if case["verdict"] == "bring home")
    worth = {case["part"] for case in ranked if case["verdict"] in ("bring home", "within 5 %")}
    rows = answer["capacity"]["parts"] if answer["capacity"] else ()
    full = sum(row["part"] in worth and not row["fits"] for row in rows)
    dearer = -sum(case["saving_usd_year"] or 0.0 for case in ranked if case["verdict"] == "within 5 %")
    said = [
        f"{_are(count['bring home'])} cheaper at home" + (f", which saves {saved:,.0f} USD a year" if saved else ""),
        f"{_are(count['within 5 %'])} at most 5 % dearer, so the home site is preferred" + (f" ({dearer:,.0f} USD a year more)" if dearer > 0 else ""),
        f"{_are(count['leave'])} dearer by over 5 %",
        f"{_are(count['unknown'])} undecided because facts are missing",
    ]  # fmt: skip
    return (
        f"As of {answer['as_of']}, of {len(ranked)} parts: {'; '.join(said)}. "
        + (
            f"The home site's machines don't have enough hours for {full} of the parts that it would make. "
            if full
            else ""
        )
        + _left_out(len(answer["not_compared"]))
        + f"Each figure is based on the facts listed at the end{_weak(ranked)}."
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f"{'One more part' if count == 1 else f'{count} more parts'} couldn't be compared: see the notes before the list of facts. "


def _weak(ranked: Sequence[dict[str, Any]]) -> str:
    """Return a remark on how many facts have grade C, including example values; the board should have these replaced first."""
    facts = {
        (f["name"], f["source"]): f["grade"] for case in ranked for f in case["rests_on"] if f["value"] is not None
    }
    weak = sum(grade == "C" for grade in facts.values())
    return f"; {weak} of these {len(facts)} are weak (grade C: taken from a single page, or an example value to be replaced by your own)" if weak else ""  # fmt: skip


def _are(count: int) -> str:
    return "none is" if not count else "one is" if count == 1 else f"{count} are"


def _scenarios(answer: dict[str, Any], styles: Any) -> list[Any]:
    """For each other site and each duty: the number of parts that cost less at the home site at today's unattended share."""
    from reportlab.platypus import Paragraph

    today = answer["unattended_today"]
    share = "an unknown unattended share" if today is None else f"today's unattended share, {today:.0%}"
    cells = {(row["site"], row["scenario"]): row for row in answer["scenarios"]}
    names = list(dict.fromkeys(row["scenario"] for row in answer["scenarios"]))
    sites = list(dict.fromkeys(row["site"] for row in answer["scenarios"]))

    def said(row: dict[str, Any]) -> str:
        still = f", {row['open']} open" if row["open"] else ""
        return f"{row['wins']} (within 5 %: {row['within_5_percent']}{still})"

    rows = [[answer["names"][site], *(said(cells[site, name]) for name in names)] for site in sites]
    return [
        Paragraph(
            f"How many of the {len(answer['ranked'])} parts cost less at the home site than at each other site, at {share}, by the duty paid "
            "(open: facts that would decide it are missing)", styles["BodyText"],
        ),
        _grid(["made at", *names], rows),
    ]  # fmt: skip


def _row(number: int, case: dict[str, Any], names: dict[str, str]) -> list[str]:
    known = case["saving_usd_year"] is not None
    ends = ("p10", "p90") if known else ("low", "high")
    return [
        str(number), case["part"], names[case["made_at"]], f"{case['quantity_year']:,.0f}", case["verdict"],
        f"{case['saving_usd_year']:,.0f}" if known else "unknown", " .. ".join(f"{case[end]:,.0f}" for end in ends),
        "-" if case["loses"] is None else f"{case['loses']:.0%} of draws",
        "-" if case["days_sooner"] is None else f"{case['days_sooner']:.0f}",
        "-" if case["duty_share"] is None else f"{case['duty_share']:.1%}",
        *("-" if case[key] is None else f"{case[key]:,.0f}" for key in ("cash_freed_usd", "carbon_kg_saved_year")),
    ]  # fmt: skip


def _part(answer: dict[str, Any], case: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    names, part = answer["names"], case["part"]
    home, away = names[answer["home"]], names[case["made_at"]]
    against = answer["unattended"][part]
    scenarios = list(dict.fromkeys(a["scenario"] for a in against))
    told = {(a["site"], a["scenario"]): a for a in against}
    rows = [
        [names[site] if measure == "strict" else "", words, *(_share(told[site, name][measure]) for name in scenarios)]
        for site in dict.fromkeys(a["site"] for a in against)
        for measure, words in (("strict", "home is cheaper from"), ("within_5_percent", "home is within 5 % from"))
    ]
    swings = answer["tornado"][part]["swings"][:SWINGS]
    moved = [
        [
            f"{s['about'] or s['fact']}, {'all sites' if s['site'] == '*' else names[s['site']]}", f"{s['low_value']:.4g} .. {s['high_value']:.4g} {s['unit']}",
            f"{s['gap_at_low']:+.2f} .. {s['gap_at_high']:+.2f}", "yes" if s["flips"] else "no",
        ]
        for s in swings
    ]  # fmt: skip
    story: list[Any] = [
        Paragraph(_verdict(case, home, away), styles["BodyText"]),
        Spacer(1, 6),
        _grid(["unattended share at the home site, against", "", *scenarios], rows),
        Spacer(1, 6),
        _grid(["main deciding factors", "varied from .. to", f"{home} minus {away}, USD a piece", "changes which site is cheaper"], moved),
    ]  # fmt: skip
    story += [Spacer(1, 6), _grid(["USD a piece", home, away, "home minus away"], _factors(answer["factors"][part]))]
    meets = _meets(answer["break_even"][part], case, answer["least_elsewhere_usd"][part])
    story += [Spacer(1, 6), _grid(["break-even with the cheapest other site at", "", "home is cheaper"], meets)]
    if case["part"] in answer.get("splits", {}):
        story += [Spacer(1, 6), *_split(answer["splits"][case["part"]], styles)]
    plan = [f for f in answer["given"][case["part"]] if not f["source"].startswith(ASSUMED)]
    story += [Spacer(1, 6), _grid(GIVEN, [_given(f) for f in plan])]
    caveats = sorted({caveat for a in against if a["site"] == case["made_at"] for caveat in a["caveats"]})
    return [*story, *(Paragraph(f"Caveat: {_escaped(caveat)}", styles["BodyText"]) for caveat in caveats)]


def _meets(even: dict[str, Any], case: dict[str, Any], least_usd: float) -> list[list[str]]:
    """Return the break-even value of each figure if only that figure changes, or its bounds if facts are missing. ``least_usd``: cost of
    a piece at the cheapest other site.
    """
    home = case["home_unit_usd"]
    rows = []
    for key, name, form, side in EVEN:
        ends = ["never" if end is None else form.format(end) for end in even["ranges"][key]]
        said = " .. ".join(dict.fromkeys(ends)) if even[key] is None else form.format(even[key])
        if key == "volume" and even[key] is not None and home is not None:
            side = "below" if (home > least_usd) == (case["quantity_year"] > even[key]) else "above"
        rows.append([name, said, "" if said == "never" else side])
    return rows


def _verdict(case: dict[str, Any], home: str, away: str) -> str:
    """Return the recommendation for a part, in a sentence."""
    pieces = f"{case['quantity_year']:,.0f} pieces a year"
    if case["home_unit_usd"] is None or case["away_unit_usd"] is None:
        missing = "; ".join(dict.fromkeys(case["missing"]))
        return _escaped(
            f"{pieces}: unknown. Home may save {case['low']:,.0f} .. {case['high']:,.0f} USD a year. Missing: {missing}"
        )
    costs = f"a piece costs {case['home_unit_usd']:,.2f} USD at {home} and {case['away_unit_usd']:,.2f} USD landed from {away}"
    return _escaped(f"{pieces}; {costs}: {case['verdict']}. Home costs more in {case['loses']:.0%} of the draws.")


def _given(fact: dict[str, Any]) -> list[str]:
    return [fact["name"], f"{fact['value']:,.6g}", fact["unit"], fact["source"], fact["as_of"]]


def _factors(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return each cost factor at the home site and at the other site, the difference, and the sums if all factors are known."""

    def said(one: dict[str, Any] | None) -> str:
        return (
            "-"
            if one is None
            else f"{one['low']:,.2f} .. {one['high']:,.2f}"
            if one["usd"] is None
            else f"{one['usd']:,.2f}"
        )

    def more(home: float | None, away: float | None) -> str:
        return "-" if home is None or away is None else f"{home - away:+,.2f}"

    def value(one: dict[str, Any] | None) -> float | None:
        return 0.0 if one is None else one["usd"]

    sums: list[float | None] = []
    for side in ("home", "away"):
        known = [value(row[side]) for row in rows]
        sums.append(None if None in known else sum(one for one in known if one is not None))
    landed = ["landed", *("unknown" if one is None else f"{one:,.2f}" for one in sums), more(*sums)]
    return [*([row["name"], said(row["home"]), said(row["away"]), more(value(row["home"]), value(row["away"]))] for row in rows), landed]  # fmt: skip


def _room(room: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph

    rows = [
        [p["part"], f"{p['needed_h_year']:,.0f}", "-" if p["promise_days"] is None else f"{p['promise_days']:.1f}", "yes" if p["fits"] else "no", p["why"]]
        for p in room["parts"]
    ]  # fmt: skip
    said = f"{room['shop']}: its mills have {room['machine_h_year']:,.0f} h a year, of which open orders use {room['busy_h_year']:,.0f}."
    return [
        Paragraph(_escaped(said), styles["BodyText"]),
        _grid(
            [
                "part",
                "machine hours a year",
                "lead time of a lot, days",
                "fits in addition to those above",
                "why no date",
            ],
            rows,
        ),
    ]


def _split(split: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph

    named = [(name, split[key]) for key, name in (("best", "within the limits"), ("single", "best single site within the limits"), ("cheapest", "cheapest"))]  # fmt: skip
    rows = [
        [name, ", ".join(f"{s['share']:.0%} {s['site']}" for s in one["shares"]), f"{one['cost_usd_year']:,.0f}", f"{one['tail_usd_year']:,.0f}", f"{one['kept_share']:.0%}"]
        for name, one in [*named, *(("", each) for each in split["frontier"])]
        if one is not None
    ]  # fmt: skip
    columns = [
        "split",
        "made at",
        "USD a year",
        "lost to outages in the worst 5 % of years, USD",
        "demand met while one site is down",
    ]
    return [Paragraph(_escaped(split["reason"]), styles["BodyText"]), _grid(columns, rows)]


def _share(share: dict[str, Any]) -> str:
    if share["reached"] is None:
        return " .. ".join("never" if share[end] is None else f"{share[end]:.0%}" for end in ("at_best", "at_worst"))
    point = "never" if share["share"] is None else f"{share['share']:.0%}"
    ends = " .. ".join("never" if share[end] is None else f"{share[end]:.0%}" for end in ("p10", "p90"))
    return f"{point} ({ends}; in {share['reached']:.0%})"


def _facts(ranked: Sequence[dict[str, Any]]) -> list[list[str]]:
    facts = {(f["name"], f["source"]): f for case in ranked for f in case["rests_on"]}
    return [
        [f["name"], f["about"], "-" if f["value"] is None else f"{f['value']:.6g}", f["unit"], f["source"], f["as_of"], f["grade"], f["why"]]
        for _, f in sorted(facts.items())
    ]  # fmt: skip


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, Table

    style = getSampleStyleSheet()["BodyText"]
    style.fontSize, style.leading = 7.5, 9
    cells = [[Paragraph(f"<b>{_escaped(name)}</b>", style) for name in columns]]
    cells += [[Paragraph(_escaped(cell), style) for cell in row] for row in rows]
    lines = [("LINEBELOW", (0, 0), (-1, 0), 0.7, colors.black), ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.lightgrey), ("VALIGN", (0, 0), (-1, -1), "TOP")]  # fmt: skip
    return Table(cells, repeatRows=1, style=lines, hAlign="LEFT", colWidths=_widths([list(columns), *rows]))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the width of each column in points, by its longest cell. If the page is too narrow, long cells are wrapped; words are split
    only as
    a last resort.
    """
    least, needs = [], []
    for cells in zip(*rows, strict=True):
        word = max((len(word) for cell in cells for word in cell.split()), default=1)
        least.append(12.0 + LETTER_PT * word)
        needs.append(12.0 + LETTER_PT * max(word, min(LONGEST_CELL, max(len(cell) for cell in cells))))
    if sum(least) >= PAGE_PT:
        return [one * PAGE_PT / sum(least) for one in least]
    more = sum(needs) - sum(least)
    share = min(1.0, (PAGE_PT - sum(least)) / more) if more else 1.0
    return [one + share * (need - one) for one, need in zip(least, needs, strict=True)]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
