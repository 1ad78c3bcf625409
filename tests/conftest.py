"""What tests of several rooms share: how properties are tried, what takes long to make, and which tests begin first."""

import compileall
import fcntl
import gc
import hashlib
import inspect
import os
import shutil
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

# before numpy is loaded, here and in what tests start: several processes that each use all cores wait for one another
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

from nightmill.vocabulary.garbage import collect_rarely

settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kept", settings.get_profile("exploring"), derandomize=True)
# the same examples each time, however slow the machine; --hypothesis-profile=exploring tries others
settings.load_profile("kept")

SOURCE = Path(__file__).parents[1] / "src" / "nightmill"
LONGEST = Path(__file__).with_name("longest.txt")
KEPT_MAKINGS = 6
"""Folders of that many states of the source stay on disk."""


def pytest_configure(config: pytest.Config) -> None:
    """Where Python is told to keep no bytecode, the source is compiled once: every process of a test would compile all of it again."""
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        compileall.compile_dir(SOURCE, quiet=2)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores, since many tests wait for processes of their own; none for tests of named files."""
    files = [each for each in config.args if not Path(each.partition("::")[0]).is_dir()]
    return 0 if files and len(files) == len(config.args) else len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, in the share of each process, so that none is left alone at the end."""
    ranks = {line.strip(): rank for rank, line in enumerate(LONGEST.read_text(encoding="utf-8").splitlines())}
    ranked = [(ranks[name], item) for item in items if (name := item.name.partition("[")[0]) in ranks]
    longest = [item for _, item in sorted(ranked, key=lambda each: each[0])]
    first = set(longest)
    others = [item for item in items if item not in first]
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = -(-len(others) // shares)
    items[:] = [
        item
        for share in range(shares)
        for item in (*longest[share::shares], *others[share * size : (share + 1) * size])
    ]


def pytest_collection_finish() -> None:
    """What was collected stays for the whole session, so nobody needs to look through it for what isn't used any more."""
    gc.collect()
    gc.freeze()
    collect_rarely()


@lru_cache(maxsize=1)
def _state_of_source() -> str:
    """A hash of all that a plan can depend on: the program with its example, the packages that are locked, and the shops of the tests."""
    root = SOURCE.parents[1]
    shared = (path for path in (root / "tests").rglob("*.py") if not path.name.startswith("test_"))
    own = (path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    known = hashlib.sha256(sys.version.encode())
    for path in sorted([root / "uv.lock", *shared, *own]):
        known.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return known.hexdigest()[:16]


@pytest.fixture(scope="session")
def made_once(pytestconfig: pytest.Config) -> Callable[[str, Callable[[Path], None]], Path]:
    """Makes the folder of a name by a function that fills it: once for this state of the source and of the maker's own module.

    The folder stays for later sessions too, beside pytest's cache, however many processes share the tests. Whoever gets it copies it
    before a change. A making that failed is begun anew by the next that asks.
    """
    makings = pytestconfig.rootpath / ".pytest_cache" / "d" / "made"

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        maker = hashlib.sha256(Path(inspect.getfile(make)).read_bytes()).hexdigest()[:8]
        root = makings / _state_of_source()
        root.mkdir(parents=True, exist_ok=True)
        os.utime(root)
        folder, whole = root / f"{name}-{maker}", root / f"{name}-{maker}.whole"
        with (root / f"{name}-{maker}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                _forget_old(makings)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return folder_of


def _forget_old(makings: Path) -> None:
    """Away with what was made of sources long gone."""
    old = sorted(makings.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)[KEPT_MAKINGS:]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)


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
