"""The nodes of a shop: each work unit a machine with ``Identification``, state, jobs and production, found below Objects and Machines."""

import gzip
import logging
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import msgspec

from nightmill.vocabulary.shop import Shop, WorkUnit

OWN = "urn:nightmill:shop"
DI, ISA95 = "http://opcfoundation.org/UA/DI/", "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/"
MACHINERY, JOBS = "http://opcfoundation.org/UA/Machinery/", "http://opcfoundation.org/UA/Machinery/Jobs/"
MACHINE_TOOL = "http://opcfoundation.org/UA/MachineTool/"
MACHINES, IDENTIFICATION, ITEM_STATE = 1001, 1012, 1002
TOOL_TYPE, TOOL_IDENTIFICATION = 13, 11
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
"""Variables of a mill's ``Signals``; each name ends in its unit."""
Call = Callable[..., Awaitable[list[Any]]]


class Machine(msgspec.Struct):
    """Nodes of one work unit that change."""

    unit: str
    node: Any
    job_list: Any
    response_list: Any
    state: Any
    program: Any
    part: Any
    parts_made: Any
    signals: dict[str, Any]


async def load_models(server: Any) -> dict[str, int]:
    """Load the companion specifications; their namespace indexes by URI."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    for path in sorted(files("nightmill.connect.opcua").joinpath("nodesets").iterdir(), key=lambda each: each.name):
        if path.name.endswith(".xml.gz"):
            text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
            # a nodeset may name nodes of one that isn't there; what the shop shows doesn't use them
            await server.import_xml(xmlstring=text, strict_mode=False)
    own = await server.register_namespace(OWN)
    uris = await server.get_namespace_array()
    return {uri: index for index, uri in enumerate(uris)} | {OWN: own}


async def build_machine(
    server: Any, spaces: dict[str, int], unit: WorkUnit | None, methods: Callable[[str, str], Call]
) -> Machine:
    """The nodes of a work unit (``None``: the office); ``methods(unit, name)`` is what a method calls."""
    from asyncua import ua

    own, name = spaces[OWN], unit.id if unit else OFFICE
    is_tool = unit is not None and unit.kind == "mill"
    objects = server.nodes.objects
    base = server.get_node(ua.NodeId(ua.ObjectIds.BaseObjectType))
    kind = server.get_node(ua.NodeId(TOOL_TYPE, spaces[MACHINE_TOOL])) if is_tool else base
    node = await _object(objects, own, name, f"{own}:{name}", kind.nodeid)
    machines = server.get_node(ua.NodeId(MACHINES, spaces[MACHINERY]))
    await machines.add_reference(node, ua.ObjectIds.Organizes)
    await _identify(node, spaces, unit, is_tool=is_tool)
    state = await _item_state(node, spaces)
    production = await _object(node, spaces[MACHINE_TOOL], f"{name}.Production", "Production", base.nodeid)
    active = await _object(production, spaces[MACHINE_TOOL], f"{name}.ActiveProgram", "ActiveProgram", base.nodeid)
    job_list, response_list = await _jobs(server, node, spaces, unit.id if unit else "", name, methods)
    return Machine(
        unit.id if unit else "",
        node,
        job_list,
        response_list,
        state,
        await active.add_property(spaces[MACHINE_TOOL], "Name", ""),
        await active.add_property(own, "Part", ""),
        await production.add_property(own, "PartsMade", 0, ua.VariantType.UInt32),
        await _signals(node, spaces) if is_tool else {},
    )


async def build_shop(server: Any, spaces: dict[str, int], shop: Shop, methods: Callable[[str, str], Call]) -> Any:
    """The object of what belongs to the shop as a whole; returns the type of the events that carry reports."""
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


async def _object(parent: Any, space: int, identity: str, name: str, kind: Any) -> Any:
    """An object below ``parent``; asyncua would fill a type's optional parts, so the type is only named."""
    from asyncua import ua

    shown = name.partition(":")[2] or name
    own = parent.nodeid.NamespaceIndex if parent.nodeid.NamespaceIndex else space
    made = await parent.add_object(ua.NodeId(identity, own), ua.QualifiedName(shown, space), instantiate_optional=False)
    await made.delete_reference(ua.NodeId(ua.ObjectIds.BaseObjectType), ua.ObjectIds.HasTypeDefinition, True, False)
    await made.add_reference(kind, ua.ObjectIds.HasTypeDefinition, True, False)
    return made


async def _signals(node: Any, spaces: dict[str, int]) -> dict[str, Any]:
    """The object ``Signals`` with a variable a signal; ``BadWaitingForInitialData`` until the first sample."""
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
    found = await _object(node, spaces[DI], f"{name}.Identification", "Identification", kind)
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


async def _item_state(node: Any, spaces: dict[str, int]) -> Any:
    """``MachineryItemState`` of OPC 40001-1: Executing, NotExecuting or OutOfService."""
    from asyncua import ua

    space, name = spaces[MACHINERY], node.nodeid.Identifier
    blocks = await _object(node, space, f"{name}.Blocks", "MachineryBuildingBlocks", ua.NodeId(ua.ObjectIds.FolderType))
    machine = await _object(blocks, space, f"{name}.State", "MachineryItemState", ua.NodeId(ITEM_STATE, space))
    current = await machine.add_variable(0, "CurrentState", ua.LocalizedText("NotExecuting"))
    await current.add_property(0, "Id", ua.NodeId(5007, space))
    return current


async def _jobs(
    server: Any, node: Any, spaces: dict[str, int], unit: str, name: str, methods: Callable[[str, str], Call]
) -> tuple[Any, Any]:
    """``JobManagement`` of OPC 40001-3 with ``JobOrderControl`` and ``JobOrderResults``; the first also directly below the machine."""
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
    """The methods that a type declares, with the arguments that it declares."""
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
