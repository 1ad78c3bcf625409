"""Room ``workers``: run work in another process, so that it can't crash this one, or on other machines.

In: the dotted name of a function, its arguments as plain JSON values, limits on memory and time.
Out: its JSON answer, its progress, or an error that describes the child's failure.
Never: depends on what the function does.
"""

from nightmill.workers.forked_helper import Helper, beside
from nightmill.workers.guarded_child import NICE_BESIDE, ChildFailed, Limits, ended_by_signal, run_guarded
from nightmill.workers.persistent_child import KeptChild
from nightmill.workers.process_pool import kernels_kept, run_all, spread
from nightmill.workers.ray_executor import ray_map
from nightmill.workers.scratch_folder import Scratch
from nightmill.workers.work_limit import Effort

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
