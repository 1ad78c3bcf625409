"""A mail becomes a draft, with every value's source.

The text of a request is read, and each value is shown above the words from which it was read, with its confidence.
Nothing is assumed beyond the text: missing or ambiguous values become questions.
"""

import os
import tempfile
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.intake import read_rfq

TEXT = """Dear Ms Kowalski,

please quote 50 and 200 pcs of NM-4711 rev B in EN AW-7075,
anodised, general tolerances ISO 2768-m.
Delivery DAP Columbus by 14 August 2026.

Best regards
J. Ortega
"""

draft = read_rfq(TEXT, sender="j.ortega@example.com", today=date(2026, 7, 20))
found = [("part", line.part) for line in draft.lines] + [("material", line.material) for line in draft.lines]
found += [("quantity", each) for line in draft.lines for each in line.quantities]
found += [("due", draft.due_date), ("terms", draft.incoterm), ("place", draft.delivery_place)]
found += [("tolerance", each) for each in draft.tolerances] + [("finish", each) for each in draft.finishes]
known = [(name, each) for name, each in found if each is not None]

figure, axes = plt.subplots(figsize=(9, 3.5))
axes.set_axis_off()
lines = TEXT.splitlines(keepends=True)
start = 0
for row, line in enumerate(lines):
    axes.text(0, -row, line.rstrip(), family="monospace", fontsize=9)
    for name, each in known:
        if start <= each.start < start + len(line):
            axes.barh(
                -row - 0.28,
                each.end - each.start,
                left=each.start - start,
                height=0.12,
                color=plt.get_cmap("RdYlGn")(each.confidence),
            )
            axes.text(each.start - start, -row - 0.62, name, fontsize=6, color="0.4")
    start += len(line)
axes.set(xlim=(0, 72), ylim=(-len(lines), 1))
for name, each in known:
    print(f"{name:10} {each.value!s:22} {each.source!r}, sure by {each.confidence:.0%}")
for question in draft.questions:
    print(f"asks: {question.text}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_mail.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
