"""A buyer's table becomes orders.

The spreadsheet has the buyer's own headings and date format, and two impossible lines. Columns are recognised by
heading and content, good lines become orders, and each bad line gets an error message. The bars are the orders by date.
"""

import os
import tempfile
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.intake import read_order_book

TABLE = (
    ("PO no.", "Item", "Qty", "Delivery date", "Remarks"),
    ("A-2001", "bracket", "40", "14.08.2026", ""),
    ("A-2002", "clamp body", "12", "21.08.2026", "by courier"),
    ("A-2003", "flange plate", "0", "21.08.2026", ""),
    ("A-2004", "bracket", "25", "28.08.2026", ""),
    ("A-2005", "gearbox", "5", "30.08.2026", ""),
    ("A-2006", "manifold block", "8", "04.09.2026", ""),
)
book = read_order_book(
    [TABLE], date(2026, 7, 20), ("bracket", "clamp_body", "flange_plate", "manifold_block"), day_first=True
)

figure, axes = plt.subplots(figsize=(8, 3))
for line in book.lines:
    bar = axes.bar(line.due[:10], line.quantity, color="tab:blue")
    axes.bar_label(bar, [f"{line.order}\n{line.part}"], fontsize=7)
axes.set_ylabel("pieces")
axes.margins(y=0.25)
print(f"columns: {book.columns}")
for finding in book.findings:
    print(f"{finding.place}: {finding.found}; expected {finding.expected}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_order_book.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
