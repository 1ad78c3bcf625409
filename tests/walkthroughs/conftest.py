"""A small shop of one part, planned once, for walkthroughs."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_sample import PARTS, SHOP

from nightmill.plant.part_planning import certified_routes
from nightmill.plant.run import RunRequest, run_shop
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


@pytest.fixture(scope="session")
def looked_shop(planned_shop: Path, made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The planned shop whose camera knows good parts, as after its first run; nothing else is left of that."""

    def looked(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            ran = Path(shutil.copytree(planned_shop, Path(scratch) / "shop"))
            run_shop(ran, RunRequest(days=0.1, seed=1))
            shutil.copytree(planned_shop, folder, dirs_exist_ok=True)
            shutil.copytree(ran / ".nightmill" / "models", folder / ".nightmill" / "models")

    return made_once("looked", looked)


@pytest.fixture
def shop(looked_shop: Path, tmp_path: Path) -> Path:
    """A copy of the planned shop that a test may run."""
    target = tmp_path / "shop"
    shutil.copytree(looked_shop, target)
    return target
