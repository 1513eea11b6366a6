"""A body's members are read as ever, and their texts say the same."""

import json
from contextlib import suppress

import pytest

from web.server.members import read_members

DECODER = json.JSONDecoder()


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        " { } ",
        '{"a":1}',
        '{"a" : [1, {"b": "}"}] , "c":"\\"," , "":null}\n',
        '{"a":1,"b":2,"a":[3]}',
        '{"n":123456789012345678901234567890,"x":1.50,"e":"\u00e4\\u00e4"}',
    ],
)
def test_members_are_what_json_says_and_texts_are_how(text: str) -> None:
    members = read_members(text, DECODER)
    assert members is not None
    assert members.values == json.loads(text)
    assert {name: json.loads(part) for name, part in members.texts.items()} == members.values


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "5", '"a"', "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{1:2}", '{"a":1}}', '{"a" 1}'),
        *('{"a":1 "b":2}', '{"a":1} x', "{,}", '{"a":nope}', "\ufeff{}", "{null:1}"),
    ],
)
def test_what_is_no_object_is_not_read(text: str) -> None:
    with suppress(ValueError):
        assert read_members(text, DECODER) is None
