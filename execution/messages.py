"""What the server and a worker say to each other over their pipe: requests down, answers and events up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from execution.events import Event
from execution.folders import FolderTable
from execution.options import EngineOptions
from execution.worker_output import LogLine


@dataclass(frozen=True)
class WorkerOptions:
    """What a worker needs to begin. `load_nodes` is `module:function`, called with the engine's options.

    `pack_server` is the module that packs get as `server`; `black_box` is the file in which it notes where it is, and
    `left_out` names packs that earlier workers did not survive, each with what became of those. `address`, `port` and
    `web_root`, the folder of the page, are the server's, which packs ask for.
    """

    engine: EngineOptions
    load_nodes: str = "nodes.registry:load_nodes"
    cuda_device: int | None = None
    black_box: Path | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    pack_server: str = "web.packs.server"
    address: str = "127.0.0.1"
    port: int = 8188
    web_root: str = ""


# Down: work, done in order on the compute thread.


@dataclass(frozen=True)
class RunPrompt:
    """Run a validated prompt; `graph`, `extra_data` and `targets` are the JSON texts of its queue row."""

    prompt_id: str
    graph: str
    extra_data: str
    targets: str


@dataclass(frozen=True)
class Free:
    """Let go of memory when the running prompt has ended."""

    unload_models: bool
    forget_results: bool


@dataclass(frozen=True)
class Shutdown:
    """End after the running prompt."""


# Down: at once.


@dataclass(frozen=True)
class Cancel:
    """Stop a prompt that was sent to this worker."""

    prompt_id: str


# Down: questions, answered while a prompt runs.


@dataclass(frozen=True)
class Validate:
    """Is this graph, a JSON text, fit to run? Answered by `Validated`.

    With `is_workflow` it is an editor's and converted first.
    """

    graph: str
    targets: tuple[str, ...] | None = None
    is_workflow: bool = False


@dataclass(frozen=True)
class Describe:
    """The interface of one node class, or of all; answered by JSON text."""

    class_type: str | None = None


@dataclass(frozen=True)
class Stats:
    """What the worker's device and libraries are; answered by `WorkerStats`."""


@dataclass(frozen=True)
class DescribePacks:
    """What became of the packs, and which of their files have changed since; answered by JSON text."""


@dataclass(frozen=True)
class CountTokens:
    """How long a prompt text is to a text encoder.

    Answered by its tokens, its chunks and the embeddings that it names in vain; None where nobody counts.
    """

    text: str


@dataclass(frozen=True)
class ChangePrompt:
    """A posted body, as JSON text, which packs may change before it is validated; answered by JSON text.

    Where the body holds an editor's `workflow`, that is put into it as the prompt that it means.
    """

    body: str
    workflow: str | None = None


@dataclass(frozen=True)
class PackRequest:
    """An HTTP request for a route of a pack; answered by a `PackReply`, or None where no pack has such a route.

    `peer` is the address of whoever asks, as a socket's `getpeername` tells it. The bodies of request and answer follow
    as `StreamMessage`s with the call's number.
    """

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    has_body: bool = False
    peer: tuple[Any, ...] = ()


Question = Validate | Describe | Stats | DescribePacks | CountTokens | ChangePrompt | PackRequest


# Both ways: the bodies of a call.


@dataclass(frozen=True)
class StreamPiece:
    """The next piece of a body; an empty one is its end."""

    call_id: int
    piece: bytes


@dataclass(frozen=True)
class StreamTaken:
    """A piece was taken; another may follow."""

    call_id: int


@dataclass(frozen=True)
class StreamBroken:
    """Nothing more is to come or to be sent."""

    call_id: int
    reason: str


StreamMessage = StreamPiece | StreamTaken | StreamBroken


@dataclass(frozen=True)
class Call:
    """A question with the number that its answer will carry."""

    call_id: int
    question: Question


# Up.


@dataclass(frozen=True)
class Ready:
    """The node classes are loaded; the worker takes work."""

    node_count: int


@dataclass(frozen=True)
class LoadFailed:
    """The node classes cannot be loaded; the worker ends."""

    reason: str


@dataclass(frozen=True)
class Printed:
    """Lines that the worker has printed or logged."""

    lines: tuple[LogLine, ...]


@dataclass(frozen=True)
class Answer:
    """The value that a question asked for."""

    call_id: int
    value: Any


@dataclass(frozen=True)
class Refusal:
    """The body of a `PromptError` that a question led to."""

    call_id: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """A question ended in an error that nobody foresaw."""

    call_id: int
    reason: str


@dataclass(frozen=True)
class Validated:
    """A graph that can run, as JSON text with its values coerced; its good outputs, what is wrong with others.

    `graph` is None where the text that was asked about says the same. `drawn` are the seeds drawn in place of -1, by
    node and input.
    """

    graph: str | None
    targets: tuple[str, ...]
    node_errors: Mapping[str, Any]
    drawn: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkerStats:
    """Rows for each device as `/system_stats` shows them, and the versions of libraries by name."""

    devices: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PackReply:
    """How a pack's route begins to answer."""

    status: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PackMessage:
    """What a pack tells the clients of one id, or all: JSON text under the name of an event, or a binary message."""

    event: str
    content: str | bytes
    sid: str | None = None


@dataclass(frozen=True)
class QueueWish:
    """What a pack wants of the queue: to `add` a prompt, to `remove` some that wait, or to `free` memory.

    Fields that a wish has no use for stay as they are; `graph`, `extra_data` and `targets` are JSON texts.
    """

    kind: str
    prompt_ids: tuple[str, ...] = ()
    graph: str = ""
    extra_data: str = "{}"
    targets: str = "[]"
    number: float | None = None
    front: bool = False
    unload_models: bool = False
    forget_results: bool = False


@dataclass(frozen=True)
class PackState:
    """What packs have set up that concerns the server; sent before `Ready` and whenever it has changed.

    `web_folders` are the folders of scripts that packs give to the page, by pack; `replaced` tells of the node
    classes that others have taken the place of, by their names.
    """

    folders: FolderTable
    web_folders: Mapping[str, str]
    changes_prompts: bool = False
    answers_requests: bool = False
    replaced: Mapping[str, Any] = field(default_factory=dict)


PackWord = PackMessage | PackState | QueueWish
"""Everything that a worker tells the server on behalf of its packs."""


@dataclass(frozen=True)
class Emitted:
    """Events of a running prompt, in order."""

    events: tuple[Event, ...]


@dataclass(frozen=True)
class Finished:
    """A prompt ended: `status` is success, error or cancelled; `outputs` and `meta` are JSON texts."""

    prompt_id: str
    status: str
    outputs: str
    meta: str
