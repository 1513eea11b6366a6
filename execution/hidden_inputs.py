"""What the engine itself gives to nodes that ask for it as a hidden input."""

from collections.abc import Callable
from typing import Any

from execution.compat.pack_prompt import PackPrompt
from execution.dynamic import DynamicPrompt
from execution.node_class import NodeClass
from execution.once import once
from execution.run import Run


class HiddenInputs:
    """The hidden inputs of a run's nodes, each made only where a node asks for it."""

    def __init__(self, run: Run, nodes: DynamicPrompt) -> None:
        self._run = run
        self._nodes = nodes

    def of(self, node_id: str, declared: NodeClass) -> dict[str, Any]:
        """By what is asked for (`"PROMPT"`, …), as far as the engine knows of such."""
        given: dict[str, Callable[[], Any]] = {
            "PROMPT": lambda: self._prompt_json,
            "EXTRA_PNGINFO": lambda: self._run.extra_data.get("extra_pnginfo"),
            "UNIQUE_ID": lambda: node_id,
            "DYNPROMPT": lambda: PackPrompt(self._nodes),
            # Packs that sell a service ask for these; no secret of another service is kept here.
            "AUTH_TOKEN_COMFY_ORG": lambda: None,
            "API_KEY_COMFY_ORG": lambda: None,
        }
        return {wanted: given[wanted]() for wanted in declared.asked_for.values() if wanted in given}

    @once
    def _prompt_json(self) -> dict[str, Any]:
        return self._run.prompt.to_json()
