"""What a worker says of node classes, for what the server itself does with workflows."""

import json
from collections.abc import Iterable
from typing import Any

from execution.messages import Describe
from web.server.services import Services


async def described(services: Services, class_types: Iterable[str]) -> dict[str, Any]:
    """The interfaces of the classes, by name; nothing of those that are not known."""
    object_info: dict[str, Any] = {}
    for class_type in class_types:
        object_info |= json.loads(await services.dispatcher.ask(Describe(class_type)))
    return object_info
