"""The real server with the packs that tests have written."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.web.server.conftest import PATIENCE, RealServer, running
from tests.web.server.packs_written import write_packs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    folder = tmp_path_factory.mktemp("skein")
    write_packs(folder / "custom_nodes")
    yield from running(RealServer(folder))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        yield session
