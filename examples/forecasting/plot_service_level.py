"""What a service level costs in stock.

The total demand for one item of the example shop over the next eight weeks is forecast; the curve shows the quantile
for each service level. It gets steeper and steeper: the last few per cent are the most expensive.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.forecasting import forecast, read_history

rows = read_history((Path(str(files("nightmill.plant"))) / "example" / "history.csv").read_text())
answer = forecast(rows, 8)

figure, axes = plt.subplots(figsize=(7, 4))
levels = (50, 75, 90, 95, 99)
for item in answer.items:
    total = item.total
    pieces = (total.q50, total.q75, total.q90, total.q95, total.q99)
    axes.plot(levels, [each / total.q50 for each in pieces], "o-", label=item.item)
    print(f"{item.item:20} {total.q50:5.0f} pieces at 50 %, {total.q99:5.0f} at 99 %")
axes.set(xlabel="service level [%]", ylabel="stock above the median demand of eight weeks")
axes.legend(frameon=False, fontsize="small")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_service_level.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
