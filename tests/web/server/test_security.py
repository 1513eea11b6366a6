"""The attacks that other servers of this kind fell to, tried on a running one."""

import asyncio
import json
import struct
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from tests.toy_nodes import PIXEL
from tests.web.server import graphs
from tests.web.server.conftest import PATIENCE, Api, ServerProcess, until
from web.server.application import all_routes
from web.server.userdata import is_root

PATHS_TO_TRY = ("/prompt", "/ws", "/view?filename=x.png", "/object_info", "/userdata?dir=x", "/", "/settings", "/queue")
SCRIPTS = {
    "evil.html": b"<script>alert(1)</script>",
    "evil.htm": b"<script>alert(1)</script>",
    "evil.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "evil.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "evil.xml": b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    "evil.js": b"alert(1)",
    "evil.mjs": b"alert(1)",
    "evil.pdf": b"%PDF-1.4",
    "evil.swf": b"FWS",
    "evil": b"<html><script>alert(1)</script>",
    "evil.png.html": b"<script>alert(1)</script>",
    "EVIL.HTML": b"<script>alert(1)</script>",
}
ESCAPES = (
    "../secret.txt", "..\\secret.txt", "a/../../secret.txt", "/etc/passwd", "//etc/passwd", "\\\\server\\share",
    "C:\\secret.txt", "c:secret.txt", "....//....//secret.txt/..", "x/../../../user/settings.json", "~/secret.txt",
    "a\x00b.png", "con", "nul.png", "..", ".", "", " ", "x/..", "file::$DATA", "%2e%2e/secret.txt\x00",
)  # fmt: skip


def form(name: str, content: bytes, **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    data.add_field("image", content, filename=name, content_type="application/octet-stream")
    for key, value in fields.items():
        data.add_field(key, value)
    return data


async def status_of(api: Api, method: str, path: str, **options: Any) -> int:
    async with api.session.request(method, URL(api.url + path, encoded=True), **options) as answer:
        await answer.read()
        return answer.status


def outside(server: ServerProcess) -> set[Path]:
    """Files of the server's folder that no route may create or change, with the contents of those that matter."""
    base = server.folder
    return {path for path in base.rglob("*") if not path.is_relative_to(base / "input") and path.is_file()}


@pytest.mark.parametrize("path", PATHS_TO_TRY)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "https://evil.example:8188"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "file://"},
        {"Origin": "http://127.0.0.1@evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "evil.example:8188"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "192.168.0.7"},
        {"Host": "user@127.0.0.1"},
        {"Host": ""},
        {"Host": "127.0.0.1:99999"},
    ],
)
async def test_other_sites_and_other_names_are_refused(api: Api, path: str, headers: dict[str, str]) -> None:
    async with api.session.get(api.url + path, headers=headers) as answer:
        if answer.status == 400 and not headers.get("Host", "x"):
            return  # The HTTP parser may refuse an empty Host first.
        assert answer.status == 403
        assert (await answer.json())["error"]["type"] == "forbidden"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("headers", [{"Origin": "null"}, {"Origin": "http://evil.example"}, {"Host": "evil.example"}])
async def test_every_route_that_changes_something_refuses_other_sites(api: Api, headers: dict[str, str]) -> None:
    for route in all_routes():
        path = route.path.replace("{", "").replace("}", "")
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            sent = {**headers, "Content-Type": content_type}
            assert await status_of(api, route.method, path, data=b"{}", headers=sent) == 403, path


async def test_a_form_of_another_site_without_origin_is_known_by_its_referer(api: Api) -> None:
    for referer in ("http://evil.example/page", "null", "http://127.0.0.1.evil.example/"):
        assert await status_of(api, "POST", "/interrupt", headers={"Referer": referer}) == 403
    own = {"Referer": api.url + "/"}
    assert await status_of(api, "POST", "/interrupt", headers=own) == 200


