"""KPIs: compute the KPIs for a run from the event log.

Inputs: events, the ``Shop``, the end of the period. Outputs: ``Measures`` (ISO 22400-2 KPIs, lights-out and automation measures, the
factory index with its components) and a gapless ``Timeline`` per work unit. Never: a value that is not computed from the log; a zero for
something that was not measured; a clock or a file.
"""

from nightmill.kpi.calculate import MachineMeasures, Measures, MeasuresFold, measures
from nightmill.kpi.definitions import DEFINITIONS
from nightmill.kpi.presence import presence
from nightmill.kpi.reliability import Reliability, reliability
from nightmill.kpi.time_states import Classified, classify, time_elements_h
from nightmill.kpi.timeline import Stretch, Timeline, timelines

__all__ = [
    "DEFINITIONS",
    "Classified",
    "MachineMeasures",
    "Measures",
    "MeasuresFold",
    "Reliability",
    "Stretch",
    "Timeline",
    "classify",
    "measures",
    "presence",
    "reliability",
    "time_elements_h",
    "timelines",
]
