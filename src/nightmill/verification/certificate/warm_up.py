"""Certify a dummy part: the smallest job that uses the milling kernels, so that they are compiled before a real part is checked."""

from pathlib import Path

from nightmill.verification.certificate.job_files import IDENTITY, Job, SetupText
from nightmill.verification.certificate.pipeline import certify_job
from nightmill.verification.memo_cache import Recall, digest
from nightmill.vocabulary.plan import Body, Matrix4, Tool

_STOCK = Body("box", min=(-1.0, -1.0, 0.0), max=(21.0, 21.0, 9.0))
_JAW = Body("box", name="jaw", min=(-9.0, 0.0, -6.0), max=(-4.0, 20.0, 3.0))
_TOOL = Tool(
    1,
    "flat",
    6.0,
    flute_length_mm=12.0,
    shank_diameter_mm=6.0,
    stickout_mm=20.0,
    holder_diameter_mm=20.0,
    holder_length_mm=30.0,
)
_TURNED: Matrix4 = ((1.0, 0.0, 0.0, 0.0), (0.0, -1.0, 0.0, 20.0), (0.0, 0.0, -1.0, 8.0), (0.0, 0.0, 0.0, 1.0))
_PROGRAM = """G21 G17 G90 G94 G40 G49 G80 G54
T1 M6
G43 H1
S8000 M3
G0 X-5 Y-5
G0 Z20
G1 Z8 F600
G1 X10 Y10
G1 X25 Y10 Z7.5
G3 X10 Y25 I-15 J0
G1 X10 Y10 Z8
G1 Z2
G2 X10 Y10 I1 J0
G0 Z20
M30
"""


def practise() -> None:
    """Certify a block with a bore, 20 mm wide, partly milled by a program; the result is not used."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    nowhere, recall = Path(), Recall()
    bore = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(10.0, 10.0, 2.0), gp_Dir(0.0, 0.0, 1.0)), 4.0, 6.0).Shape()
    piece = BRepAlgoAPI_Cut(BRepPrimAPI_MakeBox(20.0, 20.0, 8.0).Shape(), bore).Shape()
    recall.of("shape", digest(b"", ""), lambda: piece)
    setups = tuple(
        SetupText(str(n), "mill", "practice", _PROGRAM, "G54", way, (_JAW,))
        for n, way in enumerate((IDENTITY, _TURNED), 1)
    )
    certify_job(Job(nowhere, _STOCK, (_TOOL,), setups, None), nowhere, recall=recall, late=lambda: True)
