"""Runs the server: first the port answers, then the workers start; ends everything in order."""

import asyncio
import logging
import os
import shutil
import signal
import ssl
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from execution import paths as installed_paths
from execution.database import Database
from execution.dispatch import Dispatcher
from execution.errors import PathError, QueueError
from execution.messages import WorkerOptions
from execution.options import LOOPBACK, EngineOptions, Options, ServerOptions, UsageError, fail
from execution.paths import Paths
from web.server.addresses import addresses_of_this_machine, listens_everywhere, page_addresses
from web.server.application import make_application
from web.server.catalog import Catalog
from web.server.fetching.bring import LOCKS
from web.server.fetching.fetches import ModelFetches
from web.server.fetching.hosts import ModelHosts, read_tokens
from web.server.fetching.transfer import Limits
from web.server.frames import fetch_frame
from web.server.guard import is_token_needed
from web.server.hub import Hub
from web.server.log_feed import LOG_FEED, LogFeed
from web.server.packs import PACKS, PackLink
from web.server.page import EDITOR
from web.server.services import SERVICES, Services
from web.server.settings import SettingsOfUsers
from web.server.thumbnails import Thumbnails
from web.server.tokens import Tokens
from web.server.users import Users

log = logging.getLogger(__name__)
SHUTDOWN_SECONDS = 2.0
NEEDS_TOKEN = "--listen lets other machines in, so a token is required: add --token auto."  # noqa: S105 - words
NONE_LEFT = "All tokens were revoked: make one with `python main.py token create NAME`, or add --token auto."


def serve(options: Options, arguments: Sequence[str], load_nodes: str = WorkerOptions.load_nodes) -> int:
    """Serve until interrupted; answers the exit status. `load_nodes` is the `module:function` that workers call."""
    try:
        return _run(_serve(options, arguments, load_nodes))
    except UsageError as error:
        fail(error)
    except KeyboardInterrupt:
        return 0


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end on an event loop: the quicker one where there is one for the system."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


async def _serve(options: Options, arguments: Sequence[str], load_nodes: str) -> int:
    feed = _configure_log(options.engine.verbose)
    base = options.engine.paths.base_directory
    if base is not None and not base.is_dir():
        log.warning("The base directory %s is not there; it is begun anew, without any models.", base)
    try:
        paths = installed_paths.configure(options.engine.paths)
    except PathError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    tokens = Tokens(paths.user)
    if is_token_needed(options.server, tokens) and options.server.token is None and not tokens.all():
        raise UsageError(NONE_LEFT if tokens.are_used else NEEDS_TOKEN)
    try:
        services = _make_services(options, paths, arguments, load_nodes)
    except (QueueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    app = make_application(options.server)
    app[SERVICES] = services
    app[LOG_FEED] = feed
    _follow_output(services, feed)
    app[PACKS] = PackLink(services.dispatcher, paths, services.hub)
    app.on_shutdown.append(lambda _: services.hub.close())
    app.on_shutdown.append(lambda _: services.fetches.close())
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False, shutdown_timeout=SHUTDOWN_SECONDS)
    stop = _catch_signals()
    try:
        await runner.setup()
        port = await _listen(runner, options.server)
        _announce(options.server, port)
        await asyncio.to_thread(_empty, paths.temp)
        await services.dispatcher.start()
        await stop.wait()
    except CannotListen as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        await services.dispatcher.close()
        await runner.cleanup()
        services.database.close()
    return 0


def worker_options(engine: EngineOptions, load_nodes: str, server: ServerOptions) -> list[WorkerOptions]:
    """One worker for each device that the flags name, one for whatever is there when they name none."""
    devices = engine.cuda_devices if not engine.cpu else ()
    page = str(server.front_end_root or EDITOR)
    at = partial(WorkerOptions, engine, load_nodes, address=server.listen[0], port=server.port, web_root=page)
    return [at(cuda_device=device) for device in devices or (None,)]


def _make_services(options: Options, paths: Paths, arguments: Sequence[str], load_nodes: str) -> Services:
    for folder in (paths.input, paths.output, paths.temp, paths.user):
        folder.mkdir(parents=True, exist_ok=True)
    hub = Hub()
    hosts = ModelHosts(options.server.fetching.hosts, read_tokens(os.environ))
    limits = Limits(options.server.fetching.most_bytes)
    database = Database(paths.user / "skein.sqlite3")
    workers = worker_options(options.engine, load_nodes, options.server)
    dispatcher = Dispatcher(database, workers, hub, options.engine.cancel_grace)
    return Services(
        options=options,
        paths=paths,
        database=database,
        dispatcher=dispatcher,
        hub=hub,
        catalog=Catalog(dispatcher, paths.user / "object_info.json", options.server.front_end_root is not None),
        settings=SettingsOfUsers(paths.user),
        users=Users(paths.user, options.server.multi_user),
        tokens=Tokens(paths.user),
        thumbnails=Thumbnails(paths.user / "thumbnails"),
        fetches=ModelFetches(hosts, limits, paths.user / LOCKS, lambda fetch: hub.send_to_all(fetch_frame(fetch))),
        arguments=("main.py", *_without_token(arguments)),
    )


class CannotListen(Exception):
    """The server cannot be reached the way the flags ask for."""


async def _listen(runner: web.AppRunner, options: ServerOptions) -> int:
    """Listen at every address; with port 0 the system chooses, the same for all. Answers the port."""
    try:
        context = _tls(options.tls_certificate, options.tls_key)
    except OSError as error:
        files = f"{options.tls_certificate} or its key {options.tls_key}"
        raise CannotListen(f"The TLS certificate {files} cannot be used: {error}.") from error
    port = options.port
    for host in options.listen:
        try:
            await web.TCPSite(runner, host, port, ssl_context=context).start()
        except OSError as error:
            reason = error.strerror or error
            raise CannotListen(f"Port {port} of {host} cannot be used: {reason}. Choose another --port.") from error
        port = port or runner.addresses[0][1]
    return port


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _empty(folder: Path) -> None:
    """Files for the moment do not outlive the server; links are removed, not followed."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with suppress(OSError):
                entry.unlink()


def _announce(options: ServerOptions, port: int) -> None:
    known = addresses_of_this_machine() if listens_everywhere(options) and options.print_address else LOOPBACK
    addresses = page_addresses(options, port, known)
    if options.print_address:
        more = "".join(f"      and at {address}\n" for address in addresses[1:])
        sys.stdout.write(f"Skein is at {addresses[0]}\n{more}")
        sys.stdout.flush()
    if options.open_browser:
        import webbrowser

        webbrowser.open(addresses[0])


def _catch_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop() -> None:
        if stop.is_set():
            os._exit(130)  # Asked twice: somebody does not want to wait for an orderly end.
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ask_to_stop)
        except NotImplementedError:
            # Windows: the handler runs between two steps of the loop's thread, which must be woken.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ask_to_stop))
    return stop


def _follow_output(services: Services, feed: LogFeed) -> None:
    feed.send_through(services.hub)
    for worker in services.dispatcher.workers:
        worker.on_print = feed.add


def _configure_log(level: str) -> LogFeed:
    feed = LogFeed()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().addHandler(feed)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    # It reports what strangers send that is no HTTP, at length; what fails in a handler is logged by us.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    return feed


def _without_token(arguments: Sequence[str]) -> list[str]:
    """Whoever may see the flags need not see the secret."""
    kept: list[str] = []
    for previous, argument in zip(("", *arguments), arguments, strict=False):
        kept.append("***" if previous == "--token" else "--token=***" if argument.startswith("--token=") else argument)
    return kept
