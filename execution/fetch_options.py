"""The command line of fetching models: from which hosts, how large, and the command `fetch`."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from execution.model_hashes import AUTO_V2
from execution.usage import Parser

LARGEST_GIB = 100.0
SHA256 = 64
# Hashes by which sites know a model, too, by their number of digits.
NOT_CHECKED = {8: "an AutoV1 or CRC32", 12: "an AutoV3"}
_HOSTS = (
    "hosts that models may be fetched from besides those known; `only` before them: no others. A host of your own "
    "network is named with its scheme, as http://nas:8000"
)


@dataclass(frozen=True)
class FetchOptions:
    """Whether models may be fetched, how large one may be, and the words of --model-hosts."""

    is_off: bool = False
    hosts: tuple[str, ...] = ()
    most_bytes: int = int(LARGEST_GIB * 2**30)


@dataclass(frozen=True)
class FetchCommand:
    """One model to fetch: its address, its kind, the name it gets (None: as the address says) and its SHA-256."""

    url: str
    kind: str
    name: str | None = None
    sha256: str | None = None


def fetch_parser(amount: Callable[[str], float]) -> argparse.ArgumentParser:
    """Reads `fetch URL --kind KIND`; `amount` reads a number of at least 0."""
    parser = Parser("main.py fetch", allow_abbrev=False, description="Fetch a model into the folder of its kind.")
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--kind", required=True, metavar="KIND", help="such as checkpoints, loras, vae")
    parser.add_argument("--name", metavar="NAME", help="what the file is to be called; else as the address says")
    parser.add_argument(
        "--sha256", type=_hash, metavar="HASH", help="refuse the file unless this is its hash, or the hash begins so"
    )
    add_fetch_flags(parser, amount)
    return parser


def add_fetch_flags(parser: argparse.ArgumentParser, amount: Callable[[str], float]) -> None:
    """The flags that the server and the command `fetch` share."""
    add = parser.add_argument_group("fetching models").add_argument
    add("--model-hosts", nargs="+", action="extend", default=[], metavar="HOST", help=_HOSTS)
    add("--max-model-size", type=amount, default=LARGEST_GIB, metavar="GIB", help="the largest model that is fetched")


def fetch_options(values: argparse.Namespace) -> FetchOptions:
    """What those flags say, and --disable-model-fetch where the command has it."""
    return FetchOptions(
        is_off=getattr(values, "disable_model_fetch", False),
        hosts=tuple(values.model_hosts),
        most_bytes=int(values.max_model_size * 2**30),
    )


def fetch_command(values: argparse.Namespace) -> FetchCommand:
    """What `fetch` is to fetch."""
    return FetchCommand(values.url, values.kind, values.name, values.sha256)


def hash_problem(text: str) -> str:
    """Why a file's hash cannot be checked against a text; "" for a SHA-256, or its beginning, called AutoV2."""
    if len(text) in (SHA256, AUTO_V2) and not set(text.lower()) - set("0123456789abcdef"):
        return ""
    kind = f"; {NOT_CHECKED[len(text)]} cannot be checked" if len(text) in NOT_CHECKED else ""
    return f"a SHA-256 has {SHA256} hexadecimal digits, its beginning (AutoV2) {AUTO_V2}{kind}"


def _hash(text: str) -> str:
    if problem := hash_problem(text.strip()):
        raise argparse.ArgumentTypeError(problem)
    return text.strip().lower()
