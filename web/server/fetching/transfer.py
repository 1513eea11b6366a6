"""Brings what lies at an address into a partial file, and goes on after breaks."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from yarl import URL

from web.server.fetching.contents import A_PAGE, HEAD, claimed_size, wrong_content
from web.server.fetching.hosts import ModelHosts, advice_for
from web.server.fetching.partial import Partial, Version, address_key
from web.server.fetching.refusals import Broken, FetchFailed, Unwanted
from web.server.fetching.wholeness import shortage

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

MOST_REDIRECTS = 10
BLOCK = 2**18
FREE_AFTERWARDS = 2**29
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
REDIRECTS = (301, 302, 303, 307, 308)
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How many bytes a file may have, and the pauses in seconds before the tries after a break."""

    most_bytes: int
    pauses: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Progress:
    """How many bytes are there, of how many where that is known, and what it waits for."""

    bytes: int
    total: int | None = None
    note: str = ""


class Transfer:
    """Fills a partial file. `told` hears of each step."""

    def __init__(
        self,
        url: URL,
        partial: Partial,
        hosts: ModelHosts,
        limits: Limits,
        told: Callable[[Progress], None],
    ) -> None:
        self._url = url
        self._partial = partial
        self._hosts = hosts
        self._limits = limits
        self._told = told

    async def run(self, session: "ClientSession") -> None:
        """Return once the file is whole; raises `FetchFailed` or `HostRefused`, and leaves what can be gone on with."""
        failures, farthest = 0, self._partial.size
        while True:
            try:
                await self._try(session)
                return
            except Broken as error:
                failures = failures + 1 if self._partial.size <= farthest else 1
                farthest = max(farthest, self._partial.size)
                if failures > len(self._limits.pauses):
                    raise await self._give_up(error) from error
                self._told(Progress(self._partial.size, note=f"{error} It is tried again."))
            except Unwanted:
                self._partial.discard()
                raise
            await asyncio.sleep(self._limits.pauses[failures - 1])

    async def _give_up(self, error: Broken) -> FetchFailed:
        """How a fetch ends after the last try; what nobody can go on with is removed."""
        if self._known() is not None:
            return FetchFailed(f"{error} Fetching it again goes on from where it broke.")
        await in_thread(self._partial.discard)
        return FetchFailed(f"{error} Fetch it again later; the site has no way to go on from where it broke.")

    async def _try(self, session: "ClientSession") -> None:
        known = self._known()
        if known is not None and known.total == self._partial.size:
            return
        headers = {"Range": f"bytes={self._partial.size}-", "If-Range": known.validator} if known else {}
        try:
            async with self._answer(session, headers) as answer:
                self._check(answer)
                if known is not None and (rest := self._goes_on(answer, known)):
                    await self._receive(answer, rest)
                    return
                if answer.status == 206:
                    await in_thread(self._partial.discard)
                    raise Broken("The site sent another part of the file than was asked for.")
                version = Version(address_key(self._url), _validator(answer.headers), answer.content_length)
                await in_thread(self._partial.begin, version)
                await self._receive(answer, version)
        except (asyncio.TimeoutError, OSError, _client_error()) as error:
            raise _explain(error, self._url) from error

    def _known(self) -> Version | None:
        """The version of which a beginning is there that can be gone on with."""
        version = self._partial.version()
        if version is None or version.address != address_key(self._url) or not version.validator:
            return None
        return version if self._partial.size else None

    @asynccontextmanager
    async def _answer(self, session: "ClientSession", headers: Mapping[str, str]) -> "AsyncIterator[ClientResponse]":
        """The answer at the end of the redirects, each of which is checked like the first address."""
        url = self._url
        for _ in range(MOST_REDIRECTS):
            self._hosts.check(url)
            token = self._hosts.token_for(url)
            secret = {"Authorization": f"Bearer {token}"} if token else {}
            async with session.get(url, headers={**headers, **secret}, allow_redirects=False) as answer:
                if answer.status not in REDIRECTS:
                    if answer.status in (401, 403):
                        raise FetchFailed(f"{url.host} answers {answer.status}. {self._advice(answer.status)}")
                    yield answer
                    return
                url = _next(answer.url, answer.headers.get("Location", ""))
        raise FetchFailed(f"{self._url.host} leads from address to address without end.")

    def _check(self, answer: "ClientResponse") -> None:
        host = answer.url.host
        if answer.status == 416:
            self._partial.discard()
            raise Broken("The file is shorter than what had come of it.")
        if answer.status == 429 or answer.status >= 500:
            raise Broken(f"{host} cannot answer now ({answer.status} {answer.reason}).")
        if answer.status in (404, 410):
            raise FetchFailed(f"There is nothing at this address of {host} ({answer.status}). Look for a newer one.")
        if answer.status not in (200, 206):
            raise FetchFailed(f"{host} answers {answer.status} {answer.reason}.")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchFailed(f"{host} sends the file packed, which could hide its size; it was not taken.")
        if answer.content_type in ("text/html", "application/xhtml+xml"):
            raise FetchFailed(f"{A_PAGE}. {self._advice()}")

    def _advice(self, status: int = 403) -> str:
        return advice_for(self._url, self._hosts.token_for(self._url) is not None, is_unknown=status == 401)

    def _goes_on(self, answer: "ClientResponse", known: Version) -> Version | None:
        """The version of which the answer is the rest; None where it is not the rest of what is known."""
        found = RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status != 206 or found is None:
            return None
        total = known.total if found[2] == "*" else int(found[2])
        is_rest = (
            int(found[1]) == self._partial.size
            and known.total in (None, total)
            and _validator(answer.headers) in ("", known.validator)
        )
        return replace(known, total=total) if is_rest else None

    async def _receive(self, answer: "ClientResponse", version: Version) -> None:
        total = version.total
        self._check_room(total or 0)
        waiting, come = bytearray(), self._partial.size
        with self._partial.path.open("ab") as file:
            self._told(Progress(come, total))
            try:
                async for chunk in answer.content.iter_any():
                    waiting += chunk
                    come += len(chunk)
                    self._told(Progress(come, total))
                    if len(waiting) >= BLOCK:
                        await self._keep(file, waiting, total)
            finally:
                if waiting:
                    await self._keep(file, waiting, total)
        is_short = await in_thread(shortage, self._partial.path) if total is None else self._partial.size != total
        if is_short:
            raise Broken(f"{self._url.host} ended before the file did.")

    async def _keep(self, file: BinaryIO, waiting: bytearray, total: int | None) -> None:
        """Write what waits, unless it is no model or too much."""
        begins = self._partial.size == 0
        block = bytes(waiting)
        waiting.clear()
        ending = self._partial.target.suffix.lower()
        if begins and (problem := wrong_content(block[:HEAD], ending)):
            raise Unwanted(f"{problem}. {self._advice() if problem == A_PAGE else ''}".strip())
        if begins and total is not None and total < claimed_size(block[:HEAD]):
            raise Unwanted("What came is no whole model: its header is longer than the file.")
        self._check_room(self._partial.size + len(block))

        await in_thread(_write, file, block)

    def _check_room(self, size: int) -> None:
        """Refuse what is larger than a model may be, or than the disk has room for."""
        if size > self._limits.most_bytes:
            raise Unwanted(
                f"The file is larger than {gigabytes(self._limits.most_bytes)}, the most that --max-model-size allows."
            )
        free = shutil.disk_usage(self._partial.path.parent).free
        needed = size - self._partial.size
        if needed + FREE_AFTERWARDS > free:
            raise FetchFailed(
                f"There is not enough room in {self._partial.target.parent.name}: {gigabytes(needed)} are still to "
                f"come, and {gigabytes(free)} are free. Free some and fetch it again."
            )


