"""The door loads neither the geometry kernel nor the compiler, and a large program is read without them."""

import subprocess
import sys

CODE = """
import sys
import nightmill.verification as room
text = "G21 G17 G90 G94 G54\\nT1 M6\\nG43 H1\\nS1 M3\\n" + "G1 X1 F100\\nX2\\n" * 50 + "M2"
assert not room.read_program(text).problems
assert set(room.__all__) <= set(dir(room))
print([name for name in ("OCP", "numba", "scipy") if name in sys.modules], len(room.__all__) <= 15)
"""


def test_door_is_light() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"
