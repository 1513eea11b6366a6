"""From an editor workflow to the prompt that the official front end makes of it."""

from collections.abc import Callable, Mapping
from typing import Any

from execution.errors import PromptError, WorkflowError
from execution.workflow.graph import Graph, Node, Workflow, inputs_of, outputs_of, read_workflow
from execution.workflow.group_nodes import replace_group_nodes
from execution.workflow.links import EDITOR_ONLY, Constant, Source, resolve
from execution.workflow.promoted import proxied_values
from execution.workflow.scopes import BYPASSED, MUTED, Scope, all_scopes
from execution.workflow.texts import choose, expand_file_name
from execution.workflow.titles import default_title
from execution.workflow.widgets import held_values, input_types

PRIMITIVE = "PrimitiveNode"
# Names that node classes had in files of old.
OLD_NAMES = {
    "T2IAdapterLoader": "ControlNetLoader",
    "ConditioningAverage ": "ConditioningAverage",
    "SDV_img2vid_Conditioning": "SVD_img2vid_Conditioning",
}

Descriptions = Mapping[str, Any]
Entry = dict[str, Any]


def is_workflow(document: Any) -> bool:
    """Whether a JSON value is an editor's workflow, and not a prompt."""
    return isinstance(document, Mapping) and isinstance(document.get("nodes"), list)


def convert(document: Any, object_info: Descriptions) -> dict[str, Any]:
    """The prompt of a workflow; `object_info` describes the node classes. Raises `WorkflowError`.

    A node whose class is unknown gets an entry without class_type, which no prompt can run with.
    """
    try:
        return _convert(document, object_info)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # A workflow has many corners, and what comes from outside may be anything in each.
        raise WorkflowError("The workflow is not shaped as an editor writes it", repr(error)) from error


def _convert(document: Any, object_info: Descriptions) -> dict[str, Any]:
    workflow = replace_group_nodes(read_workflow(document), document, object_info)
    root = Scope(workflow, workflow.root)
    prompt: dict[str, Any] = {}
    for scope in all_scopes(root):
        primitives = _primitive_values(scope.graph)
        for node_id, node in scope.graph.nodes.items():
            if _runs(workflow, node):
                entry = _entry(scope, node_id, node, object_info, primitives.get(node_id, {}), root)
                prompt[scope.prompt_id(node_id)] = entry
    for entry in prompt.values():
        entry["inputs"] = {name: value for name, value in entry["inputs"].items() if not _is_loose(value, prompt)}
    return prompt


def check_classes(document: Any, prompt: Mapping[str, Any]) -> None:
    """Raise a `PromptError` naming the classes, and the packs they come from, that a converted workflow lacks here."""
    lacking = [node_id for node_id, entry in prompt.items() if "class_type" not in entry]
    if not lacking:
        return
    workflow = read_workflow(document)
    graphs = (workflow.root, *workflow.definitions.values())
    types = {node_id: node["type"] for graph in reversed(graphs) for node_id, node in graph.nodes.items()}
    packs = {node_id: prompt[node_id]["_meta"].get("cnr_id") for node_id in lacking}
    told = [
        f"{types.get(node_id.rpartition(':')[2], '?')} (node {node_id}{f', pack {pack}' if pack else ''})"
        for node_id, pack in packs.items()
    ]
    raise PromptError("invalid_prompt", "The workflow needs nodes that are not installed here", ", ".join(told))


def _runs(workflow: Workflow, node: Node) -> bool:
    is_off = node.get("mode") in (MUTED, BYPASSED)
    return not is_off and node["type"] not in EDITOR_ONLY and node["type"] not in workflow.definitions


def _is_loose(value: Any, prompt: Mapping[str, Any]) -> bool:
    return isinstance(value, list) and len(value) == 2 and str(value[0]) not in prompt


