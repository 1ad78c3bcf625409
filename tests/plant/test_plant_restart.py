"""What a restart waits for before its first command: neither compiled kernels nor statistics, whatever the log holds."""

import subprocess
import sys

HEAVY = ("numba", "scipy", "pandas", "pyarrow", "OCP", "ortools")
"""They take longer to load than a log of ten million events takes to open; who needs one loads it then."""


def test_the_loop_is_loaded_without_what_only_a_new_plan_needs() -> None:
    asked = f"import sys, nightmill.plant.running; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not done.stdout.split()
