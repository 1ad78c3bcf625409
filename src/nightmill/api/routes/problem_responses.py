"""The problem documents that every route may return, described once for OpenAPI."""

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
"""A lower bound of 0, which Litestar omits from the description."""
At = Annotated[float | None, QueryParameter(ge=0, le=1e10, schema_extra=FROM_0, description="Shop time in s.")]
LogPosition = Annotated[
    int, QueryParameter(ge=0, le=2**53, schema_extra=FROM_0, description="Continue after this number.")
]
_WORDS = {
    400: "A parameter or the body is wrong.",
    401: "Not signed in.",
    403: "The role may not do this.",
    404: "Not found, or the shop has no run yet.",
    409: "Already decided, or the command id was used for another command before.",
    413: "The body is too large.",
    422: "It can't be carried out, or the shop's files have errors.",
    429: "Too many requests.",
    503: "The environment failed; try again.",
}


def problems(*statuses: int) -> Mapping[int, Any]:
    """Return the OpenAPI descriptions of problem documents with these statuses."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=_WORDS[status], media_type=MEDIA_TYPE)
        for status in statuses
    }


READS = problems(400, 401, 403, 404, 422, 429, 503)
WRITES = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
OPEN = problems(400, 404, 429, 503)


def named(handlers: list[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Return the routes, each described by its function's name and docstring."""
    for handler in handlers:
        name = getattr(handler.fn, "__name__", "")
        handler.operation_id = name
        handler.summary = name.replace("_", " ")
        handler.description = inspect.getdoc(handler.fn)
    return handlers


def allowing(handlers: Iterable[HTTPRouteHandler]) -> Callable[[Message, Scope], Awaitable[None]]:
    """Return a hook that lists all methods of a path in the answer to OPTIONS; Litestar itself lists only one of several."""
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
    """Return the constraints on keys and values of mapping fields, by type and field, as msgspec describes them; Litestar omits them."""
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    keywords = ("additionalProperties", "propertyNames")
    return {
        name: {
            field: {word: limits[word] for word in keywords if word in limits}
            for field, limits in schema.get("properties", {}).items()
            if isinstance(limits.get("additionalProperties"), dict)
        }
        for name, schema in components.items()
    }


class Description(JsonRenderPlugin):
    """The OpenAPI description, with bodies that forbid unknown fields marked so and ``raw`` bodies (media types by path) described."""

    def __init__(self, closed: Iterable[type], raw: Mapping[str, Iterable[str]]) -> None:
        super().__init__(path="/", media_type=MediaType.JSON)
        kinds = list(closed)
        self._closed = {kind.__name__ for kind in kinds}
        self._tables = _tables(kinds)
        self._raw = raw

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
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
