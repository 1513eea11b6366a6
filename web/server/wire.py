"""Queue items, history entries and jobs as clients read them, put together from the JSON texts that are stored."""

import json
from collections.abc import Iterable
from typing import Any

from execution.history import HistoryEntry, JobRow
from execution.plain import to_json
from execution.queue import QueueItem

# Below it a float holds every whole number.
EXACT = 2**53
JOB_STATES: dict[str, tuple[str, str | None]] = {
    "pending": ("pending", None),
    "in_progress": ("running", None),
    "completed": ("done", "success"),
    "failed": ("done", "error"),
    "cancelled": ("done", "cancelled"),
}
_NAMES = {state: name for name, state in JOB_STATES.items()}


def tidy_number(number: float) -> float | int:
    """A queue number without a needless fraction, nor with hundreds of digits that nobody has given."""
    return int(number) if abs(number) < EXACT and float(number).is_integer() else number


def queue_tuple(item: QueueItem | HistoryEntry) -> str:
    """`[number, id, graph, extra_data, outputs]`"""
    start = f"{to_json(tidy_number(item.number))},{json.dumps(item.prompt_id)}"
    return f"[{start},{item.graph},{item.extra_data},{item.targets}]"


def queue_text(running: Iterable[QueueItem], pending: Iterable[QueueItem], is_paused: bool) -> str:
    """The answer of GET /queue."""
    lists = (",".join(map(queue_tuple, items)) for items in (running, pending))
    return '{{"queue_running":[{}],"queue_pending":[{}],"paused":{}}}'.format(*lists, json.dumps(is_paused))


def history_text(entries: Iterable[HistoryEntry]) -> str:
    """The answer of GET /history: entries by prompt id."""
    return "{" + ",".join(f"{json.dumps(entry.prompt_id)}:{_entry_text(entry)}" for entry in entries) + "}"


def _entry_text(entry: HistoryEntry) -> str:
    is_success = entry.status == "success"
    status_str = "success" if is_success else "error"
    status = f'{{"status_str":"{status_str}","completed":{json.dumps(is_success)},"messages":{entry.messages}}}'
    parts = f'"prompt":{queue_tuple(entry)},"outputs":{entry.outputs},"status":{status},"meta":{entry.meta}'
    return f'{{{parts},"times":{to_json(_times(entry))}}}'


def _times(entry: HistoryEntry) -> dict[str, float]:
    """When a prompt was queued, began and ended, in milliseconds, and how long it ran."""
    if entry.started is None:
        return {"created": entry.created, "finished": entry.finished}
    seconds = (entry.finished - entry.started) / 1000
    return {"created": entry.created, "started": entry.started, "finished": entry.finished, "seconds": seconds}


def job_object(job: JobRow) -> dict[str, Any]:
    """One row of GET /jobs."""
    times = {"execution_start_time": job.started, "execution_end_time": job.finished}
    return {
        "id": job.prompt_id,
        "status": _NAMES[(job.state, job.status)],
        "create_time": job.created,
        "priority": tidy_number(job.number),
        **{name: time for name, time in times.items() if time is not None},
        **(json.loads(job.summary) if job.summary else {}),
    }


def job_detail(job: JobRow, item: QueueItem, entry: HistoryEntry | None) -> dict[str, Any]:
    """The answer of GET /jobs/{id}: the row, what it made, and what was asked for."""
    return {
        **job_object(job),
        "outputs": json.loads(entry.outputs) if entry else {},
        "execution_status": json.loads(entry.messages) if entry else [],
        "workflow": {
            "prompt": json.loads(item.graph),
            "extra_data": json.loads(item.extra_data),
            "targets": json.loads(item.targets),
        },
    }
