"""What a request leaves open.

Five mails request the same part, each less clearly than the previous one. The bars count the values that were read and
those that must be clarified because they are missing, ambiguous or implausible. A draft with a question never becomes
an order by itself.
"""

import os
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.intake import read_rfq

MAILS = {
    "clear": "Please quote 50 pcs of part NM-4711 rev B in 1.4301, delivery DAP Berlin by 14 August 2026.",
    "no date": "Please quote 50 pcs of part NM-4711 rev B in 1.4301.",
    "two materials": "Please quote 50 pcs of part NM-4711 in 1.4301, or was it 1.4571? Delivery by 14 August 2026.",
    "date in the past": "Please quote 50 pcs of part NM-4711 in 1.4301, delivery by 14 May 2026.",
    "hardly anything": "Hello, can you make the usual parts for us again? It is urgent.",
}
counts: dict[str, Counter[str]] = {}
for name, text in MAILS.items():
    draft = read_rfq(text, today=date(2026, 7, 20))
    counts[name] = Counter(question.reason for question in draft.questions)
    for question in draft.questions:
        print(f"{name:16} {question.reason:12} {question.text}")

figure, axes = plt.subplots(figsize=(8, 3))
left = dict.fromkeys(counts, 0)
for reason, colour in (("missing", "tab:orange"), ("ambiguous", "tab:purple"), ("implausible", "tab:red")):
    values = [count[reason] for count in counts.values()]
    axes.barh(list(counts), values, left=list(left.values()), color=colour, label=reason)
    left = {name: left[name] + value for name, value in zip(counts, values, strict=True)}
axes.invert_yaxis()
axes.set_xlabel("questions")
axes.legend(frameon=False)

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_questions.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
