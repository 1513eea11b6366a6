"""One model from its address to its place: claimed, transferred, checked, and only then given its name."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from execution.errors import PathError
from execution.folders import FOLDERS_THEMSELVES, NO_MODELS
from execution.holding import HeldElsewhere, hold
from execution.model_hashes import AUTO_V2
from execution.paths import Paths, safe_relative
from web.server.fetching.contents import FORMATS
from web.server.fetching.hosts import ModelHosts, direct
from web.server.fetching.partial import Partial
from web.server.fetching.refusals import FetchConflict, FetchFailed, HostRefused, Unwanted
from web.server.fetching.resolving import CheckedResolver
from web.server.fetching.transfer import Limits, Progress, Transfer, in_thread
from web.server.fetching.wholeness import shortage

if TYPE_CHECKING:
    from aiohttp import ClientSession

CONNECT_SECONDS = 30.0
SILENT_SECONDS = 60.0
LONGEST_ADDRESS = 4000
HASHED_AT_ONCE = 2**24
LOCKS = "fetching"
"""The folder below the user's in which a fetch is claimed."""


@dataclass(frozen=True)
class Wanted:
    """A model to fetch, everything about it checked: from where, to which file, with which SHA-256 or its beginning."""

    url: URL
    kind: str
    name: str
    target: Path
    sha256: str | None = None


def want(paths: Paths, hosts: ModelHosts, url: str, kind: str, name: str, sha256: str | None = None) -> Wanted:
    """What is asked for, checked; raises `HostRefused`, `PathError`, or `FetchConflict` where the file is there."""
    address = _read_address(hosts, url)
    relative = safe_relative(name)
    if kind in NO_MODELS or _extensions(paths, kind) == FOLDERS_THEMSELVES:
        raise PathError(f"Nothing is fetched into {kind}: it holds no model files.")
    if os.path.splitext(relative)[1].lower() not in FORMATS:
        raise PathError(f"{name!r} is no name of a model: it must end in {', '.join(FORMATS)}.")
    if any(part.startswith(".") for part in relative.split("/")):
        raise PathError(f"{name!r} would be hidden: no part of the name may begin with a dot.")
    target = paths.new_model(kind, relative)
    if os.path.lexists(target):
        raise FetchConflict(f"{kind} has a file {relative} already. Remove it first to fetch it anew.")
    return Wanted(address.with_fragment(None), kind, relative, target, sha256.lower() if sha256 else None)


async def bring(
    wanted: Wanted, hosts: ModelHosts, limits: Limits, locks: Path, told: Callable[[Progress, bool], None]
) -> None:
    """Fetch a model; `told` hears of each step, and whether it is being checked.

    What a break leaves is gone on with next time. Raises `FetchFailed`, `HostRefused`, `FetchConflict`, `OSError`.
    """
    partial = Partial(wanted.target)
    with _claimed(wanted.target, locks):
        await in_thread(partial.remove_stale)
        async with _session(hosts) as session:
            transfer = Transfer(wanted.url, partial, hosts, limits, lambda progress: told(progress, False))
            await transfer.run(session)
        try:
            await _check(partial, wanted.sha256, lambda progress: told(progress, True))
        except Unwanted:
            partial.discard()
            raise
        await in_thread(partial.publish)


def discard(wanted: Wanted) -> None:
    """Leave nothing of a fetch that has ended."""
    Partial(wanted.target).discard()


def name_in(hosts: ModelHosts, url: str) -> str:
    """The file's name as an address says it; raises `HostRefused`, or `PathError` where it says none."""
    name = _read_address(hosts, url).name
    if os.path.splitext(name)[1].lower() not in FORMATS:
        raise PathError("The address does not say what the file is called: give it a name by --name.")
    return name


def _read_address(hosts: ModelHosts, url: str) -> URL:
    """The address of a file that may be fetched; raises `HostRefused`."""
    try:
        address = direct(URL(url[:LONGEST_ADDRESS].strip()))
    except ValueError as error:
        raise HostRefused(f"The address cannot be read: {error}.") from error
    hosts.check(address)
    return address


def _session(hosts: ModelHosts) -> "ClientSession":
    # Here, for aiohttp's client takes a while to import and most runs of the server fetch nothing.
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

    return ClientSession(
        connector=TCPConnector(resolver=CheckedResolver(hosts), use_dns_cache=False),
        auto_decompress=False,
        trust_env=False,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS),
        headers={"User-Agent": "Skein", "Accept": "*/*", "Accept-Encoding": "identity"},
    )


@contextmanager
def _claimed(target: Path, locks: Path) -> Iterator[None]:
    """Have no other process write the same file; raises `FetchConflict` where one does, or has done so."""
    locks.mkdir(parents=True, exist_ok=True)
    lock = locks / f"{hashlib.sha256(os.fsencode(os.path.realpath(target))).hexdigest()[:32]}.lock"
    try:
        held = hold(lock)
    except HeldElsewhere as error:
        raise FetchConflict(f"{target.name} is being fetched by another process.") from error
    except sqlite3.OperationalError as error:
        raise FetchFailed(f"Nothing can be written in {locks.parent}: {error}.") from error
    with closing(held):
        if os.path.lexists(target):
            raise FetchConflict(f"{target.name} is there already.")
        try:
            yield
        finally:
            with suppress(OSError):
                lock.unlink()


async def _check(partial: Partial, sha256: str | None, told: Callable[[Progress], None]) -> None:
    """Raise `Unwanted` where the whole file is not what was asked for."""
    if lack := await in_thread(shortage, partial.path):
        raise Unwanted(f"What came is no whole model: {lack}. It was removed: the site's own file may be cut short.")
    if sha256 is None:
        return
    digest, done = hashlib.sha256(), Progress(0, partial.size)
    with partial.path.open("rb") as file:
        told(done)
        while block := await in_thread(file.read, HASHED_AT_ONCE):
            await in_thread(digest.update, block)
            done = replace(done, bytes=done.bytes + len(block))
            told(done)
    if not digest.hexdigest().startswith(sha256):
        other = "" if len(sha256) == AUTO_V2 else " A BLAKE3 has as many digits as a SHA-256, and cannot be checked."
        raise Unwanted(
            f"The file's SHA-256 is {digest.hexdigest()}, not {sha256} as was asked for. It was removed: it may be "
            f"another version, or not what it claims to be.{other}"
        )


def _extensions(paths: Paths, kind: str) -> frozenset[str]:
    entry = paths.tell().kinds.get(kind)
    return entry[1] if entry is not None else frozenset()
