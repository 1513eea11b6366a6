"""Write schema_facts.json anew after a node was added: `python -m tests.nodes.record_schema_facts`."""

import json

from tests.nodes.test_schema import FACTS, TABLE, recorded_interface

if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(recorded_interface(name))}" for name in sorted(TABLE)]
    FACTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
