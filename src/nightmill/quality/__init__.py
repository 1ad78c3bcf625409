"""Room ``quality``: a part model in, an inspection plan out; measurements and images in, verdicts and offsets out.

Comes in: the part as ``design`` knows it, the records of the plan, readings, images as arrays, lines of the offset
plug. Goes out: characteristics tied to the tool that makes them, verdicts with their uncertainty, control charts and
capability, offset proposals, image scores, kinds of defects, the serials to hold. The room never reads a file, never knows the time and
never writes to a machine: what it proposes, ``plant`` decides on.
"""

from nightmill.quality import offset_control
from nightmill.quality.binding import bind
from nightmill.quality.causes import rank_causes
from nightmill.quality.characteristic import Characteristic
from nightmill.quality.chart_state import ChartState
from nightmill.quality.charts import SpcOptions
from nightmill.quality.defect_types import DefectTypes
from nightmill.quality.documents import plan_documents
from nightmill.quality.inspection import inspection_plan
from nightmill.quality.own_plants import run_own_plants
from nightmill.quality.readings import Readings
from nightmill.quality.spc_table import spc_table
from nightmill.quality.verdict import CutRecord, containment
from nightmill.quality.vision import VisionModel

__all__ = [
    "Characteristic",
    "ChartState",
    "CutRecord",
    "DefectTypes",
    "Readings",
    "SpcOptions",
    "VisionModel",
    "bind",
    "containment",
    "inspection_plan",
    "offset_control",
    "plan_documents",
    "rank_causes",
    "run_own_plants",
    "spc_table",
]
