"""News of a run: the latest in words, or on from a place, however much of the log tells nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from desk_sample import append, write_shop

from nightmill.floor import genealogy
from nightmill.kpi import measures
from nightmill.plant.analysis.quality.traceability import trace_back
from nightmill.plant.views import agent_reads
from nightmill.plant.views.agent_reads import ShopReads
from nightmill.plant.views.event_text import sentence
from nightmill.plant.views.live_view import Following
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S


@pytest.mark.parametrize("silent", [0, 40])
@pytest.mark.parametrize("looked_back", [1, 7, 2000])
def test_the_news_are_those_of_the_whole_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_back: int, silent: int
) -> None:
    folder = write_shop(tmp_path / "shop")
    unseen = e.CommandAcknowledged("cycle-1")
    assert not sentence(unseen)
    append(folder, (HOUR_S, e.AlarmRaised("load", "mill-1", "high")), *[(HOUR_S, unseen)] * silent)
    monkeypatch.setattr(agent_reads, "LOOKED_BACK", looked_back)
    reads, log = ShopReads(folder, Following(folder)), tuple(read_events(folder))
    all_told = [event.seq for event in log if sentence(event.fact)]
    assert len(all_told) > 3
    for limit in (1, 3, 100):
        latest = reads.news(0, limit)
        assert [each["seq"] for each in latest["news"]] == all_told[-limit:]
        assert latest["next"] == all_told[-1]
        for after in (1, all_told[1], len(log)):
            on = reads.news(after, limit)
            assert [each["seq"] for each in on["news"]] == [seq for seq in all_told if seq > after][:limit]
            assert on["next"] == (on["news"][-1]["seq"] if on["news"] else len(log))


def test_part_and_figures_are_those_of_the_whole_log_and_read_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, serial, read = write_shop(tmp_path / "shop"), "A-1.001", list[int]()
    whole = SqliteEventStore.read

    def counted(store: SqliteEventStore, after: int = 0) -> Iterator[e.Event]:
        for event in whole(store, after):
            read.append(event.seq)
            yield event

    monkeypatch.setattr(SqliteEventStore, "read", counted)
    reads = ShopReads(folder, Following(folder))
    reads.now()  # what follows begins after a look without a view
    for more in range(3):
        append(folder, (HOUR_S + more, e.VerdictGiven(serial, "bracket/1", "gauge", "good", {"d": 5.0}, "")))
        reads.figures()
        read.clear()
        figures, part = reads.figures(), reads.part(serial)
        assert len(read) <= 8 + more, "the part's own stretch of the log, and no more"
        log = tuple(read_events(folder))
        shop = whole_shop(folder)
        found = msgspec.to_builtins(measures(log, shop, log[-1].at_s))
        assert figures == {name: value for name, value in found.items() if name not in {"timelines", "machines"}}
        told = genealogy(log, serial)
        assert [step["what"] for step in part["steps"]] == [step.what for step in told.steps]
        assert len(part["steps"]) == more + 2


def test_a_shop_that_was_never_run_has_no_figures(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    shutil.rmtree(folder / ".nightmill")
    with pytest.raises(BadInput, match="Run it first"):
        ShopReads(folder, Following(folder)).figures()


def test_tracing_keeps_nothing_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_shop(tmp_path / "shop")
    remake = e.OrderReceived("A-1", "bracket", 1, 20 * HOUR_S, 1, remake_of="A-1.001")
    append(folder, (HOUR_S, e.PartDisposed("A-1.001", "scrap", "worn")), (HOUR_S, remake))
    monkeypatch.setattr(
        "nightmill.plant.workspace.event_log.read_events", lambda *_: pytest.fail("the whole log at once")
    )
    proof = {"certified_sha256": "a" * 64, "moves": 812, "rpm": 9000.0, "feed_mm_min": 1800.0}
    revised = e.ParametersRevised("bracket/1", 2, 1, 1.1, 1.2, "c" * 64, 1.0, 0.05, on_trial=True, **proof)  # type: ignore[arg-type]
    start = r.CycleStarted(4, HOUR_S, "mill-2", "cycle-9", "A-1.002", "bracket/1", "c" * 64)
    append(folder, (HOUR_S, revised), (HOUR_S, e.Reported(start)))
    assert "812 moves" in sentence(revised)
    (cut,) = trace_back(folder, "A-1.002")["cuts"]
    assert cut["revision"] == {"revision": 2, "tool": 1, "speed_factor": 1.1, "feed_factor": 1.2, **proof}
    first = trace_back(folder, "A-1.001")
    assert [cut["revision"] for cut in first["cuts"]] == [None]
    assert first["remakes"] == ["A-1.004"]
    certified = first["cuts"][0]["program_sha256"]
    back = e.ParametersRevised("bracket/1", 3, 1, 1.0, 1.0, certified, 0.0, 0.0, certified_sha256=certified, moves=812)
    append(folder, (HOUR_S, back))
    again = [cut["revision"] for cut in trace_back(folder, "A-1.001")["cuts"]]
    assert again == [None], "tuned back to what was certified"
    assert trace_back(folder, "A-1.004")["remake_of"] == "A-1.001"
