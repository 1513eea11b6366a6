"""`run FILE` and `validate FILE`: prompts in this process, without a server.

Exit codes: 0 all is well; 1 the prompt failed or cannot run; 2 the file or the flags make no sense; 130 cancelled.
"""

import copy
import json
import logging
import random
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from execution.bar import Bar
from execution.changes import Change, apply_change, apply_to_workflow, read_change
from execution.describe import Descriptions
from execution.documents import Document, read_document
from execution.errors import PromptError, SkeinError
from execution.executor import Outcome, Run
from execution.messages import WorkerOptions
from execution.node_class import NodeClasses
from execution.options import EngineOptions, Options, RunOptions
from execution.progress import CancelToken, StoppedByHand
from execution.prompt import Prompt
from execution.report import failure_line, node_lines, refusal_lines
from execution.told_files import files_in
from execution.validate import Validation, validate
from execution.worker import load_nodes, make_executor
from execution.workflow import check_classes, convert, step_seeds
from execution.workflow.drawn_seeds import with_drawn_seeds
from execution.workflow.prompt_seeds import step_prompt_seeds

FINE, FAILED, MISUNDERSTOOD, CANCELLED = 0, 1, 2, 130

Graph = dict[str, Any]


@dataclass
class Item:
    """A prompt as it will run, and the workflow that goes into its pictures."""

    prompt: Graph
    workflow: Any = None

    @property
    def extra_data(self) -> dict[str, Any]:
        return {"extra_pnginfo": {"workflow": self.workflow}} if self.workflow is not None else {}


@dataclass
class Ended:
    """A prompt that has run."""

    prompt_id: str
    outcome: Outcome
    seconds: float
    node_errors: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> list[Path]:
        """The files that its nodes tell of, in order."""
        return list(dict.fromkeys(_files_in(self.outcome.outputs)))

    def told(self) -> dict[str, Any]:
        """As `--json` tells it."""
        return {
            "prompt_id": self.prompt_id,
            "status": self.outcome.status,
            "seconds": round(self.seconds, 3),
            "files": [str(file) for file in self.files],
            "outputs": self.outcome.outputs,
            "error": self.outcome.error.wire() if self.outcome.error else None,
            "node_errors": dict(self.node_errors),
        }


class Shop:
    """The node classes of this process, and what is made of a file with them."""

    def __init__(self, asked: RunOptions, engine: EngineOptions, load_nodes_by: str) -> None:
        self.asked = asked
        logging.basicConfig(level=engine.verbose, format="%(levelname)s %(name)s: %(message)s")
        if engine.verbose != "DEBUG":
            _leave_out_what_is_printed()
        worker_options = WorkerOptions(engine, load_nodes_by)
        self.nodes = load_nodes(worker_options)
        self.classes = NodeClasses(self.nodes)
        self.descriptions = Descriptions(self.nodes)
        self.executor = make_executor(worker_options, self.nodes)
        self._kept: list[Change] = []
        self._random = random.Random()  # noqa: S311 - seeds of pictures

    def items(self, document: Document, count: int) -> Iterator[Item]:
        """The file's prompt, `count` times, its seeds stepped in between; `--set` comes before the first."""
        item = self._first(document)
        for index in range(count):
            yield item
            if index + 1 < count:
                item = self._next(item, document.prompt is not None)

    def _first(self, document: Document) -> Item:
        workflow = copy.deepcopy(document.workflow)
        prompt = copy.deepcopy(dict(document.prompt)) if document.prompt else self._convert(workflow)
        for setting in self.asked.settings:
            change = read_change(setting, prompt, self.classes)
            apply_change(change, prompt)
            if workflow is None or not apply_to_workflow(change, workflow["nodes"], self.descriptions):
                self._kept.append(change)
        return Item(prompt, workflow)

    def _next(self, item: Item, has_prompt: bool) -> Item:
        workflow = step_seeds(item.workflow, self.descriptions, self._random) if item.workflow is not None else None
        if has_prompt or workflow is None:
            return Item(step_prompt_seeds(item.prompt, self.descriptions), workflow)
        prompt = self._convert(workflow)
        for change in self._kept:
            apply_change(change, prompt)
        return Item(prompt, workflow)

    def _convert(self, workflow: Any) -> Graph:
        prompt = convert(workflow, self.descriptions)
        check_classes(workflow, prompt)
        return prompt


def run_file(options: Options, load_nodes_by: str = WorkerOptions.load_nodes) -> int:
    """Run a file's prompt as often as asked and print the files that it made; answers the exit code."""
    return _explained(_run_file, options, load_nodes_by)


def validate_file(options: Options, load_nodes_by: str = WorkerOptions.load_nodes) -> int:
    """Say what is wrong with a file's prompt, and where; answers the exit code."""
    return _explained(_validate_file, options, load_nodes_by)


