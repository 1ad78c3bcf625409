"""A gouge of a few hundredths, found.

A program from another source mills the step of the bracket. It is verified against the part's STEP file four times,
each time with a different depth of the last pass, from 0.1 mm too high to 0.3 mm too deep. The verifier reports the
gouge when the tool goes too deep, and none when it stays above the part; it ignores a single hundredth. The dotted line
is the limit for a certificate, 0.02 mm.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.verification import certify_program
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM, Body, Tool

PROGRAM = """G21 G17 G90 G94 G40 G49 G80 G54
T1 M6
G43 H1
S8000 M3
G0 X35 Y-40
G0 Z25
G0 Z16
G1 Y40 F1500
G1 X25
G1 Y-40
G0 Z25
G0 X35
G0 Z{depth:.3f}
G1 Y40 F1500
G1 X25
G1 Y-40
G0 Z25
M30
"""

bracket = Path(str(files("nightmill.plant"))) / "example" / "parts" / "bracket.step"
stock = Body("box", min=(-40.0, -25.0, 0.0), max=(40.0, 25.0, 20.0))
mill = Tool(
    1,
    "flat",
    20.0,
    flute_length_mm=40,
    shank_diameter_mm=20,
    stickout_mm=60,
    holder_diameter_mm=40,
    holder_length_mm=50,
)

errors = (-0.1, 0.01, 0.05, 0.3)
found = []
for error in errors:
    certificate = certify_program(PROGRAM.format(depth=12.0 - error), bracket, stock, (mill,))
    found.append(certificate.gouge_mm or 0.0)
    print(f"{error:+.2f} mm too deep: gouge {found[-1]:.3f} mm, {certificate.rapid_hits} rapids through stock")

figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(errors, [max(0.0, error) for error in errors], color="0.7", label="actual error")
axes.plot(errors, found, "o", color="tab:red", label="gouge found by the verifier")
axes.axhline(GOUGE_LIMIT_MM, linestyle=":", color="black")
axes.set(xlabel="too deep by [mm]", ylabel="gouge [mm]")
axes.legend(frameon=False)
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_gouge_found.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
