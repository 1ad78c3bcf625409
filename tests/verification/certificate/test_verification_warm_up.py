"""The practice piece asks for every kernel that the proof of a milled part asks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from nightmill.formats import copy_example
from nightmill.plant.part_planning import certified_routes
from nightmill.plant.workspace import whole_shop

PROGRAM = """
import sys
from pathlib import Path
from nightmill.verification import certify, practise

def called():
    return {
        f"{name}.{one}"
        for name, module in list(sys.modules.items()) if name.startswith("nightmill.verification.")
        for one, kernel in vars(module).items() if getattr(kernel, "signatures", None)
    }

practise()
practised = called()
assert practised, "nothing was compiled"
assert certify(Path(sys.argv[1]), Path(sys.argv[2])).certified
print(*sorted(called() - practised))
"""


@pytest.mark.slow
def test_a_parts_proof_asks_for_no_kernel_that_was_not_practised(tmp_path: Path) -> None:
    shop = copy_example(tmp_path / "shop")
    certified_routes(whole_shop(shop), shop, only={"bracket"})
    plan, step = shop / ".nightmill/plans/bracket", shop / "parts/bracket.step"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(plan), str(step)], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == []
