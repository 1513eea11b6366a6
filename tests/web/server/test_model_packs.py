"""Packs that work with models, as they are written for ComfyUI, make the same pictures as the built-in nodes."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import psutil
import pytest

from tests.comfy.small_sd1 import write_small_checkpoint
from tests.web.server.conftest import Api, RealServer, running, until
from tests.web.server.model_packs_written import ALL
from tests.web.server.packs_written import write

LARGE = 4096 * 4096 * 3 * 4
"""Bytes of the largest picture here."""

SAMPLED = {"seed": 5, "steps": 2, "cfg": 4.0, "sampler_name": "euler", "scheduler": "normal"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    folder = tmp_path_factory.mktemp("skein")
    write(folder / "custom_nodes", ALL)
    write(folder / "models" / "words", {"a.txt": "hello", "b.bin": "no text"})
    (folder / "elsewhere").mkdir()
    write_small_checkpoint(folder / "elsewhere" / "small.safetensors")
    yield from running(RealServer(folder))


def a(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def graph(**more: Any) -> dict[str, Any]:
    """A picture by the built-in nodes, shown as digests of its latent and its pixels, and more."""
    return {
        "c": a("CheckpointLoaderSimple", ckpt_name="small.safetensors"),
        "p": a("CLIPTextEncode", clip=["c", 1], text="a (red:1.2) apple"),
        "n": a("CLIPTextEncode", clip=["c", 1], text=""),
        "l": a("EmptyLatentImage", width=64, height=64, batch_size=1),
        "k": sampler("KSampler"),
        "v": a("VAEDecode", samples=["k", 0], vae=["c", 2]),
        "latent": a("Digest", value=["k", 0]),
        "image": a("Digest", value=["v", 0]),
        **more,
    }


def sampler(class_type: str, model: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    inputs = {**SAMPLED, "positive": ["p", 0], "negative": ["n", 0], "latent_image": ["l", 0], "denoise": 1.0}
    return a(class_type, model=model or ["c", 0], **{**inputs, **changes})


async def digests(api: Api, prompt: dict[str, Any]) -> dict[str, str]:
    entry = await api.wait_ended(await api.queue(prompt))
    assert entry["status"]["status_str"] == "success", json.dumps(entry["status"]["messages"][-1])[:3000]
    return {node: shown["text"][0] for node, shown in entry["outputs"].items() if "text" in shown}


async def test_samplers_of_packs_make_the_picture_of_the_built_in_one(api: Api) -> None:
    at_once = a(
        "SamplerAtOnce", model=["c", 0], clip=["c", 1], vae=["c", 2], text="a (red:1.2) apple",
        sampler_name="euler", scheduler="normal", size=64,
    )  # fmt: skip
    found = await digests(
        api,
        graph(
            own=sampler("SamplerWithPreview"), own_digest=a("Digest", value=["own", 0]),
            once=at_once, once_latent=a("Digest", value=["once", 0]), once_image=a("Digest", value=["once", 1]),
        ),
    )  # fmt: skip
    assert found["own_digest"] == found["once_latent"] == found["latent"]
    assert found["once_image"] == found["image"]


async def test_a_patched_model_goes_through_the_built_in_sampler(api: Api) -> None:
    found = await digests(
        api,
        graph(
            same=a("Wrapped", model=["c", 0], factor=1.0), other=a("Wrapped", model=["c", 0], factor=3.0),
            k2=sampler("KSampler", ["same", 0]), same_digest=a("Digest", value=["k2", 0]),
            k3=sampler("KSampler", ["other", 0]), other_digest=a("Digest", value=["k3", 0]),
        ),
    )  # fmt: skip
    assert found["same_digest"] == found["latent"] != found["other_digest"]


async def test_files_and_folders_of_a_pack_are_read(api: Api) -> None:
    told = await api.get("/object_info/ReadWords")
    assert told["ReadWords"]["input"]["required"]["name"][0] == ["a.txt"]
    found = await digests(
        api,
        graph(
            words=a("ReadWords", name="a.txt"), own=a("ReadCheckpoint", name="small.safetensors"),
            k2=sampler("KSampler", ["own", 0]), own_digest=a("Digest", value=["k2", 0]),
        ),
    )  # fmt: skip
    assert (found["words"], found["own_digest"]) == ("hello", found["latent"])


async def test_tiles_are_blended_and_a_schemas_node_expands_into_samplers(api: Api) -> None:
    prompt = graph(
        twice=a("Twice", model=["c", 0], positive=["p", 0], negative=["n", 0], latent=["l", 0], seed=5),
        twice_digest=a("Digest", value=["twice", 0]),
        k2=sampler("KSampler", seed=6, denoise=0.5, latent_image=["k", 0]), k2_digest=a("Digest", value=["k2", 0]),
        big=a("Doubled", image=["v", 0]), big_digest=a("Digest", value=["big", 0], digits=3),
        scaled=a("ImageScaleBy", image=["v", 0], upscale_method="nearest-exact", scale_by=2.0),
        scaled_digest=a("Digest", value=["scaled", 0], digits=3),
    )  # fmt: skip
    found = await digests(api, prompt)
    assert found["twice_digest"] == found["k2_digest"]
    assert found["big_digest"] == found["scaled_digest"]


async def test_a_pack_stops_what_runs(api: Api) -> None:
    prompt_id = await api.queue({"f": a("Forever")})
    await api.wait_running(prompt_id)
    await api.post("/models_pack/stop")
    entry = await api.wait_ended(prompt_id)
    assert "execution_interrupted" in [kind for kind, _ in entry["status"]["messages"]]


async def test_a_name_that_is_not_there_is_said_with_what_helps(api: Api) -> None:
    await api.get("/object_info/Digest")
    (missing,) = [pack for pack in (await api.get("/packs"))["packs"] if pack["name"] == "misses"]
    assert missing["state"] == "failed"
    assert "comfy.not_there" in missing["problem"]
    assert "not part of Skein" in missing["remedy"]
    assert all(isinstance(pack["seconds"], float) for pack in (await api.get("/packs"))["packs"])


async def test_memory_is_given_back_on_request(api: Api, server: RealServer) -> None:
    await digests(api, graph())
    (worker,) = server.worker_pids()
    large = {"e": a("EmptyImage", width=4096, height=4096, batch_size=1, color=7), "d": a("Digest", value=["e", 0])}
    before = psutil.Process(worker).memory_info().rss
    await digests(api, large)
    assert psutil.Process(worker).memory_info().rss > before + LARGE / 2, "the picture is not kept"
    await api.post("/free", {"unload_models": True, "free_memory": True})
    await until(partial(_holds_less, worker, before + LARGE / 4))
    assert (await digests(api, graph()))["image"]
    assert server.worker_pids() == [worker]


async def _holds_less(worker: int, most: float) -> bool:
    return psutil.Process(worker).memory_info().rss < most
