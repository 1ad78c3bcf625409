"""Room ``workers``: work that runs in another process, so that it can't take this one down, or on other machines.

In: the dotted name of a function, its arguments as plain JSON values, limits on memory and time.
Out: its JSON answer, its progress, or an error that says what happened to the child.
Never: knows what the function does.
"""

from nightmill.workers.beside import Helper, beside
from nightmill.workers.effort import Effort
from nightmill.workers.guarded import NICE_BESIDE, ChildFailed, Limits, ended_by_signal, run_guarded
from nightmill.workers.kept import KeptChild
from nightmill.workers.pool import kernels_kept, run_all, spread
from nightmill.workers.ray_spread import ray_map
from nightmill.workers.scratch import Scratch

__all__ = [
    "NICE_BESIDE",
    "ChildFailed",
    "Effort",
    "Helper",
    "KeptChild",
    "Limits",
    "Scratch",
    "beside",
    "ended_by_signal",
    "kernels_kept",
    "ray_map",
    "run_all",
    "run_guarded",
    "spread",
]
