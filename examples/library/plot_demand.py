"""Demand from a table to quantiles.

The history of the example shop is given as a path (a data frame or an Arrow table would do, too), and the forecast is
returned as records with a plot and a table. The band around the median shows the uncertainty: hold stock for the
quantile that matches your service level.
"""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

import matplotlib.pyplot as plt

import nightmill as nm

found = nm.forecast(Path(str(files("nightmill.plant"))) / "example" / "history.csv", horizon=12)

figure, axes = plt.subplots(figsize=(8, 4))
found.plot("bracket", axes)

table = found.to_arrow()
print(f"{table.num_rows} rows with columns {', '.join(table.column_names)}")
picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_demand.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
