"""Every state of a unit has one pair of OPC 40001-1, and the time elements fill the period."""

from typing import get_args

import pytest

from nightmill.kpi import Stretch, Timeline, classify, time_elements_h
from nightmill.kpi.time_states import PAIRS, Element, ItemState, OperationMode


@pytest.mark.parametrize(
    ("state", "pair", "element", "e10"),
    [
        ("running", ("Executing", "Processing"), "APT", "productive time"),
        ("busy", ("Executing", "Processing"), "APT", "productive time"),
        ("idle", ("NotExecuting", "Processing"), "idle", "standby time"),
        ("down", ("OutOfService", "Processing"), "ADET", "unscheduled downtime"),
        ("maintenance", ("OutOfService", "Maintenance"), "planned_stop", "scheduled downtime"),
    ],
)
def test_a_state_is_classified(state: str, pair: tuple[str, str], element: str, e10: str) -> None:
    found = classify(state)
    assert ((found.item_state, found.operation_mode), found.element, found.e10) == (pair, element, e10)


def test_an_unknown_state_is_no_idle_time() -> None:
    with pytest.raises(KeyError):
        classify("dreaming")


def test_the_table_uses_the_words_of_the_specification_once() -> None:
    pairs = [(each.item_state, each.operation_mode) for each in PAIRS]
    assert len(set(pairs)) == len(pairs)
    assert {state for state, _ in pairs} <= set(get_args(ItemState))
    assert {mode for _, mode in pairs} <= set(get_args(OperationMode))
    assert {each.element for each in PAIRS} == set(get_args(Element))


def test_elements_add_up_to_the_period() -> None:
    states = (
        ("running", 0.0, 3600.0),
        ("idle", 3600.0, 5400.0),
        ("down", 5400.0, 9000.0),
        ("maintenance", 9000.0, 10800.0),
    )
    hours = time_elements_h(Timeline("mill", tuple(Stretch(*each) for each in states)))
    assert hours == {"APT": 1.0, "AUST": 0.0, "idle": 0.5, "ADET": 1.0, "planned_stop": 0.5}
    assert sum(hours.values()) == 3.0
