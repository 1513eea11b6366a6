"""The worker process: holds the node classes, runs prompts on its main thread and answers questions beside it."""

import contextlib
import gc
import importlib
import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from execution import compat, paths, worker_output
from execution.black_box import BlackBox
from execution.cache import Cache
from execution.compat.stage import STAGE
from execution.describe import Descriptions, describe
from execution.errors import PromptError
from execution.events import Event, Executed, Executing, ExecutionError, NodeFailure
from execution.executor import Executor, Outcome, Run
from execution.import_place import PlaceWatch
from execution.messages import (
    Answer,
    Call,
    Cancel,
    ChangePrompt,
    CountTokens,
    Describe,
    DescribePacks,
    Emitted,
    Failure,
    Finished,
    Free,
    LoadFailed,
    PackReply,
    PackRequest,
    Printed,
    Question,
    Ready,
    Refusal,
    RunPrompt,
    Shutdown,
    StreamMessage,
    Validate,
    Validated,
    WorkerOptions,
    WorkerStats,
)
from execution.pack_desk import NAME as SERVER
from execution.pack_desk import PackDesk
from execution.parsed import ParsedPrompts
from execution.pipe import WorkerEnd
from execution.plain import plain, to_json
from execution.progress import CancelToken, Reporter, reporting
from execution.prompt import Prompt
from execution.validate import validate

INBOX_THREADS = 4
BATCH_SECONDS = 0.002


def main(connection: socket.socket, options: WorkerOptions) -> None:
    """Load the nodes, then work until told to stop or until the server is gone."""
    # Ctrl-C reaches the whole group of processes; the server decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = worker_output.capture()
    logging.basicConfig(level=options.engine.verbose, format="%(levelname)s %(name)s: %(message)s")
    if options.cuda_device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(options.cuda_device)
    STAGE.address, STAGE.port, STAGE.web_root = options.address, options.port, options.web_root
    Worker(WorkerEnd(connection), options, output).work()


class Outbox:
    """Sends events in batches from a thread of its own and everything else at once, keeping the order."""

    def __init__(self, pipe: WorkerEnd, black_box: BlackBox | None) -> None:
        self._pipe = pipe
        self._black_box = black_box
        self._events: list[Event] = []
        self._waiting = threading.Event()
        self._sending = threading.Lock()
        threading.Thread(target=self._send_events, name="outbox", daemon=True).start()

    def emit(self, event: Event) -> None:
        """Send an event soon; never waits for the server."""
        if isinstance(event, Executing) and event.node is not None:
            STAGE.node_id = event.node
            if self._black_box is not None:
                self._black_box.note(event.prompt_id, event.node)
        self._events.append(_sendable(event))
        if not self._waiting.is_set():  # Quicker than setting it anew; what is set is unset before events are taken.
            self._waiting.set()

    def send(self, message: Any) -> None:
        """Send a message after the events that wait."""
        with self._sending:
            self._put(*self._take_events(), message)

    def _send_events(self) -> None:
        while True:
            self._waiting.wait()
            time.sleep(BATCH_SECONDS)
            with self._sending:
                self._waiting.clear()
                self._put(*self._take_events())

    def _take_events(self) -> list[Emitted]:
        count = len(self._events)
        taken = tuple(self._events[:count])
        del self._events[:count]
        return [Emitted(taken)] if taken else []

    def _put(self, *messages: Any) -> None:
        if not messages:
            return
        try:
            self._pipe.send(*messages)
        except OSError:
            os._exit(1)  # The server is gone; nobody is left to work for.


class LoadReporter(Reporter):
    """Notes which pack is being imported, since that may end the process, and leaves out those known to."""

    def __init__(self, black_box: BlackBox | None, left_out: Mapping[str, str]) -> None:
        self._black_box = black_box
        self._left_out = left_out
        self._noting = threading.Lock()
        self._pack = ""

    def begin_pack(self, name: str) -> str | None:
        with self._noting:
            self._pack = name if name not in self._left_out else ""
            if self._black_box is not None:
                self._black_box.note_pack(self._pack)
        return self._left_out.get(name)

    def note_line(self, line: str) -> None:
        """Note how far the pack is; called from another thread than its import's."""
        with self._noting:
            if self._pack and self._black_box is not None:
                self._black_box.note_pack(self._pack, line)


