"""Packs for tests, written as public packs are: routes, events, prompts that are changed, folders that are added."""

from pathlib import Path

NODE = """
class {name}:
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "tests", "run", (), True
    @classmethod
    def INPUT_TYPES(cls):
        value = ("INT", {{"default": 0, "max": 1000000}})
        return {{"required": {{"value": value}}, "hidden": {{"unique_id": "UNIQUE_ID"}}}}
    @classmethod
    def IS_CHANGED(cls, **inputs): return float("nan")
    def run(self, value, unique_id):
        {body}
        return {{"ui": {{"text": [text]}}}}
NODE_CLASS_MAPPINGS = {{"{name}": {name}}}
"""

# Waits, where the value says so, until the file "gate" is in the folder of the installation.
HOLD = """
import os, time, folder_paths

def hold(value):
    while value and not os.path.exists(os.path.join(folder_paths.base_path, "gate")):
        time.sleep(0.02)
"""

ROUTES = '''
"""Routes of every kind, as packs register them when they are imported."""
import os
import folder_paths
from aiohttp import web
from server import PromptServer

routes = PromptServer.instance.routes
HERE = os.path.dirname(os.path.realpath(__file__))

@routes.get("/studio/show/{name}")
async def show(request):
    return web.json_response({
        "method": request.method, "name": request.match_info["name"], "query": dict(request.query),
        "mine": request.headers.get("X-Mine"), "cookies": dict(request.cookies),
        "authorization": request.headers.get("Authorization"),
        "user": PromptServer.instance.user_manager.get_request_user_id(request),
    }, headers={"X-Theirs": "yes"})

@routes.post("/studio/save")
async def save(request):
    post = await request.post()
    sent = post["file"]
    return web.json_response({"name": sent.filename, "size": len(sent.file.read()), "word": post["word"]})

@routes.put("/studio/raw")
async def raw(request):
    return web.Response(body=await request.read(), status=201, content_type="image/png")

@routes.delete("/studio/raw")
async def forget(request):
    return web.Response(status=204)

@routes.get("/studio/stream")
async def stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for number in range(3):
        await response.write(f"{number} ".encode())
    return response

@routes.put("/studio/echo")
async def echo(request):
    response = web.StreamResponse()
    await response.prepare(request)
    async for piece in request.content.iter_any():
        await response.write(piece)
    return response

@routes.get("/studio/large/{mebibytes}")
async def large(request):
    response = web.StreamResponse()
    mebibytes = int(request.match_info["mebibytes"])
    response.content_length = mebibytes * 2**20
    await response.prepare(request)
    for number in range(mebibytes):
        await response.write(bytes([number % 256]) * 2**20)
    return response

@routes.get("/studio/endless")
async def endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 2**16)
    finally:
        LEFT.append(1)

LEFT = []

@routes.get("/studio/left")
async def left(request):
    return web.json_response(len(LEFT))

@routes.put("/studio/unread")
async def unread(request):
    return web.json_response("not wanted")

@routes.get("/studio/breaks")
async def breaks(request):
    response = web.StreamResponse()
    response.content_length = 100
    await response.prepare(request)
    await response.write(b"x")
    request.transport.close()
    return response

@routes.get("/studio/fails")
async def fails(request):
    raise ValueError("a fault of the pack")

@routes.get("/studio/asker")
async def asker(request):
    return web.json_response([request.remote, request.transport.get_extra_info("peername")[0]])

@routes.get("/studio/where")
async def where(request):
    from comfy.cli_args import args
    from server import PromptServer
    return web.json_response([PromptServer.instance.address, PromptServer.instance.port, args.listen, args.port])

@routes.get("/studio/exits")
async def exits(request):
    raise SystemExit(3)

@routes.get("/studio/socket")
async def socket(request):
    one = web.WebSocketResponse(max_msg_size=0, protocols=("mine",))
    await one.prepare(request)
    await one.send_str("hello " + request.query["name"])
    async for message in one:
        if message.data == "end":
            break
        await (one.send_bytes(message.data[::-1]) if isinstance(message.data, bytes) else one.send_str(message.data))
    await one.close(code=4001, message=b"as you wish")
    LEFT.append("socket")
    return one

@routes.get("/studio/refuses")
async def refuses(request):
    raise web.HTTPForbidden(text="not this one")

@routes.post("/features")
async def also_features(request):
    return web.json_response("the pack's")

async def broken_start(app):
    raise RuntimeError("this pack cannot start")

@web.middleware
async def stamp(request, handler):
    response = await handler(request)
    response.headers["X-Stamp"] = "1"
    return response

app = PromptServer.instance.app
app.on_startup.append(broken_start)
app.middlewares.append(stamp)
app.add_routes([web.static("/studio_files", os.path.join(HERE, "files"))])
@routes.get("/studio/asks")
async def ask(request):
    server = PromptServer.instance
    async with server.client_session.get(f"http://{server.address}:{server.port}/prompt") as answer:
        return web.json_response([await answer.json(), os.path.isfile(os.path.join(server.web_root, "index.html"))])

app.router.add_get("/api/studio/direct", lambda request: web.json_response("direct"))
routes.get("/studio/show/{name}")(show)
folder_paths.folder_names_and_paths["studio"] = ([os.path.join(folder_paths.models_dir, "studio")], {".txt"})
'''

