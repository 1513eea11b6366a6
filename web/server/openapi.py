"""The description of the HTTP interface (OpenAPI 3.1), made from the route tables."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from web.server.shapes import OBJECT, TEXT, Shape, either, record
from web.server.table import JSON, Param, Reply, Route

VERSION = "0.1.0"
INTRODUCTION = (
    "Skein runs graphs of nodes and answers ComfyUI's protocol. Every path is also served below /api, except "
    "/internal. JSON in a body is read whatever the Content-Type says, and every error of a route has a JSON body. "
    "What happens while a prompt runs comes over the websocket at /ws."
)
REFUSALS = {
    400: "The request cannot be understood; the message says what is wrong and where.",
    401: "A token is needed, and none or a wrong one came.",
    403: "Refused: a name that leads out of its folder, or a page of another site.",
    404: "There is nothing of that name.",
    409: "That name or id is taken already.",
    413: "The body is larger than --max-upload-size allows.",
    416: "The file has no such range of bytes.",
    503: "No worker can answer now; try again soon.",
    507: "The disk is full, or a folder cannot be written to.",
}
ALWAYS = (401, 403)
WITH_BODY = (400, 413)
ERROR = record(
    {
        "error": either(TEXT, record({"type": TEXT, "message": TEXT, "details?": TEXT, "extra_info?": OBJECT})),
        "node_errors?": OBJECT,
    },
    "Error",
)
PART = re.compile(r"{(\w+)(?::[^{}]*)?}")


def describe(tables: Mapping[str, Iterable[Route]]) -> dict[str, Any]:
    """The whole description; each table's name is the heading that its routes stand under."""
    shapes: dict[str, Shape] = {}
    paths: dict[str, dict[str, Any]] = {}
    for heading, routes in tables.items():
        for route in routes:
            path = PART.sub(r"{\1}", route.path)
            operation = _lift(_describe_route(route, heading), shapes)
            paths.setdefault(path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Skein", "version": VERSION, "description": INTRODUCTION},
        "tags": [{"name": heading} for heading in tables],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shapes.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _describe_route(route: Route, heading: str) -> dict[str, Any]:
    summary, _, rest = " ".join(route.meaning.split()).partition("; ")
    operation: dict[str, Any] = {
        "tags": [heading],
        "operationId": f"{route.method} {route.path}",
        "summary": summary.rstrip("."),
        "description": f"{summary}; {rest}" if rest else summary,
        "parameters": [_describe_param(param, route) for param in _all_params(route)],
        "responses": _describe_replies(route),
    }
    if route.body is not None:
        content: dict[str, Any] = {"schema": route.body.shape}
        if route.body.example is not None:
            content["example"] = route.body.example
        operation["requestBody"] = {
            "required": route.body.is_required,
            "content": {route.body.media_type: content},
        }
    return operation


def _all_params(route: Route) -> list[Param]:
    """The declared parameters, and those parts of the path that need no words."""
    declared = {param.name for param in route.params}
    return [*(Param(name) for name in PART.findall(route.path) if name not in declared), *route.params]


def _describe_param(param: Param, route: Route) -> dict[str, Any]:
    in_path = param.name in PART.findall(route.path)
    described = {
        "name": param.name,
        "in": "path" if in_path else "query",
        "required": in_path or param.is_required,
        "schema": param.shape,
    }
    if param.shape.get("type") == "array":
        described |= {"style": "form", "explode": False}  # One value with commas between.
    return {**described, "description": param.meaning} if param.meaning else described


def _describe_replies(route: Route) -> dict[str, Any]:
    statuses = sorted({*ALWAYS, *(WITH_BODY if route.body else ()), *route.refusals})
    refusals = {str(status): _refusal(status) for status in statuses}
    return {**{str(reply.status): _describe_reply(reply) for reply in route.replies}, **refusals}


def _describe_reply(reply: Reply) -> dict[str, Any]:
    if reply.media_type is None:
        return {"description": reply.meaning}
    return {"description": reply.meaning, "content": {reply.media_type: {"schema": reply.shape or {}}}}


def _refusal(status: int) -> dict[str, Any]:
    return {"description": REFUSALS[status], "content": {JSON: {"schema": ERROR}}}


def _lift(value: Any, shapes: dict[str, Shape]) -> Any:
    """The value with every named shape replaced by a reference to one among `shapes`."""
    if isinstance(value, list):
        return [_lift(item, shapes) for item in value]
    if not isinstance(value, dict):
        return value
    lifted = {key: _lift(item, shapes) for key, item in value.items()}
    if isinstance(name := value.get("title"), str) and "type" in value:
        shapes[name] = lifted
        return {"$ref": f"#/components/schemas/{name}"}
    return lifted