class Worker:
    """Answers the messages of one pipe."""

    def __init__(self, pipe: WorkerEnd, options: WorkerOptions, output: worker_output.Output) -> None:
        self._pipe = pipe
        self._options = options
        self._black_box = BlackBox(options.black_box) if options.black_box else None
        self._outbox = Outbox(pipe, self._black_box)
        self._output = output
        self._work: queue.SimpleQueue[RunPrompt | Free | Shutdown] = queue.SimpleQueue()
        self._tokens: dict[str, CancelToken] = {}
        self._parsed = ParsedPrompts()
        self._receiving = threading.Lock()
        self._nodes: Mapping[str, type] = {}
        self._desk = PackDesk(self._outbox.send)

    def work(self) -> None:
        """Load the nodes, then do what comes down the pipe until `Shutdown`."""
        for number in range(INBOX_THREADS):
            threading.Thread(target=self._receive_all, name=f"inbox {number}", daemon=True).start()
        self._output.tell(lambda lines: self._outbox.send(Printed(lines)))
        try:
            reporter = LoadReporter(self._black_box, self._options.left_out)
            with reporting(reporter), PlaceWatch(reporter.note_line):
                self._nodes = load_nodes(self._options)
        except BaseException:
            self._outbox.send(LoadFailed(traceback.format_exc()))
            return
        executor = make_executor(self._options, self._nodes)
        self._desk.open(self._nodes, _hook(self._options, "web_folders"))
        self._outbox.send(Ready(len(self._nodes)))
        while not isinstance(work := self._work.get(), Shutdown):
            if isinstance(work, RunPrompt):
                finished = self._run(executor, work)
                self._desk.tell_changes()
                self._outbox.send(finished)
                self._tokens.pop(work.prompt_id, None)
            else:
                self._free(executor.cache, work)

    def _receive_all(self) -> None:
        """Take turns: one thread waits for a message, those that had a question are busy with the answer."""
        while True:
            with self._receiving:
                # Handing over after each message would wake one more thread just when the compute thread is to begin.
                while (question := self._receive()) is None:
                    pass
            self._answer(question)

    def _receive(self) -> Call | None:
        """Do what the next message says, in order, or hand out the question it holds."""
        try:
            message = self._pipe.receive()
        except (EOFError, OSError):
            os._exit(1)  # The server is gone, and with it whoever could use a result.
        if isinstance(message, Call):
            if not isinstance(message.question, PackRequest):
                return message
            self._forward(message.call_id, message.question)  # At once, for its body may come next.
            return None
        if isinstance(message, StreamMessage):
            self._desk.take(message)
            return None
        if isinstance(message, Cancel):
            if token := self._tokens.get(message.prompt_id):
                token.cancel()
            return None
        if isinstance(message, RunPrompt):
            self._tokens[message.prompt_id] = CancelToken()
        self._work.put(message)
        return None

    def _run(self, executor: Executor, work: RunPrompt) -> Finished:
        try:
            known = self._parsed.take(work.graph)
            run = Run(
                prompt_id=work.prompt_id,
                prompt=known.prompt if known else Prompt.parse(json.loads(work.graph)),
                outputs=tuple(json.loads(work.targets)),
                extra_data=json.loads(work.extra_data),
                classes=known.classes if known else None,
                order=known.order if known else None,
            )
            STAGE.client_id, STAGE.prompt_id = run.extra_data.get("client_id"), run.prompt_id
            outcome = executor.run(run, self._outbox.emit, self._tokens[work.prompt_id])
        except Exception as error:
            outcome = self._fail(work.prompt_id, error)
        STAGE.node_id = None
        return Finished(work.prompt_id, outcome.status, to_json(outcome.outputs), to_json(outcome.meta))

    def _fail(self, prompt_id: str, error: Exception) -> Outcome:
        """The engine itself failed; the client learns of it as of any other error."""
        logging.getLogger(__name__).exception("Prompt %s could not be run", prompt_id)
        event = ExecutionError(
            prompt_id=prompt_id,
            node_id="",
            node_type="",
            executed=[],
            exception_message=str(error),
            exception_type=type(error).__name__,
            traceback=traceback.format_exception(error),
        )
        self._outbox.emit(event)
        return Outcome("error", {}, {}, event)

    def _free(self, cache: Cache, work: Free) -> None:
        if work.forget_results:
            cache.clear()
        if free_memory := _hook(self._options, "free_memory"):
            free_memory(work.unload_models)

    def _answer(self, call: Call) -> None:
        try:
            self._outbox.send(Answer(call.call_id, self._find_answer(call.question)))
        except PromptError as error:
            self._outbox.send(Refusal(call.call_id, plain(error.wire())))
        except BaseException:
            # A pack that calls exit() must not end the thread that questions wait for.
            self._outbox.send(Failure(call.call_id, traceback.format_exc()))

    def _forward(self, call_id: int, request: PackRequest) -> None:
        """No thread waits for the answer: a pack's route may take its time."""

        def tell(part: PackReply | StreamMessage | None) -> None:
            self._outbox.send(part if isinstance(part, StreamMessage) else Answer(call_id, part))

        def fail(error: BaseException) -> None:
            self._outbox.send(Failure(call_id, "".join(traceback.format_exception(error))))

        try:
            self._desk.forward(request, call_id, tell, fail)
        except Exception as error:
            fail(error)

    def _find_answer(self, question: Question) -> Any:
        if isinstance(question, Validate):
            return self._validate(question)
        if isinstance(question, Describe):
            return self._describe(question.class_type)
        if isinstance(question, DescribePacks):
            describe_packs = _hook(self._options, "describe_packs")
            return to_json(describe_packs() if describe_packs else [])
        if isinstance(question, CountTokens):
            count_tokens = _hook(self._options, "count_tokens")
            return count_tokens(question.text) if count_tokens else None
        if isinstance(question, ChangePrompt):
            return self._change_prompt(question)
        return self._read_stats()

    def _change_prompt(self, question: ChangePrompt) -> str:
        body = json.loads(question.body)
        if question.workflow is not None:
            workflow = json.loads(question.workflow)
            body["prompt"] = self._convert(workflow)
            body.setdefault("extra_data", {}).setdefault("extra_pnginfo", {}).setdefault("workflow", workflow)
        return to_json(self._desk.change_prompt(body))

    def _validate(self, question: Validate) -> Validated:
        graph = json.loads(question.graph)
        prompt = Prompt.parse(self._convert(graph) if question.is_workflow else graph)
        found = validate(prompt, self._nodes, question.targets)
        if found.error is not None:
            raise PromptError(**found.error, node_errors=found.node_errors)
        is_same = not question.is_workflow and found.prompt.is_as_read
        text = question.graph if is_same else to_json(found.prompt.to_json())
        self._parsed.keep(text, found)
        return Validated(None if is_same else text, tuple(found.outputs), plain(found.node_errors), found.drawn)

    def _convert(self, workflow: Any) -> Any:
        from execution.workflow import check_classes, convert  # Seldom needed: pages send prompts.

        graph = convert(workflow, Descriptions(self._nodes))
        check_classes(workflow, graph)
        return graph

    def _describe(self, class_type: str | None) -> str:
        if class_type is None:
            return to_json(describe(self._nodes))
        found = Descriptions(self._nodes).get(class_type)
        return to_json({class_type: found} if found is not None else {})

    def _read_stats(self) -> WorkerStats:
        devices, versions = _hook(self._options, "device_stats"), _hook(self._options, "library_versions")
        return WorkerStats(tuple(plain(devices())) if devices else (), plain(versions()) if versions else {})