async def test_own_pages_links_and_plain_clients_are_let_in(api: Api) -> None:
    port = api.url.rsplit(":", 1)[1]
    for headers in (
        {},
        {"Origin": api.url},
        {"Origin": f"http://localhost:{port}", "Host": f"localhost:{port}"},
        {"Origin": f"http://[::1]:{port}", "Host": f"[::1]:{port}"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": f"LOCALHOST:{port}"},
        {"Host": "127.9.9.9"},
    ):
        assert await status_of(api, "GET", "/queue", headers=headers) == 200, headers
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert await status_of(api, "GET", "/", headers=visit) in (200, 404)
    assert await status_of(api, "GET", "/view?filename=x", headers=visit) == 403


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("folder", ["input", "output", "temp"])
async def test_an_uploaded_script_is_never_shown(api: Api, name: str, folder: str) -> None:
    data = form(name, SCRIPTS[name], type=folder, overwrite="true")
    async with api.session.post(api.url + "/upload/image", data=data) as answer:
        stored = await answer.json()
    for path in ("/view", "/api/view"):
        query = {"filename": stored["name"], "type": folder, "subfolder": stored["subfolder"]}
        async with api.session.get(api.url + path, params=query) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_script_named_as_a_picture_stays_a_picture(api: Api) -> None:
    async with api.session.post(api.url + "/upload/image", data=form("page.png", SCRIPTS["evil.html"])) as answer:
        stored = await answer.json()
    async with api.session.get(api.url + "/view", params={"filename": stored["name"], "type": "input"}) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", SCRIPTS)
async def test_saved_user_data_is_never_run(api: Api, name: str) -> None:
    await status_of(api, "POST", f"/userdata/{name}", data=SCRIPTS[name])
    async with api.session.get(f"{api.url}/userdata/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_name_cannot_break_out_of_its_header(api: Api) -> None:
    await status_of(api, "POST", "/userdata/a%22%3Bx%3D%C3%BC.bin", data=b"x")
    async with api.session.get(URL(api.url + "/userdata/a%22%3Bx%3D%C3%BC.bin", encoded=True)) as answer:
        disposition = answer.headers["Content-Disposition"]
        assert disposition == "attachment; filename=\"a_;x=_.bin\"; filename*=UTF-8''a%22%3Bx%3D%C3%BC.bin"


@pytest.mark.parametrize("name", ESCAPES)
async def test_no_name_leads_out_of_its_folder(api: Api, server: ServerProcess, name: str) -> None:
    secret = server.folder / "secret.txt"
    secret.write_text("secret")
    before = outside(server)
    for folder in ("input", "output", "temp"):
        for query in ({"filename": name, "type": folder}, {"filename": "x.png", "subfolder": name, "type": folder}):
            async with api.session.get(api.url + "/view", params=query) as answer:
                assert answer.status in (400, 403, 404)
    name = name.replace("\x00", "")  # The client would not send it.
    for fields in ({"subfolder": name}, {"type": name}):
        async with api.session.post(api.url + "/upload/image", data=form("x.png", PIXEL, **fields)) as answer:
            assert answer.status in (200, 400), await answer.text()
    async with api.session.post(api.url + "/upload/image", data=form(name, PIXEL)) as answer:
        assert answer.status in (200, 400)
    reference = json.dumps({"filename": name, "type": "input"})
    data = form("mask.png", PIXEL, original_ref=reference)
    async with api.session.post(api.url + "/upload/mask", data=data) as answer:
        assert answer.status in (400, 403)
    for kind in ("checkpoints", "custom_nodes", name):
        path = f"/view_metadata/{quote(kind, safe='')}?filename={quote(name)}.safetensors"
        assert await status_of(api, "GET", path) in (400, 403, 404)
    assert secret.read_text() == "secret"
    created = {path for path in outside(server) - before if ".sqlite3" not in path.name and path.name[0] != "."}
    assert not created


@pytest.mark.parametrize("name", ESCAPES)
async def test_no_user_file_lies_outside_its_folder(api: Api, server: ServerProcess, name: str) -> None:
    secret = server.folder / "secret.txt"
    secret.write_text("secret")
    await status_of(api, "POST", "/userdata/good.txt", data=b"good")
    quoted = quote(name, safe="")
    for method, path in (
        ("GET", f"/userdata/{quoted}"),
        ("POST", f"/userdata/{quoted}"),
        ("DELETE", f"/userdata/{quoted}"),
        ("POST", f"/userdata/{quoted}/move/x.txt"),
        ("POST", f"/userdata/good.txt/move/{quoted}"),
        ("GET", f"/userdata?dir={quoted}"),
        ("GET", f"/v2/userdata?path={quoted}"),
    ):
        status = await status_of(api, method, path, data=b"overwritten" if method == "POST" else None)
        assert status in (200, 400, 403, 404, 405), path
        assert status != 200 or ("?" in path and is_root(name)), path
    assert secret.read_text() == "secret"


async def test_links_that_lead_out_are_not_followed(api: Api, server: ServerProcess) -> None:
    secret = server.folder / "secret"
    secret.mkdir(exist_ok=True)
    (secret / "a.txt").write_text("secret")
    (secret / "a.png").write_bytes(PIXEL)
    for folder in (server.folder / "input", server.folder / "user" / "default"):
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "link").exists():
            (folder / "link").symlink_to(secret)
    assert await status_of(api, "GET", "/view?filename=a.png&subfolder=link&type=input") == 403
    assert await status_of(api, "GET", "/view?filename=link%2Fa.png&type=input") == 403
    assert await status_of(api, "GET", "/userdata/link%2Fa.txt") == 403
    assert await status_of(api, "POST", "/userdata/link%2Fa.txt", data=b"x") == 403
    assert await status_of(api, "DELETE", "/userdata/link%2Fa.txt") == 403
    assert await status_of(api, "GET", "/userdata?dir=link") == 403
    data = form("a.png", b"x", subfolder="link", overwrite="true")
    assert await status_of(api, "POST", "/upload/image", data=data) == 400
    listed = await api.get("/v2/userdata")
    assert not [entry for entry in listed if "a.txt" in entry["path"]]
    assert (secret / "a.txt").read_text() == "secret"


async def test_settings_and_queue_are_out_of_reach_of_files(api: Api, server: ServerProcess) -> None:
    await api.post("/settings", {"Comfy.Color": "dark"})
    for name in ("settings.json", "skein.sqlite3", "object_info.json", "%2e%2e%2fsettings.json"):
        await status_of(api, "POST", f"/userdata/{name}", data=b'{"Comfy.Color": "stolen"}')
        await status_of(api, "DELETE", f"/userdata/{name}")
    assert (await api.get("/settings"))["Comfy.Color"] == "dark"
    assert (server.folder / "user" / "skein.sqlite3").exists()


@pytest.mark.parametrize(
    "path", ["/..%2fserver%2fguard.py", "/%2e%2e/server/guard.py", "/../server/guard.py", "/%00", "//"]
)
async def test_the_page_hands_out_only_its_own_files(api: Api, path: str) -> None:
    _, port = api.url.rsplit(":", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert b"make_guard" not in answer
    assert answer.split(b" ", 2)[1] in (b"404", b"400", b"403")


@pytest.mark.parametrize("path", ["/prompt", "/api/upload/image", "/userdata/large.bin", "/history"])
async def test_a_body_announced_as_too_large_is_refused_without_waiting_for_it(api: Api, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rsplit(":", 1)[1]))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n".encode() + b"{")
    answer = await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
    writer.close()
    assert answer.split(b" ", 2)[1] == b"413"
    assert b"--max-upload-size" in answer


@pytest.mark.parametrize("path", ["/upload/image", "/userdata/broken.bin"])
async def test_an_upload_that_breaks_off_leaves_no_file(api: Api, server: ServerProcess, path: str) -> None:
    before = all_files(server.folder)
    start = b'--x\r\nContent-Disposition: form-data; name="image"; filename="broken.bin"\r\n\r\nabc'
    _reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rsplit(":", 1)[1]))
    kind = "Content-Type: multipart/form-data; boundary=x"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}\r\nContent-Length: 5000\r\n\r\n".encode() + start)
    await writer.drain()
    await asyncio.sleep(0.1)  # So that most often it has begun.
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    await until(partial(holds, server.folder, before))


