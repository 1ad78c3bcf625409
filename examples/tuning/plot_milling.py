"""Speed and feed in a few trials.

The worked example in `milling.json` is tuned on a simulated mill, whose true behaviour is that of the handbook's
formulas with slightly different constants and noise. The package draws the picture: the best cost so far, the model's
prediction over two parameters, and the trials that broke a limit.
"""

import os
import tempfile
from pathlib import Path

import numpy as np

from nightmill.tuning import History, Result, draw_study, read_study, suggest, tell

generator = np.random.default_rng(1)
study = read_study((Path(__file__).parent / "milling.json").read_text())


def mill(setting: dict[str, float]) -> dict[str, float]:
    """Return the simulated mill's outputs for a setting."""
    vc, fz, ap, ae = (float(setting[name]) for name in ("vc", "fz", "ap", "ae"))
    life = (430 / (vc * (fz / 0.1) ** 0.35)) ** 2.8
    cost = 640 / (vc * fz * ap * ae) * (1.3 + 45 / (60 * life))
    roughness, bend = 0.35 + 30 * fz**2, 17 * ap * fz**0.75 * (ae / 10) ** 0.5
    return {
        "cost": cost * generator.normal(1, 0.03),
        "ra": roughness * generator.normal(1, 0.05),
        "deflection_um": bend * generator.normal(1, 0.05),
    }


history = History()
for _ in range(10):
    asked = suggest(study, history)
    suggestion = asked.suggestions[0]
    outputs = mill({name: value for name, value in suggestion.parameters.items() if not isinstance(value, str)})
    history = tell(study, asked.history, Result(outputs=outputs, trial=suggestion.trial))
    print(
        f"trial {suggestion.trial:2}: cost {outputs['cost']:.3f}, Ra {outputs['ra']:.2f} um, deflection "
        f"{outputs['deflection_um']:.1f} um"
    )

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_milling.svg"
picture.write_text(draw_study(study, history))
print(f"picture: {picture}")
