"""Why an order is late, and what would have helped.

Mill M1 was down for twenty hours. The lateness of the worst order is split into causes that add up exactly, to the
second. For each change that might have helped, the shop is planned again instead of guessing: the bars below show the
remaining lateness.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import Explained, LivePlan, Model


def shop(down: list[tuple[float, float]]) -> Model:
    """Return two machines, one of which may be down."""
    model = Model()
    model.machine("M1", down_h=down)
    model.machine("M2")
    model.shift(6, 22)
    for number in range(6):
        order = model.order(f"A-{number}", due_h=24 + 2 * number)
        for _ in range(2):
            part = model.part(order)
            model.operation(part, {"M1": 2.0})
            model.operation(part, {"M2": 1.5})
    return model


promised = shop([])
plan = promised.solve(iterations=500)
problem = shop([(10, 30)]).problem
mended = LivePlan(problem, plan).schedule()
late = max(mended.promises, key=lambda promise: promise.late_by_s)
told = Explained(problem, mended, (promised.problem, plan)).of(late.order)
print(f"{told.order} is late by {told.late_by_s / 3600:.1f} h")
for blame in told.blame:
    print(f"  {blame.seconds / 3600:5.1f} h: {blame.cause}")
for change in told.counterfactuals:
    print(f"  with {change.change}: late by {change.late_by_s / 3600:.1f} h (verified: {change.verified})")

figure, (above, below) = plt.subplots(2, 1, figsize=(8, 4))
left = 0.0
for blame in told.blame:
    above.barh("lateness", blame.seconds / 3600, left=left, label=blame.cause)
    left += blame.seconds / 3600
above.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
below.barh(
    [change.change for change in told.counterfactuals], [change.late_by_s / 3600 for change in told.counterfactuals]
)
below.axvline(told.late_by_s / 3600, color="tab:red")
below.set_xlabel("hours late; red: without any change")
figure.tight_layout()

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_why_late.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
