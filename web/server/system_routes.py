"""The machine, the nodes, the models' folders' names, and letting go of memory."""

import os
import platform
import sys
from typing import Any

from aiohttp import web

from execution.errors import SkeinError
from execution.messages import Stats, WorkerStats
from web.server.packed import coding_for, has_already, packed_reply
from web.server.replies import empty_reply, json_reply, read_flag, read_object, text_reply
from web.server.services import Services, services_of
from web.server.shapes import COUNT, FLAG, OBJECT, TEXT, array, maybe, record, table
from web.server.socket_routes import feature_flags
from web.server.table import Body, Reply, Route, answers

# The version of ComfyUI whose protocol is spoken; clients compare with it.
PROTOCOL_VERSION = "0.3.64"
STATS_SECONDS = 2.0
NO_DEVICE = {
    "name": "starting", "type": "cpu", "index": None,
    "vram_total": 0, "vram_free": 0, "torch_vram_total": 0, "torch_vram_free": 0,
}  # fmt: skip


async def get_system_stats(request: web.Request) -> web.Response:
    """The machine's memory and devices, and the versions of what matters."""
    services = services_of(request)
    stats = await _ask_worker(services)
    import psutil  # Here, so that the port answers without it.

    memory = psutil.virtual_memory()
    system = {
        "os": os.name,
        "ram_total": memory.total,
        "ram_free": memory.available,
        "comfyui_version": PROTOCOL_VERSION,
        "required_frontend_version": None,
        "installed_templates_version": None,
        "required_templates_version": None,
        "python_version": sys.version,
        "pytorch_version": (stats.versions or {}).get("pytorch_version", ""),
        "embedded_python": False,
        "argv": list(services.arguments),
        "platform": platform.platform(),
    }
    return json_reply({"system": system, "devices": stats.devices or [_memory_as_device(memory)]})


async def get_features(request: web.Request) -> web.Response:
    """What this server can do."""
    return json_reply(feature_flags(services_of(request)))


async def get_object_info(request: web.Request) -> web.Response:
    """The interface of every node class."""
    catalog = services_of(request).catalog
    text, coding = await catalog.describe_all(), coding_for(request)
    tag = f"{catalog.version_of(text)}-{coding or 'plain'}"
    about = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if has_already(request, tag):
        return web.Response(status=304, headers=about)
    if coding is not None:
        described = {**about, "Content-Type": "application/json; charset=utf-8"}
        return packed_reply(await catalog.packed(text, coding), coding, described)
    reply = text_reply(text)
    reply.headers.update(about)
    return reply


async def get_object_info_of(request: web.Request) -> web.Response:
    """The interface of one node class; `{}` when there is none of this name."""
    return text_reply(await services_of(request).catalog.describe_one(request.match_info["class_type"]))


async def free(request: web.Request) -> web.Response:
    """Let go of models, and with `free_memory` of cached results too."""
    body = await read_object(request)
    forget_results = read_flag(body.get("free_memory"), "free_memory")
    unload_models = read_flag(body.get("unload_models"), "unload_models") or forget_results
    if unload_models:
        services_of(request).dispatcher.free(unload_models, forget_results)
    return empty_reply()


async def get_empty_object(request: web.Request) -> web.Response:
    """Nothing of this kind is offered, which is an answer that front ends understand."""
    return json_reply({})


async def _ask_worker(services: Services) -> WorkerStats:
    if not services.dispatcher.is_ready:
        return WorkerStats()
    try:
        stats: WorkerStats = await services.dispatcher.ask(Stats(), STATS_SECONDS)
    except SkeinError:
        return WorkerStats()
    return stats


def _memory_as_device(memory: Any) -> dict[str, Any]:
    return {**NO_DEVICE, "name": "cpu", "vram_total": memory.total, "vram_free": memory.available}


DEVICE = record(
    {
        "name": TEXT,
        "type": TEXT,
        "index": maybe(COUNT),
        "vram_total": COUNT,
        "vram_free": COUNT,
        "torch_vram_total": COUNT,
        "torch_vram_free": COUNT,
    },
    "Device",
)
SYSTEM = record({"os": TEXT, "ram_total": COUNT, "ram_free": COUNT, "comfyui_version": TEXT, "argv": array(TEXT)})
STATS = record({"system": SYSTEM, "devices": array(DEVICE, minItems=1)})
CLASS = record(
    {
        "input": OBJECT,
        "input_order": OBJECT,
        "output": array({}),
        "output_is_list": array(FLAG),
        "output_name": array(TEXT),
        "name": TEXT,
        "display_name": TEXT,
        "description": TEXT,
        "python_module": TEXT,
        "category": TEXT,
        "output_node": FLAG,
    },
    "NodeClass",
)
CLASSES = table(CLASS)
FREE = Body(
    record({"unload_models?": maybe(FLAG), "free_memory?": maybe(FLAG)}),
    is_required=False,
    example={"unload_models": True},
)

ROUTES = (
    Route("GET", "/system_stats", get_system_stats, replies=answers(STATS)),
    Route("GET", "/features", get_features, replies=answers(OBJECT)),
    Route(
        "GET",
        "/object_info",
        get_object_info,
        replies=(*answers(CLASSES), Reply(None, "The list that the client has is still right.", 304)),
        refusals=(503,),
    ),
    Route("GET", "/object_info/{class_type}", get_object_info_of, replies=answers(CLASSES), refusals=(503,)),
    Route("POST", "/free", free, body=FREE),
    Route("GET", "/global_subgraphs", get_empty_object, replies=answers(OBJECT)),
)
