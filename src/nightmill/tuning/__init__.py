"""Tuning: from trial results to the next parameters, with the predicted outcome and the risk of breaking a limit.

Inputs: a study (parameters, outputs with goals and limits, handbook formulas, hard limits, earlier results) and the trials so far.
Outputs: the next setting, or a batch of settings; whether another trial is worthwhile; the next speed and feed factors for a running
operation; a picture of the study. The room never opens a file, evaluates a formula as code, suggests a setting beyond a hard limit, or
draws random numbers: the same study and history give the same answer.
"""

from nightmill.tuning.ask_tell import Asked, History, Suggestion, Told, suggest, tell, told
from nightmill.tuning.cutting_parameters import CuttingObservation, CuttingTask, next_factors, wear_rate
from nightmill.tuning.plots import draw_study
from nightmill.tuning.study import Result, Study, read_study

__all__ = [
    "Asked",
    "CuttingObservation",
    "CuttingTask",
    "History",
    "Result",
    "Study",
    "Suggestion",
    "Told",
    "draw_study",
    "next_factors",
    "read_study",
    "suggest",
    "tell",
    "told",
    "wear_rate",
]
