"""Build the nodes of a shop: each work unit is a machine with ``Identification``, state, jobs and production, below Objects and Machines."""

import gzip
import logging
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import msgspec

from nightmill.drivers.opcua.mandatory import Declarations, Path, add_object
from nightmill.vocabulary.shop import Shop, WorkUnit

OWN = "urn:nightmill:shop"
DI, ISA95 = "http://opcfoundation.org/UA/DI/", "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/"
MACHINERY, JOBS = "http://opcfoundation.org/UA/Machinery/", "http://opcfoundation.org/UA/Machinery/Jobs/"
MACHINE_TOOL = "http://opcfoundation.org/UA/MachineTool/"
MACHINES, IDENTIFICATION, ITEM_STATE = 1001, 1012, 1002
TOOL_TYPE, TOOL_IDENTIFICATION, PRODUCTION, ACTIVE_PROGRAM = 13, 11, 21, 32
PROGRAM_STATES = {"Initializing": 5039, "Running": 5041, "Ended": 5038, "Interrupted": 5040, "Aborted": 5037}
"""States of ``ProductionProgramStateMachineType`` (OPC 40501-1)."""
ITEM_STATES = {"OutOfService": 5004, "NotExecuting": 5007, "Executing": 5006}
"""States of ``MachineryItemState_StateMachineType`` (OPC 40001-1)."""
JOB_STATES = {"NotAllowedToStart": 5035, "AllowedToStart": 5036, "Running": 5037, "Interrupted": 5038, "Ended": 5039, "Aborted": 5040}  # fmt: skip
"""States of ``ISA95JobOrderReceiverObjectType`` (OPC 10031-4)."""
AUTOMATIC, SERVICE = 1, 4
"""Values of ``MachineOperationMode`` (OPC 40501-1)."""
_CUTTER = (
    "start_cycle",
    "store_program",
    "write_offset",
    "replace_tool",
    "load_tool",
    "maintain_machine",
    "repair_machine",
)
KINDS = {
    "mill": _CUTTER,
    "lathe": _CUTTER,
    "robot": ("move_pallet",),
    "gauge": ("measure_part",),
    "vision": ("take_image",),
    "bench": ("mount_part", "dismount_part"),
    "process": ("treat_parts", "unload_parts"),
    "": ("place_purchase_order", "call_people"),
}  # fmt: skip
"""Work masters for which a kind of unit (empty: the office) accepts job orders."""
RECEIVER, PROVIDER, JOB_MANAGEMENT = 1002, 1003, 1003
METHODS = (
    "Store",
    "StoreAndStart",
    "Start",
    "Pause",
    "Resume",
    "Stop",
    "Abort",
    "Cancel",
    "Clear",
    "RevokeStart",
    "Update",
)
OFFICE = "office"
SIGNALS = ("spindle_load_pct", "temperature_c", "vibration_mm_s", "roughness_um")
"""Variables of a mill's ``Signals``; each name ends with its unit."""
Call = Callable[..., Awaitable[list[Any]]]


class Machine(msgspec.Struct):
    """The nodes of one work unit that change."""

    unit: str
    node: Any
    job_list: Any
    response_list: Any
    program: Any
    part: Any
    parts_made: Any
    signals: dict[str, Any]
    spaces: dict[str, int]
    parts: dict[Path, Any]
    """Nodes that the companion specifications require, by the browse names along their path."""

    async def show_item(self, state: str) -> None:
        """Set ``MachineryItemState``."""
        await self._show(("MachineryBuildingBlocks", "MachineryItemState"), state, ITEM_STATES, MACHINERY)

    async def show_program(self, state: str) -> None:
        """Set the state of the active program; only machine tools have one."""
        await self._show(("Production", "ActiveProgram", "State"), state, PROGRAM_STATES, MACHINE_TOOL)

    async def show_job(self, state: str) -> None:
        """Set the state of the job order that changed last."""
        await self._show(("JobManagement", "JobOrderControl"), state, JOB_STATES, ISA95)

    async def show_mode(self, mode: int) -> None:
        """Set ``OperationMode``; only machine tools have it."""
        from asyncua import ua

        node = self.parts.get(("Monitoring", "MachineTool", "OperationMode"))
        if node is not None:
            await node.write_value(mode, ua.VariantType.Int32)

    async def _show(self, path: Path, state: str, numbers: dict[str, int], space: str) -> None:
        from asyncua import ua

        current = self.parts.get((*path, "CurrentState"))
        if current is not None:
            await current.write_value(ua.LocalizedText(state))
            await self.parts[*path, "CurrentState", "Id"].write_value(ua.NodeId(numbers[state], self.spaces[space]))


