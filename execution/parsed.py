"""The prompts that were validated last, so that they need not be read again when they run."""

from collections import OrderedDict
from threading import Lock

from execution.validate import Validation

MOST_PROMPTS = 4


class ParsedPrompts:
    """Keeps a few prompts by their JSON text until each is asked for once; any thread may call it."""

    def __init__(self) -> None:
        self._prompts: OrderedDict[str, Validation] = OrderedDict()
        self._lock = Lock()

    def keep(self, text: str, found: Validation) -> None:
        """Remember what a text says, in place of the oldest where there are too many."""
        with self._lock:
            self._prompts[text] = found
            if len(self._prompts) > MOST_PROMPTS:
                self._prompts.popitem(last=False)

    def take(self, text: str) -> Validation | None:
        """What a text says, if that is remembered; it is not any more then."""
        with self._lock:
            return self._prompts.pop(text, None)
