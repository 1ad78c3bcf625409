"""What to bring home, as a paper for a board: a PDF with the ranking, what decides it, the caveats and every fact with its source."""

import io
from collections.abc import Sequence
from typing import Any

MARGIN_PT = 42.0
SWINGS = 5
ASSUMED = "assumption"
"""How the source of a figure begins that isn't the part's own."""
GIVEN = ("the same at every site", "value", "unit", "source", "as of")
EVEN = (
    ("unattended_share", "unattended share at home", "{:.0%}"), ("tariff", "total duty on imports", "{:.1%}"), ("wage", "an hour's wage at home", "{:,.2f} USD"),
    ("freight", "freight of imports", "{:,.2f} USD/kg"), ("volume", "pieces a year", "{:,.0f}"),
)  # fmt: skip


def board_report(answer: dict[str, Any]) -> bytes:
    """The answer of ``nightmill bring-home`` as a PDF (A4, landscape). The same answer gives the same bytes."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    home, ranked = answer["home"], answer["ranked"]
    story: list[Any] = [
        Paragraph(f"What to bring home to {_escaped(home)}", styles["Title"]),
        Paragraph(_summary(answer), styles["BodyText"]),
        Spacer(1, 10),
        _grid(["", "part", "instead of", "pieces a year", "verdict", "saves, USD a year", "likely", "loses in", "days sooner", "duty today", "cash freed, USD", "kg CO2e saved"], [_row(n, c) for n, c in enumerate(ranked, 1)]),
    ]  # fmt: skip
    if answer["capacity"]:
        story += [Spacer(1, 10), *_room(answer["capacity"], styles)]
    for case in ranked:
        story += [Spacer(1, 14), Paragraph(_escaped(case["part"]), styles["Heading2"]), *_part(answer, case, styles)]
    for left in answer["not_compared"]:
        story.append(Paragraph(f"Not compared: {_escaped(left['file'])}: {_escaped(left['why'])}", styles["BodyText"]))
    assumed = {f["name"]: f for part in answer["given"].values() for f in part if f["source"].startswith(ASSUMED)}
    story += [Spacer(1, 14), Paragraph("Assumed of every part", styles["Heading2"]), _grid(GIVEN, [_given(f) for f in assumed.values()])]  # fmt: skip
    story += [Spacer(1, 14), Paragraph("Facts", styles["Heading2"]), _grid(["fact", "value", "unit", "source", "as of", "grade", "why not used"], _facts([*ranked, *answer.get("splits", {}).values()]))]  # fmt: skip
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
    return (
        f"As of {answer['as_of']}: of {len(ranked)} parts, {count['bring home']} cost less at home and would save "
        f"{saved:,.0f} USD a year in all; {count['within 5 %']} are within 5 %, where home is preferred; {count['leave']} cost more at "
        f"home by over 5 %; for {count['unknown']} the facts leave it open. "
        + (f"For {full} of those that home would make its machines lack the hours. " if full else "")
        + "Each figure rests on the facts listed at the end."
    )


def _row(number: int, case: dict[str, Any]) -> list[str]:
    known = case["saving_usd_year"] is not None
    ends = ("p10", "p90") if known else ("low", "high")
    return [
        str(number), case["part"], case["made_at"], f"{case['quantity_year']:,.0f}", case["verdict"],
        f"{case['saving_usd_year']:,.0f}" if known else "unknown", " .. ".join(f"{case[end]:,.0f}" for end in ends),
        "-" if case["loses"] is None else f"{case['loses']:.0%} of draws",
        "-" if case["days_sooner"] is None else f"{case['days_sooner']:.0f}",
        "-" if case["duty_share"] is None else f"{case['duty_share']:.1%}",
        *("-" if case[key] is None else f"{case[key]:,.0f}" for key in ("cash_freed_usd", "carbon_kg_saved_year")),
    ]  # fmt: skip


def _part(answer: dict[str, Any], case: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    against = [a for a in answer["unattended"][case["part"]] if a["site"] == case["made_at"]]
    rows = [[a["scenario"], _share(a["strict"]), _share(a["within_5_percent"])] for a in against]
    swings = answer["tornado"][case["part"]]["swings"][:SWINGS]
    moved = [
        [f"{s['fact']} of {s['site']}", f"{s['low_value']:.4g} .. {s['high_value']:.4g}", f"{s['gap_at_low']:+.2f} .. {s['gap_at_high']:+.2f}", "yes" if s["flips"] else ""]
        for s in swings
    ]  # fmt: skip
    story: list[Any] = [
        _grid(["duty scenario", "home wins from an unattended share of", "within 5 % from"], rows),
        Spacer(1, 6),
        _grid(["what decides it", "from .. to", f"home less {case['made_at']}, USD a piece", "flips"], moved),
    ]
    story += [Spacer(1, 6), _grid(["a piece, USD", f"at {answer['home']}", f"at {case['made_at']}"], _factors(answer["factors"][case["part"]]))]  # fmt: skip
    even = answer["break_even"][case["part"]]
    told = [[name, "-" if even[key] is None else form.format(even[key])] for key, name, form in EVEN]
    story += [Spacer(1, 6), _grid(["home and the cheapest other site cost the same at", ""], told)]
    if case["part"] in answer.get("splits", {}):
        story += [Spacer(1, 6), *_split(answer["splits"][case["part"]], styles)]
    plan = [f for f in answer["given"][case["part"]] if not f["source"].startswith(ASSUMED)]
    story += [Spacer(1, 6), _grid(GIVEN, [_given(f) for f in plan])]
    caveats = sorted({caveat for a in against for caveat in a["caveats"]})
    return [*story, *(Paragraph(f"Caveat: {_escaped(caveat)}", styles["BodyText"]) for caveat in caveats)]


def _given(fact: dict[str, Any]) -> list[str]:
    return [fact["name"], f"{fact['value']:,.6g}", fact["unit"], fact["source"], fact["as_of"]]


def _factors(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Each factor at home and away, and their sums where all are known."""

    def said(one: dict[str, Any] | None) -> str:
        return (
            "-"
            if one is None
            else f"{one['low']:,.2f} .. {one['high']:,.2f}"
            if one["usd"] is None
            else f"{one['usd']:,.2f}"
        )

    sums = []
    for side in ("home", "away"):
        known = [row[side] for row in rows if row[side] is not None]
        sure = all(one["usd"] is not None for one in known)
        sums.append(f"{sum(one['usd'] for one in known):,.2f}" if sure else "unknown")
    return [*([row["name"], said(row["home"]), said(row["away"])] for row in rows), ["landed", *sums]]


