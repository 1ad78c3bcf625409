"""Answers to questions about a shop: the plan, promises, capacity, quality, health, traceability, figures."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.analysis.capacity import capacity_answer
    from nightmill.plant.analysis.containment import contained
    from nightmill.plant.analysis.factory_model import autosched_answer
    from nightmill.plant.analysis.finite_capacity import hand_over
    from nightmill.plant.analysis.gauge_study import gauge_of, readings_of, results_of
    from nightmill.plant.analysis.kpi import measures_answer
    from nightmill.plant.analysis.maintenance import close_work, maintenance_answer
    from nightmill.plant.analysis.maintenance_chart import draw_maintenance
    from nightmill.plant.analysis.promise import promise_answer
    from nightmill.plant.analysis.replan_and_what_if import explain_late, explain_order, replan, what_ifs, work_left
    from nightmill.plant.analysis.schedule_and_twin import twin_answer
    from nightmill.plant.analysis.schedule_forecast_material import (
        ForecastOptions,
        buffers_file,
        drill_folder,
        forecast_file,
        mrp_folder,
        risk_folder,
        schedule_file,
        write_orders,
    )
    from nightmill.plant.analysis.telemetry_chart import draw_telemetry
    from nightmill.plant.analysis.telemetry_query import telemetry_of
    from nightmill.plant.analysis.traceability import trace_back, trace_forward
    from nightmill.plant.analysis.vision_spc_health_tuning import (
        causes_of,
        confirm_defect_type,
        draw_trials,
        fit_defect_types,
        fit_health,
        fit_vision_folder,
        offset_lines,
        predict_health,
        run_bench,
        score_vision_folder,
        spc_file,
        suggest_trial,
        tell_defect_types,
        tell_trial,
        tune_lines,
    )

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
