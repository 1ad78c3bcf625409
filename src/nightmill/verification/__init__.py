"""Room ``verification``: NC text and a part's model in, motions, times and a certificate out.

In: RS-274/NGC text (LinuxCNC dialect), a folder as ``formats`` describes it (plan.json, programs, bodies) and
the target STEP file. Out: ``Motions`` and ``ProgramSummary`` of a program, a ``Certificate`` of a plan.
Never: plans, repairs or writes a program; shares code with ``process``; trusts what a plan says about itself.
"""

from nightmill.verification.interpreter import interpret
from nightmill.verification.path import FEED, RAPID, Motions, Primitive, Problem
from nightmill.verification.timing import ProgramSummary, ToolUse, read_program

__all__ = [
    "FEED",
    "RAPID",
    "Motions",
    "Primitive",
    "Problem",
    "ProgramSummary",
    "ToolUse",
    "interpret",
    "read_program",
]
