"""A running prompt as the server sees it."""

import json
from typing import Any

from execution.events import (
    Event,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    NodeBlocked,
    Preview,
    ProgressState,
)
from execution.queue import QueueItem
from execution.running import MOST_AT_WORK, SMALL_SNAPSHOT, RunningPrompt

GRAPH = json.dumps({"4": {"class_type": "KSampler", "inputs": {"steps": 20}}})


def make(sent: list[Event]) -> RunningPrompt:
    return RunningPrompt(QueueItem("p", 1.0, "running", "c", 0, 0, 1, 0, GRAPH, "{}", "[]"), sent.append)


def state(node: str, name: str = "running") -> dict[str, Any]:
    return {node: {"value": 0, "max": 1, "state": name, "node_id": node, "display_node_id": f"{node}!"}}


async def test_the_ending_is_kept_until_the_history_is_stored() -> None:
    sent: list[Event] = []
    running = make(sent)
    running.take(ExecutionStart("p"))
    running.take(ExecutionSuccess("p"))
    assert [event.type for event in sent] == ["execution_start"]
    assert [ending.type for ending in running.endings] == ["execution_success"]
    result = running.result("success", "{}", "{}")
    assert [name for name, _ in json.loads(result.messages)] == ["execution_start", "execution_success"]


async def test_a_block_is_told_at_once_and_failures_at_the_end() -> None:
    sent: list[Event] = []
    running = make(sent)
    told = {"prompt_id": "p", "node_type": "T", "executed": [], "traceback": []}
    for kind, node in ((NodeBlocked, "1"), (ExecutionError, "2"), (ExecutionError, "3")):
        running.take(kind(node_id=node, exception_message=node, exception_type="E", **told))
    assert [(event.type, event.wire()["node_id"]) for event in sent] == [("execution_error", "1")]
    assert [ending.wire()["node_id"] for ending in running.endings] == ["2", "3"]
    result = running.result("error", "{}", "{}")
    assert [message["node_id"] for _, message in json.loads(result.messages)] == ["1", "2", "3"]
    assert json.loads(result.summary)["execution_error"]["node_id"] == "2"


async def test_changes_of_few_nodes_are_sent_at_once_as_a_whole() -> None:
    sent: list[Event] = []
    running = make(sent)
    running.take(ProgressState("p", state("1")))
    running.take(ProgressState("p", state("2")))
    assert [sorted(event.nodes) for event in sent if isinstance(event, ProgressState)] == [["1"], ["1", "2"]]


async def test_of_many_nodes_only_what_changed_is_sent_and_what_began_last_of_what_is_at_work() -> None:
    sent: list[Event] = []
    running = make(sent)
    count = 20 * SMALL_SNAPSHOT
    for number in range(count):
        running.take(ProgressState("p", state(str(number))))
    assert len(sent) == count
    running.take(ProgressState("p", state(str(count - 1), "finished")))
    last = sent[-1]
    assert isinstance(last, ProgressState)
    assert set(last.nodes) == {str(count - n) for n in range(1, MOST_AT_WORK + 2)}
    assert last.nodes[str(count - 1)]["state"] == "finished"
    assert sum(len(event.nodes) for event in sent if isinstance(event, ProgressState)) < 12 * count
    running.tell_whole()
    whole = sent[-1]
    assert whole == running.snapshot()[-1]
    assert isinstance(whole, ProgressState)
    assert len(whole.nodes) == count


async def test_a_newcomer_hears_where_the_prompt_is() -> None:
    running = make([])
    assert running.snapshot() == []
    running.take(ProgressState("p", state("4")))
    running.take(Executing("p", "4", "4!"))
    preview = Preview("p", "4", "4!", None, "4", b"jpeg")
    running.take(preview)
    cached = ExecutionCached("p", ["1", "2"])
    running.take(cached)
    executing, kept, states = running.snapshot()
    assert executing == Executing("p", "4", "4!")
    assert kept is cached
    assert states.wire()["nodes"] == state("4")
    assert running.preview is preview


async def test_a_death_replaces_whatever_end_was_told_before() -> None:
    running = make([])
    running.take(ProgressState("p", {**state("1", "finished"), **state("4")}))
    running.take(Executing("p", "4", "4"))
    running.take(ExecutionSuccess("p"))
    running.end_by_death("The worker was ended by SIGKILL", "It held 7 GiB")
    start, ending = running.endings
    assert isinstance(start, ExecutionStart)
    assert isinstance(ending, ExecutionError)
    assert (ending.node_id, ending.node_type, ending.executed) == ("4", "KSampler", ["1"])
    told = "The worker was ended by SIGKILL while it ran node 4 (KSampler). It was tried 1 times. It held 7 GiB."
    assert ending.exception_message == told
    assert ending.current_inputs == {"steps": [20]}
    result = running.result("error", "{}", "{}")
    assert [name for name, _ in json.loads(result.messages)] == ["execution_start", "execution_error"]
    assert json.loads(result.summary)["execution_error"]["node_id"] == "4"


async def test_a_worker_that_dies_before_it_tells_anything_is_heard_to_begin_first() -> None:
    running = make([])
    running.node = "4"  # as the inquest finds it
    running.end_by_death("The worker was ended by SIGKILL")
    assert [event.type for event in running.endings] == ["execution_start", "executing", "execution_error"]
    assert running.endings[1] == Executing("p", "4", "4")


async def test_what_a_dying_worker_has_told_is_not_told_again() -> None:
    running = make([])
    running.take(ExecutionStart("p"))
    running.take(Executing("p", "4", "4"))
    running.end_by_death("The worker was ended by SIGKILL")
    assert [event.type for event in running.endings] == ["execution_error"]


async def test_a_prompt_cancelled_before_it_began_has_no_node() -> None:
    running = make([])
    running.end_by_cancel()
    [ending] = running.endings
    assert isinstance(ending, ExecutionInterrupted)
    assert ending.node_id == ""
