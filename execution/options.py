"""The command line: every flag, and what it says as frozen values."""

import argparse
import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from execution.fetch_options import (
    FetchCommand,
    FetchOptions,
    add_fetch_flags,
    fetch_command,
    fetch_options,
    fetch_parser,
)
from execution.file_options import (
    HashOptions,
    MetadataOptions,
    hash_options,
    hash_parser,
    metadata_options,
    metadata_parser,
)
from execution.paths import PathOptions
from execution.usage import Parser
from execution.usage import UsageError as UsageError

LOOPBACK = ("127.0.0.1",)
EVERYWHERE = "0.0.0.0,::"
# A command prints what it is asked for; a server tells how it fares.
QUIET = "WARNING"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PREVIEW_METHODS = ("none", "auto", "latent2rgb", "taesd")
PRECISIONS = ("fp32", "fp16", "bf16")
SHORTEST_TOKEN = 12
TOKEN_ACTIONS = ("create", "list", "revoke")


@dataclass(frozen=True)
class ServerOptions:
    """Where the server listens and whom it answers."""

    listen: tuple[str, ...] = LOOPBACK
    port: int = 8188
    token: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    cors_origin: str | None = None
    tls_key: Path | None = None
    tls_certificate: Path | None = None
    max_upload_bytes: int = 100 * 2**20
    front_end_root: Path | None = None
    compress: bool = False
    open_browser: bool = False
    print_address: bool = True
    multi_user: bool = False
    fetching: FetchOptions = field(default_factory=FetchOptions)


@dataclass(frozen=True)
class EngineOptions:
    """How prompts are run: folders, devices, packs, cache and previews."""

    paths: PathOptions = field(default_factory=PathOptions)
    cpu: bool = False
    cuda_devices: tuple[int, ...] = ()
    force_fp32: bool = False
    unet_precision: str | None = None
    vae_precision: str | None = None
    preview_method: str = "auto"
    preview_size: int = 512
    cache_policy: str = "ram"
    cache_entries: int = 0
    cache_bytes: int = 0
    check_mutation: bool = False
    disable_all_custom_nodes: bool = False
    whitelist_custom_nodes: tuple[str, ...] = ()
    disable_metadata: bool = False
    cancel_grace: float = 30.0
    import_grace: float = 60.0
    verbose: str = "INFO"


@dataclass(frozen=True)
class RunOptions:
    """A workflow file to run or validate without a server."""

    file: Path
    settings: tuple[str, ...] = ()
    count: int = 1
    json: bool = False


@dataclass(frozen=True)
class TokenOptions:
    """What to do with named tokens: create, list or revoke; `user` is the name or id of the one it stands for."""

    action: str
    name: str = ""
    user: str | None = None


@dataclass(frozen=True)
class Options:
    """The whole command line. `run` is set for the commands `run` and `validate`, `tokens` for `token`, and so on."""

    command: str
    server: ServerOptions
    engine: EngineOptions
    run: RunOptions | None = None
    tokens: TokenOptions | None = None
    metadata: MetadataOptions | None = None
    hashing: HashOptions | None = None
    fetch: FetchCommand | None = None


def parse(arguments: Sequence[str]) -> Options:
    """Read a command line without the program's name; raises `UsageError`, and `SystemExit` for --help."""
    command = arguments[0] if arguments and not arguments[0].startswith("-") else "serve"
    if command not in PARSERS:
        raise UsageError(f"There is no command {command!r}{_nearest(command, PARSERS)}")
    parser = PARSERS[command]()
    rest = arguments[1:] if arguments and arguments[0] == command else arguments
    values, unknown = parser.parse_known_args(rest)
    if unknown:
        raise UsageError(_explain_unknown(unknown[0], parser))
    if command == "metadata":
        return Options(command, ServerOptions(), EngineOptions(), metadata=metadata_options(values))
    folders = EngineOptions(paths=_path_options(values))
    if command == "hash":
        return Options(command, ServerOptions(), folders, hashing=hash_options(values))
    if command == "token":
        return Options(command, ServerOptions(), folders, tokens=_token_options(values))
    if command == "fetch":
        return Options(command, ServerOptions(fetching=fetch_options(values)), folders, fetch=fetch_command(values))
    return Options(command, _server_options(values), _engine_options(values), _run_options(values, command))


def _serve_parser() -> argparse.ArgumentParser:
    parser = Parser("main.py", allow_abbrev=False, description="Serve Skein's page and API.", epilog=_COMMANDS)
    _add_server_flags(parser)
    add_fetch_flags(parser, _amount)
    _add_folder_flags(parser)
    _add_engine_flags(parser)
    return parser


def _run_parser() -> argparse.ArgumentParser:
    parser = Parser("main.py run", allow_abbrev=False, description="Run a workflow without a server.")
    _add_file(parser)
    parser.add_argument("--count", type=_positive, default=1, metavar="N", help="run it N times, seeds stepped")
    _add_folder_flags(parser)
    _add_engine_flags(parser, QUIET)
    return parser


