"""The addresses under which the page can be opened, to be printed when the server starts."""

import ipaddress
from collections.abc import Iterable

from execution.options import ServerOptions

EVERY_V4, EVERY_V6 = "0.0.0.0", "::"  # noqa: S104 - only recognised here


def page_addresses(options: ServerOptions, port: int, of_this_machine: Iterable[str]) -> list[str]:
    """Addresses to open, this machine's own first, with the token where the command line gave one."""
    hosts: dict[str, None] = {}
    for listened in options.listen:
        if listened in (EVERY_V4, EVERY_V6):
            version = 4 if listened == EVERY_V4 else 6
            hosts |= dict.fromkeys(address for address in of_this_machine if _is_openable(address, version))
        else:
            hosts[listened] = None
    scheme = "https" if options.tls_certificate else "http"
    query = f"?token={options.token}" if options.token else ""
    ordered = sorted(hosts, key=lambda host: not _is_loopback(host))
    return [f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/{query}" for host in ordered]


def addresses_of_this_machine() -> list[str]:
    """What the network interfaces that are up answer to, IPv4 first."""
    import psutil  # Here, so that the port answers without it.

    states = psutil.net_if_stats()
    found = [
        entry.address
        for name, entries in psutil.net_if_addrs().items()
        if name not in states or states[name].isup
        for entry in entries
        if _parse(entry.address) is not None
    ]
    return sorted(found, key=lambda address: ":" in address)


def listens_everywhere(options: ServerOptions) -> bool:
    """Whether the addresses to open must be asked of the machine."""
    return EVERY_V4 in options.listen or EVERY_V6 in options.listen


def _is_openable(address: str, version: int) -> bool:
    """A browser cannot open a link-local IPv6 address: it would need the interface's name too."""
    known = _parse(address)
    return known is not None and known.version == version and not (version == 6 and known.is_link_local)


def _is_loopback(host: str) -> bool:
    known = _parse(host)
    return host == "localhost" or (known is not None and known.is_loopback)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None  # A hardware address.
