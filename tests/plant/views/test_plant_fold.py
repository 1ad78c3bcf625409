"""What views hold beside the state: which readings of a chart signalled."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from desk_sample import write_shop

from nightmill.floor import empty_state
from nightmill.plant.views.fold import ViewFold
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

FAMILY = "mill-1|1|bore"


def _part(serial: str, value: float, unit: str = "mill-1") -> list[e.AnyFact]:
    cut = r.CycleFinished(1, 0.0, unit, "cycle", serial, "p/1", 60.0, 0.1, {}, {"1": "edge"}, {}, {})
    return [e.Reported(cut), e.Reported(r.PartMeasured(2, 0.0, "gauge-1", "measure", serial, {"bore": value}))]


def test_only_the_reading_that_signalled_is_marked_though_others_say_the_same(tmp_path: Path) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    folded, state = ViewFold(shop), empty_state(shop)
    facts = [*_part("A", 20.012), *_part("B", 20.003), *_part("C", 20.012), *_part("D", 20.012, "mill-2")]
    facts += [e.SignalRaised(FAMILY, "ewma", "beyond_limits", (20.012 - 20.0) * 1000), *_part("E", 20.012)]
    for seq, fact in enumerate(facts, start=1):
        folded.take(e.Event(seq, float(seq), "machine", fact), state)
    known: Any = SimpleNamespace(tool=1, nominal=20.0, lower=19.98, upper=20.02, asked=SimpleNamespace(kind="bore"))
    charts = {chart.family: chart for chart in folded.charts({"bore": known})}
    assert [(point.serial, point.signal) for point in charts[FAMILY].points] == [
        ("A", ""),
        ("B", ""),
        ("C", "signal"),
        ("E", ""),
    ]
    assert [point.signal for point in charts["mill-2|1|bore"].points] == [""]


def test_a_part_whose_cost_is_told_anew_counts_once_with_the_latest(tmp_path: Path) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    folded, state = ViewFold(shop), empty_state(shop)
    told = [("A.001", 2.0), ("A.002", 4.0), ("A.001", 1.0)]
    for seq, (serial, energy) in enumerate(told, start=1):
        fact = e.PartCosted(serial, {"energy": energy, "material": 3.0})
        folded.take(e.Event(seq, float(seq), "software", fact), state)
    (spent,) = folded.spent.values()
    assert spent.made == 2
    assert spent.mean() == {"energy": 2.5, "material": 3.0}