def _run_file(asked: RunOptions, options: Options, load_nodes_by: str) -> int:
    document = read_document(asked.file)
    shop = Shop(asked, options.engine, load_nodes_by)
    cancel = CancelToken()
    ended: list[Ended] = []
    with _interruptible(cancel):
        for item in shop.items(document, asked.count):
            found = validate(Prompt.parse(item.prompt), shop.nodes)
            if found.error is not None:
                return _refuse(asked, found.error, found.node_errors, item.prompt)
            told = replace(item, workflow=with_drawn_seeds(item.workflow, found.drawn, shop.descriptions))
            ended.append(_run_item(shop, told if found.drawn else item, found, cancel))
            if ended[-1].outcome.status != "success":
                break
    if asked.json:
        _print_json({"status": ended[-1].outcome.status, "prompts": [each.told() for each in ended]})
    return _exit_code(ended)


def _validate_file(asked: RunOptions, options: Options, load_nodes_by: str) -> int:
    document = read_document(asked.file)
    shop = Shop(asked, options.engine, load_nodes_by)
    item = next(shop.items(document, 1))
    found = validate(Prompt.parse(item.prompt), shop.nodes)
    problems = node_lines(found.node_errors, item.prompt)
    if found.error and not problems:
        problems = refusal_lines(found.error, {}, item.prompt)
    if asked.json:
        told = {"valid": not problems, "outputs": found.outputs, "error": found.error}
        _print_json({**told, "node_errors": found.node_errors})
    else:
        fine = f"{asked.file} can run; its output nodes: {', '.join(found.outputs)}."
        _print("\n".join(problems) or fine)
    return FAILED if problems else FINE


def _leave_out_what_is_printed() -> None:
    """Faults are printed as lines of their own; where in the code they arose is for a log of all."""
    for name in ("execution.teller", "execution.validate_inputs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _run_item(shop: Shop, item: Item, found: Validation, cancel: CancelToken) -> Ended:
    for line in node_lines(found.node_errors, item.prompt):
        _complain(line)
    prompt_id = str(uuid.uuid4())
    run = Run(prompt_id, found.prompt, tuple(found.outputs), item.extra_data, found.classes)
    titles = {node_id: node.title or node.class_type for node_id, node in found.prompt.nodes.items()}
    bar = Bar(titles, not shop.asked.json)
    began = time.monotonic()
    outcome = shop.executor.run(run, bar.take, cancel)
    bar.close()
    ended = Ended(prompt_id, outcome, time.monotonic() - began, found.node_errors)
    if not shop.asked.json:
        for file in ended.files:
            _print(str(file))
    if outcome.error is not None:
        _complain(failure_line(outcome.error, item.prompt))
    return ended


def _exit_code(ended: list[Ended]) -> int:
    if ended[-1].outcome.status == "cancelled":
        _complain("Cancelled.")
        return CANCELLED
    is_fine = all(each.outcome.status == "success" and not each.node_errors for each in ended)
    return FINE if is_fine else FAILED


def _files_in(outputs: Mapping[str, Any]) -> Iterator[Path]:
    for shown in outputs.values():
        yield from (file.path for file in files_in(shown))


@contextmanager
def _interruptible(cancel: CancelToken) -> Iterator[None]:
    """Let Ctrl+C cancel the prompt, which ends it cleanly; a second one ends the program."""

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if cancel.is_cancelled:
            raise StoppedByHand
        cancel.cancel()

    with _on_ctrl_c(on_interrupt):
        yield


def _stop(number: int, frame: FrameType | None) -> None:
    raise StoppedByHand


@contextmanager
def _on_ctrl_c(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _explained(command: Callable[[RunOptions, Options, str], int], options: Options, load_nodes_by: str) -> int:
    """Do a command; errors that were foreseen become words and an exit code."""
    assert options.run is not None
    try:
        with _on_ctrl_c(_stop):
            return command(options.run, options, load_nodes_by)
    except PromptError as error:
        return _refuse(options.run, error.wire()["error"], error.node_errors, {})
    except SkeinError as error:
        if options.run.json:
            _print_json({"status": "error", "valid": False, "error": {"message": str(error)}})
        _complain(str(error))
        return MISUNDERSTOOD


def _refuse(asked: RunOptions, error: Graph, node_errors: Graph, prompt: Graph) -> int:
    if asked.json:
        _print_json({"status": "error", "valid": False, "error": error, "node_errors": node_errors})
    _complain("\n".join(refusal_lines(error, node_errors, prompt)))
    return FAILED


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _print_json(value: Any) -> None:
    _print(json.dumps(value, indent=1))


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")
