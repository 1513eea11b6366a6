"""`python main.py fetch URL --kind KIND`: one model into its folder, with a line of progress."""

import asyncio
import os
import sys
from typing import Any

from execution.errors import SkeinError
from execution.options import FetchCommand, Options, UsageError, fail
from execution.paths import Paths
from web.server.fetching.bring import LOCKS, bring, name_in, want
from web.server.fetching.hosts import ModelHosts, read_tokens
from web.server.fetching.transfer import Limits, Progress

FETCHED, REFUSED = 0, 1


def run_fetch_command(options: Options) -> int:
    """Fetch what the command line names; answers the exit status. The file's path goes to standard output."""
    assert options.fetch is not None
    try:
        path = asyncio.run(_fetch(options.fetch, options))
    except UsageError as error:
        fail(error)
    except SkeinError as error:
        sys.stderr.write(f"main.py: {error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"main.py: The file cannot be written: {error.strerror or error}.\n")
        return REFUSED
    sys.stdout.write(f"{path}\n")
    return FETCHED


async def _fetch(asked: FetchCommand, options: Options) -> str:
    paths, fetching = Paths(options.engine.paths), options.server.fetching
    hosts = ModelHosts(fetching.hosts, read_tokens(os.environ))
    wanted = want(paths, hosts, asked.url, asked.kind, asked.name or name_in(hosts, asked.url), asked.sha256)
    line = _Line(wanted.name)
    try:
        await bring(wanted, hosts, Limits(fetching.most_bytes), paths.user / LOCKS, line.show)
    finally:
        line.close()
    return str(wanted.target)


class _Line:
    """How far it is, in one line of a terminal; a log gets a line now and then."""

    def __init__(self, name: str) -> None:
        from tqdm import tqdm  # Only who waits in a terminal needs it.

        pause = 0.2 if sys.stderr.isatty() else 30.0
        self._name = name
        self._note = ""
        self._bar: Any = tqdm(desc=name, unit="B", unit_scale=True, mininterval=pause, initial=0)

    def show(self, progress: Progress, is_checking: bool) -> None:
        """Take in one step."""
        if progress.note and progress.note != self._note:
            self._bar.write(progress.note, file=sys.stderr)
        self._note = progress.note
        self._bar.set_description(f"{self._name}, checking" if is_checking else self._name, refresh=False)
        if progress.total is not None:
            self._bar.total = progress.total
        self._bar.update(progress.bytes - self._bar.n)

    def close(self) -> None:
        """Leave the line as it is."""
        self._bar.close()
