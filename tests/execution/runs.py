"""Running small prompts in tests, and what came of them."""

from dataclasses import dataclass, field
from typing import Any

from execution.cache import Cache
from execution.events import Event
from execution.executor import Executor, Outcome, Run
from execution.progress import CancelToken
from execution.prompt import Prompt
from tests.execution.toys import TOYS, prompt


@dataclass
class Ran:
    """A run that ended, with everything that was told."""

    outcome: Outcome
    events: list[Event]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event.wire() for event in self.events if event.type == kind]

    @property
    def started(self) -> list[str]:
        """The nodes that were really run, in order."""
        return [event["node"] for event in self.of("executing")]

    @property
    def cached(self) -> list[str]:
        return self.of("execution_cached")[0]["nodes"]

    def shown(self, node_id: str) -> Any:
        return self.outcome.outputs[node_id]["shown"]


@dataclass
class Bench:
    """An executor with the toy nodes and a few more."""

    more: dict[str, type] = field(default_factory=dict)
    cache: Cache = field(default_factory=lambda: Cache(10**8))

    def __post_init__(self) -> None:
        self.executor = Executor(TOYS | self.more, self.cache)

    def run(self, prompt: Prompt, *outputs: str, cancel: CancelToken | None = None, **extra_data: Any) -> Ran:
        events: list[Event] = []
        run = Run("p", prompt, outputs or ("show",), extra_data)
        outcome = self.executor.run(run, events.append, cancel or CancelToken())
        return Ran(outcome, events)


def run(nodes: dict[str, type], *outputs: str, **graph: Any) -> Ran:
    """Run one prompt with the toy nodes and these."""
    return Bench(nodes).run(prompt(**graph), *outputs)