def _validate_parser() -> argparse.ArgumentParser:
    parser = Parser("main.py validate", allow_abbrev=False, description="Say what is wrong with a workflow, and where.")
    _add_file(parser)
    _add_folder_flags(parser)
    _add_engine_flags(parser, QUIET)
    return parser


def _token_parser() -> argparse.ArgumentParser:
    parser = Parser(
        "main.py token", allow_abbrev=False, description="Make, list or revoke named tokens, also while a server runs."
    )
    parser.add_argument("action", choices=TOKEN_ACTIONS)
    parser.add_argument("name", nargs="?", metavar="NAME", help="what the token is called")
    parser.add_argument("--user", metavar="USER", help="the one user it stands for; added when there is none")
    _add_folder_flags(parser)
    return parser


def _hash_parser() -> argparse.ArgumentParser:
    parser = hash_parser()
    _add_folder_flags(parser)
    return parser


def _fetch_parser() -> argparse.ArgumentParser:
    parser = fetch_parser(_amount)
    _add_folder_flags(parser)
    return parser


_COMMANDS = (
    "Commands: serve (the default), run FILE, validate FILE, token create|list|revoke, "
    "metadata show|extract|insert|strip|copy, hash [FILE], fetch URL; each answers --help."
)
PARSERS = {
    "serve": _serve_parser,
    "run": _run_parser,
    "validate": _validate_parser,
    "token": _token_parser,
    "metadata": metadata_parser,
    "hash": _hash_parser,
    "fetch": _fetch_parser,
}


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a workflow, a prompt, or a picture that carries one")
    parser.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="NODE.INPUT=VALUE", help="change an input"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _add_server_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("server").add_argument
    add("--listen", nargs="?", const=EVERYWHERE, default=LOOPBACK[0], metavar="IP", help="addresses, comma between")
    add("--port", type=_port, default=8188)
    add("--token", metavar="TOKEN", help="the secret that every request must carry; `auto` makes one. Beyond "
        "loopback there must be one, or one that `token create` made")  # fmt: skip
    add("--multi-user", action="store_true", help="settings and workflows for each user apart")
    add("--allow-host", nargs="+", action="extend", default=[], metavar="NAME", help="names it may be reached by")
    add("--enable-cors-header", nargs="?", const="*", metavar="ORIGIN", help="let pages of this origin in")
    add("--tls-keyfile", type=Path, metavar="FILE")
    add("--tls-certfile", type=Path, metavar="FILE")
    add("--max-upload-size", type=_amount, default=100.0, metavar="MB")
    add("--disable-model-fetch", action="store_true", help="fetch no models for the page or the API")
    add("--front-end-root", type=_folder, metavar="FOLDER", help="serve another front end at /")
    add("--enable-compress-response-body", action="store_true")
    add("--auto-launch", action="store_true", help="open the page in a browser")
    add("--disable-auto-launch", action="store_true")
    add("--dont-print-server", action="store_true", help="do not print the page's address")


def _add_folder_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("folders").add_argument
    for name in ("base", "output", "input", "temp", "user"):
        add(f"--{name}-directory", type=Path, metavar="FOLDER")
    add("--extra-model-paths-config", type=Path, nargs="+", action="extend", default=[], metavar="FILE")


def _add_engine_flags(parser: argparse.ArgumentParser, verbose: str = "INFO") -> None:
    add = parser.add_argument_group("engine").add_argument
    add("--cpu", action="store_true", help="compute on the processor")
    add("--cuda-device", type=_indices, default=(), metavar="N[,N…]", help="one worker for each of these devices")
    add("--force-fp32", action="store_true")
    for part in ("unet", "vae"):
        precisions = parser.add_mutually_exclusive_group()
        for precision in PRECISIONS:
            precisions.add_argument(
                f"--{precision}-{part}", dest=f"{part}_precision", action="store_const", const=precision
            )
    add("--preview-method", choices=PREVIEW_METHODS, default="auto")
    add("--preview-size", type=_positive, default=512, metavar="PIXELS")
    caches = parser.add_argument_group("cache").add_mutually_exclusive_group().add_argument
    caches("--cache-ram", type=_amount, nargs="?", const=0.0, metavar="GB", help="keep results up to so much memory")
    caches("--cache-classic", action="store_true", help="keep the results of the last prompt only")
    caches("--cache-lru", type=_positive, metavar="N", help="keep the N results used last")
    caches("--cache-none", action="store_true")
    add("--check-mutation", action="store_true", help="name the node that changes its inputs (slow)")
    add("--disable-all-custom-nodes", action="store_true")
    add("--whitelist-custom-nodes", nargs="+", default=[], metavar="FOLDER", help="load these packs all the same")
    add("--disable-metadata", action="store_true", help="save pictures without their workflow")
    add(
        "--cancel-grace",
        type=_amount,
        default=30.0,
        metavar="SECONDS",
        help="then a worker that does not stop is killed",
    )
    add(
        "--import-grace",
        type=_amount,
        default=60.0,
        metavar="SECONDS",
        help="then a pack whose import makes no progress is left out; 0 waits for ever",
    )
    add("--verbose", nargs="?", const="DEBUG", default=verbose, type=str.upper, choices=LEVELS)


