"""Answers in JSON, and what is read from a request's body."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from aiohttp import web

from execution.plain import to_json
from web.server.members import read_members
from web.server.shapes import LARGEST_ASKED

LONGEST_ID = 200
TOO_MANY_DIGITS = "The body holds a whole number of more digits than can be read."
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def json_reply(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return text_reply(to_json(value), status)


def text_reply(text: str, status: int = 200) -> web.Response:
    """A text that is JSON already."""
    return web.Response(text=text, status=status, content_type="application/json")


def empty_reply() -> web.Response:
    """Done, and nothing to say."""
    return web.Response()


def error_body(kind: str, message: str, details: str = "") -> dict[str, Any]:
    """The body of every refusal, in the shape that clients of `/prompt` read."""
    return {"error": {"type": kind, "message": message, "details": details, "extra_info": {}}, "node_errors": {}}


class BadRequest(Exception):
    """A request that cannot be understood; becomes a 400."""


class _NotHere(ValueError):
    """A number that Python's reader of JSON takes, and nothing here."""


async def read_value(request: web.Request) -> Any:
    """The body as a JSON value, whatever its content type says; None when it is empty. Raises `BadRequest`."""
    body = await request.read()
    if not body.strip():
        return None
    value = _parse(body)
    if _HALF_CHARACTER.search(body):
        _check_characters(value)
    return value


async def read_object(request: web.Request, is_tolerant: bool = False) -> dict[str, Any]:
    """The body as a JSON object; empty when there is no body, or with `is_tolerant` none that is one."""
    if not (await request.read()).strip():
        return {}
    try:
        return _as_object(await read_value(request))
    except BadRequest:
        if not is_tolerant:
            raise
        return {}


async def read_object_and_texts(request: web.Request) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The same, and its members as they were written, so that a large one need not be written again.

    What the client has set on several lines is left out, and so is everything in a body of an unusual form.
    """
    body = await request.read()
    try:
        members = read_members(body.decode("utf-8"), _DECODER)
    except (ValueError, RecursionError):
        members = None  # What is wrong is told below.
    if members is None:
        return await read_object(request), {}
    if _HALF_CHARACTER.search(body):
        _check_characters(members.values)
    return members.values, {name: text for name, text in members.texts.items() if "\n" not in text}


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except _NotHere as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error
    except ValueError as error:
        raise BadRequest(TOO_MANY_DIGITS) from error  # All else that Python has against a number.


def _as_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.")
    return value


def read_ids(value: Any, name: str) -> list[str]:
    """A list of ids from a body."""
    if not isinstance(value, list) or not all(isinstance(item, str) and is_text(item) for item in value):
        raise BadRequest(f"{name} must be a list of ids.")
    return value


def is_text(value: str) -> bool:
    """Whether this can be stored and sent: JSON may hold halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def read_id(value: Any, name: str) -> str | None:
    """An id that a client chose; None when it chose none."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > LONGEST_ID or not value.isprintable():
        raise BadRequest(f"{name} must be a printable text of at most {LONGEST_ID} characters.")
    return value


def read_count(request: web.Request, name: str, default: int | None = None) -> int | None:
    """A whole number from the query that is not negative."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST_ASKED)):
        raise BadRequest(f"{name} must be a whole number, not negative and at most {LARGEST_ASKED:,}.")
    return int(text)


def read_number(value: Any, name: str) -> float | None:
    """A finite number from a body."""
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRequest(f"{name} must be a number.")
    return number


def read_flag(value: Any, name: str) -> bool:
    """A yes or no from a body; no when it is not there."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false.")
    return value


def is_true(request: web.Request, name: str, default: str = "false") -> bool:
    """Whether a query asks for something in one of the usual words."""
    return request.query.get(name, default).lower() in ("true", "1", "yes")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NotHere(f"{text:.40} is larger than any number here")
    return number


def _check_characters(value: Any) -> None:
    """An escape such as `\\ud800` alone is half of a character, which nobody could be sent back."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest("The body holds half of a character: a \\ud800 to \\udfff without its other half.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise _NotHere(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
