"""Answers to questions about a shop: the plan, promises, capacity, quality, machine health, traceability and key figures."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.analysis.bench import offset_lines, run_bench
    from nightmill.plant.analysis.factory_model import autosched_answer
    from nightmill.plant.analysis.kpi import measures_answer
    from nightmill.plant.analysis.maintenance.chart import draw_maintenance
    from nightmill.plant.analysis.maintenance.machine_health import fit_health, predict_health
    from nightmill.plant.analysis.maintenance.open_work import close_work, maintenance_answer
    from nightmill.plant.analysis.maintenance.telemetry_chart import draw_telemetry
    from nightmill.plant.analysis.maintenance.telemetry_query import telemetry_of
    from nightmill.plant.analysis.materials.buffers import buffers_file
    from nightmill.plant.analysis.materials.demand_forecast import ForecastOptions, forecast_file
    from nightmill.plant.analysis.materials.material_plan import mrp_folder, write_orders
    from nightmill.plant.analysis.materials.supplier_risk import drill_folder, risk_folder
    from nightmill.plant.analysis.quality.causes import causes_of
    from nightmill.plant.analysis.quality.containment import contained
    from nightmill.plant.analysis.quality.control_charts import spc_file
    from nightmill.plant.analysis.quality.gauge_study import gauge_of, readings_of, results_of
    from nightmill.plant.analysis.quality.traceability import trace_back, trace_forward
    from nightmill.plant.analysis.quality.vision import (
        confirm_defect_type,
        fit_defect_types,
        fit_vision_folder,
        score_vision_folder,
        tell_defect_types,
    )
    from nightmill.plant.analysis.scheduling.capacity import capacity_answer
    from nightmill.plant.analysis.scheduling.explain_late import explain_late, explain_order
    from nightmill.plant.analysis.scheduling.file_schedule import schedule_file
    from nightmill.plant.analysis.scheduling.finite_capacity import hand_over
    from nightmill.plant.analysis.scheduling.problem_file import work_left
    from nightmill.plant.analysis.scheduling.promise import promise_answer
    from nightmill.plant.analysis.scheduling.replan import replan
    from nightmill.plant.analysis.scheduling.what_ifs import what_ifs
    from nightmill.plant.analysis.tuning_study import draw_trials, suggest_trial, tell_trial, tune_lines
    from nightmill.plant.analysis.twin import twin_answer

__all__ = [
    "ForecastOptions",
    "autosched_answer",
    "buffers_file",
    "capacity_answer",
    "causes_of",
    "close_work",
    "confirm_defect_type",
    "contained",
    "draw_maintenance",
    "draw_telemetry",
    "draw_trials",
    "drill_folder",
    "explain_late",
    "explain_order",
    "fit_defect_types",
    "fit_health",
    "fit_vision_folder",
    "forecast_file",
    "gauge_of",
    "hand_over",
    "maintenance_answer",
    "measures_answer",
    "mrp_folder",
    "offset_lines",
    "predict_health",
    "promise_answer",
    "readings_of",
    "replan",
    "results_of",
    "risk_folder",
    "run_bench",
    "schedule_file",
    "score_vision_folder",
    "spc_file",
    "suggest_trial",
    "telemetry_of",
    "tell_defect_types",
    "tell_trial",
    "trace_back",
    "trace_forward",
    "tune_lines",
    "twin_answer",
    "what_ifs",
    "work_left",
    "write_orders",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
