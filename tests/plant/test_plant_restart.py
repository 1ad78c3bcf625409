"""What a restart waits for before its first command: neither compiled kernels nor statistics, whatever the log holds."""

import subprocess
import sys

import pytest

HEAVY = ("numba", "scipy", "pandas", "pyarrow", "OCP", "ortools")
"""They take longer to load than a log of ten million events takes to open; who needs one loads it then."""


def test_the_loop_is_loaded_without_what_only_a_new_plan_needs() -> None:
    asked = f"import sys, nightmill.plant.run.shop_run; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


@pytest.mark.parametrize("room", ["scheduling", "mrp", "maintenance"])
def test_a_door_that_loads_later_has_all_its_names(room: str) -> None:
    asked = f"import nightmill.{room} as door; print(*[name for name in door.__all__ if not hasattr(door, name)])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not done.stdout.split()
