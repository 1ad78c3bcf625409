"""Every figure says its formula and what it reads."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.kpi import DEFINITIONS, Measures
from nightmill.vocabulary import commands, events, reports

KPI_PAGE = Path(__file__).parents[2] / "docs" / "kpi.md"
OWN = {"shifts", "rates", "actor"}


def tags(module: Any) -> set[str]:
    kinds = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return {each.__struct_config__.tag for each in kinds if isinstance(each.__struct_config__.tag, str)}


def test_every_figure_has_one_definition_in_the_order_of_the_measures() -> None:
    fields = [name for name in Measures.__struct_fields__ if name != "timelines"]
    assert sorted(each.figure for each in DEFINITIONS) == sorted(fields)
    assert len({each.figure for each in DEFINITIONS}) == len(DEFINITIONS)


def test_the_events_named_are_words_of_the_log() -> None:
    known = tags(events) | tags(reports) | tags(commands) | OWN
    assert len(known) > 60
    for each in DEFINITIONS:
        assert set(each.events) <= known, each.figure
        assert each.formula


def test_every_figure_stands_on_the_page() -> None:
    page = KPI_PAGE.read_text(encoding="utf-8")
    told_otherwise = {
        "period_h",
        "orders_on_time",
        "cost_usd",
        "unattended_share",
        "interventions_by_cause",
        "decisions_by_kind",
        "machines",
    }
    missing = [each.figure for each in DEFINITIONS if f"`{each.figure}`" not in page]
    assert set(missing) <= told_otherwise