async def in_thread(work: Callable[..., T], *given: object) -> T:
    """Do what may wait for the disk on a thread; even a cancel waits until it is done, for the file is closed then."""
    task: Awaitable[T] = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([asyncio.ensure_future(task)])
        raise


def _write(file: BinaryIO, block: bytes) -> None:
    file.write(block)
    file.flush()


def gigabytes(size: int) -> str:
    """A size as people say it."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _next(url: URL, location: str) -> URL:
    try:
        # As it is: what is signed in it would be broken by another way to write it.
        return url.join(URL(location, encoded=True))
    except ValueError as error:
        raise FetchFailed(f"{url.host} leads to an address that cannot be read.") from error


def _validator(headers: Mapping[str, str]) -> str:
    """What tells one version of a file from another: a strong ETag, or the time of its last change."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")


def _client_error() -> type[Exception]:
    from aiohttp import ClientError  # Late: the server starts without aiohttp's client.

    return ClientError


def _explain(error: Exception, url: URL) -> FetchFailed:
    from aiohttp import ClientConnectorCertificateError, ClientError

    if isinstance(error, asyncio.TimeoutError):
        return Broken(f"{url.host} does not answer.")
    if isinstance(error, ClientConnectorCertificateError):
        return FetchFailed(f"{url.host} cannot prove that it is {url.host}: its certificate is not good.")
    if isinstance(error, OSError) and not isinstance(error, (ClientError, ConnectionError)):
        return FetchFailed(f"The file cannot be written: {error.strerror or type(error).__name__}.")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Broken(f"The connection to {url.host} failed: {reason}.{_about_proxies()}")


def _about_proxies() -> str:
    """What somebody needs to know whose network is reached through a proxy."""
    is_set = any(os.environ.get(name) for name in PROXIES)
    return " No proxy is asked, though HTTPS_PROXY is set: fetch it in a browser instead." if is_set else ""
