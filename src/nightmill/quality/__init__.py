"""Room ``quality``: inspection plans from part models; verdicts and tool offsets from measurements and images.

Inputs: the part model from ``cad``, the plan records, readings, images as arrays, and lines of the offset interface. Outputs:
characteristics tied to the tool that makes them, verdicts with their uncertainty, control charts and capability, offset
proposals, image scores, defect kinds, and the serials to hold. The room never reads a file or a clock and never writes
to a machine: ``plant`` decides on its proposals.
"""

from nightmill.quality.compensation import offset_controller as offset_control
from nightmill.quality.compensation.simulated_plants import run_own_plants
from nightmill.quality.exchange.documents import plan_documents
from nightmill.quality.exchange.results_reader import Readings
from nightmill.quality.inspection.binding import bind
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.quality.inspection.containment import CutRecord, containment
from nightmill.quality.inspection.plan import inspection_plan
from nightmill.quality.spc.cause_ranking import rank_causes
from nightmill.quality.spc.control_charts import SpcOptions
from nightmill.quality.spc.streaming_chart import ChartState
from nightmill.quality.spc.table_input import spc_table
from nightmill.quality.vision.defect_classifier import DefectTypes
from nightmill.quality.vision.model import VisionModel

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