async def holds(folder: Path, files: set[str]) -> bool:
    return all_files(folder) == files


def all_files(folder: Path) -> set[str]:
    """Everything below the folders that uploads go to."""
    return {str(path) for kind in ("input", "user/default", "output") for path in (folder / kind).rglob("*")}


async def test_what_is_too_large_is_refused_before_it_is_kept(api: Api) -> None:
    limit = (await api.get("/features"))["max_upload_size"]
    assert limit == 2 * 2**20
    async with api.session.post(api.url + "/prompt", data=b" " * (limit + 2 * 2**20)) as answer:
        assert answer.status == 413
        assert (await answer.json())["error"]["message"]
    data = form("large.bin", b"x" * (limit + 1))
    async with api.session.post(api.url + "/upload/image", data=data) as answer:
        assert answer.status == 413
    assert await status_of(api, "POST", "/userdata/large.bin", data=b"x" * (limit + 2 * 2**20)) == 413
    packed = zlib.compress(b" " * 50 * 2**20)
    async with api.session.post(api.url + "/prompt", data=packed, headers={"Content-Encoding": "deflate"}) as answer:
        assert answer.status in (400, 413)


def giant_png() -> bytes:
    """A small file that claims 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )


async def test_a_picture_that_would_fill_memory_is_not_opened(api: Api) -> None:
    for name, content in (("giant.png", giant_png()), ("broken.png", PIXEL[:40]), ("text.png", b"no picture")):
        async with api.session.post(api.url + "/upload/image", data=form(name, content)) as answer:
            assert answer.status == 200
        for query in ("preview=webp;90", "preview=jpeg;9", "channel=rgb", "channel=a"):
            assert await status_of(api, "GET", f"/view?filename={name}&type=input&{query}") == 400
        reference = json.dumps({"filename": name, "type": "input"})
        data = form("mask.png", PIXEL, original_ref=reference)
        assert await status_of(api, "POST", "/upload/mask", data=data) == 400


async def test_a_models_file_that_claims_a_giant_header_is_not_read(api: Api, server: ServerProcess) -> None:
    folder = server.folder / "models" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    good = json.dumps({"__metadata__": {"title": "x"}}).encode()
    (folder / "good.safetensors").write_bytes(struct.pack("<Q", len(good)) + good)
    assert await api.get("/view_metadata/checkpoints?filename=good.safetensors") == {"title": "x"}
    for name, content in (
        ("giant", struct.pack("<Q", 2**62) + b"{}"),
        ("longer", struct.pack("<Q", 1000) + b"{}"),
        ("short", b"x"),
        ("text", struct.pack("<Q", 4) + b"nope"),
        ("list", struct.pack("<Q", 2) + b"[]"),
    ):
        (folder / f"{name}.safetensors").write_bytes(content)
        assert await status_of(api, "GET", f"/view_metadata/checkpoints?filename={name}.safetensors") == 404


@pytest.mark.parametrize(
    "data",
    [b"--x\r\n", b"", b"--x\r\nContent-Disposition: form-data; name=image\r\n\r\nabc\r\n--x--\r\n", b"\x00" * 100],
)
async def test_a_broken_form_is_a_bad_request(api: Api, data: bytes) -> None:
    for content_type in ("multipart/form-data; boundary=x", "multipart/form-data", "text/plain"):
        headers = {"Content-Type": content_type}
        assert await status_of(api, "POST", "/upload/image", data=data, headers=headers) == 400


async def test_a_prompt_cannot_make_the_engine_fail(api: Api) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    for value in (deep, {"__value__": deep}, [["1", 0]], 10**400, "\ud800", {"a": {"b": None}}):
        graph = graphs.picture()
        graph["1"]["inputs"]["width"] = value
        async with api.session.post(api.url + "/prompt", data=json.dumps({"prompt": graph})) as answer:
            assert answer.status in (200, 400), await answer.text()
    assert await api.wait_ended(await api.queue(graphs.picture()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that takes little at once."""
    process = ServerProcess(tmp_path_factory.mktemp("skein"), "--max-upload-size", "2")
    process.start()
    yield process
    process.stop()


