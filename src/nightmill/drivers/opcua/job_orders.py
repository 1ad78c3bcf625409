"""Convert commands to ISA-95 job orders and back: ``JobOrderID`` is the command id, the work master its kind, the parameters its fields."""

from typing import Any

from nightmill.drivers.record_fields import Scalar, flatten, read_command
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.errors import BadInput, Finding

LARGE = frozenset({"text"})
"""Parameters left out of ``JobOrderList``: an NC program belongs in the machine's file system."""


def job_order(command: AnyCommand) -> Any:
    """Return an ``ISA95JobOrderDataType``; the types must have been loaded from a server or a nodeset."""
    from asyncua import ua

    types: Any = ua
    fields = flatten(command)
    kind = str(fields.pop("command"))
    order = types.ISA95JobOrderDataType()
    order.JobOrderID = command.command_id
    order.WorkMasterID = [_work_master(types, kind)]
    order.JobOrderParameters = [
        _parameter(types, name, value) for name, value in fields.items() if name not in ("command_id", "unit")
    ]
    return order


def command_of(order: Any, unit: str) -> AnyCommand:
    """Return the command in a job order for ``unit``. Raises ``BadInput`` if the job order isn't a valid command."""
    masters = order.WorkMasterID or []
    if len(masters) != 1:
        raise BadInput(
            Finding(f"JobOrder {order.JobOrderID}", "WorkMasterID", f"{len(masters)} work masters", "one", "Name one.")
        )
    fields: dict[str, Scalar] = {"command": str(masters[0].ID or ""), "command_id": str(order.JobOrderID), "unit": unit}
    for parameter in order.JobOrderParameters or []:
        value = parameter.Value.Value
        if isinstance(value, bool | int | float | str) and parameter.ID not in ("command", "command_id", "unit"):
            fields[str(parameter.ID)] = value
    return read_command(fields, f"JobOrder {order.JobOrderID}")


def shown(order: Any) -> Any:
    """Return the job order as in ``JobOrderList``, without the parameters that are too large for a list."""
    from asyncua import ua

    types: Any = ua
    made = types.ISA95JobOrderDataType()
    for name in order.__dataclass_fields__:
        if name != "Encoding":
            setattr(made, name, getattr(order, name))
    if made.JobOrderParameters:
        made.JobOrderParameters = [p for p in made.JobOrderParameters if p.ID not in LARGE]
    return made


def _work_master(types: Any, kind: str) -> Any:
    made = types.ISA95WorkMasterDataType()
    made.ID = kind
    return made


def _parameter(types: Any, name: str, value: Scalar) -> Any:
    made = types.ISA95ParameterDataType()
    made.ID = name
    made.Value = types.Variant(value)
    return made
