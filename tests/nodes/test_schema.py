"""Every node's interface is the published one, so that saved workflows and other programs find what they expect."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from nodes.registry import OWN_MODULES, built_in_nodes
from tests.nodes.schema import declared, published
from tests.reference import reference_dir

FACTS = Path(__file__).with_name("schema_facts.json")
TABLE = built_in_nodes()
OWN = {name for name, cls in TABLE.items() if cls.__module__ in OWN_MODULES}

# What is built so far of lists that other programs know whole; the order must be theirs.
GROWING_LISTS = {"sampler_name", "scheduler"}
# These lists hold the files of one machine.
FILE_LISTS = {
    "image",
    "ckpt_name",
    "vae_name",
    "lora_name",
    "latent",
    "folder",
    "model_name",
    "model_name_1",
    "model_name_2",
    "control_net_name",
    "unet_name",
    "clip_name",
    "clip_name1",
    "clip_name2",
    "model_path",
    "hypernetwork_name",
    "style_model_name",
    "gligen_name",
    "existing_lora",
    "photomaker_model_name",
}


def interface(name: str) -> dict[str, Any]:
    return _without_file_lists(declared(name, TABLE[name], TABLE.display_names[name]))


def recorded_interface(name: str) -> dict[str, Any]:
    """The interface as it is kept on record: without the lists that grow."""
    return _with_what_is_built(interface(name), {"inputs": {"all": [[growing, [], {}] for growing in GROWING_LISTS]}})


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_widget_that_a_prompt_may_leave_out_shows_what_then_counts(name: str) -> None:
    cls = TABLE[name]
    parameters = inspect.signature(getattr(cls, cls.FUNCTION)).parameters
    for slot, kind, options in declared(name, cls, name)["inputs"]["optional"]:
        counts = parameters[slot].default
        if "default" in options:
            assert counts in (options["default"], None), slot
        elif isinstance(kind, list):
            assert counts in (kind[0], None), slot


def _without_file_lists(schema: dict[str, Any]) -> dict[str, Any]:
    inputs = {
        group: [
            [name, [] if name in FILE_LISTS and isinstance(kind, list) else kind, options]
            for name, kind, options in slots
        ]
        for group, slots in schema["inputs"].items()
    }
    return {**schema, "inputs": inputs}


def _with_what_is_built(expected: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """The published interface, its growing lists cut to what ours offers."""
    offered = {name: kind for slots in ours["inputs"].values() for name, kind, _ in slots}
    inputs = {
        group: [
            [name, [choice for choice in kind if choice in offered[name]] if name in GROWING_LISTS else kind, options]
            for name, kind, options in slots
        ]
        for group, slots in expected["inputs"].items()
    }
    return {**expected, "inputs": inputs}


@pytest.fixture(scope="module")
def object_info() -> dict[str, Any]:
    folder = reference_dir()
    if folder is None:
        pytest.skip("the reference material is not here")
    return json.loads((folder / "object_info.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in TABLE if name not in OWN])
def test_the_declared_interface_is_the_published_one(name: str, object_info: dict[str, Any]) -> None:
    expected = _without_file_lists(published(name, object_info[name]))
    assert interface(name) == _with_what_is_built(expected, interface(name))


def test_our_own_nodes_take_no_published_name(object_info: dict[str, Any]) -> None:
    assert not OWN & object_info.keys()


def test_the_interfaces_are_those_on_record() -> None:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    assert {name: json.loads(json.dumps(recorded_interface(name))) for name in TABLE} == facts
