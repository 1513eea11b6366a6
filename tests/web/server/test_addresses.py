"""The addresses that are printed can be opened."""

from pathlib import Path

import aiohttp
import pytest

from execution.options import ServerOptions
from tests.web.server.conftest import Api, ServerProcess
from web.server.addresses import addresses_of_this_machine, page_addresses

MACHINE = ("127.0.0.1", "192.168.1.5", "::1", "2001:db8::5", "fe80::1%eth0", "fe80::2", "02:42:ac:11:00:02", "")
TOKEN = "t" * 12


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ServerOptions(), ["http://127.0.0.1:1/"]),
        (
            ServerOptions(listen=("0.0.0.0",), token=TOKEN),
            [f"http://127.0.0.1:1/?token={TOKEN}", f"http://192.168.1.5:1/?token={TOKEN}"],
        ),
        (
            ServerOptions(listen=("0.0.0.0", "::")),
            ["http://127.0.0.1:1/", "http://[::1]:1/", "http://192.168.1.5:1/", "http://[2001:db8::5]:1/"],
        ),
        (ServerOptions(listen=("192.168.1.5", "localhost")), ["http://localhost:1/", "http://192.168.1.5:1/"]),
        (ServerOptions(listen=("::1",)), ["http://[::1]:1/"]),
        (ServerOptions(listen=("10.0.0.1",), tls_certificate=Path("c"), tls_key=Path("k")), ["https://10.0.0.1:1/"]),
    ],
)
def test_what_is_printed_is_what_is_listened_on(options: ServerOptions, expected: list[str]) -> None:
    assert page_addresses(options, 1, MACHINE) == expected


async def test_everything_printed_when_listening_everywhere_opens_the_page(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    server = ServerProcess(tmp_path, "--listen", "0.0.0.0", "--token", TOKEN)
    server.start()
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as knowing:
            await Api(server.url, knowing).wait_answering()
        printed = [word for word in server.output().split() if word.startswith("http://")]
        v4 = [address for address in addresses_of_this_machine() if ":" not in address]
        assert sorted(printed) == sorted(f"http://{address}:{server.port}/?token={TOKEN}" for address in v4)
        for address in printed:
            async with session.get(address.partition("?")[0]) as answer:
                assert answer.status == 401
            async with session.get(address, allow_redirects=False) as answer:
                assert answer.status == 303
                assert f"={TOKEN}" in answer.headers["Set-Cookie"]
    finally:
        server.stop()
