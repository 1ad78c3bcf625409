"""What a fork server loads for planning, reading and verifying parts, so that their children don't load it again."""

import importlib
import pkgutil
from collections.abc import Iterator

PRELOAD = f"{__name__}:preload"
"""``preload`` as ``run_guarded`` wants it."""
FIRST = (
    "OCP",
    "numba",
    "scipy.spatial",
    "scipy.ndimage",
    "nightmill.plant.part_planning.plan_job",
    "nightmill.plant.part_planning.child_jobs",
)
"""Modules that every child needs, and the slow ones among them."""
ROOMS = ("nightmill.cad", "nightmill.cam", "nightmill.verification", "nightmill.quality.inspection")
"""Packages whose other modules and compiled kernels follow."""


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
