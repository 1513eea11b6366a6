"""Every class of attack that servers of this kind fell to, tried in every route that the running server describes."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.toy_nodes import PIXEL
from tests.web.server import graphs
from tests.web.server.attacks import Answered, Attack, Operation, read_operations, send, targeted
from tests.web.server.conftest import Api, ServerProcess
from web.server.tokens import Tokens

MARK = b"what-no-route-may-tell"
SCRIPT = b"<html><script>alert('what-no-page-may-run')</script></html>"
LIMIT = 2 * 2**20
# Whatever stands before and between them, these all mean the file `secret.txt` beside the server's folders.
TO_THE_SECRET = ("../secret.txt", "../../secret.txt", "../../../secret.txt")
NAMES = (
    *TO_THE_SECRET,
    *(name.replace("/", "\\") for name in TO_THE_SECRET),
    "x/../../secret.txt", "./../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "....//secret.txt",
    "../secret.txt [input]", "../secret.txt [output]", "../secret.txt\x00.png", "secret.txt::$DATA",
    "link/secret.txt", "link\\secret.txt", "link", "link/secret.png", "..", "../..", "/", "//", "~", "C:\\", "con",
    "/etc/passwd", "file:///etc/passwd", "\\\\127.0.0.1\\share\\x", "../user/skein.sqlite3", "../skein.sqlite3",
    "../settings.json", "../custom_nodes/evil.py", "../../custom_nodes/evil.py", "custom_nodes/evil.py",
    "\ud800", "a" * 5000, "é" * 300, "\r\nX-Evil: 1", "' OR 1=1 --", '" OR ""="', "*", "%", "_", "{}", "$(id)",
)  # fmt: skip
NUMBERS = ("-1", "0", "1e9", "9" * 30, "9" * 5000, "0x10", "٣", "1_000", " 1", "NaN", "-0", "1;90", "webp;" + "9" * 30)
ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    {"Host": "evil.example"},
    {"Host": "evil.example", "Origin": "http://evil.example"},
    {"Host": "127.0.0.1.evil.example", "X-Forwarded-Host": "127.0.0.1"},
)
HEADERS: tuple[dict[str, str], ...] = (
    {"Comfy-User": "../default"},
    {"Comfy-User": "nobody-here"},
    {"Range": "bytes=-99999999999999999999"},
    {"Range": "bytes=5-1"},
    {"Range": "bytes=" + "0-," * 2000},
    {"Range": "lines=1-2"},
    {"If-Modified-Since": "not a date", "If-None-Match": '"' + "x" * 4000},
    {"If-Range": "\t", "Range": "bytes=0-"},
    {"Accept-Encoding": "gzip;q=nan, " + "x," * 2000},
    {"Content-Type": "multipart/form-data; boundary=" + "x" * 4000},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "application/json; charset=no-such-charset"},
    {"Cookie": "=;" * 500},
    {"Authorization": "Bearer " + "x" * 4000},
    {"Authorization": "Basic ====", "Forwarded": "for=127.0.0.1;host=evil.example"},
)
BODIES = {
    "deep": b'{"a":' * 50_000,
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "half a surrogate": b'{"clear": "\\ud800", "prompt": {"\\ud800": "\\udfff"}}',
    "a giant number": b'{"number": ' + b"9" * 100_000 + b"}",
    "not a number": b'{"number": NaN}',
    "a list": b"[1, 2, 3]",
    "a text": b'"text"',
    "nothing": b"",
    "zeros": b"\x00" * 1000,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that takes little at once, with secrets beside its folders and links to them within."""
    process = ServerProcess(tmp_path_factory.mktemp("house") / "skein", "--max-upload-size", str(LIMIT // 2**20))
    _plant(process.folder)
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def operations(api: Api) -> AsyncIterator[list[Operation]]:
    """What is described; afterwards the server still runs prompts."""
    found = read_operations(await api.get("/openapi.json"))
    assert len(found) > 100
    yield found
    assert (await api.get("/queue"))["paused"] in (True, False)


def _plant(base: Path) -> None:
    base.mkdir(parents=True)
    for folder in (base.parent, base, base / "elsewhere"):
        folder.mkdir(exist_ok=True)
        (folder / "secret.txt").write_bytes(MARK)
        (folder / "secret.png").write_bytes(PIXEL + MARK)
    for folder in (base / "input", base / "output", base / "user" / "default"):
        folder.mkdir(parents=True)
        (folder / "link").symlink_to(base / "elsewhere")


def kept_safe(base: Path) -> dict[Path, bytes]:
    """The files that no route may touch: all but pictures, the user's own, and the server's records."""
    free = ("input", "output", "temp", "thumbnails")
    own = ("skein.sqlite3", "settings.json", "object_info.json", "users.json")
    return {
        path: path.read_bytes()
        for path in base.parent.rglob("*")
        if path.is_file()
        and not set(free) & set(path.relative_to(base.parent).parts)
        and not path.is_relative_to(base / "user" / "default")
        and not path.name.startswith((*own, "."))
    }


def once_each(operations: list[Operation]) -> list[Operation]:
    """Without the twins below /api, which the same handlers answer."""
    return [one for one in operations if not one.path.startswith("/api/")]


def harm_of(answered: Answered) -> str | None:
    """What is wrong with an answer, whatever was asked."""
    if answered.status >= 500:
        return f"fails with {answered.status}: {answered.body!r}"
    if MARK in answered.body:
        return "tells a secret"
    if b"Traceback" in answered.body:
        return "tells where the server's code lies"
    return "has made a header" if "X-Evil" in answered.headers else None


async def send_all(api: Api, attacks: Any) -> int:
    """Send attacks, several at once; answers how many, none of which did harm."""
    count, harm = 0, []
    waiting = iter(attacks)

    async def work() -> None:
        nonlocal count
        for attack in waiting:
            count += 1
            if harmed := harm_of(await send(api.session, api.url, attack)):
                harm.append(f"{attack} {harmed}")

    await asyncio.gather(*(work() for _ in range(8)))
    assert not harm, "\n".join(harm[:50])
    return count


async def test_no_name_in_any_place_of_any_route_leads_out(
    api: Api, server: ServerProcess, operations: list[Operation]
) -> None:
    before = kept_safe(server.folder)
    assert await send_all(api, targeted(once_each(operations), NAMES)) > 1000
    assert kept_safe(server.folder) == before


async def test_no_number_in_any_place_of_any_route_is_too_much(api: Api, operations: list[Operation]) -> None:
    assert await send_all(api, targeted(once_each(operations), NUMBERS)) > 500


async def test_every_route_refuses_other_sites_and_other_names(api: Api, operations: list[Operation]) -> None:
    for operation in operations:
        for headers in ELSEWHERE:
            for content_type in ("text/plain", "application/json"):
                attack = operation.request(headers={**headers, "Content-Type": content_type})
                answered = await send(api.session, api.url, attack)
                assert answered.status == 403, attack
                assert "Access-Control-Allow-Origin" not in answered.headers


async def test_no_header_makes_any_route_fail(api: Api, operations: list[Operation]) -> None:
    assert await send_all(api, (one.request(headers=headers) for one in once_each(operations) for headers in HEADERS))


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES.keys())
async def test_no_body_makes_any_route_fail(api: Api, operations: list[Operation], content: bytes) -> None:
    takes_body = [one for one in once_each(operations) if one.media_type is not None]
    types = ("application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded")
    attacks = (
        one.request(body=content, form=None, headers={"Content-Type": kind}) for one in takes_body for kind in types
    )
    assert await send_all(api, attacks) > 30


async def test_every_route_with_a_body_refuses_what_is_too_large(api: Api, operations: list[Operation]) -> None:
    large = b" " * (LIMIT + 2 * 2**20)
    packed = zlib.compress(b" " * 50 * 2**20)
    for one in once_each(operations):
        if one.media_type is None:
            continue
        kind = f"{one.media_type}; boundary=x" if one.media_type.startswith("multipart") else one.media_type
        for content, headers in ((large, {}), (packed, {"Content-Encoding": "deflate"})):
            attack = one.request(body=content, form=None, headers={"Content-Type": kind, **headers})
            answered = await send(api.session, api.url, attack)
            assert answered.status in (400, 413), attack


async def test_a_form_of_endless_small_parts_is_refused(api: Api, operations: list[Operation]) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%07d"\r\n\r\n\r\n'
    content = b"".join(part % number for number in range(20_000)) + b"--x--\r\n"
    for one in operations:
        if one.media_type == "multipart/form-data":
            headers = {"Content-Type": "multipart/form-data; boundary=x"}
            answered = await send(api.session, api.url, one.request(body=content, form=None, headers=headers))
            assert answered.status == 400, one
            assert b"parts" in answered.body


async def test_no_stored_script_is_run_wherever_it_is_asked_for(api: Api, operations: list[Operation]) -> None:
    operations = once_each(operations)
    names = [f"evil.{ending}" for ending in ("html", "svg", "xhtml", "xml", "js", "pdf", "png", "css", "json")]
    for one in operations:
        for name in names:
            if one.media_type == "multipart/form-data":
                for folder in ("input", "output", "temp"):
                    await _upload(api, one, name, folder)
            elif one.media_type == "application/octet-stream":
                await send(api.session, api.url, one.request(name, one.path_names[0], body=SCRIPT))
    seen = 0
    reading = [one for one in operations if one.method == "GET"]
    for attack in targeted(reading, tuple(names)):
        answered = await send(api.session, api.url, attack)
        seen += b"what-no-page-may-run" in answered.body and _check_never_run(attack, answered)
        for folder in ("input", "temp"):
            beside = Attack("GET", f"{attack.target}&type={folder}") if "?" in attack.target else attack
            answered = await send(api.session, api.url, beside)
            seen += b"what-no-page-may-run" in answered.body and _check_never_run(beside, answered)
    assert seen >= 4 * len(names)


def _check_never_run(attack: Attack, answered: Answered) -> bool:
    kind = answered.headers["Content-Type"].split(";")[0]
    assert answered.headers["X-Content-Type-Options"] == "nosniff", attack
    harmless = ("application/octet-stream", "application/json", "text/css", "text/plain", "image/png")
    assert kind in harmless, f"{attack} is answered as {kind}"
    if kind != "application/json" or "Content-Disposition" in answered.headers:
        assert "sandbox" in answered.headers["Content-Security-Policy"], attack
    return True


async def _upload(api: Api, one: Operation, name: str, folder: str) -> None:
    form = aiohttp.FormData()
    form.add_field("image", SCRIPT, filename=name, content_type="text/html")
    form.add_field("type", folder)
    async with api.session.post(api.url + one.path, data=form) as answer:
        await answer.read()
        assert answer.status < 500


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /queue HTTP/1.1\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999999999999\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        b"X: a\x00b\r\n\r\n",
        b"X : a\r\n\r\n",
        b"\r\n".join(b"X-%d: x" % number for number in range(20_000)) + b"\r\n\r\n",
    ],
    ids=lambda lines: repr(bytes(lines[:30])),
)
async def test_a_request_that_two_readers_would_read_differently_is_refused(api: Api, lines: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rsplit(":", 1)[1]))
    writer.write(b"POST /prompt HTTP/1.1\r\nHost: 127.0.0.1\r\n" + lines)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert answer.split(b" ")[1] in (b"400", b"413"), answer[:200]
    assert answer.count(b"HTTP/1.") == 1