async def test_with_a_token_nothing_is_answered_without_it(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    token = "a-token-for-this-test"
    server = ServerProcess(tmp_path, "--token", token)
    server.start()
    try:
        await _check_token(server, token, session)
    finally:
        server.stop()


async def _check_token(server: ServerProcess, token: str, session: aiohttp.ClientSession) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=bearer, cookie_jar=aiohttp.DummyCookieJar()) as with_token:
        await Api(server.url, with_token).wait_answering()
        async with with_token.ws_connect(server.url + "/ws") as socket:
            assert (await socket.receive_json())["type"] == "status"
        argv = (await Api(server.url, with_token).get("/system_stats"))["system"]["argv"]
        assert token not in str(argv)
    api = Api(server.url, session)
    for route in all_routes():
        path = route.path.replace("{", "").replace("}", "")
        assert await status_of(api, route.method, path) == 401, path
    assert await status_of(api, "GET", "/") == 401
    for headers in ({"Authorization": "Bearer wrong"}, {"Cookie": f"skein_token_{server.port}=wrong"}):
        assert await status_of(api, "GET", "/queue", headers=headers) == 401
    assert await status_of(api, "GET", "/queue?token=") == 401
    assert await status_of(api, "GET", f"/queue?token={token}") == 200
    assert f"{server.url}/?token={token}" in server.output()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(f"{server.url}/?token={token}&workflow=1", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/?workflow=1")
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        assert await status_of(Api(server.url, browser), "GET", "/queue") == 200
