"""News of a run: the latest in words, or on from a place, however much of the log tells nothing."""

from pathlib import Path

import pytest
from desk_sample import HOUR, append, write_shop

from nightmill.plant import shop_reads
from nightmill.plant.following import Following
from nightmill.plant.sentences import sentence
from nightmill.plant.shop_reads import ShopReads
from nightmill.plant.viewing import read_events
from nightmill.vocabulary import events as e


@pytest.mark.parametrize("silent", [0, 40])
@pytest.mark.parametrize("looked_back", [1, 7, 2000])
def test_the_news_are_those_of_the_whole_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_back: int, silent: int
) -> None:
    folder = write_shop(tmp_path / "shop")
    unseen = e.CommandAcknowledged("cycle-1")
    assert not sentence(unseen)
    append(folder, (HOUR, e.AlarmRaised("load", "mill-1", "high")), *[(HOUR, unseen)] * silent)
    monkeypatch.setattr(shop_reads, "LOOKED_BACK", looked_back)
    reads, log = ShopReads(folder, Following(folder)), read_events(folder)
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
