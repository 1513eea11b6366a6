"""Whether a prompt can run: which of its outputs can, and what is wrong with the others, node by node."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from execution.errors import PromptError
from execution.file_names import with_filled_prefixes
from execution.graph import ancestors_first, circles
from execution.guess import did_you_mean
from execution.node_class import NodeClass, NodeClasses
from execution.plain import plain
from execution.prompt import Prompt, PromptNode
from execution.replaced_nodes import with_replacements
from execution.sure_inputs import Glance, are_sure, glances
from execution.unknown_links import prune
from execution.validate_inputs import NodeCheck, check_node, describe_exception

MOST_DEPENDENTS_TOLD = 100
# Of a node with nothing to say of it; its inputs stay as they are.
FINE = NodeCheck({})


@dataclass(frozen=True)
class Validation:
    """The good outputs with the prompt they run from, values coerced; `error` is set when there is nothing to run.

    `classes` are the declarations that the nodes were held against, `drawn` the seeds in place of -1 by node and input,
    `order` the nodes that the outputs need, inputs first, where all the outputs are good.
    """

    outputs: list[str]
    prompt: Prompt
    node_errors: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    classes: NodeClasses | None = None
    drawn: dict[str, dict[str, int]] = field(default_factory=dict)
    order: list[str] | None = None


def validate(prompt: Prompt, nodes: Mapping[str, type], targets: Iterable[str] | None = None) -> Validation:
    """Check every node that the outputs depend on, each once; with `targets`, only those outputs are wanted."""
    prompt = with_replacements(prompt, nodes)
    classes = NodeClasses(nodes)
    class_types = {node.class_type for node in prompt.nodes.values()}
    unknown = {class_type for class_type in class_types if class_type not in classes}
    if unknown:
        first = next(node_id for node_id, node in prompt.nodes.items() if node.class_type in unknown)
        return Validation([], prompt, {}, _unknown_class(first, prompt.nodes[first], nodes))
    wanted = set(targets) if targets is not None else None
    output_types = {class_type for class_type in class_types if getattr(nodes[class_type], "OUTPUT_NODE", False)}
    outputs = [
        node_id
        for node_id, node in prompt.nodes.items()
        if node.class_type in output_types and (wanted is None or node_id in wanted)
    ]
    if not outputs:
        return Validation([], prompt, {}, _no_outputs(wanted))
    prompt, order = _order(prompt, outputs, classes)
    checks = _check_all(prompt, order, classes)
    bad = _with_descendants(prompt, order, {node_id for node_id, check in checks.items() if check.errors})
    good = [node_id for node_id in outputs if node_id not in bad]
    node_errors = _describe_errors(prompt, order, outputs, checks)
    coerced = {
        node_id: PromptNode(prompt.nodes[node_id].class_type, check.inputs, prompt.nodes[node_id].extras)
        for node_id, check in checks.items()
        if check.is_changed
    }
    error = None if good else _all_failed(outputs, checks)
    drawn = {node_id: check.drawn for node_id, check in checks.items() if check.drawn}
    filled = with_filled_prefixes(Prompt({**prompt.nodes, **coerced}) if coerced else prompt)
    return Validation(good, filled, node_errors, error, classes, drawn, order if good == outputs else None)


def _order(prompt: Prompt, outputs: list[str], classes: NodeClasses) -> tuple[Prompt, list[str]]:
    """The prompt without the links that no node takes, and of its nodes those that the outputs need, in order."""
    order = ancestors_first(prompt.nodes, outputs)
    pruned = prune(prompt, order, classes)
    return pruned, order if pruned is prompt else ancestors_first(pruned.nodes, outputs)


def _check_all(prompt: Prompt, order: list[str], classes: NodeClasses) -> dict[str, NodeCheck]:
    checks: dict[str, NodeCheck] = {}
    declared: dict[str, NodeClass | Exception] = {}
    looked_for: dict[str, tuple[Glance, ...] | None] = {}
    for node_id in order:
        node = prompt.nodes[node_id]
        class_type = node.class_type
        if class_type not in declared:
            declared[class_type] = own_class = _declaration(classes, class_type)
            looked_for[class_type] = None if isinstance(own_class, Exception) else glances(own_class)
        glanced = looked_for[class_type]
        if glanced is not None and are_sure(node, glanced, prompt.nodes, classes):
            checks[node_id] = FINE
            continue
        own_class = declared[class_type]
        if isinstance(own_class, Exception):
            checks[node_id] = NodeCheck(node.inputs, [describe_exception(own_class)])
        else:
            checks[node_id] = check_node(node, own_class, prompt, classes)
    for circle in circles(prompt.nodes, order) if _goes_round(prompt, order) else ():
        error = _circle_error(circle)
        for node_id in checks.keys() & set(circle):
            checks[node_id] = replace(checks[node_id], errors=[*checks[node_id].errors, error])
    return checks


def _goes_round(prompt: Prompt, order: list[str]) -> bool:
    """Whether a node comes before one that it depends on, as only a circle makes it."""
    seen: set[str] = set()
    for node_id in order:
        for other in prompt.nodes[node_id].sources:
            if other not in seen and other in prompt.nodes:
                return True
        seen.add(node_id)
    return False


def _declaration(classes: NodeClasses, class_type: str) -> NodeClass | Exception:
    try:
        return classes[class_type]
    except Exception as error:  # A pack's INPUT_TYPES may do anything.
        return error


def _with_descendants(prompt: Prompt, order: list[str], bad: set[str]) -> set[str]:
    """The bad nodes and all that depend on them; `order` has inputs first, but for circles, which are bad anyway."""
    spoilt = set(bad)
    for node_id in order if bad else ():
        if any(other in spoilt for other in prompt.nodes[node_id].sources):
            spoilt.add(node_id)
    return spoilt


def _describe_errors(
    prompt: Prompt, order: list[str], outputs: list[str], checks: Mapping[str, NodeCheck]
) -> dict[str, Any]:
    if not any(check.errors for check in checks.values()):
        return {}
    reached = _reached_outputs(prompt, order, outputs)
    return {
        node_id: {
            "errors": plain(checks[node_id].errors),
            "dependent_outputs": list(islice(_members(reached[node_id], outputs), MOST_DEPENDENTS_TOLD)),
            "class_type": prompt.nodes[node_id].class_type,
        }
        for node_id in order
        if checks[node_id].errors
    }


def _reached_outputs(prompt: Prompt, order: list[str], outputs: list[str]) -> dict[str, int]:
    """For each node the outputs that depend on it, as the bits of a number."""
    reached = dict.fromkeys(order, 0)
    reached.update({output: 1 << index for index, output in enumerate(outputs)})
    for node_id in reversed(order):
        for other in prompt.nodes[node_id].sources:
            if other in reached:
                reached[other] |= reached[node_id]
    return reached


def _members(bits: int, outputs: list[str]) -> Iterator[str]:
    while bits:
        yield outputs[(bits & -bits).bit_length() - 1]
        bits &= bits - 1


def _circle_error(circle: tuple[str, ...]) -> dict[str, Any]:
    path = " -> ".join(circle)
    return {
        "type": "exception_during_validation",
        "message": "The node waits for its own result: its inputs lead back to it (a dependency cycle)",
        "details": path,
        "extra_info": {"exception_type": "DependencyCycle", "exception_message": path, "traceback": []},
    }


def _error(kind: str, message: str, details: str, **extra_info: Any) -> dict[str, Any]:
    error: dict[str, Any] = PromptError(kind, message, details, extra_info).wire()["error"]
    return error


def _unknown_class(node_id: str, node: PromptNode, classes: Iterable[str]) -> dict[str, Any]:
    guess = did_you_mean(node.class_type, classes, otherwise=".")
    return _error(
        "invalid_prompt",
        f"There is no node class {node.class_type!r} here{guess} Install the pack that has it, or replace the node.",
        f"node {node.title!r} (id {node_id})" if node.title else f"node {node_id}",
        node_id=node_id,
        class_type=node.class_type,
        node_title=node.title,
    )


def _no_outputs(wanted: set[str] | None) -> dict[str, Any]:
    if wanted is None:
        return _error(
            "prompt_no_outputs", "The prompt has no output node, such as Save Image, so nothing would run", ""
        )
    return _error("prompt_no_outputs", "None of the chosen targets is an output node", ", ".join(sorted(wanted)))


def _all_failed(outputs: list[str], checks: Mapping[str, NodeCheck]) -> dict[str, Any]:
    # Clients expect the outputs' own errors here and find the others in node_errors.
    own = [error for node_id in outputs for error in checks[node_id].errors]
    details = "\n".join(f"{error['message']}: {error['details']}" for error in own)
    return _error("prompt_outputs_failed_validation", "Prompt outputs failed validation", details)
