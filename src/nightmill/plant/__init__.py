"""Room ``plant``: the composition root and the control loop; the only place that wires rooms to adapters.

In: paths and settings that a person or the API gave. Out: answers of the commands, a shop that is run, and views of it.
Never: computes what a room below can compute; sends anything that isn't durable in the log first.

Every name loads its module when it is first asked for, so that ``nightmill --help`` stays light.
"""

from importlib import import_module
from typing import Any

_PLACES = {
    "run_demo": "demo",
    "run_shop": "running",
    "Connection": "running",
    "view_shop": "viewing",
    "read_events": "viewing",
    "check_log": "places",
    "log_place": "places",
    "stand_by_shop": "standby",
    "archive_shop": "keeping",
    "restore_shop": "keeping",
    "release_hold": "inbox",
    "check_resource": "inbox",
    "Access": "access",
    "Issued": "access",
    "NotSignedIn": "access",
    "TooManyTries": "access",
    "Desk": "desk",
    "NotAllowed": "desk",
    "Conflict": "desk",
    "NoProposal": "desk",
    "Spent": "desk",
    "NotThere": "desk",
    "NoFact": "offers",
    "NotAdopted": "offers",
    "Proposal": "proposal",
    "ShopReads": "shop_reads",
    "Diff": "proposal",
    "SheetRow": "order_sheet",
    "Offers": "offers",
    "Busy": "offers",
    "Job": "offers",
    "Caller": "roles",
    "ROLES": "roles",
    "MATRIX": "roles",
    "permissions": "roles",
    "policy_answer": "triage",
    "preflight_shop": "preflight",
    "preflight_of": "preflight",
    "picture_of": "picturing",
    "sentence": "sentences",
    "whole_shop": "viewing",
    "load_route": "routes",
    "morning_report": "morning",
    "view_plan": "viewing",
    "ShopView": "view_records",
    "PartView": "view_records",
    "plan_part": "part_answers",
    "plan_folder": "batch",
    "features_of": "part_answers",
    "verify_program": "part_answers",
    "inspection_of": "part_answers",
    "site_answer": "part_answers",
    "site_case": "part_answers",
    "schedule_file": "number_answers",
    "replan": "planning_answers",
    "what_ifs": "planning_answers",
    "capacity_answer": "ahead_answers",
    "promise_answer": "ahead_answers",
    "write_plan": "plan_texts",
    "forecast_file": "number_answers",
    "mrp_folder": "number_answers",
    "buffers_file": "number_answers",
    "risk_folder": "number_answers",
    "explain_order": "planning_answers",
    "twin_answer": "shop_answers",
    "autosched_answer": "twin_answers",
    "bench_twin": "twin_answers",
    "audit_shop": "shop_answers",
    "causes_of": "learning_answers",
    "make_certificates": "running",
    "fit_vision_folder": "learning_answers",
    "score_vision_folder": "learning_answers",
    "spc_file": "learning_answers",
    "fit_health": "learning_answers",
    "predict_health": "learning_answers",
    "suggest_trial": "learning_answers",
    "tell_trial": "learning_answers",
    "tune_lines": "learning_answers",
    "offset_lines": "learning_answers",
    "run_bench": "learning_answers",
    "certified_routes": "routes",
    "export_ocel": "exchange",
    "export_aas": "exchange",
    "import_b2mml": "exchange",
}


def __getattr__(name: str) -> Any:
    """Load ``name`` from its module."""
    if name not in _PLACES:
        raise AttributeError(f"module 'nightmill.plant' has no attribute {name!r}")
    return getattr(import_module(f"nightmill.plant.{_PLACES[name]}"), name)