def _server_options(values: argparse.Namespace) -> ServerOptions:
    if "listen" not in values:
        return ServerOptions()
    if bool(values.tls_keyfile) != bool(values.tls_certfile):
        raise UsageError("TLS needs both --tls-keyfile and --tls-certfile.")
    listen = tuple(address.strip() for address in values.listen.split(",") if address.strip())
    return ServerOptions(
        listen=listen or LOOPBACK,
        port=values.port,
        token=_read_token(values.token),
        allowed_hosts=tuple(values.allow_host),
        cors_origin=values.enable_cors_header,
        tls_key=values.tls_keyfile,
        tls_certificate=values.tls_certfile,
        max_upload_bytes=int(values.max_upload_size * 2**20),
        front_end_root=values.front_end_root,
        compress=values.enable_compress_response_body,
        open_browser=values.auto_launch and not values.disable_auto_launch,
        print_address=not values.dont_print_server,
        multi_user=values.multi_user,
        fetching=fetch_options(values),
    )


def _engine_options(values: argparse.Namespace) -> EngineOptions:
    policies = (("classic", values.cache_classic), ("lru", values.cache_lru), ("none", values.cache_none))
    return EngineOptions(
        paths=_path_options(values),
        cpu=values.cpu,
        cuda_devices=values.cuda_device,
        force_fp32=values.force_fp32,
        unet_precision=values.unet_precision,
        vae_precision=values.vae_precision,
        preview_method=values.preview_method,
        preview_size=values.preview_size,
        cache_policy=next((name for name, chosen in policies if chosen), "ram"),
        cache_entries=values.cache_lru or 0,
        cache_bytes=int((values.cache_ram or 0) * 2**30),
        check_mutation=values.check_mutation,
        disable_all_custom_nodes=values.disable_all_custom_nodes,
        whitelist_custom_nodes=tuple(values.whitelist_custom_nodes),
        disable_metadata=values.disable_metadata,
        cancel_grace=values.cancel_grace,
        import_grace=values.import_grace,
        verbose=values.verbose,
    )


def _path_options(values: argparse.Namespace) -> PathOptions:
    folders = {name: getattr(values, name) for name in vars(values) if name.endswith("_directory")}
    return PathOptions(**folders, extra_model_paths_config=tuple(values.extra_model_paths_config))


def _token_options(values: argparse.Namespace) -> TokenOptions:
    if values.action == "list":
        return TokenOptions("list")
    if not values.name:
        raise UsageError(f"`token {values.action}` needs the token's name.")
    return TokenOptions(values.action, values.name, values.user)


def _run_options(values: argparse.Namespace, command: str) -> RunOptions | None:
    if command == "serve":
        return None
    return RunOptions(values.file, tuple(values.settings), getattr(values, "count", 1), values.json)


def is_loopback(address: str) -> bool:
    """Whether only programs of this machine can reach an address."""
    import ipaddress

    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _read_token(token: str | None) -> str | None:
    import os

    token = token or os.environ.get("SKEIN_TOKEN") or None
    if token == "auto":  # noqa: S105 - the word that asks for one
        import secrets

        return secrets.token_urlsafe(24)
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise UsageError(f"The token is too easy to guess: take at least {SHORTEST_TOKEN} characters, or --token auto.")
    return token


def _explain_unknown(argument: str, parser: argparse.ArgumentParser) -> str:
    if not argument.startswith("-"):
        return f"{argument!r} belongs to no flag."
    flag = argument.split("=")[0]
    return f"There is no flag {flag}{_nearest(flag, parser._option_string_actions)}"


def _nearest(word: str, known: Any) -> str:
    from execution.guess import did_you_mean  # Late: hardly ever is a flag misspelt.

    return did_you_mean(word, known, otherwise="; --help lists what there is.")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _amount(text: str) -> float:
    with suppress(ValueError):
        value = float(text)
        if 0 <= value < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def _port(text: str) -> int:
    value = _whole(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return value


def _indices(text: str) -> tuple[int, ...]:
    return tuple(_whole(part) for part in text.split(","))


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return folder.resolve()


def fail(error: UsageError) -> NoReturn:
    """End the program as command line tools do: the reason on standard error, status 2."""
    sys.stderr.write(f"main.py: {error}\n")
    raise SystemExit(2)
