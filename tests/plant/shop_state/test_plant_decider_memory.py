"""A decider's memory is whole: what changes in it during a run stands in its ``Memory``, and nothing that a person sets does."""

import ast
import inspect
import textwrap
from typing import Any

import msgspec
import pytest

from nightmill.plant.deciders.alarm_triage import AlarmTriageDecider
from nightmill.plant.deciders.cutting_parameters import CuttingParameterDecider
from nightmill.plant.deciders.finite_capacity_check import FiniteCapacityDecider
from nightmill.plant.deciders.inspection import InspectionDecider
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.order_release import OrderReleaseDecider
from nightmill.plant.deciders.part_cost import PartCostDecider
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.deciders.tool_offsets import ToolOffsetDecider
from nightmill.plant.night.preflight import NightDecider
from nightmill.plant.requests.effects import ReturnToServiceDecider
from nightmill.plant.run.telemetry_recorder import TelemetryDecider
from nightmill.plant.shop_state.decider_memory import Remembering

DECIDERS: tuple[type[Remembering[Any]], ...] = (
    OrderReleaseDecider, ReturnToServiceDecider, AlarmTriageDecider, ToolOffsetDecider, InspectionDecider, PartCostDecider, PurchasingDecider, CuttingParameterDecider, MaintenanceDecider,
    SchedulingDecider, FiniteCapacityDecider, NightDecider, TelemetryDecider,
)  # fmt: skip
CHANGES = frozenset(
    ("append", "extend", "insert", "remove", "pop", "clear", "add", "discard", "update", "setdefault", "popleft")
)
FOLLOWS_FROM_THE_STATE = {(MaintenanceDecider, "presence"), (SchedulingDecider, "presence")}


def _changed(decider: type) -> set[str]:
    """The attributes that a decider's methods change, its making and its restoring left out."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(decider))).body[0]
    assert isinstance(tree, ast.ClassDef)
    methods = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    found: set[str] = set()
    for method in methods:
        if method.name not in ("__init__", "restore", "_learn_operation"):
            found |= {name for node in ast.walk(method) for name in _changed_by(node)}
    return found


def _changed_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Assign):
        targets = [each for target in node.targets for each in ast.walk(target) if isinstance(target, ast.Tuple)]
        return {name for each in (*node.targets, *targets) if (name := _of_self(each))}
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return {name} if (name := _of_self(node.target)) else set()
    if isinstance(node, ast.Delete):
        return {name for each in node.targets if (name := _of_self(each))}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        return {name} if (name := _of_self(node.func.value)) else set()
    return set()


def _of_self(node: ast.AST) -> str:
    """The attribute of ``self`` at which a chain of indices, attributes and calls begins; empty where it begins elsewhere."""
    while True:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return node.attr
        if isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""


@pytest.mark.parametrize("decider", DECIDERS)
def test_all_that_changes_in_a_decider_is_in_its_memory(decider: type[Remembering[Any]]) -> None:
    changed = {name for name in _changed(decider) if (decider, name) not in FOLLOWS_FROM_THE_STATE}
    assert changed <= set(decider.Memory.__struct_fields__)


@pytest.mark.parametrize("decider", DECIDERS)
def test_a_memory_is_data_and_holds_no_settings(decider: type[Remembering[Any]]) -> None:
    msgspec.msgpack.Decoder(decider.Memory)  # refuses what isn't plain data
    settings = {"shop", "routes", "rules", "modes", "model", "known", "tables", "steered", "base", "spares"}
    assert not settings & set(decider.Memory.__struct_fields__)


def test_the_test_sees_what_changes() -> None:
    assert {"_new", "_sent", "_times"} == _changed(AlarmTriageDecider)
    assert "_verdicts" in _changed(MaintenanceDecider)
