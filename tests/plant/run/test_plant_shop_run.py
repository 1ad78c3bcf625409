"""How a run finds out about the virtual shop that it drives."""

from pathlib import Path

import msgspec

from nightmill.drivers import WorldStart
from nightmill.plant.run.shop_run import pace_of


def test_the_pace_of_a_living_shop_is_read_from_its_start(tmp_path: Path) -> None:
    assert pace_of(tmp_path) == 0.0
    world = tmp_path / ".nightmill" / "world"
    world.mkdir(parents=True)
    (world / "start.json").write_bytes(msgspec.json.encode(WorldStart(1, 60.0, "a key")))
    assert pace_of(tmp_path) == 60.0
    (world / "start.json").write_bytes(b"{")
    assert pace_of(tmp_path) == 0.0
