"""Names of servers as requests carry them, in the Host and Origin headers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

STANDARD_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Place:
    """A host name in lower case, without brackets, and a port where one is named."""

    name: str
    port: int | None


def parse_place(text: str) -> Place | None:
    """The parts of a Host header; None when it is not one."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in text:
        return None
    return Place(parts.hostname.lower().rstrip("."), port)


def is_own(origin: str, host: str) -> bool:
    """Whether an origin is the server that a Host header names."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    place = parse_place(host)
    if parts.scheme not in STANDARD_PORTS or place is None or not parts.hostname:
        return False
    standard = STANDARD_PORTS[parts.scheme]
    return (parts.hostname.lower().rstrip("."), port or standard) == (place.name, place.port or standard)
