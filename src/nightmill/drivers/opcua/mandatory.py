"""Complete objects with the parts that their types declare as mandatory (OPC 10000-3, 6.4.4), as found in the address space.

asyncua creates an instance's mandatory parts only together with optional ones and with methods that have no code, so objects
are created empty here and then completed.
"""

from typing import Any

Path = tuple[str, ...]
Name = tuple[int, str]
"""A namespace index and browse name."""


async def add_object(parent: Any, identity: Any, name: Any, kind: Any, by: int | None = None) -> Any:
    """Add an empty object of type ``kind`` below ``parent``, referenced by ``by`` (``HasComponent``)."""
    from asyncua import ua

    attributes = ua.ObjectAttributes(DisplayName=ua.LocalizedText(name.Name), WriteMask=0, UserWriteMask=0)
    return await _add(parent, identity, name, kind, by or ua.ObjectIds.HasComponent, attributes)


async def _add(parent: Any, identity: Any, name: Any, kind: Any, by: int, attributes: Any) -> Any:
    from asyncua import Node, ua

    item = ua.AddNodesItem()
    is_object = isinstance(attributes, ua.ObjectAttributes)
    item.NodeClass = ua.NodeClass.Object if is_object else ua.NodeClass.Variable
    item.RequestedNewNodeId, item.BrowseName, item.NodeAttributes = identity, name, attributes
    item.ParentNodeId, item.TypeDefinition, item.ReferenceTypeId = parent.nodeid, kind, ua.NodeId(by)
    (made,) = await parent.session.add_nodes([item])
    made.StatusCode.check()
    return Node(parent.session, made.AddedNodeId)


async def complete(server: Any, node: Any, space: int, made: dict[Path, Any], path: Path = ()) -> None:
    """Add the missing mandatory parts, except methods, to ``node`` and all nodes below it.

    ``made`` collects the new nodes by the browse names along their path. New arrays are empty; other variables wait for their first value.
    """
    from asyncua import ua

    children = await _children(node)
    for key, declared in (await _declared(server, node)).items():
        if key not in children and declared.NodeClass != ua.NodeClass.Method:
            identity = f"{node.nodeid.Identifier}.{key[1]}"
            children[key] = made[*path, key[1]] = await _made(server, node, declared, identity, space)
    for key, child in children.items():
        if await child.read_node_class() != ua.NodeClass.Method:
            await complete(server, child, space, made, (*path, key[1]))


async def _children(node: Any) -> dict[Name, Any]:
    from asyncua import Node, ua

    found = await node.get_references(ua.ObjectIds.Aggregates, ua.BrowseDirection.Forward)
    return {_name(each): Node(node.session, each.NodeId) for each in found}


def _name(reference: Any) -> Name:
    return reference.BrowseName.NamespaceIndex, reference.BrowseName.Name


async def _declared(server: Any, node: Any) -> dict[Name, Any]:
    """References to the mandatory declarations of a node's type and its supertypes, by browse name."""
    from asyncua import ua

    needed: dict[Name, Any] = {}
    kind = await node.read_type_definition()
    while kind is not None and not kind.is_null():
        at = server.get_node(kind)
        for reference in await at.get_references(ua.ObjectIds.Aggregates, ua.BrowseDirection.Forward):
            rules = await server.get_node(reference.NodeId).get_references(ua.ObjectIds.HasModellingRule)
            if any(rule.NodeId == ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory) for rule in rules):
                needed.setdefault(_name(reference), reference)
        above = await at.get_references(ua.ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)
        kind = above[0].NodeId if above else None
    return needed


async def _made(server: Any, parent: Any, declared: Any, identity: str, space: int) -> Any:
    from asyncua import ua

    own, source = ua.NodeId(identity, space), server.get_node(declared.NodeId)
    kind, by = await source.read_type_definition(), declared.ReferenceTypeId.Identifier
    if await source.read_node_class() == ua.NodeClass.Object:
        return await add_object(parent, own, declared.BrowseName, kind, by)
    rank = await source.read_value_rank()
    attributes = ua.VariableAttributes(
        DisplayName=ua.LocalizedText(declared.BrowseName.Name), DataType=await source.read_data_type(), ValueRank=rank,
        AccessLevel=ua.AccessLevel.CurrentRead.mask, UserAccessLevel=ua.AccessLevel.CurrentRead.mask,
        WriteMask=0, UserWriteMask=0, MinimumSamplingInterval=0.0,
    )  # fmt: skip
    found = await _add(parent, own, declared.BrowseName, kind, by, attributes)
    if rank >= ua.ValueRank.OneDimension:
        array = ua.Variant([], await source.read_data_type_as_variant_type(), is_array=True)
        await found.write_value(ua.DataValue(array))
    else:
        await found.write_value(ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)))
    return found
