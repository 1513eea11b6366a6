"""The page's own files over real HTTP: packed for who can unpack them, and sent again only when they have changed."""

import gzip
import json
import runpy
import shutil
import subprocess
import sys

import aiohttp
import brotli
import pytest

from tests.web.server.conftest import ROOT, Api
from web.server import packed as packed_texts
from web.server.page import EDITOR
from web.server.scripts import bare

RAW = {"Accept-Encoding": "identity"}
PACKED = {"Accept-Encoding": "gzip, br;q=0.5"}
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}


async def fetch(api: Api, path: str, headers: dict[str, str]) -> tuple[int, bytes, "aiohttp.typedefs.LooseHeaders"]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(api.url + path, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


@pytest.mark.parametrize("coding", ["gzip", "br"])
@pytest.mark.parametrize("path", ["/main.js", "/styles/cards.css", "/default_workflow.json"])
async def test_a_text_of_the_page_is_packed_for_who_can_unpack_it(api: Api, path: str, coding: str) -> None:
    on_disk = (EDITOR / path[1:]).read_bytes()
    _, raw, raw_headers = await fetch(api, path, RAW)
    _, packed, headers = await fetch(api, path, {"Accept-Encoding": coding})
    assert UNPACK[coding](packed) == raw
    assert raw == on_disk or path.endswith(".js")
    assert len(packed) < len(raw)
    assert headers["Content-Encoding"] == coding
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Content-Type"] == raw_headers["Content-Type"]
    assert "Content-Encoding" not in raw_headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br;q=nan, gzip", "gzip"),
        ("br; q = 1.0", "br"),
    ],
)
async def test_a_text_is_packed_in_the_way_that_the_client_likes_best(api: Api, accepted: str, coding: str) -> None:
    _, _, headers = await fetch(api, "/main.js", {"Accept-Encoding": accepted})
    assert headers["Content-Encoding"] == coding


def test_without_brotli_gzip_does_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)  # Python then says that it cannot be imported.
    assert list(runpy.run_path(packed_texts.__file__)["CODINGS"]) == ["gzip"]


async def test_modules_of_the_page_carry_few_headers_and_what_is_private_is_kept_from_other_pages(api: Api) -> None:
    _, _, module = await fetch(api, "/main.js", {"Accept-Encoding": "br"})
    needed = {"Content-Type", "Content-Length", "Content-Encoding", "Cache-Control", "Date", "ETag", "Vary"}
    assert {name.lower() for name in module} == {name.lower() for name in needed | {"X-Content-Type-Options"}}
    for path in ("/", "/settings", "/object_info"):
        _, _, headers = await fetch(api, path, {"Accept-Encoding": "br"})
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_a_packed_text_that_the_browser_has_is_not_sent_again(api: Api) -> None:
    _, _, headers = await fetch(api, "/main.js", PACKED)
    _, _, other = await fetch(api, "/main.js", {"Accept-Encoding": "br"})
    assert other["ETag"] != headers["ETag"]
    status, body, again = await fetch(api, "/main.js", PACKED | {"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")
    assert again["ETag"] == headers["ETag"]
    status, _, _ = await fetch(api, "/main.js", PACKED | {"If-None-Match": '"of-another-day"'})
    assert status == 200


async def test_the_start_page_keeps_its_policy_when_it_is_packed(api: Api) -> None:
    _, _, headers = await fetch(api, "/", PACKED)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_the_list_of_nodes_is_the_same_packed(api: Api, coding: str) -> None:
    _, raw, _ = await fetch(api, "/object_info", RAW)
    _, packed, headers = await fetch(api, "/object_info", {"Accept-Encoding": coding})
    assert headers["Content-Encoding"] == coding
    assert json.loads(UNPACK[coding](packed)) == json.loads(raw)


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
async def test_a_list_of_nodes_that_the_client_has_is_not_sent_again(api: Api, coding: str) -> None:
    asked = {"Accept-Encoding": coding}
    status, _, headers = await fetch(api, "/api/object_info", asked)
    assert (status, headers["Cache-Control"], headers["ETag"][0]) == (200, "no-cache", '"')
    for known in (headers["ETag"], "*", f'"other", {headers["ETag"]}'):
        status, body, again = await fetch(api, "/object_info", asked | {"If-None-Match": known})
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    _, _, other = await fetch(api, "/object_info", {"Accept-Encoding": "br" if coding != "br" else "gzip"})
    assert other["ETag"] != headers["ETag"]
    status, _, _ = await fetch(api, "/object_info", asked | {"If-None-Match": other["ETag"]})
    assert status == 200


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br;q=0.0, zstd", ""])
async def test_nothing_is_packed_for_who_does_not_say_so(api: Api, accepted: str) -> None:
    for path in ("styles/cards.css", "default_workflow.json"):
        _, body, headers = await fetch(api, f"/{path}", {"Accept-Encoding": accepted})
        assert "Content-Encoding" not in headers
        assert body == (EDITOR / path).read_bytes()
    _, body, headers = await fetch(api, "/main.js", {"Accept-Encoding": accepted})
    assert "Content-Encoding" not in headers
    assert b"await start();" in body


def test_the_scripts_that_are_sent_are_those_on_disk_but_for_comments_and_indentation() -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "typescript").exists():
        pytest.skip("TypeScript, which reads the scripts, is not installed: npm install")
    pairs = [
        (str(path.relative_to(EDITOR)), text.decode(), bare(text).decode())
        for path in sorted(EDITOR.rglob("*.js"))
        for text in [path.read_bytes()]
    ]
    assert len(pairs) > 100
    lost = {"a comment in a text": "const a = `\n// kept\n`;", "space in a text": "const a = `\n  b`;"}
    pairs += [(name, text, bare(text.encode()).decode()) for name, text in lost.items()]
    command = [node, "tests/web/server/same_script.js"]
    answer = subprocess.run(command, cwd=ROOT, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == list(lost)
    assert all(before.count("\n") == after.count("\n") for _, before, after in pairs)
