"""What the runs of an executor share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from execution.background import Around, Background
from execution.cache import Cache
from execution.forecast import Timings


@dataclass(frozen=True)
class Engine:
    """What outlives a run: the node classes, the results, the threads, the nodes' objects."""

    nodes: Mapping[str, type]
    cache: Cache
    background: Background
    around: Around
    object_of: Callable[[str, type], Any]
    check_mutation: bool = False
    timings: Timings = field(default_factory=Timings)
