"""Attacks on every route that a server describes, so that a new one is attacked without anybody remembering to."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from tests.toy_nodes import PIXEL

Json = dict[str, Any]
# The handshake is not a request that is answered like others; test_websocket.py has it.
HANDSHAKES = ("/ws", "/api/ws")


@dataclass(frozen=True)
class Attack:
    """A request as it goes out."""

    method: str
    target: str
    body: bytes | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.target} {self.form or (self.body or b'')[:200]!r} {dict(self.headers)}"


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the description has it."""

    method: str
    path: str
    path_names: tuple[str, ...]
    query: Mapping[str, Json]
    media_type: str | None
    fields: Mapping[str, Json]

    def request(self, value: str | None = None, where: str | None = None, **options: Any) -> Attack:
        """A request with `value` in the place called `where`, or a harmless one."""
        named = dict.fromkeys(self.path_names, "1")
        query = {name: "x" for name, shape in self.query.items() if shape.get("required")}
        if value is not None and where in named:
            named[where] = value
        elif value is not None and where in self.query:
            query[where] = value
        target = re.sub(
            r"{(\w+)}", lambda match: quote(named[match.group(1)], safe="", errors="surrogatepass"), self.path
        )
        target += f"?{urlencode(query, errors='surrogatepass')}" if query else ""
        return Attack(self.method, target, **{**self._carried(value, where), **options})

    def _carried(self, value: str | None, where: str | None) -> Json:
        if self.media_type == "multipart/form-data":
            return {"form": {where: value} if value is not None and where in self.fields else {}}
        if self.media_type == "application/octet-stream":
            return {"body": b"stored by an attack"}
        if self.media_type is None:
            return {}
        content = {where: _fitting(self.fields[where], value)} if where in self.fields else {}
        return {"body": json.dumps(content).encode()}

    @property
    def places(self) -> list[str]:
        """Everywhere that a text may be put: parts of the path, the query, fields of the body."""
        return [*self.path_names, *self.query, *self.fields]


def read_operations(described: Json) -> list[Operation]:
    """Every operation of a description, but for the websocket's handshake."""
    return [
        _read(described, path, method, operation)
        for path, methods in described["paths"].items()
        if path not in HANDSHAKES
        for method, operation in methods.items()
    ]


def targeted(operations: list[Operation], values: tuple[str, ...]) -> Iterator[Attack]:
    """Each value in each place of each operation."""
    for operation in operations:
        for where in operation.places:
            for value in values:
                yield operation.request(value, where)


async def send(session: aiohttp.ClientSession, url: str, attack: Attack) -> Answered:
    """Send an attack; a form carries a picture."""
    body: Any = attack.body if attack.form is None else _form(attack.form)
    async with session.request(
        attack.method, URL(url + attack.target, encoded=True), data=body, headers=attack.headers, allow_redirects=False
    ) as answer:
        return Answered(answer.status, answer.headers, await answer.read())


def _read(described: Json, path: str, method: str, operation: Json) -> Operation:
    parameters = [_resolved(described, parameter) for parameter in operation.get("parameters", ())]
    content = _resolved(described, operation.get("requestBody", {})).get("content", {})
    media_type = next(iter(content), None)
    shape = _resolved(described, content[media_type].get("schema", {})) if media_type else {}
    return Operation(
        method=method.upper(),
        path=path,
        path_names=tuple(re.findall(r"{(\w+)}", path)),
        query={one["name"]: {**one.get("schema", {}), **one} for one in parameters if one["in"] == "query"},
        media_type=media_type,
        fields=shape.get("properties", {}),
    )


def _resolved(described: Json, shape: Json) -> Json:
    while "$ref" in shape:
        found: Any = described
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        shape = found
    return shape


def _fitting(shape: Json, value: str | None) -> Any:
    """The value, or a list of it where the field takes a list."""
    kinds = [shape, *shape.get("anyOf", ())]
    return [value] if any(kind.get("type") == "array" for kind in kinds) else value


def _form(fields: Mapping[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    # This client sends no name that would break its headers, nor half a character.
    name = "".join(one for one in fields.get("image", "attack.png") if one >= " " and not "\ud800" <= one <= "\udfff")
    form.add_field("image", PIXEL, filename=name, content_type="image/png")
    for name, value in fields.items():
        if name != "image":
            form.add_field(name, value.encode("utf-8", "surrogatepass"))
    return form
