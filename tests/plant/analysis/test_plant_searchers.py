import os
import subprocess
import sys

import pytest

ASKED = """
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
from nightmill.plant.analysis.scheduling.shop_schedule import SEARCHERS
print(SEARCHERS)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system doesn't lend single cores")
def test_no_more_search_at_a_time_than_cores_are_lent() -> None:
    asked = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True, timeout=120)
    assert asked.stdout.split() == ["1"]