async def load_models(server: Any) -> dict[str, int]:
    """Load the companion specifications; return their namespace indexes by URI."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    for path in sorted(files("nightmill.drivers.opcua").joinpath("nodesets").iterdir(), key=lambda each: each.name):
        if path.name.endswith(".xml.gz"):
            text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
            # a nodeset may refer to nodes of another nodeset that isn't loaded; the shop's nodes don't use them
            await server.import_xml(xmlstring=text, strict_mode=False)
    own = await server.register_namespace(OWN)
    uris = await server.get_namespace_array()
    return {uri: index for index, uri in enumerate(uris)} | {OWN: own}


async def build_machine(
    server: Any,
    spaces: dict[str, int],
    declarations: Declarations,
    unit: WorkUnit | None,
    methods: Callable[[str, str], Call],
) -> Machine:
    """Build the nodes of a work unit (``None``: the office); ``methods(unit, name)`` returns the function behind a method.

    ``declarations``: what the server's types declare, shared by all machines.
    """
    from asyncua import ua

    own, name = spaces[OWN], unit.id if unit else OFFICE
    is_tool = unit is not None and unit.cuts
    objects = server.nodes.objects
    base = server.get_node(ua.NodeId(ua.ObjectIds.BaseObjectType))
    kind = server.get_node(ua.NodeId(TOOL_TYPE, spaces[MACHINE_TOOL])) if is_tool else base
    node = await _object(objects, own, name, f"{own}:{name}", kind.nodeid, ua.ObjectIds.Organizes)
    machines = server.get_node(ua.NodeId(MACHINES, spaces[MACHINERY]))
    await machines.add_reference(node, ua.ObjectIds.Organizes)
    await _identify(node, spaces, unit, is_tool=is_tool)
    await _item_state(node, spaces)
    tool = spaces[MACHINE_TOOL]
    made, ran = (
        (ua.NodeId(PRODUCTION, tool), ua.NodeId(ACTIVE_PROGRAM, tool)) if is_tool else (base.nodeid, base.nodeid)
    )
    production = await _object(node, tool, f"{name}.Production", "Production", made)
    active = await _object(production, tool, f"{name}.ActiveProgram", "ActiveProgram", ran)
    job_list, response_list = await _jobs(server, node, spaces, unit.id if unit else "", name, methods)
    program = await active.add_property(tool, "Name", "")
    part = await active.add_property(own, "Part", "")
    parts_made = await production.add_property(own, "PartsMade", 0, ua.VariantType.UInt32)
    signals = await _signals(node, spaces) if is_tool else {}
    parts: dict[Path, Any] = {}
    await declarations.complete(node, own, parts)
    await _take_job_orders(parts, unit)
    found = Machine(unit.id if unit else "", node, job_list, response_list, program, part, parts_made, signals, spaces, parts)  # fmt: skip
    await found.show_item("NotExecuting")
    await found.show_mode(AUTOMATIC)
    return found


async def _take_job_orders(parts: dict[Path, Any], unit: WorkUnit | None) -> None:
    """The values that job orders may use: the unit itself and the kinds of its commands."""
    from asyncua import ua

    types: Any = ua
    at = ("JobManagement", "JobOrderControl")
    masters = []
    for kind in KINDS.get(unit.kind if unit else "", ()):
        master = types.ISA95WorkMasterDataType()
        master.ID = kind
        masters.append(master)
    await parts[*at, "WorkMaster"].write_value(types.Variant(masters, ua.VariantType.ExtensionObject, is_array=True))
    names = ua.Variant([unit.id] if unit else [], ua.VariantType.String, is_array=True)
    await parts[*at, "EquipmentID"].write_value(names)
    await parts[*at, "PhysicalAssetID"].write_value(names)


async def build_shop(server: Any, spaces: dict[str, int], shop: Shop, methods: Callable[[str, str], Call]) -> Any:
    """Build the object for the shop as a whole; return the type of the events that carry reports."""
    from asyncua import ua

    own, kinds = spaces[OWN], ua.VariantType
    node = await server.nodes.objects.add_object(ua.NodeId("shop", own), ua.QualifiedName("Shop", own))
    await node.add_property(own, "Name", shop.name)
    argument = _argument
    signatures: dict[str, tuple[list[Any], list[Any]]] = {
        "Greet": (
            [],
            [argument("NowS", kinds.Double), argument("LastSequence", kinds.Int64), argument("BootId", kinds.String)],
        ),
        "Advance": (
            [
                argument("UntilS", kinds.Double),
                argument("AcknowledgedSequence", kinds.Int64),
                argument("Repeat", kinds.Boolean),
            ],
            [argument("NowS", kinds.Double), argument("Published", kinds.Int64)],
        ),
        "Image": ([argument("Name", kinds.String)], [argument("Data", kinds.ByteString)]),
    }
    for name, (inputs, outputs) in signatures.items():
        await node.add_method(
            ua.NodeId(f"shop.{name}", own), ua.QualifiedName(name, own), methods("", name), inputs, outputs
        )
    fields = [("Sequence", kinds.Int64), ("Unit", kinds.String), ("Names", kinds.String), ("Values", kinds.String)]
    return await server.create_custom_event_type(own, "ReportEventType", ua.ObjectIds.BaseEventType, fields)


async def _object(parent: Any, space: int, identity: str, name: str, kind: Any, by: int | None = None) -> Any:
    """Add an object of type ``kind`` below ``parent``."""
    from asyncua import ua

    shown = name.partition(":")[2] or name
    own = parent.nodeid.NamespaceIndex if parent.nodeid.NamespaceIndex else space
    return await add_object(parent, ua.NodeId(identity, own), ua.QualifiedName(shown, space), kind, by)


async def _signals(node: Any, spaces: dict[str, int]) -> dict[str, Any]:
    """Add the object ``Signals`` with a variable for each signal, in ``BadWaitingForInitialData`` until the first sample."""
    from asyncua import ua

    own, name = spaces[OWN], node.nodeid.Identifier
    folder = await node.add_object(ua.NodeId(f"{name}.Signals", own), ua.QualifiedName("Signals", own))
    found = {}
    for signal in SIGNALS:
        made = await folder.add_variable(
            ua.NodeId(f"{name}.Signals.{signal}", own), ua.QualifiedName(signal, own), 0.0, ua.VariantType.Double
        )
        waiting = ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)
        await made.write_value(ua.DataValue(StatusCode=waiting))
        found[signal] = made
    return found


async def _identify(node: Any, spaces: dict[str, int], unit: WorkUnit | None, *, is_tool: bool) -> None:
    from asyncua import ua

    kind = (
        ua.NodeId(TOOL_IDENTIFICATION, spaces[MACHINE_TOOL])
        if is_tool
        else ua.NodeId(IDENTIFICATION, spaces[MACHINERY])
    )
    name = node.nodeid.Identifier
    found = await _object(node, spaces[DI], f"{name}.Identification", "Identification", kind, ua.ObjectIds.HasAddIn)
    made = unit.made_by if unit else None
    di, machinery = spaces[DI], spaces[MACHINERY]
    text = ua.LocalizedText
    await found.add_property(di, "Manufacturer", text((made.manufacturer if made else "") or "not known"))
    await found.add_property(di, "Model", text(made.model if made else ""))
    await found.add_property(di, "SerialNumber", (made.serial_number if made else "") or name)
    await found.add_property(di, "ProductInstanceUri", f"{OWN}:{name}")
    await found.add_property(di, "DeviceClass", unit.kind if unit else OFFICE)
    await found.add_property(machinery, "Location", unit.work_center if unit else OFFICE)
    if made is not None and made.year_built:
        await found.add_property(machinery, "YearOfConstruction", made.year_built, ua.VariantType.UInt16)


async def _item_state(node: Any, spaces: dict[str, int]) -> None:
    """``MachineryItemState`` of OPC 40001-1: Executing, NotExecuting or OutOfService."""
    from asyncua import ua

    space, name = spaces[MACHINERY], node.nodeid.Identifier
    blocks = await _object(node, space, f"{name}.Blocks", "MachineryBuildingBlocks", ua.NodeId(ua.ObjectIds.FolderType))
    kind = ua.NodeId(ITEM_STATE, space)
    await _object(blocks, space, f"{name}.State", "MachineryItemState", kind, ua.ObjectIds.HasAddIn)


async def _jobs(
    server: Any, node: Any, spaces: dict[str, int], unit: str, name: str, methods: Callable[[str, str], Call]
) -> tuple[Any, Any]:
    """Add ``JobManagement`` of OPC 40001-3 with ``JobOrderControl`` and ``JobOrderResults``; the first also directly below the machine."""
    from asyncua import ua

    types: Any = ua
    jobs, isa = spaces[JOBS], spaces[ISA95]
    management = await _object(node, jobs, f"{name}.JobManagement", "JobManagement", ua.NodeId(JOB_MANAGEMENT, jobs))
    receiver, provider = ua.NodeId(RECEIVER, isa), ua.NodeId(PROVIDER, isa)
    control = await _object(management, jobs, f"{name}.JobOrderControl", "JobOrderControl", receiver)
    results = await _object(management, jobs, f"{name}.JobOrderResults", "JobOrderResults", provider)
    await node.add_reference(control, ua.ObjectIds.HasComponent)
    await _methods(server, control, receiver, isa, METHODS, name, lambda method: methods(unit, method))
    wanted = ("RequestJobResponseByJobOrderID", "RequestJobResponseByJobOrderState")
    await _methods(server, results, provider, isa, wanted, name, lambda method: methods(unit, method))
    order_type, response_type = types.ISA95JobOrderAndStateDataType.data_type, types.ISA95JobResponseDataType.data_type
    own = spaces[OWN]
    listed = await control.add_variable(
        ua.NodeId(f"{name}.JobOrderList", own),
        ua.QualifiedName("JobOrderList", isa),
        [],
        ua.VariantType.ExtensionObject,
        order_type,
    )
    responses = await results.add_variable(
        ua.NodeId(f"{name}.JobOrderResponseList", own), ua.QualifiedName("JobOrderResponseList", isa), [], ua.VariantType.ExtensionObject,
        response_type,
    )  # fmt: skip
    await control.add_property(isa, "MaxDownloadableJobOrders", 1000, ua.VariantType.UInt16)
    return listed, responses


async def _methods(
    server: Any, parent: Any, kind: Any, space: int, names: tuple[str, ...], machine: str, call: Callable[[str], Call]
) -> None:
    """Add the methods that a type declares, with their declared arguments."""
    from asyncua import ua

    for name in names:
        declared = await server.get_node(kind).get_child(ua.QualifiedName(name, space))
        arguments: dict[str, list[Any]] = {"InputArguments": [], "OutputArguments": []}
        for each in await declared.get_properties():
            arguments[(await each.read_browse_name()).Name] = list(await each.read_value())
        identity = ua.NodeId(f"{machine}.{name}", parent.nodeid.NamespaceIndex)
        inputs, outputs = arguments["InputArguments"], arguments["OutputArguments"]
        await parent.add_method(identity, ua.QualifiedName(name, space), call(name), inputs, outputs)


def _argument(name: str, kind: Any) -> Any:
    from asyncua import ua

    made = ua.Argument()
    made.Name, made.DataType, made.ValueRank = name, ua.NodeId(kind.value), -1
    return made