EVENTS = """
from PIL import Image
from server import BinaryEventTypes, PromptServer

def tell(value, unique_id):
    server = PromptServer.instance
    assert server.last_node_id == unique_id
    server.send_sync("studio-feedback", {"node_id": unique_id, "value": value}, server.client_id)
    server.messages.put_nowait(("studio-for-all", {"value": value}, None))
    server.send_sync("studio-for-nobody", {}, "no such client")
    server.send_progress_text("half way", unique_id)
    picture = ("PNG", Image.new("RGBA", (600, 300), "red"), 64)
    server.send_sync(BinaryEventTypes.UNENCODED_PREVIEW_IMAGE, picture, server.client_id)
    queue = server.prompt_queue
    running, waiting = queue.get_current_queue()
    return f"{len(running)} {len(waiting)} {queue.get_tasks_remaining()} {running[0][1] == server.last_prompt_id}"
"""

QUEUE = """
import json
from aiohttp import web
from server import PromptServer

@PromptServer.instance.routes.post("/studio/queue/{what}")
async def change_queue(request):
    queue = PromptServer.instance.prompt_queue
    body, what = await request.json(), request.match_info["what"]
    if what == "add":
        queue.put((body["number"], body["id"], body["graph"], {"client_id": "c"}, list(body["graph"]), {}))
    if what == "remove":
        return web.json_response(queue.delete_queue_item(lambda item: item[1] == body["id"]))
    if what == "wipe":
        queue.wipe_queue()
    if what == "free":
        queue.set_flag("free_memory", True)
    if what == "history":
        return web.json_response(list(queue.get_history(body["id"])) + list(queue.get_history(max_items=1)))
    return web.json_response(PromptServer.instance.get_queue_info())
"""

ON_PROMPT = """
from server import PromptServer

def fail(json_data):
    raise KeyError("this handler always fails")

def double(json_data):
    for node in json_data["prompt"].values():
        if node["class_type"] == "Doubled":
            node["inputs"]["value"] *= 2
    return json_data

PromptServer.instance.add_on_prompt_handler(fail)
PromptServer.instance.add_on_prompt_handler(double)
"""

ENTRY = """
from comfy_api.latest import ComfyAPI, io

class Schema:
    node_id, display_name = "EntryNode", "A node of an extension"

class Entry:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "run", ()
    INPUT_TYPES = staticmethod(lambda: {"required": {}})
    GET_SCHEMA = staticmethod(lambda: Schema)
    def run(self): return ()

class Extension:
    async def on_load(self):
        self.is_loaded = True
        await ComfyAPI().node_replacement.register(io.NodeReplace(new_node_id="EntryNode", old_node_id="OldEntry"))
    async def get_node_list(self): return [Entry] if self.is_loaded else []

async def comfy_entrypoint():
    return Extension()
"""

BROKEN = """
class Raises:
    CATEGORY, FUNCTION, RETURN_TYPES = "tests", "run", ()
    INPUT_TYPES = staticmethod(lambda: [][0])
    def run(self): return ()

class Leaves(Raises):
    INPUT_TYPES = staticmethod(lambda: exit(2))

class Fine(Raises):
    INPUT_TYPES = staticmethod(lambda: {"required": {}})

NODE_CLASS_MAPPINGS = {"Raises": Raises, "Leaves": Leaves, "Fine": Fine, 7: Fine, "Number": 5}
"""


