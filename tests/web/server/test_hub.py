"""Who hears what, and how much may wait for all together."""

import asyncio
from typing import Any

import pytest

from execution.events import Executing, Preview
from tests.web.server.test_client import SlowTransport
from web.server import hub as hub_module
from web.server.client import Client
from web.server.hub import Hub


def join(hub: Hub, sid: str, hears_all: bool = False) -> tuple[Client, SlowTransport]:
    transport = SlowTransport()
    client = Client(None, transport, transport.drain, sid, hub.backlog, hears_all)  # type: ignore[arg-type]
    hub.add(client)
    return client, transport


async def test_an_event_is_heard_by_its_owner_and_by_those_who_watch() -> None:
    hub = Hub()
    clients = {name: join(hub, name, name == "watcher")[0] for name in ("owner", "other", "watcher")}
    hub.send_event(Executing("p", "4"), "owner")
    assert [name for name, client in clients.items() if client.waiting_bytes] == ["owner", "watcher"]
    hub.remove(clients["watcher"])
    before = clients["watcher"].waiting_bytes
    hub.send_event(Executing("p", "5"), "owner")
    assert clients["watcher"].waiting_bytes == before


async def test_a_watcher_hears_its_own_prompts_once() -> None:
    hub = Hub()
    watcher, _ = join(hub, "watcher", hears_all=True)
    hub.send_event(Executing("p", "4"), "watcher")
    once = watcher.waiting_bytes
    hub.send_event(Executing("p", "4"), "somebody else")
    assert watcher.waiting_bytes == 2 * once


async def test_a_preview_that_many_wait_for_is_kept_once_in_each_form() -> None:
    hub = Hub()
    for number in range(10):
        client, _ = join(hub, "same")
        client.wants_metadata = number % 2 == 0
    hub.send_event(Preview("p", "4", "4", None, "4", bytes(100_000)), "same")
    assert 200_000 < hub.backlog.bytes < 210_000


async def test_when_too_much_waits_for_all_together_the_one_furthest_behind_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "MOST_WAITING_BYTES", 100_000)
    hub = Hub()
    transports: dict[str, Any] = {name: join(hub, name)[1] for name in "abc"}
    for name, times in (("a", 3), ("b", 60), ("c", 30)):
        for number in range(times):
            hub.send_event(Executing("p" * 1000, str(number)), name)
            await asyncio.sleep(0)
    assert [name for name, transport in transports.items() if transport.was_aborted] == ["b"]
    assert hub.backlog.bytes <= 100_000
