"""Comparing prompts that differ only in the ids of their nodes."""

import hashlib
import json
from typing import Any

Graph = dict[str, Any]


def without_ids(prompt: Graph) -> list[str]:
    """The nodes of a prompt, sorted, each told by its content and that of what it depends on."""
    told: dict[str, str] = {}

    def tell(node_id: str) -> str:
        if node_id not in told:
            entry = prompt[node_id]
            inputs = {
                name: f"{brief(tell(value[0]))} output {value[1]}" if is_link(value) else tell_value(value)
                for name, value in entry["inputs"].items()
            }
            told[node_id] = json.dumps([entry.get("class_type"), entry["_meta"], inputs], sort_keys=True)
        return told[node_id]

    def brief(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def tell_value(value: Any) -> str:
        # 1 and 1.0 are one number to the front end.
        return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, sort_keys=True)

    def is_link(value: Any) -> bool:
        return isinstance(value, list) and len(value) == 2 and value[0] in prompt

    return sorted(tell(node_id) for node_id in prompt)
