"""Two goals, one front.

The goals of the welding example in `welding.json` are strength and speed; slow seams are stronger, within limits on
penetration and heat. Fourteen trials are made on a simulated weld (the handbook's formulas with slightly different
constants, and noise). The trials that no other trial beats in both goals form the Pareto front, from which a person
chooses. Crosses mark trials that broke a limit.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nightmill.tuning import History, Result, read_study, suggest, tell, told

generator = np.random.default_rng(8)
study = read_study((Path(__file__).parent / "welding.json").read_text())


def weld(current: float, voltage: float, speed: float) -> dict[str, float]:
    """Return the simulated weld's outputs for a setting."""
    heat = 0.78 * current * voltage / (1000 * speed)
    depth = 0.047 * current**1.333 * voltage**-0.667 * speed**-0.333 + generator.normal(0, 0.2)
    strength = 400 + 80 * 1000 / speed / 60 - 14 * (depth - 3.6) ** 2 + generator.normal(0, 8)
    return {
        "minutes_a_metre": 1000 / speed / 60,
        "strength_mpa": strength,
        "penetration_mm": depth,
        "heat_input_kj_mm": heat,
    }


history = History()
for _ in range(14):
    asked = suggest(study, history)
    suggestion = asked.suggestions[0]
    outputs = weld(*(float(suggestion.parameters[name]) for name in ("current", "voltage", "speed")))
    history = tell(study, asked.history, Result(outputs=outputs, trial=suggestion.trial))

figure, axes = plt.subplots(figsize=(6.5, 4.5))
for trial in history.trials:
    kept = 2.5 <= trial.outputs["penetration_mm"] <= 4.5 and trial.outputs["heat_input_kj_mm"] <= 1.2
    axes.plot(trial.outputs["minutes_a_metre"], trial.outputs["strength_mpa"], "o" if kept else "x", color="0.5")
front = sorted(told(study, history).front, key=lambda one: one.outputs["minutes_a_metre"])
axes.plot(
    *([one.outputs[name] for one in front] for name in ("minutes_a_metre", "strength_mpa")),
    "o-",
    color="tab:green",
    label="front",
)
axes.set(xlabel="minutes per metre (minimise)", ylabel="strength [MPa] (maximise)")
axes.legend(frameon=False)
for one in front:
    print(
        f"{one.outputs['minutes_a_metre']:.2f} min a metre, {one.outputs['strength_mpa']:.0f} MPa with {one.parameters['gas']}"
    )

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_two_goals.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
