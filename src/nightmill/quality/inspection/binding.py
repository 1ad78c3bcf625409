"""Tie each characteristic to the operation and the tool that finish its faces, and to the offset register."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from nightmill.cad import Feature
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.vocabulary.plan import Plan, Setup, Step

Register = Literal["radius", "length", "none"]

# these tools determine the size themselves: no register in the machine changes it
_FIXED_SIZE_TOOLS = {"drill", "spot", "reamer", "tap", "countersink", "chamfer"}
_SIZES = {
    "diameter", "radius", "width", "length", "height", "thickness", "distance_between", "distance_from", "square",
}  # fmt: skip


class BoundCharacteristic(msgspec.Struct, frozen=True):
    """A characteristic with the operation and the tool that make it.

    ``operation`` is the setup's name, ``tool`` the number of the tool that cuts its faces last (empty and None if the
    plan doesn't cut the faces). A change of ``register`` by 1 mm changes the measured value by ``sensitivity`` mm: +2
    for a milled hole's diameter, -2 for an outer size cut on both sides, +1 for a depth per mm of tool length. It is 0
    if no register changes the value (drilled, reamed, tapped; geometric tolerances).
    """

    characteristic: Characteristic
    operation: str | None
    step: str | None
    tool: int | None
    register: Register
    sensitivity: float


def bind(
    characteristics: Iterable[Characteristic], plan: Plan, features: Sequence[Feature] = ()
) -> tuple[BoundCharacteristic, ...]:
    """Tie each characteristic to the last step of ``plan`` that serves one of its faces.

    With ``features`` (of the part model), a step that names features but no faces counts for the faces of those features.
    """
    of_feature = {feature.id: frozenset(feature.faces) for feature in features}
    types: dict[int, str] = {tool.number: tool.type for tool in plan.tools}
    served = [(setup, step, _served(step, of_feature)) for setup in plan.setups for step in setup.steps]
    return tuple(_bound(characteristic, served, types) for characteristic in characteristics)


def _served(step: Step, of_feature: dict[int, frozenset[int]]) -> frozenset[int]:
    faces = frozenset(step.faces)
    return faces or frozenset().union(*(of_feature.get(feature, frozenset()) for feature in step.features))


def _bound(
    characteristic: Characteristic, served: list[tuple[Setup, Step, frozenset[int]]], types: dict[int, str]
) -> BoundCharacteristic:
    wanted = set(characteristic.faces)
    maker: dict[int, tuple[Setup, Step]] = {}
    for setup, step, faces in served:
        for face in wanted & faces:
            maker[face] = (setup, step)
    if not maker:
        return BoundCharacteristic(characteristic, None, None, None, "none", 0.0)
    setup, step = next((setup, step) for setup, step, _ in reversed(served) if (setup, step) in maker.values())
    whole = len(maker) == len(wanted) and all(made[1].tool == step.tool and made[0] == setup for made in maker.values())
    register, sensitivity = _register(characteristic, types.get(step.tool, ""), whole)
    return BoundCharacteristic(characteristic, setup.name, step.name, step.tool, register, sensitivity)


def _register(characteristic: Characteristic, tool_type: str, whole: bool) -> tuple[Register, float]:
    if tool_type in _FIXED_SIZE_TOOLS:
        return "none", 0.0
    if characteristic.sense == "depth" or characteristic.kind == "depth":
        return "length", 1.0
    if characteristic.kind not in _SIZES or characteristic.sense == "none":
        return "none", 0.0
    if characteristic.kind == "height" or tool_type == "face":
        return "length", -1.0 if characteristic.sense == "outer" else 1.0
    sides = 1.0 if characteristic.kind == "radius" or not whole else 2.0
    return "radius", sides if characteristic.sense == "inner" else -sides
