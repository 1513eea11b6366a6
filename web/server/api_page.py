"""The description of the HTTP interface as a page for people: no script, nothing fetched."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from json import dumps
from pathlib import Path
from typing import Any

STYLE = Path(__file__).with_name("api_page.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# An empty icon, so that a browser asks for none.
HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Skein: HTTP interface</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
)
REFERENCE = "#/components/schemas/"
INDENT = "  "


def render(description: Mapping[str, Any]) -> str:
    """The page; a path below /api that only repeats another is not shown again."""
    headings = [tag["name"] for tag in description["tags"]]
    operations = list(_operations(description["paths"]))
    sections = "".join(
        f'<section id="{_anchor(heading)}"><h2>{escape(heading)}</h2>{"".join(shown)}</section>'
        for heading in headings
        if (shown := [_operation(*operation) for operation in operations if operation[2]["tags"] == [heading]])
    )
    shapes = "".join(_named_shape(*item) for item in description["components"]["schemas"].items())
    links = "".join(f'<li><a href="#{_anchor(heading)}">{escape(heading)}</a></li>' for heading in headings)
    introduction = escape(description["info"]["description"])
    return (
        f"{HEAD}<style>{STYLE}</style></head><body>"
        f"<header><h1>Skein’s HTTP interface</h1><p>{introduction}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p></header>'
        f'<nav><ul>{links}<li><a href="#shapes">Shapes</a></li></ul></nav>'
        f'<main>{sections}<section id="shapes"><h2>Shapes</h2>{shapes}</section></main></body></html>'
    )


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in paths.items():
        if not (path.startswith("/api/") and path.removeprefix("/api") in paths):
            for method, operation in methods.items():
                yield method, path, operation


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    anchor = _anchor(operation["operationId"])
    parts = [f"<p>{escape(operation['description'])}</p>", _params(operation["parameters"])]
    if (body := operation.get("requestBody")) is not None:
        for media_type, content in body["content"].items():
            needed = "" if body["required"] else ", may be missing"
            parts.append(f"<h3>Body ({escape(media_type)}{needed})</h3><pre>{_shape(content['schema'])}</pre>")
            if "example" in content:
                example = dumps(content["example"], indent=2, ensure_ascii=False)
                parts.append(f"<h3>For example</h3><pre>{escape(example)}</pre>")
    parts.append(_replies(operation["responses"]))
    return (
        f'<details id="{anchor}"><summary><span class="method {method}">{method.upper()}</span>'
        f'<code class="path">{escape(path)}</code><span>{escape(operation["summary"])}</span></summary>'
        f"<div>{''.join(parts)}</div></details>"
    )


def _params(params: Iterable[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(param['name'])}</code>{'' if param['required'] else ' ?'}</td>"
        f"<td>in the {param['in']}</td><td><code>{_shape(param['schema'])}</code></td>"
        f"<td>{escape(param.get('description', ''))}</td></tr>"
        for param in params
    )
    return f"<h3>Parameters</h3><table>{rows}</table>" if rows else ""


def _replies(replies: Mapping[str, Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{status}</code></td><td>{escape(reply['description'])}{_contents(reply)}</td></tr>"
        for status, reply in replies.items()
    )
    return f"<h3>Replies</h3><table>{rows}</table>"


def _contents(reply: Mapping[str, Any]) -> str:
    contents = reply.get("content", {}).values()
    return "".join(f"<pre>{_shape(content['schema'])}</pre>" for content in contents if content["schema"])


def _named_shape(name: str, shape: Mapping[str, Any]) -> str:
    unnamed = {key: value for key, value in shape.items() if key != "title"}
    return (
        f'<details id="{_shape_anchor(name)}" open><summary><code>{escape(name)}</code></summary>'
        f"<div><pre>{_shape(unnamed)}</pre></div></details>"
    )


def _shape(shape: Mapping[str, Any], depth: int = 0) -> str:
    """A shape in the notation of its values, as HTML."""
    if (reference := shape.get("$ref")) is not None:
        name = reference.removeprefix(REFERENCE)
        return f'<a href="#{_shape_anchor(name)}">{escape(name)}</a>'
    if "anyOf" in shape:
        return " or ".join(_shape(choice, depth) for choice in shape["anyOf"])
    if "enum" in shape:
        return " | ".join(escape(dumps(value)) for value in shape["enum"])
    if shape.get("type") == "array":
        places = shape.get("prefixItems")
        return f"[{', '.join(_shape(place, depth) for place in places or [shape['items']])}{'' if places else ', …'}]"
    if shape.get("properties"):
        return _fields(shape, depth)
    if isinstance(values := shape.get("additionalProperties"), dict):
        return f"{{…: {_shape(values, depth)}}}"
    return {"string": "text", "object": "{…}", None: "anything"}.get(shape.get("type"), str(shape.get("type")))


def _fields(shape: Mapping[str, Any], depth: int) -> str:
    edge = INDENT * depth
    lines = [
        f"{edge}{INDENT}{escape(field)}{'' if field in shape.get('required', ()) else '?'}: {_shape(of, depth + 1)}"
        for field, of in shape["properties"].items()
    ]
    return "{\n" + ",\n".join(lines) + f"\n{edge}}}"


def _shape_anchor(name: str) -> str:
    return _anchor(f"shape {name}")


def _anchor(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text)