def _entry(
    scope: Scope, node_id: str, node: Node, object_info: Descriptions, primitives: Mapping[str, Any], root: Scope
) -> Entry:
    class_type = str(OLD_NAMES.get(node["type"], node["type"]))
    description = object_info.get(class_type)
    types: Mapping[str, Any] = {}
    if description is None:
        inputs = _unknown_values(node)
    else:
        types = input_types(description)
        given = {**primitives, **proxied_values(scope, node_id)}
        inputs = _widget_inputs(
            node, description, given, lambda name, widget: _find_widget(root, object_info, name, widget)
        )
    for slot in inputs_of(node):
        name = str(slot.get("name"))
        source = resolve(scope, slot, types.get(name, slot.get("type")))
        if isinstance(source, Source):
            inputs[name] = [source.prompt_id, source.slot]
        elif isinstance(source, Constant):
            inputs[name] = _wrapped(source.value)
    known = {"class_type": class_type} if description is not None else {}
    return {"inputs": inputs, **known, "_meta": _meta(node, description)}


def _widget_inputs(
    node: Node,
    description: Mapping[str, Any],
    given: Mapping[str, Any],
    widget_of: Callable[[str, str], str | None],
) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for held in held_values(node, description):
        if held.widget.role != "value":
            continue
        value = given.get(held.widget.name, held.value)
        if isinstance(value, str):
            value = _expanded(value, node, held.widget.name, held.widget.options, widget_of)
        inputs[held.widget.name] = _wrapped(value)
    return inputs


def _expanded(
    value: str, node: Node, name: str, options: Mapping[str, Any], widget_of: Callable[[str, str], str | None]
) -> str:
    if options.get("dynamicPrompts"):
        value = choose(value)
    if name == "filename_prefix" and "%" in value:
        value = expand_file_name(value, widget_of)
    if name == "sampler_name" and node["type"].startswith("KSampler"):
        value = value.removeprefix("sample_")
    return value


def _wrapped(value: Any) -> Any:
    # A bare list would be read as a link.
    return {"__value__": value} if isinstance(value, list) else value


def _meta(node: Node, description: Mapping[str, Any] | None) -> dict[str, Any]:
    properties = node.get("properties") or {}
    kept = {key: properties[key] for key in ("cnr_id", "aux_id", "ver") if properties.get(key) is not None}
    return {"title": node.get("title") or default_title(node["type"], description), **kept}


def _unknown_values(node: Node) -> dict[str, Any]:
    stored = node.get("widgets_values")
    values = stored if isinstance(stored, list) else []
    texts = ["null" if value is None else _wrapped(value) for value in values]
    return {f"UNKNOWN_{index}" if index else "UNKNOWN": value for index, value in enumerate(texts)}


def _primitive_values(graph: Graph) -> dict[str, dict[str, Any]]:
    """What PrimitiveNodes put into the widgets that they are connected to: values by node and widget name."""
    values: dict[str, dict[str, Any]] = {}
    for row in graph.links.values():
        origin, target = graph.nodes.get(row.origin), graph.nodes.get(row.target)
        if origin is None or target is None or origin["type"] != PRIMITIVE or not origin.get("widgets_values"):
            continue
        link_ids = [link for output in outputs_of(origin) for link in output.get("links") or ()]
        for slot in inputs_of(target):
            if slot.get("link") in link_ids and slot.get("widget"):
                values.setdefault(row.target, {})[slot["widget"]["name"]] = origin["widgets_values"][0]
    return values


def _find_widget(root: Scope, object_info: Descriptions, name: str, widget: str) -> str | None:
    """The value of a widget of the node that is called this for search and replace, or by its title."""
    nodes = list(root.graph.nodes.values())
    called = [node for node in nodes if (node.get("properties") or {}).get("Node name for S&R") == name]
    for node in called or [node for node in nodes if node.get("title") == name]:
        description = object_info.get(node["type"])
        for held in held_values(node, description) if description is not None else ():
            if held.widget.name == widget:
                return str(held.value)
    return None