async def test_no_header_makes_a_bound_token_anothers(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    server = ServerProcess(tmp_path, "--multi-user")
    server.start()
    try:
        api = Api(server.url, session)
        await api.wait_answering()
        ada, bob = [await api.post("/users", {"username": name}) for name in ("Ada", "Bob")]
        for user in (ada, bob):
            (tmp_path / "user" / user).mkdir(parents=True, exist_ok=True)
        (tmp_path / "user" / bob / "secret.txt").write_bytes(MARK)
        (tmp_path / "user" / bob / "settings.json").write_text(f'{{"Skein.Secret": "{MARK.decode()}"}}')
        operations = once_each(read_operations(await api.get("/openapi.json")))
        bearer = {"Authorization": f"Bearer {Tokens(tmp_path / 'user').create('hers', ada)}"}
        for one in operations:
            assert (await send(session, api.url, one.request())).status == 401, one
        claims = [{**bearer, name: bob} for name in ("Comfy-User", "COMFY-USER", "Cookie", "X-Forwarded-User")]
        names = ("secret.txt", f"../{bob}/secret.txt", bob, "Skein.Secret")
        await send_all(
            api,
            (
                replace(attack, headers=claim)
                for claim in claims
                for attack in (*targeted(operations, names), *(one.request() for one in operations))
            ),
        )
    finally:
        server.stop()


async def test_after_all_that_a_prompt_runs(api: Api) -> None:
    await api.post("/queue/resume")
    assert (await api.wait_ended(await api.queue(graphs.picture())))["status"]["completed"]
