"""What every route of the API may answer besides its own: the problem documents, described once."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import QueryParameter
from litestar.types import Message, Scope

from nightmill.api.problems import MEDIA_TYPE, Problem

FROM_0: dict[str, Any] = {"minimum": 0}
"""Litestar leaves a bound of 0 out of the description."""
At = Annotated[float | None, QueryParameter(ge=0, le=1e10, schema_extra=FROM_0, description="Shop time in s.")]
LogPosition = Annotated[
    int, QueryParameter(ge=0, le=2**53, schema_extra=FROM_0, description="Go on behind this number.")
]
_WORDS = {
    400: "A parameter or the body is wrong.",
    401: "Not signed in.",
    403: "The role may not do this.",
    404: "There is no such thing, or the shop has no run yet.",
    409: "It is decided already, or the command id said something else before.",
    413: "The body is too large.",
    422: "It can't be done, or the shop's files are wrong.",
    429: "Asked too often.",
    503: "The environment failed; try again.",
}


def problems(*statuses: int) -> Mapping[int, Any]:
    """Descriptions of problem documents with these statuses."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=_WORDS[status], media_type=MEDIA_TYPE)
        for status in statuses
    }


READS = problems(400, 401, 403, 404, 422, 429, 503)
WRITES = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
OPEN = problems(400, 404, 429, 503)


def named(handlers: list[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The routes, each with its function's name and docstring in the description."""
    for handler in handlers:
        name = getattr(handler.fn, "__name__", "")
        handler.operation_id = name
        handler.summary = name.replace("_", " ")
        handler.description = inspect.getdoc(handler.fn)
    return handlers


def allowing(handlers: Iterable[HTTPRouteHandler]) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that says in the answer to OPTIONS all methods of a path; Litestar's own names one of several."""
    methods: dict[str, set[str]] = {}
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(str(method) for method in handler.http_methods)

    async def hook(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start" and scope.get("method") == "OPTIONS":
            found = methods.get(scope.get("path_template", ""))
            if found:
                MutableScopeHeaders.from_message(message)["Allow"] = ", ".join(sorted(found))

    return hook


def _tables(kinds: Iterable[type]) -> dict[str, dict[str, dict[str, Any]]]:
    """What msgspec asks of keys and values of fields that are tables, by type and field: Litestar leaves it out."""
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    asked = ("additionalProperties", "propertyNames")
    return {
        name: {
            field: {word: limits[word] for word in asked if word in limits}
            for field, limits in schema.get("properties", {}).items()
            if isinstance(limits.get("additionalProperties"), dict)
        }
        for name, schema in components.items()
    }


class Description(JsonRenderPlugin):
    """The OpenAPI description, with closed bodies said to be closed and ``raw`` bodies (media types by path) described."""

    def __init__(self, closed: Iterable[type], raw: Mapping[str, Iterable[str]]) -> None:
        super().__init__(path="/", media_type=MediaType.JSON)
        kinds = list(closed)
        self._closed = {kind.__name__ for kind in kinds}
        self._tables = _tables(kinds)
        self._raw = raw

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        for name, schema in openapi_schema.get("components", {}).get("schemas", {}).items():
            if name in self._closed:
                schema["additionalProperties"] = False
            for field, limits in self._tables.get(name, {}).items():
                schema["properties"][field].update(limits)
        for operations in openapi_schema.get("paths", {}).values():
            for operation in operations.values():
                operation["responses"].get("204", {}).pop("content", None)
        for path, kinds in self._raw.items():
            if path in openapi_schema.get("paths", {}):
                content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
                openapi_schema["paths"][path]["post"]["requestBody"] = {"content": content, "required": True}
        return super().render(request, openapi_schema)
