"""A small shop of one part, planned once, for walkthroughs."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_sample import PARTS, SHOP

from nightmill.plant.part_planning import certified_routes
from nightmill.plant.workspace.shop import whole_shop

ORDERS = "order,item,quantity,due\nA-1,bracket,4,2026-11-02T14:00\nA-2,bracket,6,2026-11-03T12:00\n"


@pytest.fixture(scope="session")
def planned_shop(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The shop folder with its part planned and certified."""

    def planned(folder: Path) -> None:
        (folder / "parts").mkdir()
        shutil.copy(PARTS / "bracket.step", folder / "parts" / "bracket.step")
        (folder / "shop.toml").write_text(SHOP)
        (folder / "orders.csv").write_text(ORDERS)
        routes, refusals = certified_routes(whole_shop(folder), folder)
        assert not refusals
        assert routes["bracket"].record.certified

    return made_once("planned", planned)


@pytest.fixture
def shop(planned_shop: Path, tmp_path: Path) -> Path:
    """A copy of the planned shop that a test may run."""
    target = tmp_path / "shop"
    shutil.copytree(planned_shop, target)
    return target
