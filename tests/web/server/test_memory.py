"""However many prompts have run, server and worker hold no more memory than after the first few."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.web.server import graphs
from tests.web.server.conftest import Api, RealServer, ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Held:
    """Resident memory in bytes."""

    server: int
    worker: int


def look(server: ServerProcess) -> Held:
    assert server.process is not None
    (worker,) = server.worker_pids()
    return Held(*(psutil.Process(pid).memory_info().rss for pid in (server.process.pid, worker)))


def picture(checkpoint: str, seed: int) -> dict[str, Any]:
    """A picture of 64 × 64 by a small model, saved."""
    sampling = {"seed": seed, "steps": 2, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": f"cat {seed}"}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": ""}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": {**links, **sampling}},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "a"}},
    }


async def run(api: Api, graph: dict[str, Any]) -> None:
    entry = await api.wait_ended(await api.queue(graph, client_id="memory"))
    assert entry["status"]["completed"], entry["status"]


async def test_fifty_jobs_with_alternating_models_hold_hardly_more_than_five(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    from tests.comfy.small_sd1 import write_small_checkpoint

    server = RealServer(tmp_path / "skein")
    folder = server.folder / "models" / "checkpoints"
    folder.mkdir(parents=True)
    names = [write_small_checkpoint(folder / f"small{seed}.safetensors", seed=10 * seed).name for seed in range(3)]
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        held: list[Held] = []
        for job in range(50):
            await run(api, picture(names[job % len(names)], seed=job))
            held.append(look(server))
    finally:
        server.stop()
    early, late = held[4], held[49]
    print(f"after 5 jobs {early}, after 50 {late}")
    assert late.worker <= 1.1 * early.worker
    assert late.server <= 1.1 * early.server


@pytest.mark.parametrize("kind", [ServerProcess, RealServer])
async def test_a_thousand_trivial_prompts_hold_no_more_than_fifty(
    tmp_path: Path, session: aiohttp.ClientSession, kind: type[ServerProcess]
) -> None:
    server = kind(tmp_path / "skein")
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        async with api.socket("memory") as socket:
            held: dict[int, Held] = {}
            for number in range(1, 1001):
                prompt_id = await api.queue(graphs.picture(colour=number), client_id="memory")
                end = f'{{"type":"executing","data":{{"node":null,"prompt_id":"{prompt_id}"}}}}'
                while (await socket.receive()).data != end:
                    continue
                if number in (50, 500, 1000):
                    held[number] = look(server)
    finally:
        server.stop()
    print(held)
    assert held[1000].server - held[50].server <= 5 * MEBIBYTE
    assert held[1000].worker - held[50].worker <= 5 * MEBIBYTE
