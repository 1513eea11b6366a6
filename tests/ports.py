"""Ports for servers that tests start."""

import random
import socket

# Below what any system gives to outgoing connections by itself, so that a port stays free until the server takes it.
FIRST, LAST = 12_000, 32_000


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    while True:
        port = random.SystemRandom().randrange(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
