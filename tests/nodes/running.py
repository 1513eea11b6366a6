"""Runs a prompt by calling node classes in order, without the engine, for tests of the nodes alone."""

from collections.abc import Mapping
from typing import Any


def run_prompt(
    prompt: Mapping[str, Any], nodes: Mapping[str, type], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What each node of the prompt returned, by id; `known` holds what others have returned already."""
    results: dict[str, Any] = dict(known or {})
    pending = dict(prompt)
    while pending:
        ready = [key for key, node in pending.items() if all(source in results for source in _sources(node))]
        assert ready, f"nodes {list(pending)} wait for what never comes"
        for key in ready:
            results[key] = _call(pending.pop(key), nodes, results, prompt)
    return results


def _call(node: Mapping[str, Any], nodes: Mapping[str, type], results: Mapping[str, Any], prompt: Any) -> Any:
    cls: Any = nodes[node["class_type"]]
    inputs = {
        name: results[value[0]][value[1]] if isinstance(value, list) else value
        for name, value in node["inputs"].items()
    }
    hidden = {"PROMPT": prompt, "EXTRA_PNGINFO": {"workflow": {"nodes": []}}}
    filled = {name: hidden[kind] for name, kind in cls.INPUT_TYPES().get("hidden", {}).items() if kind in hidden}
    return getattr(cls(), cls.FUNCTION)(**inputs, **filled)


def _sources(node: Mapping[str, Any]) -> list[str]:
    return [value[0] for value in node["inputs"].values() if isinstance(value, list)]
