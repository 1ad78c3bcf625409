"""What tests of several rooms share: how properties are tried, and what takes long to make."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kept", settings.get_profile("exploring"), derandomize=True)
# the same examples each time, however slow the machine; --hypothesis-profile=exploring tries others
settings.load_profile("kept")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Makes the folder of a name by a function that fills it: once, however many processes share the tests.

    Whoever gets it copies it before a change. A making that failed is begun anew by the next that asks.
    """
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        folder, whole = root / name, root / f"{name}.whole"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def planned_example(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The demo's shop with its parts planned and certified; copied by who changes it."""
    from nightmill.formats import copy_example
    from nightmill.plant.part_planning import certified_routes
    from nightmill.plant.workspace.shop import whole_shop

    def planned(folder: Path) -> None:
        shop = copy_example(folder / "nightmill-demo")
        _, refusals = certified_routes(whole_shop(shop), shop)
        assert not refusals

    return made_once("example", planned) / "nightmill-demo"
