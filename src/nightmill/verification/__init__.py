"""Room ``verification``: check NC text and a part's model; motions, times and a certificate come out.

In: RS-274/NGC text (LinuxCNC dialect); a folder with plan.json, its programs and bodies; the target STEP file.
Out: ``Motions`` and ``ProgramSummary`` of a program, the ``Certificate`` of a plan or of one program.
Never: plans, repairs or writes a program; shares code with ``cam``; trusts what a plan claims about itself.
The geometry kernel and the compiled kernels load when a certificate is made, not with this package.
"""

from collections.abc import Callable
from pathlib import Path

from nightmill.verification.memo_cache import Recall
from nightmill.verification.nc.fanuc_haas_mill import first_difference
from nightmill.verification.nc.interpreter import interpret
from nightmill.verification.nc.motions import FEED, RAPID, Motions, Primitive
from nightmill.verification.timing.motion_time import ProgramSummary, read_program
from nightmill.vocabulary.plan import Body, Certificate, Matrix4, Tool

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


def certify(
    directory: Path,
    target: Path,
    progress: Callable[[str], None] | None = None,
    *,
    recall: Recall | None = None,
    late: Callable[[], bool] | None = None,
) -> Certificate:
    """Check the plan in ``directory`` against the part in the STEP file ``target``.

    Reads only plan.json, the programs and body files beside it, and the part. ``progress`` is called with each step. A
    ``recall`` that is passed from check to check of one part keeps the results that did not change in between. Once
    ``late`` returns true, tool reach is no longer computed and is reported as unknown; everything else is judged in
    full. Raises ``BadInput`` if a file can't be read or breaks its format. A program that a controller would refuse is
    not bad input: the plan is then not certified, with messages.
    """
    from nightmill.verification.certificate.job_files import read_folder
    from nightmill.verification.certificate.pipeline import certify_job

    return certify_job(read_folder(directory), target, progress, recall, late)


def cut_ahead(directory: Path, target: Path, recall: Recall) -> None:
    """Cut the first setups of a plan, as many as ``directory`` holds, so that ``certify`` finds that work in
    ``recall``.

    Returns and judges nothing. Raises ``BadInput`` as ``certify`` does.
    """
    from nightmill.verification.certificate.job_files import read_folder
    from nightmill.verification.certificate.pipeline import cut_job

    cut_job(read_folder(directory), target, recall)


def practise() -> None:
    """Certify a small practice piece, so that the milling kernels are compiled and cached for all processes before a
    real part needs them.
    """
    from nightmill.verification.certificate import warm_up as practice

    practice.practise()


def certify_program(
    text: str,
    target: Path,
    stock: Body,
    tools: tuple[Tool, ...],
    *,
    folder: Path = Path(),
    model_to_work: Matrix4 | None = None,
    work_offset: str | None = None,
    fixtures: tuple[Body, ...] = (),
    body: str = "",
    progress: Callable[[str], None] | None = None,
) -> Certificate:
    """Check one program that makes the whole part from ``stock``; work and model coordinates are the same unless given.

    Files that ``stock`` and ``fixtures`` name are in ``folder``; ``body`` is the number or name of the solid to use
    where the target holds several. Raises ``BadInput`` as ``certify`` does.
    """
    from nightmill.verification.certificate.job_files import IDENTITY, Job, SetupText
    from nightmill.verification.certificate.pipeline import certify_job

    setup = SetupText("1", "mill", "program", text, work_offset, model_to_work or IDENTITY, fixtures)
    return certify_job(Job(folder, stock, tools, (setup,), None, body=body), target, progress)


def read_stock(path: Path) -> tuple[Body, Path]:
    """Return the raw piece named by a STEP or STL file or a plan.json, and the folder of its file; raises ``BadInput``."""
    from nightmill.verification.certificate import job_files as folder

    return folder.read_stock(path)


def read_tools(path: Path) -> tuple[Tool, ...]:
    """Return the tools of a plan.json or a LinuxCNC tool table; raises ``BadInput``. See ``job_files.read_tools`` for tables."""
    from nightmill.verification.certificate import job_files as folder

    return folder.read_tools(path)