NEWER_NODE = """
from comfy_api.latest import ComfyExtension, io

class Newer(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Newer", inputs=[io.NoSuchKind.Input("mode", options=[])])
    @classmethod
    def execute(cls, mode): return io.NodeOutput()

class Mine(ComfyExtension):
    async def get_node_list(self): return [Newer]

def comfy_entrypoint(): return Mine()
"""

DEPENDENT = """
from comfy_api.latest import ComfyExtension, io

class Dependent(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        rows = io.Autogrow.TemplatePrefix(io.String.Input("text"), prefix="text", min=1, max=3)
        return io.Schema(node_id="Dependent", is_output_node=True, inputs=[
            io.DynamicCombo.Input("mode", options=[
                io.DynamicCombo.Option("loud", [io.Int.Input("times", default=2, min=1, max=5)]),
                io.DynamicCombo.Option("joined", [io.Autogrow.Input("texts", template=rows)]),
            ]),
        ])

    @classmethod
    def execute(cls, mode):
        told = "!" * mode["times"] if mode["mode"] == "loud" else "+".join(mode["texts"].values())
        return io.NodeOutput(ui={"text": (told,)})

class Mine(ComfyExtension):
    async def get_node_list(self): return [Dependent]

def comfy_entrypoint(): return Mine()
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_packs(custom_nodes: Path) -> None:
    """A folder full of packs, half of them broken."""
    write(
        custom_nodes,
        {
            "Studio-Routes/__init__.py": "from .py.routes import routes\nWEB_DIRECTORY = './web/js'\n"
            "NODE_CLASS_MAPPINGS = {}\n__all__ = ['NODE_CLASS_MAPPINGS', 'WEB_DIRECTORY']",
            "Studio-Routes/py/routes.py": ROUTES,
            "Studio-Routes/py/files/a.txt": "a file",
            "Studio-Routes/web/js/main.js": "export const here = 1;",
            "Studio-Routes/web/js/parts/ä b.js": "export {};",
            "Studio-Routes/web/js/docs/Shown/en.md": "# How to show",
            "Studio-Routes/web/js/docs/Told.md": "# How to tell",
            "Studio-Routes/example_workflows/First.json": '{"nodes": []}',
            "Studio-Routes/locales/de/nodeDefs.json": '{"Shown": {"display_name": "Gezeigt"}}',
            "Studio-Routes/locales/de/main.json": '{"hello": "hallo"}',
            "Studio-Routes/secret.py": "KEY = 1",
            "events.py": EVENTS + NODE.format(name="Told", body="text = tell(value, unique_id)"),
            "queue_changes.py": QUEUE + HOLD + NODE.format(name="Slow", body="hold(value); text = ''"),
            "on_prompt.py": ON_PROMPT + NODE.format(name="Doubled", body="text = str(value)"),
            "prestart/prestartup_script.py": "import os, sys\n"
            "os.environ['STUDIO_TORCH_WAS_THERE'] = str('torch' in sys.modules)",
            "prestart/__init__.py": "import os"
            + NODE.format(name="Early", body="text = os.environ['STUDIO_TORCH_WAS_THERE']"),
            "bad_prestart/prestartup_script.py": "1 / 0",
            "bad_prestart/__init__.py": "NODE_CLASS_MAPPINGS = {}",
            "entry.py": ENTRY,
            "broken_classes.py": BROKEN,
            "bad_mapping.py": "NODE_CLASS_MAPPINGS = ['a', 'list']",
            "number_mapping.py": "NODE_CLASS_MAPPINGS = 5",
            "newer.py": "from comfy_api.latest import io\n\nkind = io.NoSuchKind",
            "old_utils.py": "import comfy.utils\n\ncomfy.utils.not_there()",
            "asks_server.py": "from server import PromptServer\n\nPromptServer.instance.not_there()",
            "own_fault.py": "import json\n\njson.not_there",
            "newer_node.py": NEWER_NODE,
            "dependent.py": DEPENDENT,
            "exits.py": "import sys\nsys.exit('no CUDA, no nodes')",
            "recurses.py": "def again(): again()\nagain()",
            "syntax.py": "def (:\n",
            "needs_one.py": "import not_installed_either",
            "needs_many/__init__.py": "from . import inner",
            "needs_many/inner.py": "import not_installed_here",
            "needs_many/requirements.txt": "not-installed-here\n",
        },
    )
