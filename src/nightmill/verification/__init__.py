"""Room ``verification``: checks NC text against a part's model and returns motions, times and a certificate.

In: RS-274/NGC text (LinuxCNC dialect); a folder with plan.json, its programs and bodies; the target STEP file. Out:
``Motions`` and ``ProgramSummary`` of a program, the ``Certificate`` of a plan or of one program. Never: plans, repairs
or writes a program; shares code with ``cam``; trusts what a plan claims about itself. The geometry kernel and the
compiled kernels load when a certificate is made, not when this package is imported.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.verification.certificate.job_files import read_stock, read_tools
    from nightmill.verification.certificate.pipeline import certify, certify_program, cut_ahead
    from nightmill.verification.certificate.warm_up import practise
    from nightmill.verification.memo_cache import Recall
    from nightmill.verification.nc.interpreter import interpret
    from nightmill.verification.nc.motions import FEED, RAPID, Motions, Primitive
    from nightmill.verification.nc.read_back import first_difference
    from nightmill.verification.timing.motion_time import ProgramSummary, read_program

__all__ = [
    "FEED",
    "RAPID",
    "Motions",
    "Primitive",
    "ProgramSummary",
    "Recall",
    "certify",
    "certify_program",
    "cut_ahead",
    "first_difference",
    "interpret",
    "practise",
    "read_program",
    "read_stock",
    "read_tools",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
