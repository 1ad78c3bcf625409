"""A shop whose robot is an arm: its settings, and a pallet that the arm and the virtual shop agree on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rtde_robot import RtdeRobot

from nightmill.drivers import WorldStart, end_world, open_cell
from nightmill.formats import copy_example
from nightmill.plant.run.robot_arms import armed, arms_of
from nightmill.plant.run.standby import stand_by_shop
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MovePallet
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.shop import Economy, Shift, Shop, WorkUnit

SHOP = Shop(
    "Armed", datetime(2026, 3, 2, 6, 0, tzinfo=UTC), "UTC", "EUR", "AT",
    (WorkUnit("M1", "mill", "milling"), WorkUnit("R1", "robot", "handling"), WorkUnit("B1", "bench", "handling")),
    (Shift((0, 1, 2, 3, 4), 6.0, 18.0, 1),), (), (), (), (), (), (), Economy(),
)  # fmt: skip
TEXT = '[[robots]]\nunit = "R1"\nhost = "127.0.0.1"\nport = {port}\nplaces = {{ pool = 5, M1 = 6 }}\n'


def test_a_shop_without_robots_toml_has_no_arms(tmp_path: Path) -> None:
    assert arms_of(tmp_path, SHOP) == ()


def test_every_place_where_pallets_lie_needs_a_number(tmp_path: Path) -> None:
    (tmp_path / "robots.toml").write_text(TEXT.format(port=1).replace("M1 = 6", "B1 = 6"))
    with pytest.raises(BadInput, match="lacks M1; has B1"):
        arms_of(tmp_path, SHOP)


def test_a_standby_tells_of_a_wrong_file_before_it_follows_anybody(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "shop")
    (folder / "robots.toml").write_text("robots = 1")
    with pytest.raises(BadInput, match="robots with places"):
        stand_by_shop(folder)


def test_the_virtual_shop_reports_what_the_arm_has_carried(tmp_path: Path) -> None:
    robot = RtdeRobot()
    (tmp_path / "robots.toml").write_text(TEXT.format(port=robot.port))
    cell = armed(tmp_path, arms_of(tmp_path, SHOP), open_cell(tmp_path, SHOP, WorldStart(1)))
    try:
        assert cell.submit(MovePallet("move-1", "R1", "P01", "pool", "M1")).accepted
        moved = [each for each in cell.advance(5000.0, 0).reports if isinstance(each, r.PalletMoved)]
        assert [each.destination for each in moved] == ["M1"]
        assert robot.carried == [(1, 5, 6, 1)]
        assert cell.evidence("move-1") == "done"
        refused = cell.submit(MovePallet("move-2", "R1", "P01", "pool", "M1"))
        assert (refused.accepted, refused.reason) == (False, "pallet P01 is at M1, not at pool")
        cell.advance(6000.0, 1)
        assert len(robot.carried) == 1, "what the shop refuses moves no arm"
    finally:
        cell.close()
        end_world(tmp_path)
        robot.close()
