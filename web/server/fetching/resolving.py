"""Where names lead: addresses of private networks are refused, and what was checked is what is connected to."""

import asyncio
import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from web.server.fetching.hosts import ModelHosts
from web.server.fetching.refusals import HostRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class CheckedResolver(AbstractResolver):
    """Looks names up, once for each connection, and refuses those that lead to where only this machine may go."""

    def __init__(self, hosts: ModelHosts) -> None:
        self._hosts = hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name; raises `HostRefused` where one of them is not public, `OSError` where none is."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        is_own = self._hosts.is_own(host, port)
        for *_, where in found:
            if not is_allowed(str(where[0]), is_own):
                raise HostRefused(f"{host} leads to {where[0]}, which is no public address; nothing is fetched there.")
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(where[0]), port=port, family=kind, proto=proto, flags=flags)
            for kind, _, proto, _, where in found
        ]

    async def close(self) -> None:
        """There is nothing to let go of."""


def is_allowed(text: str, is_own: bool) -> bool:
    """Whether an address may be connected to: a public one, or of an own host one of a private network."""
    address = _meant(ipaddress.ip_address(text))
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    if is_own:
        return True
    return address.is_global and not address.is_reserved and not _leads_on(address)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one merely wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _leads_on(address: Address) -> bool:
    """Tunnels end at an IPv4 address that nobody has checked."""
    return isinstance(address, ipaddress.IPv6Address) and bool(address.sixtofour or address.teredo)
