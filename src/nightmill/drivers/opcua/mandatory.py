"""Complete objects with the parts that their types declare as mandatory (OPC 10000-3, 6.4.4), as found in the address space.

asyncua creates an instance's mandatory parts only together with optional ones and with methods that have no code, so objects
are created empty here and then completed.
"""

from typing import Any

import msgspec

Path = tuple[str, ...]
Name = tuple[int, str]
"""A namespace index and browse name."""


class _Declared(msgspec.Struct, frozen=True):
    """A mandatory part that a type declares: its browse name, the kind of reference to it, its class and type, and, of a variable, what it holds."""

    name: Any
    by: int
    node_class: Any
    kind: Any
    data_type: Any = None
    rank: int = -1
    array_of: Any = None
    """Of an array, the type of its elements."""


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


class Declarations:
    """What the types of a server declare as mandatory. Each type is read once: the models must be loaded before."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._read: dict[Any, dict[Name, _Declared]] = {}

    async def complete(self, node: Any, space: int, made: dict[Path, Any], path: Path = ()) -> None:
        """Add the missing mandatory parts, except methods, to ``node`` and all nodes below it.

        ``made`` collects the new nodes by the browse names along their path. New arrays are empty; other variables wait for their first value.
        """
        from asyncua import Node, ua

        declared = await self._of(await node.read_type_definition())
        found = await node.get_references(ua.ObjectIds.Aggregates, ua.BrowseDirection.Forward)
        for each in found:
            child = Node(node.session, each.NodeId)
            if await child.read_node_class() != ua.NodeClass.Method:
                await self.complete(child, space, made, (*path, each.BrowseName.Name))
        await self._add_missing(node, declared, {_name(each.BrowseName) for each in found}, space, made, path)

    async def _add_missing(
        self,
        node: Any,
        declared: dict[Name, _Declared],
        present: set[Name],
        space: int,
        made: dict[Path, Any],
        path: Path,
    ) -> None:
        from asyncua import ua

        for key, part in declared.items():
            if key not in present and part.node_class != ua.NodeClass.Method:
                at = (*path, key[1])
                made[at] = await _made(node, part, space)
                await self._add_missing(made[at], await self._of(part.kind), set(), space, made, at)

    async def _of(self, kind: Any) -> dict[Name, _Declared]:
        """Return the mandatory parts of a type and its supertypes, by browse name; a type overrides what those above it declare."""
        if kind is None or kind.is_null():
            return {}
        known = self._read.get(kind)
        if known is None:
            known = self._read[kind] = await self._declared(kind)
        return known

    async def _declared(self, kind: Any) -> dict[Name, _Declared]:
        from asyncua import ua

        at = self._server.get_node(kind)
        needed: dict[Name, _Declared] = {}
        for reference in await at.get_references(ua.ObjectIds.Aggregates, ua.BrowseDirection.Forward):
            source = self._server.get_node(reference.NodeId)
            rules = await source.get_references(ua.ObjectIds.HasModellingRule)
            if any(rule.NodeId == ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory) for rule in rules):
                needed.setdefault(_name(reference.BrowseName), await _described(source, reference))
        above = await at.get_references(ua.ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)
        for name, part in (await self._of(above[0].NodeId) if above else {}).items():
            needed.setdefault(name, part)
        return needed


def _name(name: Any) -> Name:
    return name.NamespaceIndex, name.Name


async def _described(source: Any, reference: Any) -> _Declared:
    from asyncua import ua

    name, by, node_class = reference.BrowseName, reference.ReferenceTypeId.Identifier, await source.read_node_class()
    if node_class == ua.NodeClass.Method:
        return _Declared(name, by, node_class, ua.NodeId())
    kind = await source.read_type_definition()
    if node_class == ua.NodeClass.Object:
        return _Declared(name, by, node_class, kind)
    data_type, rank = await source.read_data_type(), await source.read_value_rank()
    is_array = rank >= ua.ValueRank.OneDimension
    array_of = await source.read_data_type_as_variant_type() if is_array else None
    return _Declared(name, by, node_class, kind, data_type, rank, array_of)


async def _made(parent: Any, part: _Declared, space: int) -> Any:
    from asyncua import ua

    own = ua.NodeId(f"{parent.nodeid.Identifier}.{part.name.Name}", space)
    if part.node_class == ua.NodeClass.Object:
        return await add_object(parent, own, part.name, part.kind, part.by)
    attributes = ua.VariableAttributes(
        DisplayName=ua.LocalizedText(part.name.Name), DataType=part.data_type, ValueRank=part.rank,
        AccessLevel=ua.AccessLevel.CurrentRead.mask, UserAccessLevel=ua.AccessLevel.CurrentRead.mask,
        WriteMask=0, UserWriteMask=0, MinimumSamplingInterval=0.0,
    )  # fmt: skip
    found = await _add(parent, own, part.name, part.kind, part.by, attributes)
    if part.array_of is not None:
        await found.write_value(ua.DataValue(ua.Variant([], part.array_of, is_array=True)))
    else:
        await found.write_value(ua.DataValue(StatusCode=ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)))
    return found
