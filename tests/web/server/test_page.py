"""The page's own files over real HTTP: packed for who can unpack them, and sent again only when they have changed."""

import gzip
import json
import shutil
import subprocess

import aiohttp
import pytest

from tests.web.server.conftest import ROOT, Api
from web.server.page import EDITOR
from web.server.scripts import without_comments

RAW = {"Accept-Encoding": "identity"}
PACKED = {"Accept-Encoding": "gzip, br;q=0.5"}


async def fetch(api: Api, path: str, headers: dict[str, str]) -> tuple[int, bytes, "aiohttp.typedefs.LooseHeaders"]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(api.url + path, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


@pytest.mark.parametrize("path", ["/main.js", "/styles/cards.css", "/default_workflow.json"])
async def test_a_text_of_the_page_is_packed_for_who_can_unpack_it(api: Api, path: str) -> None:
    on_disk = (EDITOR / path[1:]).read_bytes()
    _, raw, raw_headers = await fetch(api, path, RAW)
    _, packed, headers = await fetch(api, path, PACKED)
    assert raw == on_disk
    assert gzip.decompress(packed) == (without_comments(on_disk) if path.endswith(".js") else on_disk)
    assert len(packed) < len(raw)
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Content-Type"] == raw_headers["Content-Type"]
    assert "Content-Encoding" not in raw_headers


async def test_a_packed_text_that_the_browser_has_is_not_sent_again(api: Api) -> None:
    _, _, headers = await fetch(api, "/main.js", PACKED)
    status, body, again = await fetch(api, "/main.js", PACKED | {"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")
    assert again["ETag"] == headers["ETag"]
    status, _, _ = await fetch(api, "/main.js", PACKED | {"If-None-Match": '"of-another-day"'})
    assert status == 200


async def test_the_start_page_keeps_its_policy_when_it_is_packed(api: Api) -> None:
    _, _, headers = await fetch(api, "/", PACKED)
    assert "default-src 'self'" in headers["Content-Security-Policy"]


async def test_the_list_of_nodes_is_the_same_packed(api: Api) -> None:
    _, raw, _ = await fetch(api, "/object_info", RAW)
    _, packed, headers = await fetch(api, "/object_info", PACKED)
    assert headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed)) == json.loads(raw)


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", ""])
async def test_nothing_is_packed_for_who_does_not_say_so(api: Api, accepted: str) -> None:
    _, body, headers = await fetch(api, "/main.js", {"Accept-Encoding": accepted})
    assert "Content-Encoding" not in headers
    assert body == (EDITOR / "main.js").read_bytes()


def test_the_scripts_that_are_sent_are_those_on_disk_but_for_comments() -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "typescript").exists():
        pytest.skip("TypeScript, which reads the scripts, is not installed: npm install")
    pairs = [
        (str(path.relative_to(EDITOR)), text.decode(), without_comments(text).decode())
        for path in sorted(EDITOR.rglob("*.js"))
        for text in [path.read_bytes()]
    ]
    assert len(pairs) > 100
    pairs.append(
        ("a comment in a text", "const a = `\n// kept\n`;", without_comments(b"const a = `\n// kept\n`;").decode())
    )
    command = [node, "tests/web/server/same_script.js"]
    answer = subprocess.run(command, cwd=ROOT, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == ["a comment in a text"]
    assert all(before.count("\n") == after.count("\n") for _, before, after in pairs)