def _room(room: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph

    rows = [
        [p["part"], f"{p['needed_h_year']:,.0f}", "-" if p["promise_days"] is None else f"{p['promise_days']:.1f}", "yes" if p["fits"] else "no", p["why"]]
        for p in room["parts"]
    ]  # fmt: skip
    said = f"{room['shop']}: its mills have {room['machine_h_year']:,.0f} h a year, of which open orders take {room['busy_h_year']:,.0f}."
    return [
        Paragraph(_escaped(said), styles["BodyText"]),
        _grid(["part", "machine hours a year", "a lot after, days", "fits beside those above", "why no date"], rows),
    ]


def _split(split: dict[str, Any], styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph

    named = [(name, split[key]) for key, name in (("best", "keeps the limits"), ("single", "one site that does"), ("cheapest", "cheapest"))]  # fmt: skip
    rows = [
        [name, ", ".join(f"{s['share']:.0%} {s['site']}" for s in one["shares"]), f"{one['cost_usd_year']:,.0f}", f"{one['tail_usd_year']:,.0f}", f"{one['kept_share']:.0%}"]
        for name, one in [*named, *(("", each) for each in split["frontier"])]
        if one is not None
    ]  # fmt: skip
    columns = [
        "split",
        "made at",
        "USD a year",
        "lost by stops in the worst 5 % of years, USD",
        "kept while one site stands",
    ]
    return [Paragraph(_escaped(split["reason"]), styles["BodyText"]), _grid(columns, rows)]


def _share(share: dict[str, Any]) -> str:
    if share["reached"] is None:
        return " .. ".join("never" if share[end] is None else f"{share[end]:.0%}" for end in ("at_best", "at_worst"))
    point = "never" if share["share"] is None else f"{share['share']:.0%}"
    ends = " .. ".join("never" if share[end] is None else f"{share[end]:.0%}" for end in ("p10", "p90"))
    return f"{point} (likely {ends})"


def _facts(ranked: Sequence[dict[str, Any]]) -> list[list[str]]:
    facts = {(f["name"], f["source"]): f for case in ranked for f in case["rests_on"]}
    return [
        [f["name"], "-" if f["value"] is None else f"{f['value']:.6g}", f["unit"], f["source"], f["as_of"], f["grade"], f["why"]]
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
    return Table(cells, repeatRows=1, style=lines, hAlign="LEFT")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
