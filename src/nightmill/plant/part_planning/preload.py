"""What a fork server loads for planning, reading and verifying parts, so that their children don't load it again."""

import importlib
import pkgutil
from collections.abc import Iterator

PRELOAD = f"{__name__}:preload"
"""Name of ``preload`` in the form that ``run_guarded`` expects."""
FIRST = (
    "OCP",
    "numba",
    "scipy.spatial",
    "scipy.ndimage",
    "nightmill.plant.part_planning.plan_job",
    "nightmill.plant.part_planning.child_jobs",
)
"""Modules loaded first: those that every child needs, with the slow-loading packages behind them."""
ROOMS = ("nightmill.cad", "nightmill.cam", "nightmill.verification", "nightmill.quality.inspection")
"""Packages whose other modules and compiled kernels are loaded after that."""


def preload() -> Iterator[None]:
    """Load the modules of ``FIRST`` in one step; then each other module of ``ROOMS`` and each compiled kernel in a step of its own."""
    for name in FIRST:
        importlib.import_module(name)
    yield
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
            yield
    from nightmill.vocabulary.compiled import load_cached_kernels

    yield from load_cached_kernels()