def make_executor(options: WorkerOptions, nodes: Mapping[str, type]) -> Executor:
    """An executor with an empty cache, as the flags want them."""
    engine = options.engine
    cache = Cache(engine.cache_bytes, engine.cache_policy, engine.cache_entries)
    return Executor(nodes, cache, _hook(options, "around_call") or contextlib.nullcontext, engine.check_mutation)


def load_nodes(options: WorkerOptions) -> Mapping[str, type]:
    """The node classes by class type, from the place that the options name."""
    paths.configure(options.engine.paths)
    compat.install({SERVER: options.pack_server})
    module, _, function = options.load_nodes.partition(":")
    # What is imported stays for good: walking it in search of garbage only delays the start, and every run after it.
    gc.disable()
    try:
        home = importlib.import_module(module)
        compat.install(getattr(home, "PACK_NAMES", {}))
        nodes: Mapping[str, type] = getattr(home, function)(options.engine)
    finally:
        gc.freeze()
        gc.enable()
    return nodes


def _hook(options: WorkerOptions, name: str) -> Any:
    """A function that may stand beside the one that loads the nodes."""
    return getattr(sys.modules[options.load_nodes.partition(":")[0]], name, None)


def _sendable(event: Event) -> Event:
    """The server has none of the libraries whose objects a node may put into its output."""
    if isinstance(event, Executed):
        return replace(event, output=plain(event.output))
    if isinstance(event, NodeFailure):
        return replace(event, current_inputs=plain(event.current_inputs), current_outputs=plain(event.current_outputs))
    return event
