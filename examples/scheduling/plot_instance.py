"""A classic flexible job shop, with its lower bound.

Three jobs on three machines are read from the text of a benchmark instance. The red line is a makespan that no schedule
can beat: if the bars end there, the schedule is proven optimal. The validator that checks the schedule shares no code
with the search.
"""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from nightmill.scheduling import parse_instance, solve_instance, validate_instance

TEXT = """3 3 2
2 2 1 3 2 4 1 3 2
2 1 2 5 2 1 4 3 3
3 1 3 2 2 1 2 2 3 1 1 4
"""

instance = parse_instance(TEXT, name="three jobs", form="fjs")
answer = solve_instance(instance, iterations=2000)
print(f"makespan {answer.makespan}, lower bound {answer.lower_bound}; valid: {not validate_instance(instance, answer)}")
for op in answer.operations:
    print(f"job {op.job} operation {op.operation}: machine {op.machine}, {op.start} to {op.end}")

figure, axes = plt.subplots(figsize=(8, 2.5))
for op in answer.operations:
    axes.barh(f"machine {op.machine}", op.end - op.start, left=op.start, color=f"C{op.job}", edgecolor="white")
axes.axvline(answer.lower_bound, color="tab:red")
axes.set(xlabel="time", title=f"makespan {answer.makespan}, lower bound {answer.lower_bound}")

picture = Path(os.environ.get("NIGHTMILL_GALLERY") or tempfile.mkdtemp()) / "plot_instance.svg"
figure.savefig(picture, bbox_inches="tight")
print(f"picture: {picture}")
