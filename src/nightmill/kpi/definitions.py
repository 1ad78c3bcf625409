"""Definition of each KPI: its formula, and the log events from which it is computed.

Event names are those in the log (``vocabulary.events``, ``reports``, ``commands``), so that anybody can recompute the KPIs.
``command_issued`` is any command; ``actor`` is the originator of each event; ``shifts`` and ``rates`` come from the shop's own
description.
"""

import msgspec

from nightmill.kpi.history_record import BY_HAND, DECISIONS

CUTS = ("cycle_started", "cycle_finished", "cycle_interrupted")
DOWN = ("machine_failed", "machine_repaired")
CARE = ("machine_maintained", "maintain_machine")
PLANNED = ("route_certified", "parameters_revised", "parameters_judged")
WORDS = ("part_disposed",)
BENCH = ("part_mounted", "part_dismounted", "treatment_started", "parts_treated", "parts_unloaded", "command_issued")
STATIONS = ("pallet_moved", "part_measured", "image_taken")
DECIDED = ("actor", *(str(kind.__struct_config__.tag) for kind in DECISIONS))
HANDWORK = ("actor", *(str(kind.__struct_config__.tag) for kind in BY_HAND))
ORDERS = ("order_received", "order_changed", "order_cancelled", "order_completed")


ENERGY = (*CUTS, *STATIONS, *BENCH, *DOWN, *CARE, "rates")
PERIOD_COST = ("mount_part", "part_costed", "tool_replaced", *ENERGY, "shifts")

INDEX = tuple(
    dict.fromkeys(
        (
            *CUTS,
            *DOWN,
            *CARE,
            *PLANNED,
            *WORDS,
            *STATIONS,
            *BENCH,
            *DECIDED,
            "mount_part",
            "schedule_published",
            "shifts",
        )
    )
)


class Definition(msgspec.Struct, frozen=True):
    """Definition of one KPI in ``Measures``: its ``formula``, and the ``events`` it uses."""

    figure: str
    formula: str
    events: tuple[str, ...]


DEFINITIONS = (
    Definition("period_h", "the length of the period", ()),
    Definition("orders", "orders without remakes", ORDERS),
    Definition("orders_due", "orders due within the period", ORDERS),
    Definition("orders_on_time", "orders due that were complete and good by their due time", ORDERS),
    Definition("on_time_share", "orders on time / orders due", ORDERS),
    Definition("good", "parts whose last disposition is good", WORDS),
    Definition("scrapped", "parts whose last disposition is scrap", WORDS),
    Definition("quarantined", "parts whose last disposition is quarantine", WORDS),
    Definition(
        "first_pass_yield",
        "GP / IP: good without a bad or doubtful verdict or an interrupted cycle / parts with a verdict and a final disposition",
        ("verdict_given", "part_disposed", "cycle_interrupted"),
    ),
    Definition("spindle_hours", "APT: cycle start to cycle end, all mills", CUTS),
    Definition("unattended_hours", "the part of APT in which no shift is present", (*CUTS, "presence_limited", "shifts")),
    Definition("unattended_share", "unattended hours / APT", (*CUTS, "presence_limited", "shifts")),
    Definition(
        "lights_out_longest_h",
        "longest time with nobody present during which all mills together never pause for more than 15 minutes",
        (*CUTS, "presence_limited", "shifts"),
    ),
    Definition("oee", "availability * effectiveness * quality ratio", (*CUTS, *CARE, *PLANNED, *WORDS)),
    Definition("availability", "APT / PBT; PBT = period - planned stops, summed over mills", (*CUTS, *CARE)),
    Definition("effectiveness", "PRI * PQ / APT: planned time of finished cycles, by the program that ran / their actual time", (*CUTS, *PLANNED)),
    Definition("quality_ratio", "GQ / PQ: good / (good + scrap + quarantine)", WORDS),
    Definition("cost_usd", "sum of the costs of all parts", ("part_costed",)),
    Definition("cost_per_good_part_usd", "cost / good parts", ("part_costed", *WORDS)),
    Definition(
        "cost_per_good_part_order_mix_usd",
        "cost per good part with every item weighted as ordered; items without a good part are left out",
        ("part_costed", *WORDS, *ORDERS),
    ),
    Definition(
        "period_cost_usd",
        "(rates of all units + people present) * (1 + overhead) + energy + blanks + edges",
        PERIOD_COST,
    ),
    Definition("period_cost_per_good_part_usd", "period cost / good parts", (*PERIOD_COST, *WORDS)),
    Definition(
        "energy_kwh",
        "metered cycles + power * time for stations and unmetered cycles + idle power * the remaining time",
        ENERGY,
    ),
    Definition("interventions", "actions and decisions by people", HANDWORK),
    Definition("interventions_by_cause", "interventions by kind", HANDWORK),
    Definition("mean_time_between_interventions_h", "period / interventions", HANDWORK),
    Definition(
        "decision_automation",
        "decisions not made by a person / decisions, by the actor of each event that isn't a report",
        DECIDED,
    ),
    Definition("decisions_by_kind", "decisions by kind", DECIDED),
    Definition(
        "automation_degree",
        "time of cycles, moves, inspections / that + bench time, stops, repairs, attended treatments",
        (*CUTS, *STATIONS, *BENCH, *DOWN, *CARE),
    ),
    Definition(
        "thread_completeness",
        "good parts with CAD hash, route, one complete cut per operation with logged program and edges, a blank and a verdict / good parts",
        (*PLANNED, *CUTS, "mount_part", "part_mounted", "verdict_given", *WORDS),
    ),
    Definition(
        "schedule_adherence",
        "operations started within 15 minutes of the schedule in force at that time / operations that were in a schedule",
        ("schedule_published", "cycle_started"),
    ),
    Definition(
        "index",
        "geometric mean of the known components; a zero makes it zero",
        INDEX,
    ),
    Definition(
        "index_components",
        "unattended share, decision automation, automation degree, OEE / 0.85 (at most 1), first-pass yield, adherence, thread completeness",
        INDEX,
    ),
    Definition("machines", "the KPIs of each mill; time_elements_h add up to the period", (*CUTS, *DOWN, *CARE, *PLANNED, *WORDS, "presence_limited", "shifts")),
)  # fmt: skip
"""Definitions in the order of ``Measures``, without the timelines, which are the log itself."""
