"""Which addresses models may be fetched from, and which secret goes to which of them."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yarl import URL

from execution.usage import UsageError
from web.server.fetching.refusals import HostRefused

ONLY = "only"
PORTS = {"https": 443, "http": 80}
NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True)
class Site:
    """A site of models: the hosts that its files come from, and those among them that its token is for."""

    title: str
    hosts: tuple[str, ...]
    token_hosts: tuple[str, ...] = ()
    token_variable: str = ""
    token_page: str = ""


# Files lie elsewhere than the pages that lead to them.
SITES = (
    Site(
        "Hugging Face",
        ("huggingface.co", "*.huggingface.co", "*.hf.co"),
        ("huggingface.co",),
        "HF_TOKEN",
        "https://huggingface.co/settings/tokens",
    ),
    Site(
        "Civitai",
        (
            "civitai.com",
            "*.civitai.com",
            "civitai.red",
            "*.civitai.red",
            "civitai-delivery-worker-prod.5ac0637cfd0766c97916cefa3764fbdf.r2.cloudflarestorage.com",
        ),
        ("civitai.com", "civitai.red"),
        "CIVITAI_TOKEN",
        "https://civitai.com/user/account",
    ),
    Site(
        "GitHub's releases",
        ("github.com", "release-assets.githubusercontent.com", "objects.githubusercontent.com"),
    ),
)
# Of these hosts not everything is a model.
PATHS = {"github.com": re.compile(r"/[^/]+/[^/]+/releases/.+")}


@dataclass(frozen=True)
class HostRule:
    """A host that models may come from; `*.name` is every host below a name.

    Of a host that was named with its scheme, its origin, whoever named it has said that it may be reached in plain text
    and in a private network. Every other is reached by https, at the standard port, at public addresses.
    """

    host: str
    scheme: str = "https"
    port: int = PORTS["https"]
    is_own: bool = False

    def fits(self, url: URL) -> bool:
        """Whether an address is one of this host's."""
        host = url.raw_host or ""
        if (url.scheme, url.port) != (self.scheme, self.port):
            return False
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        allowed = PATHS.get(self.host)
        return host == self.host and (allowed is None or allowed.fullmatch(url.raw_path) is not None)


class ModelHosts:
    """The hosts that models may be fetched from, and the tokens for them by origin."""

    def __init__(self, words: Sequence[str] = (), tokens: Mapping[str, str] | None = None) -> None:
        """`words` are those of --model-hosts; raises `UsageError` for one that is no host."""
        known = [] if words[:1] == (ONLY,) else [host for site in SITES for host in site.hosts]
        named = [word for word in words if word != ONLY]
        self.rules = tuple(map(read_rule, (*known, *named)))
        self._tokens = tokens or {}

    def check(self, url: URL) -> None:
        """Raise `HostRefused` where nothing may be fetched from an address."""
        if url.raw_user is not None or url.raw_password is not None:
            raise HostRefused("An address must not carry a user's name or password.")
        if any(rule.fits(url) for rule in self.rules):
            return
        host = url.raw_host
        if url.scheme not in PORTS or not host:
            raise HostRefused(
                f"{str(url)[:80] or 'Nothing'} is no address that a model can be fetched from: one is "
                "https://huggingface.co/someone/model/resolve/main/model.safetensors, for example."
            )
        if url.scheme == "http" and any(rule.fits(url.with_scheme("https").with_port(None)) for rule in self.rules):
            raise HostRefused(f"From {host} models are fetched by https only; the address begins with http.")
        raise HostRefused(
            f"Models are not fetched from {place_of(url)}. Open the address yourself and put the file into its "
            "folder, or have whoever keeps this server start it with --model-hosts and the host's name."
        )

    def is_own(self, host: str, port: int) -> bool:
        """Whether whoever keeps the server has said that a host may lie in a private network."""
        return any(rule.is_own and (rule.host, rule.port) == (host, port) for rule in self.rules)

    def token_for(self, url: URL) -> str | None:
        """The secret that goes to an address, and to no other origin."""
        return self._tokens.get(str(url.origin()))


def read_rule(word: str) -> HostRule:
    """The rule that a word stands for: `name`, `*.name` or `scheme://name[:port]`; raises `UsageError`."""
    if "://" not in word:
        if NAME.fullmatch(word.lower()) and not is_address(word):
            return HostRule(word.lower())
        raise UsageError(
            f"--model-hosts {word}: a host is models.example, *.models.example or, with its scheme, http://nas:8000."
        )
    try:
        url = URL(word)
        is_origin = url.scheme in PORTS and bool(url.raw_host) and url.port is not None and url == url.origin()
    except ValueError:
        is_origin = False
    if not is_origin:
        raise UsageError(f"--model-hosts {word}: with its scheme a host is http://nas:8000, and no path follows.")
    return HostRule(url.raw_host or "", url.scheme, url.port or PORTS[url.scheme], is_own=True)


def read_tokens(environment: Mapping[str, str]) -> dict[str, str]:
    """The tokens of the sites by origin, as far as the environment has them."""
    return {
        f"https://{host}": token.strip()
        for site in SITES
        for host in site.token_hosts
        if (token := environment.get(site.token_variable, "")).strip().isprintable() and token.strip()
    }


def direct(url: URL) -> URL:
    """The address of the file itself where one is that of the page which shows it."""
    if url.host == "huggingface.co":
        return URL(re.sub(r"^(https://[^/]+/[^/]+/[^/]+)/blob/", r"\1/resolve/", str(url)), encoded=True)
    return url


def place_of(url: URL) -> str:
    """The host of an address as people say it."""
    return f"{url.host} but for its releases" if url.host in PATHS else str(url.origin())


def advice_for(url: URL, had_token: bool, is_unknown: bool) -> str:
    """What helps when a site lets nobody in without a login; `is_unknown`: it did not say that it knows the token."""
    site = next((site for site in SITES if url.host in site.token_hosts), None)
    if site is None:
        return "If the site asks for a login, fetch the file in a browser and put it into its folder."
    if had_token and is_unknown:
        return (
            f"{site.title} does not know the token in {site.token_variable}: it may be mistyped or revoked. Make "
            f"another at {site.token_page}."
        )
    if had_token:
        return (
            f"{site.title} knows the token in {site.token_variable}, but does not let it have this file: open the "
            "model's page, accept its terms, and see that the token may read."
        )
    return (
        f"{site.title} asks for a login: accept the model's terms on its page, make a token at {site.token_page}, and "
        f"have it in the environment as {site.token_variable} when the server, or `fetch`, is started."
    )


def is_address(host: str) -> bool:
    """Whether a host is a number rather than a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
