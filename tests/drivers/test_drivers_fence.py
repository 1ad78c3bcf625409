"""A controller that was taken over reaches no machine: the virtual shop refuses its fencing token, also after a restart."""

from pathlib import Path

import pytest

from nightmill.drivers import DirectCell, WorldStart, start_world
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.errors import EnvironmentFailed, Fenced
from nightmill.vocabulary.shop import Shop


def mount(name: str) -> c.AnyCommand:
    return c.MountPart(name, "B1", "P01", "S1", "A/1", "blank", 120.0)


@pytest.mark.slow
def test_a_newer_controller_takes_the_place_of_an_older_one(shop: Shop, tmp_path: Path) -> None:
    old = start_world(tmp_path, shop, WorldStart(1), fence=1)
    assert old.submit(mount("m-1")).accepted
    with pytest.raises(EnvironmentFailed) as caught:
        DirectCell.attach(tmp_path)
    assert "a controller is connected" in str(caught.value)
    new = DirectCell.attach(tmp_path, fence=2)
    for question in (lambda: old.submit(mount("m-2")), lambda: old.advance(10.0, 0)):
        with pytest.raises(Fenced):
            question()
    assert new.evidence("m-2") == "unknown"
    assert new.submit(mount("m-1")).duplicate
    new.shutdown()
    with pytest.raises(Fenced):
        DirectCell.attach(tmp_path, fence=1)
    looking = DirectCell.attach(tmp_path)
    assert looking.greet().now_s == 0.0
    with pytest.raises(Fenced):
        looking.submit(mount("m-3"))
    looking.shutdown()
    journal = (tmp_path / ".nightmill" / "world" / "journal.jsonl").read_text()
    assert journal.count('"fence_raised"') == 2
    assert "m-2" not in journal
